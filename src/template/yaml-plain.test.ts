/** What is read in one pass is what the events give; everything unusual is left to them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readYamlEvents } from './yaml-events.ts';
import { readPlainYaml } from './yaml-plain.ts';

/** Whether it was read in one pass; then the events must give the same. */
function compare(text: string, depth?: number): boolean {
  const limits = depth === undefined ? {} : { depth };
  const plain = readPlainYaml(text, limits);
  if (plain === undefined) return false;
  const events = readYamlEvents(text, limits);
  assert.ok(events !== undefined && 'value' in events, `read in one pass only: ${JSON.stringify(text)}`);
  assert.deepEqual(plain, events.value, JSON.stringify(text));
  return true;
}

const USUAL: readonly string[] = [
  'a: 1\nb: x y\nc: "q: # u"\nd: \'e\'\nf:\ng: ~\n',
  '---\na:\n  b:\n    c: d # e\n  # comment\n\n  f: g\nh: i',
  'a:\n  - 1\n  - b: 2\n    c: 3\n  -\n    - 4\n  - {d: e, "f": [g, {}, []]}\n  - -5\nh:\n- i\n- j: k\n\nl: m\n',
  'a: {get_attr: [b, c, 0]}\nd: [x:y, "e", -1.5, \'f\', http://g/h?i=j]   # k\n',
  'a: |\n  x: y\n\n    # no comment\n  z\n\nb: |- # comment\n   text \nc: 1\n',
  'a: "line\\n\\u00e9 \\"q\\" \\\\"\nOS::Heat::Value: 1\n80: 2\non: yes\n"k": v\n$x/y.z: 3\n',
  'a:\n# c\n  b: 1\n',
  '- a\n- b:\n  - c\n  d: e\n- f\n',
];

test('what people write is read in one pass', () => {
  assert.deepEqual(
    USUAL.filter((text) => !compare(text)),
    [],
  );
});

const UNUSUAL: readonly string[] = [
  '',
  'a',
  'a: 1\na: 2\n',
  'a: b: c\n',
  'a: &x 1\n',
  'a: *x\n',
  'a: !!str 1\n',
  'a: >\n  folded\n',
  'a: plain\n  goes on\n',
  'a: {b: c,\n  d: e}\n',
  'a:\tb\n',
  'a: 1\r\n',
  '? a\n: b\n',
  '<<: {a: 1}\n',
  '__proto__: 1\n',
  'a: 1\n b: 2\n',
  'a:\n  b: 1\n c: 2\n',
  'a: "x" y\n',
  'a: [1, 2\n',
  '--- a: 1\n',
  'a: 1\n---\nb: 2\n',
  'a: |\n  no line end',
  'a: |\n\n  leading blank\n',
  '- - 1\n',
  'a: @x\n',
];

test('what is unusual is left to others', () => {
  for (const text of UNUSUAL) assert.equal(readPlainYaml(text, {}), undefined, text);
});

test('depth is limited as elsewhere', () => {
  const nested = (depth: number) =>
    `${Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:\n`).join('')}${' '.repeat(depth)}b: 1\n`;
  assert.equal(compare(nested(5), 10), true);
  for (let depth = 0; depth < 14; depth++) compare(nested(depth), 8);
});

test('every example is read the same', () => {
  const root = new URL('../../examples/', import.meta.url);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  const quick = names.filter((name) => compare(readFileSync(new URL(name, root), 'utf8')));
  assert.ok(quick.length > names.length / 2, `${quick.length} of ${names.length}`);
});

test('whatever is written as YAML is read the same', () => {
  const style = fc.record({ collectionStyle: fc.constantFrom('any', 'block', 'flow'), lineWidth: fc.constantFrom(0, 80) });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), style, (value, options) => {
      compare(stringify(value, { version: '1.1', ...options } as never));
    }),
    { numRuns: 1_000 },
  );
});

test('whatever text there is, nothing is read otherwise', () => {
  const char = fc.constantFrom(...'ab:-#|>"\'{}[],?\n\n \\01.=/'.split(''));
  const word = fc.constantFrom(
    ': ',
    '- ',
    '\n  ',
    '\n- ',
    '\n    ',
    ' #',
    'a: ',
    'b:',
    '"x"',
    "'y'",
    '[a, b]',
    '{a: b}',
    '|\n  ',
    '|-\n ',
    'on',
    '1.5',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, char), { maxLength: 16 }), (pieces) => {
      compare(pieces.join(''));
      compare(`a: ${pieces.join('')}\n`);
      compare(`a:\n  - ${pieces.join('')}\nb: 1\n`);
    }),
    { numRuns: 20_000 },
  );
});
