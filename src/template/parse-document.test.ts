/** Documents read as Heat's loader reads them, where YAML leaves it open or its packages differ. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDocument } from './parse-document.ts';
import { within } from './path.ts';

const read = (text: string) => parseDocument({ name: 't.yaml', text });
const told = (text: string) =>
  read(text).findings.map(({ severity, code, position, path, notes }) => [
    severity,
    code,
    position?.line ?? (path === null ? undefined : read(text).locate(path, true)?.line),
    notes.map((note) => note.position?.line),
  ]);

test('a block that the text ends in has no line end of its own', () => {
  for (const head of ['', '# slow: !!map\n']) {
    const tag = head === '' ? '' : '!!map';
    assert.deepEqual(read(`${head}a: ${tag}\n  b: |\n    c\n    d`).value, { a: { b: 'c\nd' } });
    assert.deepEqual(read(`${head}a: ${tag}\n  b: >+\n    c\n\n    d`).value, { a: { b: 'c\nd' } });
    assert.deepEqual(read(`${head}a: ${tag}\n  b: |\n    c\n    d\n\n  `).value, { a: { b: 'c\nd\n' } });
  }
  assert.deepEqual(read('a: |\n  c\nb: d').value, { a: 'c\n', b: 'd' });
});

test('one text holds one document', () => {
  for (const text of ['a: 1\n---\nb: 2\n', '---\na: 1\n---\n', 'a: 1\n...\n---\n']) {
    assert.equal(read(text).value, undefined, text);
    assert.match(read(text).findings[0]?.message ?? '', /^a second document begins here/);
  }
  assert.deepEqual(told('a: 1\n---\nb: 2\n'), [['error', 'DOC-SYNTAX', 2, []]]);
  assert.deepEqual(read('---\na: 1\n...\n').value, { a: 1 });
});

test('a timestamp is a text, tagged or not', () => {
  assert.deepEqual(read('a: !!timestamp 2013-05-23\nb: 2013-05-23\n').value, { a: '2013-05-23', b: '2013-05-23' });
});

test('a key that stands twice is a mistake if the two differ, and a warning if they don’t', () => {
  const same = 'a:\n  b: {c: [1]}\n  d: 2\n  b:\n    c: [1]\n';
  assert.deepEqual(told(same), [['warning', 'DOC-KEY-DUPLICATE', 4, []]]);
  assert.deepEqual(read(same).value, { a: { b: { c: [1] }, d: 2 } });
  assert.deepEqual(told(same.replace('d: 2', 'd: !!map {}'))[0]?.slice(0, 3), ['warning', 'DOC-KEY-DUPLICATE', 4]);
  assert.deepEqual(told('{"a": 1,\n"a": 1}'), [['warning', 'DOC-KEY-DUPLICATE', 2, []]]);
  assert.deepEqual(told('a: 1\nb: 2\na: "1"\n'), [['error', 'DOC-KEY-DUPLICATE', 3, [1]]]);
});

test('of keys that stand again and again the first few are told, however long the text', () => {
  const many = `${'a: 1\n'.repeat(100)}b: ${'x'.repeat(100_000)}\n`;
  assert.equal(read(many).findings.length, 20);
  assert.equal((read(many).value as { a: number }).a, 1);
});

test('keys of a JSON document are read as they are written, and have their places', () => {
  JSON.parse('{"h":[],"\\\\":0}');
  const document = read('{"h":1,\n "\\"":{"\\n":"a: \\"b\\"", "\\\\":[]}}');
  assert.deepEqual(document.value, { h: 1, '"': { '\n': 'a: "b"', '\\': [] } });
  assert.deepEqual(document.findings, []);
  assert.deepEqual(document.locate(within(null, '"'), true), { line: 2, column: 2 });
  assert.equal(told('{"\\"": 1, "\\u0022": 2}')[0]?.[1], 'DOC-KEY-DUPLICATE');
  assert.equal(told('{"\\u005f_proto__": 1}')[0]?.[1], 'DOC-KEY');
});
