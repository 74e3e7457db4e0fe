/** Laws of the language, tried on random templates: branches not taken, working out in two steps, and round trips. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Json, JsonMap } from '../std/json.ts';
import { compiled, scopeOf } from './compile-fixture.ts';
import { definitionSha } from './definition-sha.ts';
import { evaluate, FunctionError, referencesOf } from './evaluate.ts';

const VERSION = '2021-04-16';
const KEY = Buffer.alloc(32);
const NAMES = ['a', 'b', 'c', 'd'];
const OUTPUTS = Object.fromEntries(
  NAMES.map((name, i) => [name, { reference: `id-${name}`, attributes: { out: [name, i, { k: name }], more: { [name]: i } } }]),
);
const CONDITIONS: { readonly [name: string]: boolean } = { yes: true, no: false };

const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>('', 'text', 'a-b', 0, 7, true, null),
  fc.constantFrom(...NAMES).map((name) => ({ get_resource: name })),
  fc.constantFrom(...NAMES).map((name) => ({ get_attr: [name, 'out', 0] })),
  fc.constantFrom(...NAMES).map((name) => ({ get_attr: [name, 'more'] })),
);

/** Values with functions of every kind, some of which fail with what they are given. */
const { value: anyValue } = fc.letrec<{ value: Json }>((tie) => {
  const value = tie('value');
  const list = fc.array(value, { maxLength: 3 });
  return {
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      list,
      fc.dictionary(fc.constantFrom('k', 'l', '$', 'get_param '), value, { maxKeys: 3, noNullPrototype: true }),
      fc.tuple(fc.constantFrom('yes', 'no'), value, value).map(([condition, a, b]) => ({ if: [condition, a, b] })),
      list.map((items) => ({ list_join: [', ', items] })),
      fc.tuple(value, value).map(([a, b]) => ({ str_replace: { template: 'x of y', params: { x: a, y: b } } })),
      fc.tuple(list, list).map(([a, b]) => ({ list_concat_unique: [a, b] })),
      fc.tuple(list, list).map(([a, b]) => ({ filter: [a, b] })),
      fc.tuple(value, list).map(([a, items]) => ({ contains: [a, items] })),
      fc.tuple(value, list).map(([a, items]) => ({ repeat: { template: { v: '%x%', w: a }, for_each: { '%x%': items } } })),
      value.map((a) => ({ map_merge: [{ z: a }, null] })),
      value.map((a) => ({ yaql: { expression: '[$.data, $.data]', data: a } })),
    ),
  };
});

function templateOf(value: Json): JsonMap {
  const others = Object.fromEntries(NAMES.map((name) => [name, { type: 'Test::Thing' }]));
  return {
    heat_template_version: VERSION,
    conditions: CONDITIONS,
    resources: { ...others, t: { type: 'Test::Thing', properties: { value } } },
  };
}

/** The names that the value refers to as it is meant: not those of branches not taken. */
function meant(value: Json): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => meant(item as Json));
  const [[name, argument] = ['', null], second] = Object.entries(value as JsonMap);
  if (second !== undefined) return Object.values(value).flatMap((item) => meant(item as Json));
  if (name === 'get_resource') return [String(argument)];
  if (name === 'get_attr') return [String((argument as readonly Json[])[0])];
  if (name !== 'if') return meant(argument);
  const [condition, then = null, otherwise = null] = argument as readonly Json[];
  return meant(CONDITIONS[String(condition)] === true ? then : otherwise);
}

/** Compiles; undefined for the values that functions refuse already then. */
function tryCompile(value: Json) {
  try {
    return compiled(templateOf(value));
  } catch (error) {
    assert.match(String(error), /HOT-FUNC-RESULT/);
    return undefined;
  }
}

test('only what is meant makes a dependency: nothing in a branch that is not taken', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const definition = tryCompile(value)?.definitions.get('t');
      if (definition === undefined) return;
      const expected = [...new Set(meant(value))].sort();
      assert.deepEqual(definition.requires, expected);
      assert.ok(referencesOf(definition.properties['value'] ?? null).resources.every((name) => expected.includes(name)));
    }),
    { numRuns: 500 },
  );
});

/** The value with each reference put in as what it gives: all can be worked out while compiling. */
function withValues(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withValues(item as Json));
  const entries = Object.entries(value as JsonMap);
  const [[name, argument] = ['', null]] = entries;
  if (entries.length === 1 && name === 'get_resource') return OUTPUTS[String(argument)]!.reference;
  if (entries.length === 1 && name === 'get_attr') {
    const [resource, attribute, ...path] = argument as readonly string[];
    const found = OUTPUTS[resource!]!.attributes[attribute as 'out'] as Json;
    return path.length === 0 ? found : (found as readonly Json[])[Number(path[0])]!;
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, withValues(item)]));
}

function resultOf(value: Json): Json | undefined {
  const goal = tryCompile(value);
  if (goal === undefined) return undefined;
  try {
    return evaluate(goal.definitions.get('t')?.properties['value'] ?? null, scopeOf(OUTPUTS)).value;
  } catch (error) {
    assert.ok(error instanceof FunctionError);
    return undefined;
  }
}

test('working out in two steps, as resources come, gives what working out at once does', () => {
  fc.assert(
    fc.property(anyValue, (value) => assert.deepEqual(resultOf(value), resultOf(withValues(value)))),
    { numRuns: 500 },
  );
});

test('an expression means the same after being stored', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const expression = tryCompile(value)?.definitions.get('t')?.properties['value'];
      if (expression === undefined) return;
      const stored = JSON.parse(JSON.stringify(expression)) as Json;
      assert.deepEqual(stored, expression);
    }),
    { numRuns: 200 },
  );
});

test('YAML or JSON, in any order of keys: the same definition with the same digest', () => {
  const shuffle = (value: Json): Json => {
    if (Array.isArray(value)) return value.map((item) => shuffle(item as Json));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, shuffle(item as Json)]),
    );
  };
  fc.assert(
    fc.property(anyValue, (value) => {
      const goal = tryCompile(value);
      if (goal === undefined) return;
      const shaOf = (template: JsonMap | string) => definitionSha(compiled(template).definitions.get('t')!, KEY);
      const sha = definitionSha(goal.definitions.get('t')!, KEY);
      assert.equal(shaOf(shuffle(templateOf(value)) as JsonMap), sha);
      assert.equal(shaOf(stringify(templateOf(value), { version: '1.1' })), sha);
    }),
    { numRuns: 200 },
  );
});
