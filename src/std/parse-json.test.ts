/** JSON is read as it is written, whatever keys the platform's parser has seen before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from './json.ts';
import { parseJson } from './parse-json.ts';

const HARD = [
  '\\',
  '"',
  '\n',
  'a',
  'a"',
  'a\\',
  'x\n',
  '__proto__',
  'é',
  '\u0001',
  '',
  '1',
  '~',
  '~5c00',
  '\u007f',
  '\ud800',
  'a\\n',
];

/** Keys that the parser may take for others: what the escaped ones of these begin with. */
function poison(before: string): void {
  for (const key of ['\\\\', 'a\\\\', 'x\\\\', '\\\\u', '\\\\u0', 'a\\\\\\\\']) JSON.parse(`{${before}"${key}":0}`);
}

test('a key is not taken for another one that was read before', () => {
  JSON.parse('{"h":[],"\\\\":0}');
  assert.deepEqual(Object.keys(parseJson('{"h":1,"\\"":2}') as object), ['h', '"']);
  assert.deepEqual(Object.keys(parseJson('{"h":1 , "\\n"\r\n\t : "\\\\"}') as object), ['h', '\n']);
});

interface Written {
  readonly value: Json;
  readonly text: string;
}

const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n');

/** A string with some of its characters spelled by their numbers. */
const written = (strings: readonly string[]): fc.Arbitrary<Written & { readonly value: string }> =>
  fc.tuple(fc.constantFrom(...strings), fc.array(fc.boolean(), { minLength: 10, maxLength: 10 })).map(([value, numbered]) => {
    const units = value.split('').map((unit, i) => (numbered[i] ? numberOf(unit) : quoted(unit)));
    return { value, text: `"${units.join('')}"` };
  });

const numberOf = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
const quoted = (unit: string): string => (unit === '\ud800' ? unit : JSON.stringify(unit).slice(1, -1));

const { any } = fc.letrec<{ any: Written }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    fc.constantFrom<Written>({ value: null, text: 'null' }, { value: 1.5, text: '1.5' }, { value: [], text: '[ ]' }),
    written([...HARD, '": ', '{"\\":1}', ':', '\\":']),
    fc.array(tie('any'), { maxLength: 3 }).map((items) => ({
      value: items.map(({ value }) => value),
      text: `[${items.map(({ text }) => text).join()}]`,
    })),
    fc.array(fc.tuple(written(HARD), space, tie('any')), { maxLength: 6 }).map((members) => ({
      value: Object.fromEntries(members.map(([key, , { value }]) => [key.value, value])),
      text: `{${members.map(([key, blank, { text }]) => `${blank}${key.text}${blank}:${blank}${text}`).join()}}`,
    })),
  ),
}));

test('whatever is written in any spelling is read, its members in their order, the last of a key', () => {
  for (const key of HARD) poison(`${JSON.stringify(key)}:[],`);
  poison('');
  fc.assert(
    fc.property(any, ({ value, text }) => {
      const read = parseJson(text);
      assert.deepEqual(read, value);
      assert.equal(JSON.stringify(read), JSON.stringify(value));
    }),
    { numRuns: 1_000 },
  );
});

test('two spellings are one key, and none is a name of ours', () => {
  const text = '{"~6100":1,"\\u0061":2,"a":3,"\\u0061":4,"\\u007e6100":5,"\\n":6,"~0a00":7,"\\u000a":8,"\\u0031":9,"b":0}';
  assert.equal(JSON.stringify(parseJson(text)), '{"1":9,"~6100":5,"a":4,"\\n":8,"~0a00":7,"b":0}');
});

test('__proto__ is a key as others are', () => {
  for (const key of ['__proto__', '\\u005f_proto__']) {
    const read = parseJson(`{"\\n":{"${key}":{"\\"":1}},"${key}":[{"\\"":2}]}`) as { readonly [key: string]: object };
    assert.deepEqual(Object.keys(read), ['\n', '__proto__']);
    assert.equal(Object.getPrototypeOf(read), Object.prototype);
    assert.equal(JSON.stringify(read), '{"\\n":{"__proto__":{"\\"":1}},"__proto__":[{"\\"":2}]}');
  }
});

const thrownBy = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    return String(error);
  }
  return assert.fail('it throws nothing');
};

const BROKEN = [
  '',
  '{"\\n":1,}',
  '{"\\n":1',
  '{"\\n":1} x',
  '{"\\x":1}',
  '{"\\u00g0":1,"b":}',
  '{"a\n\\n":1}',
  '{"\\n":1,"~\n":2}',
  '{"\\n":"\n"}',
  '{"\\n":"\\q"}',
  '["\\n":1]',
  '{"\\n"::1}',
  '{"\\n":1,"b',
  '{"\\n":1,"\\',
  '"\\n":',
  '\\":1',
  '{\\"a":1}',
];

test('what is no JSON is refused in the words of the platform', () => {
  for (const text of BROKEN)
    assert.equal(
      thrownBy(() => parseJson(text)),
      thrownBy(() => JSON.parse(text)),
    );
});

const million = 1_000_000;
const HOSTILE = [
  '\\'.repeat(million),
  '"'.repeat(million),
  '\\"'.repeat(million),
  `"${'\\"'.repeat(million)}`,
  `"${'\\'.repeat(million)}":`,
  '{"\\n":'.repeat(million / 10),
  '"\\n":'.repeat(million / 10),
  `${'"\\n"'.padEnd(1_000)}`.repeat(million / 1_000),
];

test('hostile texts are refused in a time that grows as they do', () => {
  for (const text of HOSTILE) assert.throws(() => parseJson(text), SyntaxError);
});

test('long keys, many keys and deep ones are read', () => {
  assert.deepEqual(parseJson(`{"${'\\'.repeat(million)}":1}`), { ['\\'.repeat(million / 2)]: 1 });
  assert.equal(Object.keys(parseJson(`{"\\n":0${',"~\\t":1,"~":2'.repeat(million / 10)}}`) as object).length, 3);
  let inner = parseJson(`${'{"\\n":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  let depth = 0;
  for (; typeof inner === 'object'; depth++) inner = (inner as { readonly [key: string]: Json })['\n'] ?? null;
  assert.deepEqual([inner, depth], [1, 100_000]);
});
