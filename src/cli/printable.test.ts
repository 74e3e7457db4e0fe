/** What may reach a person's terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pc from 'picocolors';
import { printable } from './printable.ts';

const table: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['plain text', 'Grüße, 世界 😀', 'Grüße, 世界 😀'],
  ['marks of text from right to left', 'שלום\u200f!', 'שלום\u200f!'],
  ['lines and tabs', 'a\n\tb\r\nc', 'a\n\tb\nc'],
  ['a title', '\x1b]0;mine\x07', '\\x1b]0;mine\\x07'],
  ['the clipboard', '\x1b]52;c;cm0gLXJm\x1b\\', '\\x1b]52;c;cm0gLXJm\\x1b\\'],
  ['a cleared screen', 'ok\x1b[2J\x1b[H', 'ok\\x1b[2J\\x1b[H'],
  ['a line written over', 'FAILED\rCOMPLETE', 'FAILED\\x0dCOMPLETE'],
  ['a letter taken back', 'no\x08\x08yes', 'no\\x08\\x08yes'],
  ['hidden text', '\x1b[8mrm -rf\x1b[0m', '\\x1b[8mrm -rf\x1b[0m'],
  ['several at once', '\x1b[31;8m', '\\x1b[31;8m'],
  ['one that is a single byte', '\x9b2J', '\\x9b2J'],
  ['a line turned round', 'user\u202e txt.exe', 'user\\u202e txt.exe'],
];

for (const [what, text, shown] of table) test(what, () => assert.equal(printable(text), shown));

test('colours of our own stay', () => {
  const { bold, red, dim, yellow, green, cyan } = pc.createColors(true);
  const text = bold(red(`a${dim('b')}`)) + yellow('c') + green('d') + cyan('e');
  assert.equal(printable(text), text);
});
