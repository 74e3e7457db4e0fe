/** Environments: merged in order, by strategy and type; the registry's order of precedence; the operator's; hooks, restrictions, sinks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonMap } from '../std/json.ts';
import { compileGoal } from './compile.ts';
import { CATALOG, compiled, findings, PSEUDO } from './compile-fixture.ts';
import type { EnvironmentFile } from './definition.ts';
import { hooksFor, restrictionsFor } from './resource-rules.ts';

const HEAD = { heat_template_version: '2021-04-16' };
const parametersOf = (types: { readonly [name: string]: string }): JsonMap => ({
  ...HEAD,
  parameters: Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type, default: type === 'json' ? {} : '0' }]),
  ),
});

const MERGES: readonly (readonly [type: string, strategy: string, values: readonly Json[], gives: Json])[] = [
  ['string', 'overwrite', ['a', 'b'], 'b'],
  ['string', 'merge', ['a', 'b'], 'ab'],
  ['number', 'merge', ['1', 2, '3'], 6],
  ['comma_delimited_list', 'merge', ['a,b', ['c'], 'd'], ['a', 'b', 'c', 'd']],
  ['json', 'merge', [{ a: { b: 1 } }, '{"a": {"c": 2}}'], { a: { c: 2 } }],
  ['json', 'deep_merge', [{ a: { b: 1, l: [1] } }, { a: { c: 2, l: [2] } }], { a: { b: 1, c: 2, l: [1, 2] } }],
  ['boolean', 'merge', [true, false], false],
];

test('values come together as the strategy and the parameter’s type say', () => {
  for (const [type, strategy, values, gives] of MERGES) {
    const environments = values.map((p) => JSON.stringify({ parameters: { p }, parameter_merge_strategies: { p: strategy } }));
    assert.deepEqual(compiled(parametersOf({ p: type }), { environments }).parameters['p'], gives, `${type} ${strategy}`);
  }
  const environments = ['{parameters: {p: a}, parameter_merge_strategies: {default: merge}}', 'parameters: {p: b}'];
  assert.equal(compiled(parametersOf({ p: 'string' }), { environments }).parameters['p'], 'ab');
});

test('strategies that contradict each other are refused', () => {
  const environments = ['parameter_merge_strategies: {p: merge}', 'parameter_merge_strategies: {p: overwrite}'];
  assert.deepEqual(findings(parametersOf({ p: 'string' }), { environments }), ['env-1.yaml 1:33 ENV-SECTION']);
});

test('the request goes before parameters, these before defaults, these before the template', () => {
  const template = {
    ...HEAD,
    parameters: Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { type: 'string', default: '0' }])),
  };
  const environments = ['{parameter_defaults: {b: "1", c: "1", d: "1", other: "1"}, parameters: {c: "2", d: "2"}}'];
  assert.deepEqual(compiled(template, { environments, parameters: { d: '3' } }).parameters, { a: '0', b: '1', c: '2', d: '3' });
});

const REGISTRIES: readonly (readonly [registry: readonly string[], type: string, resource: string, gives: string])[] = [
  [['{My::A: Test::Thing}'], 'My::A', 'r', 'Test::Thing'],
  [['{My::A: My::B, My::B: Test::Thing}'], 'My::A', 'r', 'Test::Thing'],
  [['{"My::*": "Test::*"}'], 'My::Thing', 'r', 'Test::Thing'],
  [['{"My::*": OS::Heat::None, "My::Th*": Test::Thing}'], 'My::Thing', 'r', 'Test::Thing'],
  [['{"My::*": OS::Heat::None, My::Thing: Test::Thing}'], 'My::Thing', 'r', 'Test::Thing'],
  [['{My::A: Test::Secret, resources: {r: {My::A: Test::Thing}}}'], 'My::A', 'r', 'Test::Thing'],
  [['{My::A: Test::Secret, resources: {"r*": {My::A: Test::Thing}}}'], 'My::A', 'r2', 'Test::Thing'],
  [['{My::A: Test::Thing, resources: {q: {My::A: Test::Secret}}}'], 'My::A', 'r', 'Test::Thing'],
  [['{My::A: Test::Secret}', '{My::A: Test::Thing}'], 'My::A', 'r', 'Test::Thing'],
  [['{Test::Thing: Test::Secret}', '{Test::Thing: null}'], 'Test::Thing', 'r', 'Test::Thing'],
  [['{Test::Thing: Test::Secret}', '{"Test::*": null}'], 'Test::Thing', 'r', 'Test::Thing'],
  [['{Test::Secret: ""}'], 'Test::Secret', 'r', 'OS::Heat::None'],
  [['{"*": OS::Heat::None}'], 'Any::Thing', 'r', 'OS::Heat::None'],
  [['{Test::Thing: Test::Thing}'], 'Test::Thing', 'r', 'Test::Thing'],
];

test('the type that stands behind a name', () => {
  for (const [registries, type, resource, gives] of REGISTRIES) {
    const environments = registries.map((registry) => `resource_registry: ${registry}`);
    const goal = compiled({ ...HEAD, resources: { [resource]: { type } } }, { environments });
    assert.equal(goal.definitions.get(resource)?.type, gives, JSON.stringify([registries, type, resource]));
  }
});

test('the operator’s environments give way to the user’s, and their defaults count', () => {
  const template = {
    ...HEAD,
    parameters: { p: { type: 'string' }, q: { type: 'string' } },
    resources: { a: { type: 'My::A' }, b: { type: 'My::B' } },
  };
  const site: EnvironmentFile = {
    name: '10-site.yaml',
    text: '{resource_registry: {My::A: Test::Secret, My::C: Test::Thing}, parameter_defaults: {p: site, q: site}}',
    isGlobal: true,
  };
  const user = { name: 'user', text: '{resource_registry: {"My::*": Test::Thing}, parameter_defaults: {q: user}}' };
  const documents = {
    template: { name: 't', text: JSON.stringify(template) },
    files: {},
    environments: [user, site],
    parameters: {},
  };
  const compilation = compileGoal(documents, { catalog: CATALOG, pseudo: PSEUDO });
  assert.ok(compilation.ok, JSON.stringify(compilation));
  assert.deepEqual(
    [...compilation.goal.definitions.values()].map(({ type }) => type),
    ['Test::Thing', 'Test::Thing'],
  );
  assert.deepEqual(compilation.goal.parameters, { p: 'site', q: 'user' });
});

test('encrypted_param_names hides, hooks and restrictions are handed over by resource', () => {
  const environments = [
    `encrypted_param_names: [p]
event_sinks: [{type: zaqar-queue, target: events, ttl: 60}]
resource_registry:
  resources:
    "web*": {hooks: [pre-create, post-update], restricted_actions: replace}
    web1: {restricted_actions: update}
`,
  ];
  const template = {
    ...parametersOf({ p: 'string' }),
    resources: { web1: { type: 'Test::Thing' }, db: { type: 'Test::Thing' } },
  };
  const goal = compiled(template, { environments });
  assert.deepEqual(goal.hidden, ['p']);
  assert.deepEqual(hooksFor(goal.rules, 'web1'), ['pre-create', 'post-update']);
  assert.deepEqual(hooksFor(goal.rules, 'db'), []);
  assert.deepEqual(restrictionsFor(goal.rules, 'web1'), ['replace', 'update']);
  assert.deepEqual(restrictionsFor(goal.rules, 'web2'), ['replace']);
  assert.deepEqual(goal.eventSinks, [{ type: 'zaqar-queue', target: 'events', ttlSeconds: 60 }]);
});

test('what a later environment says of the very same names goes before it', () => {
  const rule = (text: string) => `resource_registry: {resources: {${text}}}`;
  const environments = [
    rule('web: {hooks: [pre-create, pre-delete], restricted_actions: update}, "*": {hooks: post-create}'),
    rule('web: {hooks: []}'),
  ];
  const { rules } = compiled(
    { heat_template_version: '2021-04-16', resources: { web: { type: 'Test::Thing' } } },
    { environments },
  );
  assert.deepEqual(hooksFor(rules, 'web'), ['post-create']);
  assert.deepEqual(restrictionsFor(rules, 'web'), ['update']);
});

const WRONG: readonly (readonly [environment: string, code: string])[] = [
  ['parameter: {}', 'ENV-SECTION-UNKNOWN'],
  ['parameters:', 'ENV-SECTION'],
  ['encrypted_param_names: p', 'ENV-SECTION'],
  ['event_sinks: [{type: webhook}]', 'ENV-SECTION'],
  ['event_sinks: [{type: webhook, target: x, ttl: .inf}]', 'ENV-SECTION'],
  ['event_sinks: [{type: webhok, target: x}]', 'ENV-SINK'],
  ['parameter_merge_strategies: {p: blend}', 'ENV-SECTION'],
  ['resource_registry: {A: 1}', 'ENV-REGISTRY'],
  ['resource_registry: {resources: {r: {hooks: pre-craete}}}', 'ENV-REGISTRY'],
  ['resource_registry: {resources: {r: {restricted_actions: [delete]}}}', 'ENV-REGISTRY'],
  ['resource_registry: {resources: {r: x}}', 'ENV-REGISTRY'],
  ['[1]', 'DOC-NOT-A-MAP'],
];

test('what is wrong with an environment', () => {
  for (const [environment, code] of WRONG) {
    assert.deepEqual(
      findings({ ...HEAD, resources: { r: { type: 'Test::Thing' } } }, { environments: [environment] }).map((line) =>
        line.split(' ').at(-1),
      ),
      [code],
      environment,
    );
  }
});
