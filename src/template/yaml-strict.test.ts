/** Lines that go on may stand anywhere, as for Heat's loader; everything else stays what it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify, type ToStringOptions } from 'yaml';
import type { Json } from '../std/json.ts';
import { parseDocument } from './parse-document.ts';
import { type Path, within } from './path.ts';
import { readYamlEvents } from './yaml-events.ts';
import { findLiberties } from './yaml-liberties.ts';
import { strictText } from './yaml-strict.ts';

const read = (text: string) => parseDocument({ name: 't.yaml', text });

/** What Heat's loader (PyYAML on libyaml) makes of them. */
const AS_HEAT: readonly (readonly [text: string, value: Json])[] = [
  ['a: "b\nc"\nd: e\n', { a: 'b c', d: 'e' }],
  ["x:\n  a: 'b\n\nc: # d'\n  d: e\n", { x: { a: 'b\nc: # d', d: 'e' } }],
  ['x:\n  y: "a\\\nb"\n', { x: { y: 'ab' } }],
  ['x:\n  a: {\nb: c\n}\n  d: e\n', { x: { a: { b: 'c' }, d: 'e' } }],
  ['x:\n  a: [\n    b\n ]\n  d: e\n', { x: { a: ['b'], d: 'e' } }],
  ['x:\n- {a: b,\nc: d}\n- d: e\n', { x: [{ a: 'b', c: 'd' }, { d: 'e' }] }],
  ['x:\n  a: [ # one\n# two\nb, c # three\n]\n', { x: { a: ['b', 'c'] } }],
  ["x:\n  a: [it's\nso, 'it''s'\n]\n", { x: { a: ["it's so", "it's"] } }],
  ['x:\n    a: {"b":[c,\n  d], e: http://f\n }\n', { x: { a: { b: ['c', 'd'], e: 'http://f' } } }],
  ['a: {\n\tb: c,\n\td: [\n\t\te ] }\n', { a: { b: 'c', d: ['e'] } }],
  ['a: |\n  [b\n  "c\nd: [\ne]\n', { a: '[b\n"c\n', d: ['e'] }],
  ['a: plain [b\n  "c\nd: [\ne]\n', { a: 'plain [b "c', d: ['e'] }],
  ['- - a: [\nb]\n  - |2\n     "c\n- d\n', [[{ a: ['b'] }, ' "c\n'], 'd']],
  ['a: &x {b: [\nc]}\n? d\n: *x\n', { a: { b: ['c'] }, d: { b: ['c'] } }],
  ['%YAML 1.1\n--- # "x\na: [\nb]\n', { a: ['b'] }],
];

test('quoted texts and flow collections go on at any indentation', () => {
  for (const [text, value] of AS_HEAT) {
    assert.deepEqual(read(text).value, value, JSON.stringify(text));
    assert.deepEqual(read(text).findings, []);
  }
});

const MORE: readonly (readonly [text: string, value: Json])[] = [
  ['a: [-, [b, -]]\nc: {d: -, e: [-],f: -}\n', { a: ['-', ['b', '-']], c: { d: '-', e: ['-'], f: '-' } }],
  ['a: [-x, --, -1, "-", a-, b -, c]\n', { a: ['-x', '--', -1, '-', 'a-', 'b -', 'c'] }],
  ['a: [b,#c]\n  d]#e\nf: "g"#h\ni: {j: "k"#l\n}\n', { a: ['b', 'd'], f: 'g', i: { j: 'k' } }],
  ['a: [b#c, it\'s#d, "e":#f]\n g]\n', { a: ['b#c', "it's#d", { e: 'g' }] }],
];

test('dashes alone in flow collections, and comments right behind something', () => {
  for (const [text, value] of MORE) {
    assert.deepEqual(read(text).value, value, JSON.stringify(text));
    assert.deepEqual(read(text).findings, []);
  }
  const { locate } = read('a: [-, [{b: c}, -], d]#e\n');
  assert.deepEqual(locate(at('a', 0), false), { line: 1, column: 5 });
  assert.deepEqual(locate(at('a', 1, 0, 'b'), true), { line: 1, column: 10 });
  assert.deepEqual(locate(at('a', 1, 1), false), { line: 1, column: 17 });
  assert.deepEqual(locate(at('a', 2), false), { line: 1, column: 21 });
});

test('carriage returns are part of a line end', () => {
  assert.deepEqual(read('x:\r\n  a: {\r\nb: "c\r\nd"\r\n}\r\n').value, { x: { a: { b: 'c d' } } });
});

const at = (...keys: readonly (string | number)[]) => keys.reduce<Path | null>((path, key) => within(path, key), null);

test('places are those of the text that was written', () => {
  const { locate } = read('x:\n  a: {\nb: c,\n\t\td: e\n}\n  f: g\n');
  assert.deepEqual(locate(at('x', 'a', 'b'), false), { line: 3, column: 4 });
  assert.deepEqual(locate(at('x', 'a', 'd'), true), { line: 4, column: 3 });
  assert.deepEqual(locate(at('x', 'f'), true), { line: 6, column: 3 });
});

test('a mistake is told where it is, and nothing else with it', () => {
  const { value, findings } = read('x:\n  a: {\nb: c\n}\n  d: e: f\n');
  assert.equal(value, undefined);
  assert.deepEqual(
    findings.map(({ code, position }) => [code, position]),
    [['DOC-SYNTAX', { line: 5, column: 6 }]],
  );
  const twice = read('x:\n  a: {\nb: c,\nb: d }\n').findings;
  assert.deepEqual(twice[0]?.notes[0]?.position, { line: 3, column: 1 });
});

test('what does not end is no continuation, and a few lines do not make a large text', () => {
  for (const text of ['a: "b\nc\n', 'a: [b\nc\n', 'a: | b\n']) assert.equal(findLiberties(text), undefined);
  const far = `${' '.repeat(2_000)}a: [\n${'b,\n'.repeat(2_000)}]\n`;
  assert.equal(strictText(far), undefined);
});

const WORDS = [...'a"\'\\%,]}', 'b c', "it's", 'x: y', '# no', '- z', '[q', '{w', '!t', '&a', '*a', 'a#b', 'a #b', ''];
const LONG = 'a long text: that goes on, "quoted" and [in] {brackets} until it # has to be folded';
const word = fc.constantFrom(...WORDS, LONG, `${LONG}\n  ${LONG}\n`, 'two\nlines', '  lead', 'tail  ');
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'medium', maxDepth: 4 },
    word,
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...WORDS.slice(0, -1)), tie('any'), { maxKeys: 4 }),
  ),
})).any;
const style = fc.record({
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'),
  collectionStyle: fc.constantFrom('any', 'flow'),
  lineWidth: fc.integer({ min: 10, max: 60 }),
  indentSeq: fc.boolean(),
});

/** All continued lines at the left margin. */
function outdented(text: string): string {
  let out = '';
  let from = 0;
  for (const { kind, start } of findLiberties(text) ?? assert.fail(text)) {
    if (kind !== 'line') continue;
    const end = start + /^ */.exec(text.slice(start))![0].length;
    if (text[end] === '\n') continue;
    out += text.slice(from, start);
    from = end;
  }
  return out + text.slice(from);
}

test('whatever is written in any style means the same with its continued lines at the left margin', () => {
  fc.assert(
    fc.property(value, style, (given, options) => {
      const text = stringify(given, { ...options, minContentWidth: 5, version: '1.1' } as ToStringOptions);
      const expected = readYamlEvents(text, {});
      if (expected === undefined || 'code' in expected) return;
      const moved = read(outdented(text));
      assert.deepEqual(moved.value, expected.value, JSON.stringify(text));
    }),
    { numRuns: 500 },
  );
});
