/** Expressions that mean harm are refused and leave nothing behind; what that costs is measured (`bench/refuse-hostile.ts`), not tested. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Json } from '../../std/json.ts';
import { evaluateYaql, readYaql } from './expression.ts';
import { YaqlError } from './fault.ts';
import { EXPLODING } from './hostile-expressions-fixture.ts';

afterEach(() => {
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.equal(Object.keys(Object.prototype).length, 0);
  assert.equal(Object.keys(Map.prototype).length, 0);
});

for (const source of EXPLODING) {
  test(source, () => {
    assert.throws(
      () => evaluateYaql(readYaql(source), {}),
      (error) => error instanceof YaqlError && error.kind === 'quota',
    );
  });
}

const OVERLONG: readonly string[] = [
  '['.repeat(5_000),
  `${'('.repeat(9_000)}1${')'.repeat(9_000)}`,
  `1${'+1'.repeat(9_000)}`,
  `${'-'.repeat(15_000)}1`,
  `${'not '.repeat(4_000)}1`,
  `$${'.a'.repeat(9_000)}`,
  `$${'[0]'.repeat(6_000)}`,
  `$${' -> $'.repeat(3_000)}`,
  `'${'a'.repeat(19_000)}`,
  `'${'\\'.repeat(19_000)}`,
  'f(,'.repeat(3_000),
  'f('.repeat(9_000),
  '{a => '.repeat(3_000),
  'a'.repeat(1_000_000),
];

test('texts that are too long or too deep', () => {
  for (const source of OVERLONG) assert.equal(readYaql(source).node, null, source.slice(0, 40));
});

test('deep nesting of both kinds at once', () => {
  const chain = `[1]${'.select($)'.repeat(90)}`;
  let source = chain;
  for (let i = 0; i < 20; i++) source = `[${source}]${'.select($)'.repeat(90)}`;
  assert.throws(() => evaluateYaql(readYaql(source), {}), YaqlError);
});

const NAMES = ['constructor', 'toString', 'hasOwnProperty', 'prototype', 'valueOf', 'then', 'kind', 'entries'];

test('names that every object has are names like any other', () => {
  for (const name of NAMES) {
    assert.throws(() => evaluateYaql(readYaql(`$.data.${name}`), {}), /no key/);
    assert.equal(evaluateYaql(readYaql(`$${name}`), {}), null);
    assert.equal(evaluateYaql(readYaql(`$.data.get(${name}, none)`), {}), 'none');
    assert.equal(evaluateYaql(readYaql(`{${name} => 1}.${name}`), {}), 1);
    assert.equal(evaluateYaql(readYaql(`let(${name} => 1) -> $${name}`), {}), 1);
    assert.deepEqual(evaluateYaql(readYaql('$.data'), { [name]: 1 }), { [name]: 1 });
    assert.match(readYaql(`${name}(1)`).faults[0]?.message ?? '', /no function/);
    assert.match(readYaql(`$.data.${name}()`).faults[0]?.message ?? '', /no function|not a method/);
  }
});

test('no prototype can be reached or made', () => {
  for (const source of [
    "{'__proto__' => {polluted => 1}}",
    "dict([['__proto__', {polluted => 1}]])",
    "{}.set('__proto__', {polluted => 1})",
    "{a => 1}.mergeWith({'__proto__' => {polluted => 1}})",
    "[1].toDict('__proto__', {polluted => 1})",
    "[1].groupBy('__proto__').toDict($[0], $[1])",
  ]) {
    assert.throws(() => evaluateYaql(readYaql(source), {}), /"__proto__" is refused/, source);
  }
  for (const source of ["$.data.get('__proto__')", "$.data['__proto__', null]", "{}.get('__proto__')"]) {
    assert.equal(evaluateYaql(readYaql(source), {}), null, source);
  }
  const hostile = JSON.parse('{"__proto__": {"polluted": 1}, "a": 1}') as Json;
  assert.throws(() => evaluateYaql(readYaql('$.data'), hostile), /refused/);
  assert.equal(evaluateYaql(readYaql('$.data.a'), hostile), 1);
  assert.throws(() => evaluateYaql(readYaql("'{0.constructor}'.format(a)"), {}), /not understood/);
});

test('large data is fine as long as little is done with it', () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => ({ name: `n${i}`, size: i % 7, tags: ['a', 'b'] }));
  const result = evaluateYaql(readYaql('$.data.where($.size = 3).select($.name).len()'), rows);
  assert.equal(result, 714);
});
