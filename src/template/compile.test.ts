/** Compiling: parameters, environments, conditions, policies, secrets, and the examples of the documentation. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatDiagnostic } from '../std/diagnostic.ts';
import type { Json, JsonMap } from '../std/json.ts';
import { compileGoal } from './compile.ts';
import { compile, compiled, type FixtureOptions, findings, PSEUDO } from './compile-fixture.ts';
import type { TypeCatalog, TypeSchema } from './property-schema.ts';

const VERSION = '2021-04-16';
const thing = (properties: JsonMap = {}, more: JsonMap = {}): JsonMap => ({ type: 'Test::Thing', properties, ...more });
const template = (resources: JsonMap, more: JsonMap = {}): JsonMap => ({ heat_template_version: VERSION, ...more, resources });

interface Given {
  readonly schema: JsonMap;
  readonly value?: Json;
  readonly gives?: Json;
}

/** Without `gives` the value is refused. */
const PARAMETERS: readonly Given[] = [
  { schema: { type: 'string' }, value: 'x', gives: 'x' },
  { schema: { type: 'string' }, value: 5, gives: '5' },
  { schema: { type: 'string' }, value: true, gives: 'True' },
  { schema: { type: 'string' }, value: {} },
  { schema: { type: 'string', default: 'd' }, value: null, gives: 'd' },
  { schema: { type: 'number' }, value: '1.5', gives: 1.5 },
  { schema: { type: 'number' }, value: '0x10' },
  { schema: { type: 'number' }, value: 'many' },
  { schema: { type: 'boolean' }, value: 'Yes', gives: true },
  { schema: { type: 'boolean' }, value: 0, gives: false },
  { schema: { type: 'boolean' }, value: 'perhaps' },
  { schema: { type: 'comma_delimited_list' }, value: 'a, b', gives: ['a', 'b'] },
  { schema: { type: 'comma_delimited_list' }, value: '', gives: [] },
  { schema: { type: 'comma_delimited_list' }, value: ['a', 1], gives: ['a', '1'] },
  { schema: { type: 'comma_delimited_list' }, value: {} },
  { schema: { type: 'json' }, value: '{"a": [1]}', gives: { a: [1] } },
  { schema: { type: 'json' }, value: [1], gives: [1] },
  { schema: { type: 'json' }, value: '{"a": ' },
  { schema: { type: 'string', constraints: [{ length: { min: 2, max: 3 } }] }, value: 'ab', gives: 'ab' },
  { schema: { type: 'string', constraints: [{ length: { min: 2, max: 3 } }] }, value: 'abcd' },
  { schema: { type: 'number', constraints: [{ range: { min: 1 } }] }, value: 0 },
  { schema: { type: 'number', constraints: [{ modulo: { step: 4, offset: 1 } }] }, value: 9, gives: 9 },
  { schema: { type: 'number', constraints: [{ modulo: { step: 4, offset: 1 } }] }, value: 8 },
  { schema: { type: 'string', constraints: [{ allowed_values: ['a', 'b'] }] }, value: 'c' },
  { schema: { type: 'comma_delimited_list', constraints: [{ allowed_values: ['a', 'b'] }] }, value: 'a,b', gives: ['a', 'b'] },
  { schema: { type: 'string', constraints: [{ allowed_pattern: '[a-z]+' }] }, value: 'abc1' },
  { schema: { type: 'string', constraints: [{ custom_constraint: 'net_cidr' }] }, value: '10.0.0.0/8', gives: '10.0.0.0/8' },
  { schema: { type: 'string', constraints: [{ custom_constraint: 'net_cidr' }] }, value: '10.0.0.0/33' },
  { schema: { type: 'string', constraints: [{ custom_constraint: 'nova.flavor' }] }, value: 'm1', gives: 'm1' },
];

test('a list or map as the default of a string is the text that Heat makes of it', () => {
  const defaults: readonly (readonly [Json, string])[] = [
    [[], '[]'],
    [{}, '{}'],
    [['a', 1, null, true, "it's"], `['a', 1, None, True, "it's"]`],
    [{ a: ['b\n'], c: `'"` }, `{'a': ['b\\n'], 'c': '\\'"'}`],
  ];
  for (const [given, text] of defaults) {
    const compilation = compile({ heat_template_version: VERSION, parameters: { p: { type: 'string', default: given } } });
    assert.ok(compilation.ok);
    assert.equal(compilation.goal.parameters['p'], text);
    assert.deepEqual(
      compilation.warnings.map(({ code }) => code),
      ['PARAM-VALUE'],
    );
  }
});

const VERSIONLESS: readonly (readonly [template: JsonMap, hint: RegExp])[] = [
  [{ heat_template_verison: VERSION, resources: {} }, /did you mean "heat_template_version"/],
  [{ HeatTemplateVersion: '2012-12-12', Resources: {}, Mappings: {} }, /did you mean "HeatTemplateFormatVersion"/],
  [{ AWSTemplateFormatVerison: '2010-09-09', Resources: {}, Conditions: {} }, /did you mean "AWSTemplateFormatVersion"/],
  [{ Parameters: {}, Outputs: {} }, /^write HeatTemplateFormatVersion: '2012-12-12'$/],
  [{ resources: {} }, /^one of 2013-05-23, .*2021-04-16 \(wallaby\)$/],
];

test('without a version the language is told by the sections, and only the version is missed', () => {
  for (const [text, hint] of VERSIONLESS) {
    const compilation = compile(text);
    assert.ok(!compilation.ok);
    assert.deepEqual(
      compilation.diagnostics.map(({ code }) => code),
      ['HOT-VERSION-MISSING'],
    );
    assert.match(compilation.diagnostics[0]?.hint ?? '', hint);
  }
});

test('values of parameters', () => {
  for (const { schema, value, gives } of PARAMETERS) {
    const compilation = compile(
      { heat_template_version: VERSION, parameters: { p: schema } },
      { parameters: { p: value ?? null } },
    );
    const label = JSON.stringify([schema, value]);
    assert.equal(compilation.ok, gives !== undefined, label);
    if (compilation.ok) assert.deepEqual(compilation.goal.parameters, { p: gives }, label);
  }
});

const DECLARATIONS: readonly JsonMap[] = [
  { type: 'number', constraints: [{ length: { max: 1 } }] },
  { type: 'string', constraints: [{ range: { max: 1 } }] },
  { type: 'string', constraints: [{ length: {} }] },
  { type: 'string', constraints: [{ length: { min: 2, max: 1 } }] },
  { type: 'string', constraints: [{ length: { mim: 2 } }] },
  { type: 'string', constraints: [{ allowed_pattern: '(' }] },
  { type: 'string', constraints: [{ allowed_pattern: '(a)\\1' }] },
  { type: 'string', constraints: [{ custom_constraint: 'net_cdir' }] },
  { type: 'string', constraints: [{ lenght: { min: 1 } }] },
  { type: 'string', constraints: [{}] },
  { type: 'string', constraints: {} },
  { type: 'number', constraints: [{ modulo: { step: 0, offset: 0 } }] },
  { type: 'string', hidden: 'perhaps' },
  {},
];

test('declarations that are wrong', () => {
  for (const declaration of DECLARATIONS) {
    const found = findings({ heat_template_version: VERSION, parameters: { p: { default: '3', ...declaration } } });
    assert.match(found.join(), /PARAM-SCHEMA/, JSON.stringify(declaration));
  }
});

test('the request wins over environments, later ones over earlier, these over their defaults', () => {
  const source = {
    heat_template_version: VERSION,
    parameters: Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { type: 'string', default: '0' }])),
  };
  const environments = [
    '{parameter_defaults: {a: 1, b: 1, c: 1, unused: 1}, parameters: {c: 2}}',
    '{parameters: {b: 3}, parameter_defaults: {a: 4}}',
  ];
  assert.deepEqual(compiled(source, { environments, parameters: { c: '5' } }).parameters, { a: '4', b: '3', c: '5', d: '0' });
});

test('merge strategies', () => {
  const source = {
    heat_template_version: VERSION,
    parameters: { j: { type: 'json' }, l: { type: 'comma_delimited_list' }, s: { type: 'string' } },
  };
  const environments = [
    '{parameters: {j: {a: {x: 1}}, l: [a], s: a}, parameter_merge_strategies: {default: merge, j: deep_merge, s: overwrite}}',
    '{parameters: {j: {a: {y: 2}}, l: [b], s: b}}',
  ];
  assert.deepEqual(compiled(source, { environments }).parameters, { j: { a: { x: 1, y: 2 } }, l: ['a', 'b'], s: 'b' });
});

const REGISTRIES: readonly (readonly [registry: JsonMap, type: string, gives: string | null])[] = [
  [{ My: 'Test::Thing' }, 'My', 'Test::Thing'],
  [{ My: 'Your', Your: 'Test::Thing' }, 'My', 'Test::Thing'],
  [{ 'Old::*': 'Test::*' }, 'Old::Thing', 'Test::Thing'],
  [{ 'Old::*': 'Test::Needy', 'Old::T*': 'Test::T*' }, 'Old::Thing', 'Test::Thing'],
  [{ 'Old::*': 'Test::Needy', 'Old::Thing': 'Test::Thing' }, 'Old::Thing', 'Test::Thing'],
  [{ My: 'OS::Heat::None' }, 'My', 'OS::Heat::None'],
  [{ My: '' }, 'My', 'OS::Heat::None'],
  [{ resources: { r: { My: 'Test::Thing' } }, My: 'Test::Needy' }, 'My', 'Test::Thing'],
  [{ resources: { 'x*': { My: 'Test::Thing' } }, My: 'OS::Heat::None' }, 'My', 'OS::Heat::None'],
  [{ A: 'B', B: 'A' }, 'A', null],
];

test('resource_registry', () => {
  for (const [registry, type, gives] of REGISTRIES) {
    const compilation = compile(template({ r: { type } }), { environments: [JSON.stringify({ resource_registry: registry })] });
    const found = compilation.ok ? compilation.goal.definitions.get('r')?.type : null;
    assert.equal(found, gives, JSON.stringify(registry));
  }
});

test('null takes mappings away', () => {
  const environments = ['resource_registry: {"My::A": "Test::Thing"}', 'resource_registry: {"My::*": null}'];
  assert.deepEqual(findings(template({ r: { type: 'My::A' } }), { environments }), ['1:64 HOT-TYPE-UNKNOWN']);
});

test('conditions leave resources out, and dependencies with them', () => {
  const resources = {
    a: thing({}, { condition: 'no' }),
    b: thing({ value: { if: ['no', { get_resource: 'a' }, 1] } }, { depends_on: ['a', 'c'] }),
    c: thing(),
  };
  const outputs = { o: { value: { get_resource: 'a' }, condition: 'no' }, p: { value: 1 } };
  const goal = compiled(template(resources, { conditions: { no: { not: 'yes' }, yes: { equals: [1, 1] } }, outputs }));
  assert.deepEqual([...goal.definitions.keys()], ['c', 'b']);
  assert.deepEqual(goal.definitions.get('b')?.requires, ['c']);
  assert.equal(goal.outputs['o']?.value, null);
});

test('policies, adoption and the choice of a provider', () => {
  const body = {
    deletion_policy: 'Retain',
    external_id: { get_param: 'id' },
    metadata: { 'setpoint:provider': 'east', k: { get_resource: 'b' } },
    update_policy: { x: 1 },
  };
  const goal = compiled(template({ a: thing({}, body), b: thing() }, { parameters: { id: { type: 'string', default: 'x-1' } } }));
  const definition = goal.definitions.get('a');
  assert.deepEqual(
    [definition?.deletionPolicy, definition?.externalId, definition?.provider, definition?.updatePolicy, definition?.requires],
    ['retain', 'x-1', 'east', { x: 1 }, ['b']],
  );
});

test('secrets spread', () => {
  const resources = {
    plain: thing(),
    hidden: thing({ value: { list_join: ['-', [{ get_param: 'pw' }]] } }),
    given: thing({ password: 'sesame' }),
    attribute: thing({ value: { get_attr: ['plain', 'key'] } }),
    all: thing({ value: { get_attr: ['plain'] } }),
    reference: thing({ value: { get_resource: 'random' } }),
    random: { type: 'Test::Secret' },
    after: thing({ value: { get_attr: ['hidden', 'out'] } }),
    beside: thing({ value: { get_attr: ['plain', 'out'] } }, { depends_on: 'hidden' }),
  };
  const outputs = {
    o: { value: { get_resource: 'after' } },
    p: { value: { get_resource: 'plain' } },
    q: { value: { get_param: 'pw' } },
  };
  const goal = compiled(
    template(resources, { outputs, parameters: { pw: { type: 'string', hidden: true, default: 'geheim' } } }),
  );
  const secret = [...goal.definitions].filter(([, definition]) => definition.secret).map(([name]) => name);
  assert.deepEqual(secret.sort(), ['after', 'all', 'attribute', 'given', 'hidden', 'reference']);
  assert.deepEqual(goal.definitions.get('hidden')?.secretTexts, ['geheim']);
  assert.deepEqual(goal.definitions.get('given')?.secretTexts, ['sesame']);
  assert.deepEqual(
    ['o', 'p', 'q'].map((name) => goal.outputs[name]?.secret),
    [true, false, true],
  );
  assert.deepEqual(goal.hidden, ['pw']);
});

test('limits', () => {
  const source = template({ a: thing(), b: thing() });
  const within = (limits: NonNullable<FixtureOptions['limits']>) => compile(source, { limits }).ok;
  assert.deepEqual([within({ resources: 2 }), within({ resources: 1 })], [true, false]);
  const { length } = JSON.stringify(source);
  assert.deepEqual([within({ documentLength: length }), within({ documentLength: length - 1 })], [true, false]);
});

test('a property is checked as far as it is known', () => {
  const properties = {
    size: { get_attr: ['b', 'out'] },
    names: ['ok', { get_resource: 'b' }, 'NOT'],
    disk: { kind: { get_resource: 'b' } },
  };
  assert.deepEqual(
    findings(template({ a: thing(properties), b: thing() })).map((line) => line.split(' ')[1]),
    ['PROP-VALUE', 'PROP-MISSING'],
  );
});

const open = (name: string, attributes: readonly string[]): TypeSchema => ({
  name,
  properties: {},
  openProperties: true,
  attributes: Object.fromEntries(attributes.map((attribute) => [attribute, { type: 'any' as const }])),
});
const EXAMPLE_TYPES = [
  open('OS::Heat::Value', ['value']),
  open('OS::Heat::RandomString', ['value']),
  open('OS::Heat::TestResource', ['output']),
];
const EXAMPLE_CATALOG: TypeCatalog = { findType: (name) => EXAMPLE_TYPES.find((type) => type.name === name), names: [] };
const EXAMPLES = new URL('../../examples/language/', import.meta.url);

for (const name of readdirSync(EXAMPLES)) {
  test(`the example ${name}`, () => {
    const documents = {
      template: { name, text: readFileSync(new URL(name, EXAMPLES), 'utf8') },
      files: {},
      environments: [],
      parameters: {},
    };
    const compilation = compileGoal(documents, { catalog: EXAMPLE_CATALOG, pseudo: PSEUDO });
    assert.ok(compilation.ok, compilation.ok ? '' : compilation.diagnostics.map(formatDiagnostic).join('\n'));
    assert.ok(compilation.goal.definitions.size > 0);
  });
}
