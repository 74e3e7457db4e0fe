/** Diagnostics as people see them: the line once, what is meant underlined, a count at the end. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pc from 'picocolors';
import type { Diagnostic } from '../std/diagnostic.ts';
import { countDiagnostics, formatDiagnostics } from './format-diagnostics.ts';

const colors = pc.createColors(false);
const error = (more: Partial<Diagnostic>): Diagnostic => ({ code: 'X-Y', severity: 'error', message: 'wrong', ...more });

test('what is meant is underlined, and a line is shown once', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'setpoint-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 't.yaml');
  writeFileSync(file, 'a: 1\n\tkey: "quoted text" # c\nlist: [one, {two: 3}]\n');
  const shown = formatDiagnostics(
    [
      error({ file, line: 2, column: 2, hint: 'write kye', path: 'a.key' }),
      error({ file, line: 2, column: 7, severity: 'warning' }),
      error({ file, line: 3, column: 13, hint: 'less' }),
      error({ file, line: 9, column: 1 }),
      error({ file: 'not/there.yaml', line: 1, column: 1, hint: 'look' }),
      error({ path: 'parameters.x' }),
    ],
    colors,
  );
  assert.deepEqual(shown.replaceAll(file, 't.yaml').split('\n'), [
    't.yaml:2:2: error X-Y: wrong',
    't.yaml:2:7: warning X-Y: wrong',
    ' 2 | \tkey: "quoted text" # c',
    '   | \t^^^ write kye',
    '   = at a.key',
    '   | \t     ^^^^^^^^^^^^^',
    '',
    't.yaml:3:13: error X-Y: wrong',
    ' 3 | list: [one, {two: 3}]',
    '   |             ^^^^^^^^^ less',
    '',
    't.yaml:9:1: error X-Y: wrong',
    '',
    'not/there.yaml:1:1: error X-Y: wrong',
    '  hint: look',
    '',
    'error X-Y: wrong',
    '  at parameters.x',
  ]);
});

test('of a long line each is shown with the piece that it is in', () => {
  const source = `{${Array.from({ length: 500 }, (_, i) => `"key${i}": ${i}`).join(', ')}}`;
  const columnOf = (text: string) => source.indexOf(text) + 1;
  const marked = (text: string) => error({ file: 't.json', line: 1, column: columnOf(text), source, hint: 'here' });
  const shown = formatDiagnostics(['"key0"', '"key250"', '"key499"'].map(marked), colors);
  for (const [i, text] of ['"key0"', '"key250"', '"key499"'].entries()) {
    const [head = '', line = '', under = ''] = shown.split('\n\n')[i]!.split('\n');
    assert.equal(head, `t.json:1:${columnOf(text)}: error X-Y: wrong`);
    assert.ok(line.length < 140, line);
    assert.equal(line.slice(under.indexOf('^'), under.indexOf('^') + text.length), text);
    assert.equal(under.slice(under.indexOf('^')), `${'^'.repeat(text.length)} here`);
  }
});

test('they are counted', () => {
  assert.equal(countDiagnostics([error({})]), '1 error');
  assert.equal(
    countDiagnostics([error({ file: 'a' }), error({ file: 'b' }), error({ severity: 'warning' })]),
    '2 errors and 1 warning in 2 files',
  );
});
