import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createProgram } from './program.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');

test('docs/cli.md has every command', () => {
  for (const command of createProgram().commands)
    assert.match(text, new RegExp(`^### .*\`setpoint ${command.name()}[ \`]`, 'm'), command.name());
});

test('docs/cli.md has every option', () => {
  const program = createProgram();
  for (const command of [program, ...program.commands]) {
    for (const option of command.options) assert.ok(text.includes(option.long ?? ''), `${command.name()} ${option.long}`);
  }
});
