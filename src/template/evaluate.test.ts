/** Evaluation, resolution and digests, by examples and by laws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json, JsonMap } from '../std/json.ts';
import { compile, compiled, scopeOf, THING, templateOf } from './compile-fixture.ts';
import type { Definition } from './definition.ts';
import { definitionSha } from './definition-sha.ts';
import { evaluate, referencesOf } from './evaluate.ts';
import type { Outputs } from './expression.ts';
import { resolveProperties } from './resolve-properties.ts';

const VERSION = '2021-04-16';
const KEY = new Uint8Array(32).fill(7);

const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')) as Json);
const text = fc.string({ maxLength: 6 });

/** Values of texts with functions in them, over two resources and two parameters. */
const { source } = fc.letrec<{ source: Json }>((tie) => ({
  source: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.constantFrom<Json>(
      { get_param: 'p' },
      { get_param: 'q' },
      { get_attr: ['a', 'out'] },
      { get_attr: ['b', 'out'] },
      { get_resource: 'a' },
    ),
    fc.array(tie('source'), { maxLength: 3 }).map((items) => ({ list_join: ['-', items] }) as Json),
    fc.record({ x: tie('source'), y: tie('source') }).map((params) => ({ str_replace: { template: 'x+y', params } }) as Json),
    fc.tuple(fc.constantFrom('yes', 'no'), tie('source'), tie('source')).map((branches) => ({ if: branches }) as Json),
    fc.tuple(tie('source')).map(([value]) => ({ str_split: ['-', { list_join: ['', [value]] }, 0] }) as Json),
  ),
}));

const MORE: JsonMap = {
  parameters: { p: { type: 'string', default: 'P-1' }, q: { type: 'string', default: 'Q' } },
  conditions: { yes: true, no: false },
};
const OUTPUTS: { readonly [name: string]: Partial<Outputs> } = {
  a: { reference: 'A-ref', attributes: { out: 'A-out' } },
  b: { reference: 'B-ref', attributes: { out: 'B-out' } },
};

/** What the functions mean, written down as plainly as can be. */
function meaning(value: Json): string {
  if (typeof value === 'string') return value;
  const [[name, argument]] = Object.entries(value as JsonMap) as unknown as [[string, readonly Json[]]];
  switch (name) {
    case 'get_param':
      return (argument as unknown) === 'p' ? 'P-1' : 'Q';
    case 'get_resource':
      return 'A-ref';
    case 'get_attr':
      return argument[0] === 'a' ? 'A-out' : 'B-out';
    case 'list_join':
      return (argument[1] as readonly Json[]).map(meaning).join('-');
    case 'str_replace':
      return `${meaning((argument as unknown as { params: JsonMap }).params['x']!)}+${meaning((argument as unknown as { params: JsonMap }).params['y']!)}`;
    case 'if':
      return meaning(argument[0] === 'yes' ? argument[1]! : argument[2]!);
    default:
      return meaning((argument[1] as { list_join: [string, Json[]] }).list_join[1][0]!).split('-')[0]!;
  }
}

/** The resources that the branches taken refer to. */
function referred(value: Json): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(referred);
  const [name, argument] = Object.entries(value)[0] as [string, Json];
  if (name === 'get_resource') return [argument as string];
  if (name === 'get_attr') return [(argument as string[])[0]!];
  if (name === 'if') return referred((argument as Json[])[(argument as Json[])[0] === 'yes' ? 1 : 2]!);
  return Object.values(argument as object).flatMap((part: Json) =>
    name === 'str_replace' ? Object.values(part as object).flatMap(referred) : referred(part),
  );
}

test('partly worked out while compiling and the rest later is the same as the whole', () => {
  fc.assert(
    fc.property(source, (value) => {
      const definition = compiled(templateOf(VERSION, value, MORE)).definitions.get('t')!;
      assert.equal(evaluate(definition.properties['value'] ?? null, scopeOf(OUTPUTS)).value, meaning(value));
    }),
  );
});

test('only the branches taken make dependencies', () => {
  fc.assert(
    fc.property(source, (value) => {
      const definition = compiled(templateOf(VERSION, value, MORE)).definitions.get('t')!;
      assert.deepEqual(definition.requires, [...new Set(referred(value))].sort());
      assert.deepEqual(referencesOf(definition.properties['value'] ?? null).resources, definition.requires);
    }),
  );
});

test('what is not known is named, and nothing else', () => {
  fc.assert(
    fc.property(source, (value) => {
      const definition = compiled(templateOf(VERSION, value, MORE)).definitions.get('t')!;
      const { unknownFrom } = evaluate(definition.properties['value'] ?? null, scopeOf({ a: OUTPUTS['a']! }));
      assert.deepEqual(
        unknownFrom,
        definition.requires.filter((name) => name === 'b'),
      );
    }),
  );
});

test('any parameter comes out as it went in', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('$', 'a', 'get_resource', 'if'), json, { noNullPrototype: true }), (value) => {
      const source = {
        heat_template_version: VERSION,
        parameters: { p: { type: 'json' } },
        outputs: { o: { value: [{ get_param: 'p' }] } },
      };
      const compilation = compile(source, { parameters: { p: value } });
      assert.ok(compilation.ok);
      assert.deepEqual(evaluate(compilation.goal.outputs['o']?.value ?? null, scopeOf({})).value, [value]);
    }),
  );
});

test('without a call an expression is its own value', () => {
  const expression = { a: [1, { b: null }], c: 'x' };
  assert.equal(evaluate(expression, scopeOf({})).value, expression);
});

test('secret outputs are noted', () => {
  const expression = { l: [{ $: ['get_attr', 'a', 'key'] }, { $: ['get_attr', 'a', 'out'] }, { $: ['get_resource', 'b'] }] };
  const outputs = {
    a: { attributes: { key: { k: 's1' }, out: 'plain' }, secret: ['key'] },
    b: { reference: 's2', secret: '*' as const },
  };
  assert.deepEqual([...evaluate(expression, scopeOf(outputs)).secrets], ['s1', 's2']);
  assert.deepEqual(
    [...evaluate({ $: ['get_resource', 'c'] }, scopeOf({ c: { reference: 's3', secretReference: true } })).secrets],
    ['s3'],
  );
});

const definitionOf = (properties: JsonMap, more: Partial<Definition> = {}): Definition => ({
  type: 'Test::Thing',
  properties,
  metadata: {},
  deletionPolicy: 'delete',
  updatePolicy: {},
  requires: [],
  description: '',
  externalId: null,
  provider: null,
  secret: false,
  secretTexts: [],
  ...more,
});

test('properties are brought into their types, with defaults', () => {
  const { properties, problems } = resolveProperties(
    definitionOf({
      size: '5',
      on: 'True',
      names: ['a', 'b'],
      disk: { gb: { $: ['get_attr', 'a', 'out'] }, kind: null },
      text: null,
      value: { k: null },
    }),
    THING,
    scopeOf({ a: { attributes: { out: '10' } } }),
  );
  assert.deepEqual(properties, { value: { k: null }, size: 5, on: true, names: ['a', 'b'], disk: { gb: 10, kind: 'ssd' } });
  assert.deepEqual(problems, []);
});

test('every problem of the properties is found', () => {
  const { problems } = resolveProperties(
    definitionOf({ size: 11, on: 'perhaps', names: ['a', 'B'], disk: { g: 1 }, txt: 'x', text: { $: ['str_split', ',', 1] } }),
    THING,
    scopeOf({}),
  );
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['text', 'size', 'on', 'names[1]', 'disk.gb', 'disk.g', 'txt'],
  );
});

test('what is unknown is not checked, and secrets are gathered', () => {
  const definition = definitionOf({ size: { $: ['get_attr', 'b', 'out'] }, password: 'sesame' }, { secretTexts: ['geheim'] });
  const resolved = resolveProperties(definition, THING, scopeOf({}));
  assert.deepEqual(resolved.properties, { size: '(known after: b)', password: 'sesame' });
  assert.deepEqual(resolved.unknownFrom, ['b']);
  assert.deepEqual([...resolved.secrets].sort(), ['geheim', 'sesame']);
});

/** The same value with the keys of every map the other way round. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, turned(item as Json)]),
  );
}

test('the digest does not depend on the order of keys, nor on the description', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 3 }), json), (properties) => {
      const one = definitionOf(properties, { description: 'one' });
      const other = definitionOf(turned(properties) as JsonMap);
      assert.equal(definitionSha(one, KEY), definitionSha(other, KEY));
    }),
  );
});

test('the digest sees every other change, and is keyed for secrets', () => {
  const base = definitionOf({ size: 1 });
  const others: readonly Partial<Definition>[] = [
    { type: 'Test::Needy' },
    { properties: { size: 2 } },
    { metadata: { a: 1 } },
    { deletionPolicy: 'retain' },
    { updatePolicy: { a: 1 } },
    { requires: ['a'] },
    { externalId: 'x' },
    { provider: 'p' },
    { secret: true },
  ];
  const shas = others.map((other) => definitionSha({ ...base, ...other }, KEY));
  assert.equal(new Set([definitionSha(base, KEY), ...shas]).size, others.length + 1);
  assert.match(shas.at(-1)!, /^k1-/);
  assert.notEqual(definitionSha({ ...base, secret: true }, new Uint8Array(32)), shas.at(-1));
});
