/** The fast way to read YAML gives what the slow one gives, or leaves the document to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { findingsOf } from './findings.ts';
import { locateInEvents } from './locate-events.ts';
import { readYamlEvents } from './yaml-events.ts';
import { composeYaml } from './yaml-text.ts';

function slow(text: string) {
  const found: Parameters<typeof findingsOf>[1] = [];
  const yaml = composeYaml(text, {}, findingsOf('t', found));
  return { value: yaml.value, ok: found.length === 0, locate: yaml.locate };
}

/** Whatever the fast way accepts, the slow way must accept with the same value. */
function compare(text: string): boolean {
  const fast = readYamlEvents(text, {});
  if (fast === undefined || 'code' in fast) return false;
  const { value, ok } = slow(text);
  assert.ok(ok, `accepted the fast way only: ${JSON.stringify(text)}`);
  assert.deepEqual(fast.value, value, JSON.stringify(text));
  return true;
}

const SCALARS = [
  'on',
  'No',
  '~',
  '',
  'null',
  '0x1F',
  '010',
  '1_000',
  '1:30',
  '1.5e+3',
  '.5',
  '2021-04-16',
  "'on'",
  '"a\\n\\u00e9"',
  'a b',
];
const DOCUMENTS = [
  '',
  '# nothing\n',
  '---\na: 1\n',
  'a: 1\n...\n',
  ...SCALARS.map((scalar) => `a: ${scalar}\nb: [${scalar === '' ? 'x' : scalar}, 1]\n- `.slice(0, -3)),
  'a: |\n  x\n   y\n\nb: >-\n  folded\n  text\n\n  more\nc: |2+\n    z\n\n',
  'a: plain\n  that goes on\n\n  and on\nb: "quoted\n  as well"\n',
  'on: 1\n80: 2\n~: 3\n"x": 4\n',
  'a: &x {k: [1, 2]}\nb: *x\nc: {<<: *x, l: 3}\nd: {<<: [*x, {k: 5, m: 6}], k: 7}\n',
  'a: &x 1\nb: [*x, *x]\nc: &x 2\nd: *x\n',
  'a: !!str 5\nb: !!int "7"\nc: ! x\n',
  '- - 1\n  - 2\n-\n  - 3\n- {a: , b}\n- [a: 1, {b: 2}]\n',
  'a:\n- 1\n- 2\nb:\n  - c: 1\n    d: 2\n',
  '? a\n: b\n? c\n',
  '{"a": "b", "c": [1, 2,], d: {e: f}}\n',
  'a: "x: y # z"\nb: x#y # comment\n',
  'a: http://x/y?z=1&b=2\nb: {c: x:y}\n',
  '\ufeffa: 1\n',
  'a: 1\r\nb:\r\n  - x\r\n',
  'k: [a,\n  b,\n c]\nl: {x: 1,\n y: 2}\n',
];

test('documents of many shapes are read the fast way, to the same values', () => {
  const left = DOCUMENTS.filter((text) => !compare(text));
  assert.deepEqual(left, []);
});

const ODD = [
  'a: 1\na: 2',
  'a: *x',
  'a: &x [*x]',
  'a: {__proto__: 1}',
  '[a]: 1',
  'a: !foo x',
  'a: b: c',
  '--- 1\n--- 2',
  '%YAML 1.2\n---\na: 1',
  'a: {<<: 1}',
];

test('what is odd is left to the slow way', () => {
  for (const text of ODD) {
    const read = readYamlEvents(text, {});
    assert.ok(read === undefined || 'code' in read, text);
  }
});

const json = fc.jsonValue({ maxDepth: 4 });

test('whatever is written as YAML is read the same both ways', () => {
  const styles = fc.record({ collectionStyle: fc.constantFrom('any', 'block', 'flow'), lineWidth: fc.constantFrom(0, 20, 80) });
  fc.assert(
    fc.property(json, styles, (value, style) => {
      compare(stringify(value, { version: '1.1', ...style } as never));
    }),
    { numRuns: 400 },
  );
});

test('whatever text there is, the fast way accepts nothing that the slow way reads otherwise', () => {
  const piece = fc.constantFrom(
    ...'ab:-#&*!|>%@`"\'{}[],?\n\n \t01~<.'.split(''),
    ': ',
    '- ',
    '\n  ',
    '\n- ',
    'on',
    '<<: ',
    '&a ',
    '*a',
    '"x"',
    "'y'",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      compare(pieces.join(''));
    }),
    { numRuns: 3_000 },
  );
});

test('places are the same both ways', () => {
  const text = 'a:\n  - b: "x"\n    c: |\n      text\n  - [1, {d: e}]\nf: {g: h, i: }\n';
  const fast = readYamlEvents(text, {});
  assert.ok(fast !== undefined && 'events' in fast);
  const { locate } = slow(text);
  const ways: (string | number)[][] = [
    [],
    ['a'],
    ['a', 0],
    ['a', 0, 'b'],
    ['a', 0, 'c'],
    ['a', 1, 1, 'd'],
    ['f', 'g'],
    ['f', 'none'],
    ['a', 7],
  ];
  for (const keys of ways)
    for (const atKey of [true, false])
      assert.deepEqual(locateInEvents(fast, keys, atKey), locate(keys, atKey), JSON.stringify([keys, atKey]));
});
