/** What is wrong is said all at once, each at its place; every code there is can be met, and is documented. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CODES } from './codes.ts';
import { compile, type FixtureOptions, findings } from './compile-fixture.ts';

const HEAD = 'heat_template_version: 2021-04-16\n';

test('five mistakes give five errors at their places', () => {
  const template = `${HEAD}parameters:
  size: {type: number, default: 3}
resources:
  web:
    type: Test::Thing
    properties:
      siez: {get_param: size}
      text: {get_param: szie}
  db:
    type: Test::Thnig
    depends_on: wbe
  cache:
    type: Test::Thing
    properties: {size: 11}
`;
  assert.deepEqual(findings(template), [
    '8:7 PROP-UNKNOWN',
    '9:25 HOT-PARAM-UNKNOWN',
    '11:11 HOT-TYPE-UNKNOWN',
    '12:17 HOT-REF-UNKNOWN',
    '15:24 PROP-VALUE',
  ]);
  const compilation = compile(template);
  assert.ok(!compilation.ok);
  assert.deepEqual(
    compilation.diagnostics.map(({ hint }) => hint),
    ['did you mean "size"?', 'did you mean "size"?', 'did you mean "Test::Thing"?', 'did you mean "web"?', undefined],
  );
  assert.equal(compilation.diagnostics[1]?.path, 'resources.web.properties.text.get_param');
});

test('notes say where the other one is, or the way round a circle', () => {
  const notesOf = (template: string) => {
    const compilation = compile(template);
    assert.ok(!compilation.ok);
    return compilation.diagnostics.map(({ notes = [] }) =>
      notes.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
    );
  };
  const thing = (more: string) => `{type: Test::Thing, ${more}}`;
  assert.deepEqual(notesOf(`${HEAD}resources:\n  a: ${thing('depends_on: b')}\n  b: ${thing('depends_on: a')}\n`), [
    ['t.yaml:3:3 "a" requires "b"', 't.yaml:4:3 "b" requires "a"'],
  ]);
  assert.deepEqual(notesOf(`${HEAD}parameters:\n  a: {type: string, default: x}\nresources:\n  a: {type: Test::Thing}\n`), [
    ['t.yaml:3:3 the parameter is here'],
  ]);
  assert.deepEqual(notesOf(`${HEAD}description: a\n\ndescription: b\n`), [['t.yaml:2:1 it stands here first']]);
  const off = `${HEAD}resources:\n  a: ${thing('condition: false')}\n  b: ${thing('properties: {value: {get_resource: a}}')}\n`;
  assert.deepEqual(notesOf(off), [['t.yaml:3:26 its condition']]);
});

test('a misspelt property or argument is one mistake', () => {
  assert.deepEqual(findings(`${HEAD}resources:\n  a: {type: Test::Needy, properties: {nmae: x}}\n`), ['3:39 PROP-UNKNOWN']);
  const replace = '{str_replace: {template: x, parms: {a: b}}}';
  assert.deepEqual(findings(`${HEAD}resources:\n  a: {type: Test::Thing, properties: {value: ${replace}}}\n`), [
    '3:74 HOT-FUNC-ARGUMENTS',
  ]);
});

test('a circle of conditions is shown as a path', () => {
  const compilation = compile(`${HEAD}conditions:\n  a: {not: b}\n  b: {not: c}\n  c: {not: b}\n`);
  assert.ok(!compilation.ok);
  assert.deepEqual(
    compilation.diagnostics.map(({ message }) => message),
    ['the condition "b" depends on itself: b → c → b'],
  );
});

test('JSON has places, too', () => {
  const template =
    '{"heat_template_version": "2021-04-16",\n "resources": {"a": {"type": "Test::Thing",\n  "properties": {"size": "x"}}}}';
  assert.deepEqual(findings(template), ['3:26 PROP-VALUE']);
});

test('environments and the request have places of their own', () => {
  const template = `${HEAD}parameters:\n  a: {type: number}\n  b: {type: number}\n`;
  const options = { environments: ['parameters: {a: 1}', 'parameters:\n  a: x\n  c: 1\n'], parameters: { b: 'y' } };
  assert.deepEqual(findings(template, options), [
    'env-1.yaml 2:6 PARAM-VALUE',
    'env-1.yaml 3:3 PARAM-UNKNOWN',
    'request -:- PARAM-VALUE',
  ]);
});

test('a circle is shown as a path', () => {
  const thing = (requires: string) => `{type: Test::Thing, depends_on: ${requires}}`;
  const compilation = compile(
    `${HEAD}resources:\n  a: ${thing('b')}\n  b: ${thing('c')}\n  c: ${thing('a')}\n  d: ${thing('e')}\n  e: ${thing('d')}\n`,
  );
  assert.ok(!compilation.ok);
  assert.deepEqual(
    compilation.diagnostics.map(({ line, message }) => [line, message]),
    [
      [3, 'resources require each other in a circle: a → b → c → a'],
      [6, 'resources require each other in a circle: d → e → d'],
    ],
  );
});

test('a hidden value is never shown', () => {
  const template = `${HEAD}parameters:\n  p: {type: string, hidden: true, constraints: [{allowed_pattern: "[0-9]+"}, {allowed_values: ["1"]}]}\n`;
  const compilation = compile(template, { parameters: { p: 'geheim' } });
  assert.ok(!compilation.ok);
  assert.equal(compilation.diagnostics.length, 2);
  assert.doesNotMatch(JSON.stringify(compilation), /geheim/);
});

const parameter = (body: string) => `${HEAD}parameters:\n  p: ${body}\n`;
const resource = (body: string) => `${HEAD}resources:\n  r: ${body}\n`;
const value = (body: string) => resource(`{type: Test::Thing, properties: {value: ${body}}}`);
const environment = (text: string): FixtureOptions => ({ environments: [text] });

/** Code → a template (and more) that has it, and how often it has anything. */
const EXAMPLES: { readonly [code in keyof typeof CODES]: readonly [string, FixtureOptions?] } = {
  'DOC-SYNTAX': ['a: b: c'],
  'DOC-EMPTY': [''],
  'DOC-NOT-A-MAP': ['[1]'],
  'DOC-TOO-LARGE': [HEAD, { limits: { documentLength: 10 } }],
  'DOC-TOO-DEEP': [`${HEAD}description: ${'['.repeat(200)}${']'.repeat(200)}`],
  'DOC-ALIASES': [`${HEAD}resources: &a {b: *a}`],
  'DOC-TAG': [`${HEAD}description: !!python/object:os.system x`],
  'DOC-NUMBER': [HEAD, { parameters: { p: Number.POSITIVE_INFINITY } }],
  'DOC-KEY': [`${HEAD}resources: {__proto__: {type: Test::Thing}}`],
  'DOC-KEY-DUPLICATE': [`${HEAD}outputs: {}\noutputs: {a: {value: 1}}`],
  'HOT-VERSION-MISSING': ['resources: {}'],
  'HOT-VERSION-UNKNOWN': ['heat_template_version: 2013-05-24'],
  'HOT-KEY-UNKNOWN': [`${HEAD}resuorces: {}`],
  'HOT-KEY-VERSION': ['heat_template_version: 2016-04-08\nconditions: {c: {equals: [1, 1]}}'],
  'HOT-SECTION': [`${HEAD}resources: []`],
  'HOT-NAME': [`${HEAD}resources: {a/b: {type: Test::Thing}}`],
  'HOT-NAME-TWICE': [`${resource('{type: Test::Thing}')}parameters: {r: {type: string, default: x}}`],
  'HOT-PARAM-GROUP': [`${HEAD}parameter_groups: [{parameters: [x]}]`],
  'HOT-FUNC-VERSION': ['heat_template_version: 2013-05-23\noutputs: {o: {value: {digest: [md5, x]}}}'],
  'HOT-FUNC-REMOVED': [value('{Ref: x}')],
  'HOT-FUNC-IGNORED': [value('{str_replace: {template: x, params: {}, more: 1}}')],
  'HOT-FUNC-PLACE': [`${HEAD}conditions: {c: {equals: [{get_file: x}, 1]}}`],
  'HOT-FUNC-ARGUMENTS': [value('{list_join: x}')],
  'HOT-FUNC-RESULT': [value('{str_split: [",", 1]}')],
  'HOT-FUNC-TYPO': [value('{get_parm: x}')],
  'HOT-FILE-MISSING': [value('{get_file: x}')],
  'HOT-PARAM-UNKNOWN': [value('{get_param: x}')],
  'HOT-REF-UNKNOWN': [value('{get_resource: x}')],
  'HOT-REF-DISABLED': [`${value('{get_resource: gone}')}  gone: {type: Test::Thing, condition: false}\n`],
  'HOT-REF-SELF': [value('{get_resource: r}')],
  'HOT-ATTR-UNKNOWN': [`${value('{get_attr: [s, oot]}')}  s: {type: Test::Thing}\n`],
  'HOT-CONDITION-UNKNOWN': [value('{if: [c, 1, 2]}')],
  'HOT-CONDITION-CYCLE': [`${HEAD}conditions: {a: {not: b}, b: {not: a}}`],
  'HOT-CONDITION-DEPTH': [
    `${HEAD}conditions: {${Array.from({ length: 300 }, (_, i) => `c${i}: ${i === 299 ? 'false' : `{not: c${i + 1}}`}`).join(', ')}}`,
  ],
  'HOT-CONDITION-VALUE': [`${HEAD}conditions: {a: 5}`],
  'HOT-TYPE-MISSING': [resource('{}')],
  'HOT-TYPE-UNKNOWN': [resource('{type: Test::Thingy}')],
  'HOT-FACADE-ROOT': [value('{resource_facade: metadata}')],
  'HOT-NESTED-MISSING': [resource('{type: nested.yaml}')],
  'HOT-NESTED-OPEN': [
    `${resource('{type: OS::Heat::Stack, properties: {template: {get_attr: [b, out]}}}')}  b: {type: Test::Thing}\n`,
  ],
  'HOT-NESTED-REMOTE': [
    resource(`{type: OS::Heat::Stack, properties: {template: '${HEAD.trim()}', context: {region_name: far}}}`),
  ],
  'HOT-NESTED-CYCLE': [resource('{type: n.yaml}'), { files: { 'n.yaml': resource('{type: n.yaml}') } }],
  'HOT-NESTED-DEPTH': [
    resource('{type: n.yaml}'),
    { files: { 'n.yaml': resource('{type: Test::Thing}') }, limits: { nestedDepth: 0 } },
  ],
  'HOT-NESTED-FACADE': [
    resource('{type: Test::Needy}'),
    { files: { 'n.yaml': HEAD }, environments: ['resource_registry: {Test::Needy: n.yaml}'] },
  ],
  'HOT-CYCLE': [`${HEAD}resources: {a: {type: Test::Thing, depends_on: b}, b: {type: Test::Thing, depends_on: a}}`],
  'HOT-POLICY': [resource('{type: Test::Thing, deletion_policy: keep}')],
  'HOT-EXTERNAL-ID': [resource('{type: Test::Thing, external_id: [x]}')],
  'HOT-LIMIT-RESOURCES': [resource('{type: Test::Thing}'), { limits: { resources: 0 } }],
  'HOT-LIMIT-WORK': [value('{list_concat: [[1, 2], [3]]}'), { limits: { work: 3 } }],
  'HOT-LIMIT-ERRORS': [`${HEAD}resources: {${Array.from({ length: 1_001 }, (_, i) => `r${i}: {type: X}`).join(', ')}}`],
  'PROP-UNKNOWN': [resource('{type: Test::Thing, properties: {valu: 1}}')],
  'PROP-MISSING': [resource('{type: Test::Needy}')],
  'PROP-VALUE': [resource('{type: Test::Thing, properties: {text: off, on: true}}').replace('off', '"off"')],
  'PARAM-SCHEMA': [parameter('{type: strnig, default: x}')],
  'PARAM-MISSING': [parameter('{type: string}')],
  'PARAM-UNKNOWN': [HEAD, { parameters: { q: 1 } }],
  'PARAM-VALUE': [parameter('{type: number, default: x}')],
  'PARAM-IMMUTABLE': [
    parameter('{type: string, immutable: true}'),
    { parameters: { p: 'b' }, previous: { parameters: { p: 'a' }, immutable: ['p'] } },
  ],
  'PARAM-UNCHECKED': [parameter('{type: string, default: x, constraints: [{custom_constraint: nova.flavor}]}')],
  'ENV-SECTION-UNKNOWN': [HEAD, environment('paramters: {}')],
  'ENV-SECTION': [HEAD, environment('parameters:')],
  'ENV-SINK': [HEAD, environment('event_sinks: [{type: zaqar-queue, target: q}]')],
  'ENV-REGISTRY': [HEAD, environment('resource_registry: {A: [b]}')],
};

/** Codes that come with others. */
const WITH_OTHERS: { readonly [code: string]: readonly string[] } = {
  'DOC-NUMBER': ['PARAM-UNKNOWN'],
  'HOT-LIMIT-ERRORS': ['HOT-TYPE-UNKNOWN'],
};

for (const [code, [template, options]] of Object.entries(EXAMPLES)) {
  test(`${code}, and nothing else`, () => {
    const codes = new Set(findings(template, options).map((line) => line.split(' ').at(-1)));
    assert.deepEqual([...codes].sort(), [...(WITH_OTHERS[code] ?? []), code].sort());
  });
}

test('docs/language/errors.md lists every code', () => {
  const text = readFileSync(new URL('../../docs/language/errors.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `([A-Z-]+)` \|/gm)].map((match) => match[1]);
  assert.deepEqual(listed, Object.keys(CODES));
});
