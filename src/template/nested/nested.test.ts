/** Templates as types: what they are as types, what is wrong with trees of them, and the goals of nested stacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonMap } from '../../std/json.ts';
import { compileGoal } from '../compile.ts';
import { CATALOG, compile, compiled, type FixtureOptions, findings, PSEUDO, scopeOf } from '../compile-fixture.ts';
import type { CompiledGoal, GoalDocuments } from '../definition.ts';
import { definitionSha } from '../definition-sha.ts';
import { evaluate, referencesOf } from '../evaluate.ts';
import type { Outputs } from '../expression.ts';
import { hooksFor, restrictionsFor } from '../resource-rules.ts';
import { childDocuments } from './child-documents.ts';
import { findFileKey, joinName } from './file-names.ts';
import { gatherReferences } from './gather-references.ts';
import { nestedTypeSchema } from './nested-type.ts';

const VERSION = '2021-04-16';
const hot = (resources: JsonMap, more: JsonMap = {}): JsonMap => ({ heat_template_version: VERSION, ...more, resources });
const text = (template: JsonMap): string => JSON.stringify(template);
const use = (type: string, properties: JsonMap = {}, more: JsonMap = {}): JsonMap => ({ type, properties, ...more });
const thing = (properties: JsonMap = {}): JsonMap => use('Test::Thing', properties);
const codes = (template: JsonMap, options: FixtureOptions = {}) => findings(template, options);

const WEB = hot(
  { server: thing({ text: { get_param: 'name' } }), db: thing() },
  {
    parameters: {
      name: { type: 'string', description: 'its name', constraints: [{ length: { max: 8 } }] },
      ports: { type: 'comma_delimited_list', default: '80' },
      tags: { type: 'json', default: {} },
      password: { type: 'string', hidden: true, default: 'x' },
    },
    outputs: { url: { value: { get_param: 'name' }, description: 'where' }, login: { value: { get_param: 'password' } } },
  },
);

test('parameters are properties, outputs are attributes', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(nestedTypeSchema('web.yaml', WEB, new Set()))), {
    name: 'web.yaml',
    properties: {
      name: {
        type: 'string',
        update: 'in-place',
        description: 'its name',
        constraints: [{ length: { max: 8 } }],
        required: true,
      },
      ports: { type: 'list', update: 'in-place', conversion: true },
      tags: { type: 'any', update: 'in-place' },
      password: { type: 'string', update: 'in-place', sensitive: true },
    },
    attributes: { url: { type: 'any', description: 'where' }, login: { type: 'any' } },
    isTemplate: true,
  });
  assert.equal(nestedTypeSchema('web.yaml', WEB, new Set(['name']))?.properties['name']?.required, undefined);
  assert.equal(nestedTypeSchema('list.yaml', [], new Set()), undefined);
});

const WRONG_USES: { readonly [name: string]: readonly [JsonMap, string] } = {
  'a parameter that is missing': [{ w: use('web.yaml') }, 'PROP-MISSING'],
  'no such parameter': [{ w: use('web.yaml', { name: 'x', nmae: 'y' }) }, 'PROP-UNKNOWN'],
  'a constraint of a parameter': [{ w: use('web.yaml', { name: 'much too long' }) }, 'PROP-VALUE'],
  'a json parameter that is none': [{ w: use('web.yaml', { name: 'x', tags: 'x{' }) }, 'PROP-VALUE'],
  'no such output': [{ w: use('web.yaml', { name: 'x' }), t: thing({ value: { get_attr: ['w', 'ulr'] } }) }, 'HOT-ATTR-UNKNOWN'],
  'no such inner resource': [
    { w: use('web.yaml', { name: 'x' }), t: thing({ value: { get_attr: ['w', 'resource.sever', 'out'] } }) },
    'HOT-ATTR-UNKNOWN',
  ],
};

for (const [name, [resources, code]] of Object.entries(WRONG_USES)) {
  test(`refused: ${name}`, () => {
    const found = codes(hot(resources), { files: { 'web.yaml': text(WEB) } });
    assert.deepEqual(
      found.map((line) => line.split(' ')[1]),
      [code],
    );
  });
}

test('what is wrong in a nested template is said in its file, once, though it is used twice', () => {
  const inner = `heat_template_version: ${VERSION}\nresources:\n  a:\n    type: Test::Thnig\n`;
  const found = codes(hot({ one: use('sub/web.yaml'), two: use('sub/web.yaml') }), { files: { 'sub/web.yaml': inner } });
  assert.deepEqual(found, ['sub/web.yaml 4:11 HOT-TYPE-UNKNOWN']);
});

test('names of files are relative to the file that names them', () => {
  assert.equal(joinName('a/t.yaml', 'b/x.sh'), 'a/b/x.sh');
  assert.equal(joinName('a/t.yaml', '../x.sh'), 'x.sh');
  assert.equal(joinName('t.yaml', '../x.sh'), '../x.sh');
  assert.equal(joinName('/a/t.yaml', 'x.sh'), '/a/x.sh');
  assert.equal(joinName('file:///a/b/t.yaml', '../x.sh'), 'file:///a/x.sh');
  assert.equal(joinName('a/t.yaml', 'https://h/x.yaml'), 'https://h/x.yaml');
  assert.equal(findFileKey({ 'x.sh': '' }, 'a/t.yaml', 'x.sh'), 'x.sh');
  assert.equal(findFileKey({ 'x.sh': '', 'a/x.sh': '' }, 'a/t.yaml', 'x.sh'), 'a/x.sh');
});

test('every file that is named is read once, relative to its namer', () => {
  const disk: { readonly [name: string]: string } = {
    'd/n/web.yaml': text(hot({ s: thing({ value: { get_file: 'run.sh' } }), again: use('web.yaml') })),
    'd/n/run.sh': 'n',
    'd/run.sh': 'd',
    'e/lib/x.yaml': text(hot({})),
    'e/other/y.yaml': text(hot({})),
  };
  const reads: string[] = [];
  const sources = [
    { name: 'd/t.yaml', text: text(hot({ w: use('n/web.yaml'), s: thing({ value: { get_file: 'run.sh' } }) })) },
    {
      name: 'e/env.yaml',
      text: 'resource_registry: {"My::X": lib/x.yaml, "My::Z": "My::X", resources: {w: {base_url: other, "My::Y": y.yaml}}}',
    },
    { name: 'broken', text: 'a: b: c' },
  ];
  const files = gatherReferences(sources, (name) => {
    reads.push(name);
    return disk[name];
  });
  assert.deepEqual(files, disk);
  assert.deepEqual(reads.sort(), Object.keys(disk).sort());
});

const chain = (length: number): { readonly [name: string]: string } =>
  Object.fromEntries(
    Array.from({ length }, (_, i) => [`${i}.yaml`, text(hot(i + 1 < length ? { n: use(`${i + 1}.yaml`) } : { t: thing() }))]),
  );

test('depth is limited, and the limit can be changed', () => {
  const root = hot({ n: use('0.yaml') });
  assert.equal(compile(root, { files: chain(5) }).ok, true);
  const deep = compile(root, { files: chain(6) });
  assert.ok(!deep.ok);
  assert.deepEqual(
    deep.diagnostics.map(({ code, file, message }) => [code, file, message]),
    [['HOT-NESTED-DEPTH', '4.yaml', 'stacks can be nested 5 deep: t.yaml → 0.yaml → 1.yaml → 2.yaml → 3.yaml → 4.yaml → 5.yaml']],
  );
  assert.equal(compile(root, { files: chain(6), limits: { nestedDepth: 6 } }).ok, true);
});

test('circles are found before anything is made, and shown', () => {
  const messages = (files: { readonly [name: string]: string }) => {
    const compilation = compile(hot({ n: use('a.yaml') }), { files });
    assert.ok(!compilation.ok);
    return compilation.diagnostics.map(({ code, message }) => `${code} ${message}`);
  };
  assert.deepEqual(messages({ 'a.yaml': text(hot({ n: use('a.yaml') })) }), [
    'HOT-NESTED-CYCLE templates contain each other in a circle: a.yaml → a.yaml',
  ]);
  const two = { 'a.yaml': text(hot({ n: use('b.yaml') })), 'b.yaml': text(hot({ n: use('a.yaml'), m: use('a.yaml') })) };
  assert.deepEqual(messages(two), ['HOT-NESTED-CYCLE templates contain each other in a circle: a.yaml → b.yaml → a.yaml']);
});

test('a template in itself that ends by its conditions is no circle', () => {
  const counting = hot(
    { t: thing(), next: { ...use('n.yaml', { left: { get_param: ['rest', { get_param: 'left' }] } }), condition: 'more' } },
    {
      parameters: { left: { type: 'string' }, rest: { type: 'json', default: { '2': '1', '1': '0' } } },
      conditions: { more: { not: { equals: [{ get_param: 'left' }, '0'] } } },
    },
  );
  const root = (left: Json) => hot({ n: use('n.yaml', { left }), t: thing() });
  const files = { 'n.yaml': text(counting) };
  assert.equal(compiled(root('2'), { files }).treeSize, 2 + 3 * 2);
  assert.deepEqual(codes(root({ get_attr: ['t', 'out'] }), { files }), ['n.yaml 1:269 HOT-NESTED-CYCLE']);
});

test('the resources of the whole tree are counted', () => {
  const files = { 'a.yaml': text(hot({ x: use('b.yaml'), y: use('b.yaml') })), 'b.yaml': text(hot({ t: thing(), u: thing() })) };
  const root = hot({ a: use('a.yaml'), b: use('b.yaml') });
  assert.equal(compiled(root, { files }).treeSize, 2 + (2 + 2 * 2) + 2);
  assert.equal(compile(root, { files, limits: { resources: 10 } }).ok, true);
  const tooMany = compile(root, { files, limits: { resources: 9 } });
  assert.ok(!tooMany.ok);
  assert.match(tooMany.diagnostics[0]?.message ?? '', /10 resources, with those in nested templates; the limit is 9/);
});

test('ten ways by five levels cost little and are counted in full', () => {
  const level = (next: string) =>
    hot(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`r${i}`, next === '' ? thing() : use(next)])));
  const files = Object.fromEntries([0, 1, 2, 3, 4].map((i) => [`${i}.yaml`, text(level(i === 4 ? '' : `${i + 1}.yaml`))]));
  let reads = 0;
  const get = (target: typeof files, key: string): unknown => {
    reads++;
    return target[key];
  };
  assert.equal(compiled(level('0.yaml'), { files: new Proxy(files, { get }) }).treeSize, 10 + 100 + 1e3 + 1e4 + 1e5 + 1e6);
  assert.ok(reads > 0 && reads < 1_000, `${reads} reads of five files`);
});

test('a template can stand for a type if it has what the type has', () => {
  const environments = ['resource_registry: {"Test::Thing": thing.yaml, "Test::Needy": needy.yaml}'];
  const properties = Object.keys(CATALOG.findType('Test::Thing')!.properties);
  const good = hot(
    { real: thing() },
    {
      parameters: Object.fromEntries(properties.map((name) => [name, { type: 'json', default: {} }])),
      outputs: { out: { value: 1 }, more: { value: 1 }, key: { value: { get_resource: 'real' } } },
    },
  );
  const needy = hot({}, { parameters: { name: { type: 'number' }, other: { type: 'string' } } });
  const files = { 'thing.yaml': text(good), 'needy.yaml': text(needy) };
  const goal = compiled(hot({ t: thing() }), { files, environments });
  assert.equal(goal.definitions.get('t')?.type, 'Test::Thing');
  assert.equal(goal.definitions.get('t')?.nested?.file, 'thing.yaml');
  assert.equal(goal.treeSize, 2);
  const refused = compile(hot({ n: use('Test::Needy', { name: 1, other: 'x' }) }), { files, environments });
  assert.ok(!refused.ok);
  assert.deepEqual(
    refused.diagnostics.map(({ message }) => message.replace(/^.*: /, '')),
    [
      'the property "name" is a string, the parameter a number',
      'it requires the parameter "other", which Test::Needy does not have as a property',
    ],
  );
});

test('what an environment says of resources reaches those that are nested', () => {
  const environments = [
    `resource_registry:
  resources:
    web:
      hooks: pre-create
      server: {"Test::Gone": "Test::Thing", hooks: [pre-update, post-delete], restricted_actions: replace}
    "w*": {db: {restricted_actions: [update]}}
    other: {server: {"Test::Gone": "Test::Nothing"}}
parameter_defaults: {name: fallback}
event_sinks: [{type: zaqar-queue, target: q, ttl: 60}]
`,
  ];
  const inner = hot(
    { server: use('Test::Gone'), db: thing() },
    { parameters: { name: { type: 'string' } }, outputs: { n: { value: { get_param: 'name' } } } },
  );
  const documents = documentsOf(hot({ web: use('web.yaml') }), { 'web.yaml': text(inner) }, environments);
  const root = goalOf(documents);
  assert.deepEqual(root.rules, [{ name: 'web', hooks: ['pre-create'], restrictedActions: [] }]);
  const child = goalOf(childOf(documents, root, 'web', {}));
  assert.equal(child.definitions.get('server')?.type, 'Test::Thing');
  assert.deepEqual(hooksFor(child.rules, 'server'), ['pre-update', 'post-delete']);
  assert.deepEqual(restrictionsFor(child.rules, 'server'), ['replace']);
  assert.deepEqual(restrictionsFor(child.rules, 'db'), ['update']);
  assert.equal(child.outputs['n']?.value, 'fallback');
  assert.deepEqual(child.eventSinks, [{ type: 'zaqar-queue', target: 'q', ttlSeconds: 60 }]);
});

test('the goal of a nested stack knows its facade, its secrets and its own place', () => {
  const inner = hot(
    { deeper: use('deeper.yaml', { p: { get_param: 'p' } }), t: thing({ value: { resource_facade: 'metadata' } }) },
    {
      parameters: { p: { type: 'string' }, q: { type: 'string' } },
      outputs: {
        policy: { value: { resource_facade: 'deletion_policy' } },
        update: { value: { resource_facade: 'update_policy' } },
        p: { value: { get_param: 'p' } },
        q: { value: { get_param: 'q' } },
      },
    },
  );
  const deeper = hot({}, { parameters: { p: { type: 'string' } }, outputs: { p: { value: { get_param: 'p' } } } });
  const files = { 'n/in.yaml': text(inner), 'n/deeper.yaml': text(deeper) };
  const resources = {
    s: { type: 'Test::Secret' },
    n: use('n/in.yaml', { p: { get_resource: 's' }, q: 'plain' }, { metadata: { a: 1 }, deletion_policy: 'retain' }),
    sees: thing({ value: { get_attr: ['n', 'p'] } }),
    blind: thing({ value: { get_attr: ['n', 'q'] } }),
  };
  const documents = documentsOf(hot(resources), files);
  const root = goalOf(documents);
  assert.deepEqual(root.definitions.get('n')?.nested?.hidden, ['p']);
  assert.equal(root.definitions.get('sees')?.secret, true);
  assert.equal(root.definitions.get('blind')?.secret, false);
  const childDocs = childOf(documents, root, 'n', { p: 'geheim', q: 'plain' });
  const child = goalOf(childDocs);
  assert.deepEqual(child.definitions.get('t')?.properties['value'], { a: 1 });
  assert.deepEqual([child.outputs['policy']?.value, child.outputs['update']?.value], ['Retain', {}]);
  assert.deepEqual([child.outputs['p']?.secret, child.outputs['q']?.secret], [true, false]);
  const deeperDocs = childOf(childDocs, child, 'deeper', { p: 'geheim' });
  assert.deepEqual(deeperDocs.nested?.resources, ['n', 'deeper']);
  assert.deepEqual(goalOf(deeperDocs).hidden, ['p']);
});

test('a definition is another one when anything its stack is made of changes', () => {
  const inner = (more: JsonMap) => text(hot({ t: thing({ value: { get_file: 'run.sh' } }), ...more }));
  const root = hot({ n: use('n/in.yaml') });
  const shaOf = (files: { readonly [name: string]: string }, environments: readonly string[] = []) =>
    definitionSha(goalOf(documentsOf(root, files, environments)).definitions.get('n')!, Buffer.alloc(32));
  const files = { 'n/in.yaml': inner({}), 'n/run.sh': 'a', 'unused.sh': 'x' };
  const sha = shaOf(files);
  assert.equal(shaOf({ ...files, 'unused.sh': 'y' }), sha);
  assert.notEqual(shaOf({ ...files, 'n/run.sh': 'b' }), sha);
  assert.notEqual(shaOf({ ...files, 'n/in.yaml': inner({ u: thing() }) }), sha);
  assert.notEqual(shaOf(files, ['resource_registry: {"My::X": "Test::Thing"}']), sha);
  assert.equal(shaOf(files, ['parameter_defaults: {nobody: 1}']), sha);
});

test('a template that stands for a type can use that type', () => {
  const provider = hot(
    { real: use('Test::Needy', { name: { get_param: 'name' } }) },
    { parameters: { name: { type: 'string' } } },
  );
  const environments = ['resource_registry: {"Test::Needy": needy.yaml}'];
  const documents = documentsOf(hot({ n: use('Test::Needy', { name: 'x' }) }), { 'needy.yaml': text(provider) }, environments);
  const root = goalOf(documents);
  const child = goalOf(childOf(documents, root, 'n', { name: 'x' }));
  assert.equal(child.definitions.get('real')?.nested, undefined);
});

/** `n` is a stack with `server` and a stack `mid` in it, which has `deep` and `hush`, a secret. */
const OUTER = {
  'outer.yaml': text(hot({ server: thing(), mid: use('mid.yaml'), off: { ...thing(), condition: false } })),
  'mid.yaml': text(hot({ deep: thing(), hush: use('Test::Secret') }, { outputs: { told: { value: 1 } } })),
};

const INSIDE: readonly (readonly [reference: Json, value: Json])[] = [
  [['n', 'resource.server'], 'server-1'],
  [['n', 'resource.server', 'out', 0], 'o'],
  [['n', 'resource.server.out', 0], 'o'],
  [['n', 'resource.server.more', 'a', 'b'], 2],
  [['n', 'resource.server', 'out', 7], null],
  [['n', 'resource.mid'], 'mid-1'],
  [['n', 'resource.mid', 'told'], 'yes'],
  [['n', 'resource.mid', 'resource.deep'], 'deep-1'],
  [['n', 'resource.mid.resource.deep', 'out'], 'd'],
  [['n', 'resource.mid', 'resource.deep.out'], 'd'],
];

test('a nested stack seen from its parent: references to resources within, at any depth', () => {
  const deep = { reference: 'deep-1', attributes: { out: 'd' }, secret: [] };
  const mid = { reference: 'mid-1', attributes: { told: 'yes' }, secret: [], inside: new Map([['deep', deep]]) };
  const server = { reference: 'server-1', attributes: { out: ['o'], more: { a: { b: 2 } } }, secret: [] };
  const inside = new Map<string, Outputs>(Object.entries({ server, mid }));
  for (const [reference, value] of INSIDE) {
    const goal = compiled(hot({ n: use('outer.yaml'), t: thing({ value: { get_attr: reference } }) }), { files: OUTER });
    const expression = goal.definitions.get('t')?.properties['value'] ?? null;
    assert.deepEqual(goal.definitions.get('t')?.requires, ['n']);
    assert.deepEqual(evaluate(expression, scopeOf({ n: { inside } })).value, value, JSON.stringify(reference));
    assert.deepEqual(evaluate(expression, scopeOf({})).unknownFrom, ['n']);
    const named = [...(referencesOf(expression).inside.get('n') ?? [])].map(([name, below]) => [name, [...below.keys()]]);
    assert.deepEqual(named, JSON.stringify(reference).includes('server') ? [['server', []]] : [['mid', named[0]?.[1]]]);
  }
});

test('what is read within a nested stack is there, and is secret when it is one', () => {
  const found = (reference: Json) => {
    const compilation = compile(hot({ n: use('outer.yaml'), t: thing({ value: { get_attr: reference } }) }), { files: OUTER });
    return compilation.ok ? compilation.goal.definitions.get('t')?.secret : compilation.diagnostics.map(({ message }) => message);
  };
  assert.deepEqual(found(['n', 'resource.sever']), ['the nested stack "n" has no resource "sever"']);
  assert.deepEqual(found(['n', 'resource.off']), ['the nested stack "n" has no resource "off"']);
  assert.deepEqual(found(['n', 'resource.server', 'oot']), ['"server" is a Test::Thing, which has no attribute "oot"']);
  assert.deepEqual(found(['n', 'resource.mid', 'tolt']), ['the nested stack "mid" has no output "tolt"']);
  assert.deepEqual(found(['n', 'resource.mid.resource.deeq']), ['the nested stack "mid" has no resource "deeq"']);
  assert.equal(found(['n', 'resource.server', 'out']), false);
  assert.equal(found(['n', 'resource.server', 'key']), true);
  assert.equal(found(['n', 'resource.mid', 'resource.hush']), true);
  assert.equal(found(['n', 'resource.mid', 'told']), false);
});

test('a secret that a template gives as its reference id is one outside', () => {
  const inner = hot({ s: use('Test::Secret') }, { outputs: { 'OS::stack_id': { value: { get_resource: 's' } } } });
  const goal = compiled(hot({ n: use('in.yaml'), t: thing({ value: { get_resource: 'n' } }) }), {
    files: { 'in.yaml': text(inner) },
  });
  assert.equal(goal.definitions.get('t')?.secret, true);
});

function documentsOf(template: JsonMap, files: GoalDocuments['files'], environments: readonly string[] = []): GoalDocuments {
  return {
    template: { name: 't.yaml', text: text(template) },
    files,
    environments: environments.map((one, i) => ({ name: `env-${i}.yaml`, text: one })),
    parameters: {},
  };
}

function goalOf(documents: GoalDocuments): CompiledGoal {
  const compilation = compileGoal(documents, { catalog: CATALOG, pseudo: PSEUDO });
  assert.ok(compilation.ok, JSON.stringify(compilation));
  return compilation.goal;
}

function childOf(parent: GoalDocuments, goal: CompiledGoal, name: string, properties: JsonMap): GoalDocuments {
  const definition = goal.definitions.get(name)!;
  return childDocuments(parent, name, definition, {
    text: parent.files[definition.nested!.file]!,
    parameters: properties,
    metadata: definition.metadata,
    updatePolicy: definition.updatePolicy,
  });
}
