/** Small templates that would come to very much are refused at the call at which it is enough, whatever the function. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonMap } from '../std/json.ts';
import { compile, compiled, findings, scopeOf, templateOf } from './compile-fixture.ts';
import { evaluate, FunctionError } from './evaluate.ts';
import { spend, TooMuchWork, trySpend, withWork } from './work.ts';

const NEWEST = '2021-04-16';
const NUMBERS = Array.from({ length: 5_000 }, (_, i) => i);
const TEXT = 'x'.repeat(100_000);

/** A value that uses a parameter often. */
const often = (count: number, value: Json): readonly Json[] => Array.from({ length: count }, () => value);

function doubled(levels: number): Json {
  let value: Json = TEXT;
  for (let i = 0; i < levels; i++) value = { str_replace: { template: 'aa', params: { a: value } } };
  return value;
}

const GREEDY: { readonly [what: string]: Json } = {
  'a list joined to itself': { list_concat: often(20_000, { get_param: 'numbers' }) },
  'a list joined to itself, each item once': { list_concat_unique: often(20_000, { get_param: 'numbers' }) },
  'maps merged': { map_merge: often(20_000, { get_param: 'map' }) },
  'a text that doubles': doubled(25),
  'a long delimiter': { list_join: [{ get_param: 'text' }, ...often(2, { get_param: 'numerals' })] },
  'a text digested again and again': often(10_000, { digest: ['sha512', { get_param: 'text' }] }),
  'a file read again and again': often(10_000, { get_file: 'file' }),
  'a parameter used again and again': often(20_000, { get_param: 'map' }),
  'lists that multiply': often(50, {
    repeat: { template: 'a b', for_each: { a: { get_param: 'some' }, b: { get_param: 'some' } } },
  }),
  'expressions that each do what one may': often(2_000, { yaql: { expression: 'range(3000).select($+1).sum()' } }),
};

const PARAMETERS: JsonMap = {
  numbers: { type: 'json', default: NUMBERS },
  numerals: { type: 'comma_delimited_list', default: NUMBERS.join() },
  some: { type: 'json', default: NUMBERS.slice(0, 300) },
  map: { type: 'json', default: Object.fromEntries(NUMBERS.map((i) => [`k${i}`, i])) },
  text: { type: 'string', default: TEXT },
};

for (const [what, value] of Object.entries(GREEDY)) {
  test(`${what}: refused`, () => {
    const template = { ...templateOf(NEWEST, value), parameters: PARAMETERS };
    const found = compile(template, { files: { file: TEXT } });
    assert.ok(!found.ok);
    assert.deepEqual(
      found.diagnostics.map(({ code }) => code),
      ['HOT-LIMIT-WORK'],
    );
    assert.match(found.diagnostics[0]?.path ?? '', /^resources\.t\.properties\.value/);
  });
}

test('what a template needs that uses much, but not too much', () => {
  const resources = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, i) => [
      `r${i}`,
      {
        type: 'Test::Thing',
        properties: {
          value: {
            str_replace: { template: { get_file: 'user_data' }, params: { $name: `server ${i}`, $all: { get_param: 'some' } } },
          },
        },
      },
    ]),
  );
  const files = { user_data: `${'a line of a script\n'.repeat(800)} $name $all` };
  assert.equal(compile({ heat_template_version: NEWEST, parameters: PARAMETERS, resources }, { files }).ok, true);
});

test('what resources have to tell counts when it is used', () => {
  const goal = compiled(templateOf(NEWEST, { list_concat: often(20_000, { get_attr: ['a', 'out'] }) }));
  const expression = goal.definitions.get('t')?.properties['value'] ?? null;
  const scope = scopeOf({ a: { attributes: { out: NUMBERS } } });
  assert.throws(() => evaluate(expression, scope), TooMuchWork);
  assert.ok(new TooMuchWork() instanceof FunctionError);
});

test('work within work is the same work, and none is left over for the next', () => {
  assert.throws(() => withWork(10, () => withWork(100, () => spend(11))), TooMuchWork);
  assert.equal(
    withWork(10, () => trySpend(10)),
    true,
  );
  assert.equal(trySpend(1_000_000_000), true);
});

test('after a thousand errors no more is told, and the first of them are told with their places', () => {
  const resources = Array.from({ length: 5_000 }, (_, i) => `  r${i}: {type: Test::Thing, properties: {valu: 1}}\n`).join('');
  const found = findings(`heat_template_version: ${NEWEST}\nresources:\n${resources}`);
  assert.equal(found.length, 1_001);
  assert.match(found[0] ?? '', /^3:/);
  assert.match(found.at(-1) ?? '', /HOT-LIMIT-ERRORS/);
});
