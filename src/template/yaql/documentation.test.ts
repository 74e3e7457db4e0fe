/** docs/language/yaql.md: every example gives what it says, and every function has one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Json } from '../../std/json.ts';
import { evaluateYaql, readYaql } from './expression.ts';
import { functionNames } from './library.ts';
import { callsIn } from './syntax.ts';

const text = readFileSync(new URL('../../../docs/language/yaql.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/```yaql\n(.*?)```/gs)].map(([, block = '']) => block);
const examples = blocks.flatMap((block) => block.trimEnd().split('\n'));

test('every example gives what it says', () => {
  assert.ok(examples.length > 200);
  for (const example of examples) {
    const [source = '', result = ''] = example.split(/\s+→ /);
    const expression = readYaql(source);
    assert.deepEqual(expression.faults, [], source);
    assert.deepEqual(evaluateYaql(expression, {}), JSON.parse(result) as Json, source);
  }
});

test('every function has an example', () => {
  const called = new Set(
    examples.flatMap((example) => callsIn(readYaql(example.split(/\s+→ /)[0] ?? '').node!).map(({ name }) => name)),
  );
  assert.deepEqual(
    functionNames().filter((name) => !called.has(name)),
    [],
  );
});
