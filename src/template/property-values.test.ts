/** What values properties take, by type, and what of them is made: as Heat 19 does, which was asked for each row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../std/json.ts';
import { checkValue } from './check-value.ts';
import { compile, findings } from './compile-fixture.ts';
import type { ValueType } from './property-schema.ts';

/** undefined: refused. */
const ROWS: { readonly [type in Exclude<ValueType, 'any'>]: readonly (readonly [given: Json, made: Json | undefined])[] } = {
  string: [
    ['a', 'a'],
    [5, '5'],
    [true, 'True'],
    [5.5, undefined],
    [['a'], undefined],
    [{ a: 1 }, undefined],
  ],
  number: [
    [5, 5],
    [5.5, 5.5],
    ['1.5', 1.5],
    ['1e2', 100],
    [true, 1],
    ['abc', undefined],
    [[1], undefined],
  ],
  integer: [
    [8, 8],
    [8.9, 8],
    [-1.5, -1],
    ['8', 8],
    [' 8 ', 8],
    ['1_0', 10],
    [true, 1],
    ['8.5', undefined],
    ['1e2', undefined],
    ['0x10', undefined],
    [[8], undefined],
  ],
  boolean: [
    [true, true],
    ['True', true],
    ['FALSE', false],
    ['yes', undefined],
    ['y', undefined],
    ['1', undefined],
    [1, undefined],
    [0, undefined],
    ['', undefined],
  ],
  list: [
    [
      ['a', 1],
      ['a', 1],
    ],
    ['a,b', undefined],
    ['', undefined],
    [5, undefined],
    [{ a: 1 }, undefined],
  ],
  map: [
    [{ a: 1 }, { a: 1 }],
    ['{"a": 1}', undefined],
    ['', undefined],
    [['a'], undefined],
  ],
};

for (const [type, rows] of Object.entries(ROWS)) {
  test(type, () => {
    for (const [given, made] of rows) {
      const { value, problems } = checkValue({ type: type as ValueType }, given, 'p');
      if (made === undefined) assert.equal(problems.length, 1, JSON.stringify(given));
      else assert.deepEqual([value, problems], [made, []], JSON.stringify(given));
    }
  });
}

test('a list parameter of a template that is a type takes a text with commas', () => {
  const text = 'heat_template_version: rocky\nparameters: {l: {type: comma_delimited_list}}\n';
  const use = 'heat_template_version: rocky\nresources:\n  n: {type: n.yaml, properties: {l: "a,b"}}\n';
  assert.equal(compile(use, { files: { 'n.yaml': text } }).ok, true);
});

const HEAD = 'heat_template_version: 2021-04-16\n';

test('a key of a resource without a value is refused, as is an empty section of conditions', () => {
  for (const key of [
    'properties',
    'metadata',
    'depends_on',
    'deletion_policy',
    'update_policy',
    'description',
    'external_id',
    'condition',
  ])
    assert.deepEqual(findings(`${HEAD}resources:\n  a:\n    type: Test::Thing\n    ${key}:\n`), ['5:5 HOT-SECTION'], key);
  for (const key of ['Properties', 'Metadata', 'DependsOn', 'DeletionPolicy', 'UpdatePolicy', 'Description', 'Condition'])
    assert.deepEqual(
      findings(`AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  a:\n    Type: Test::Thing\n    ${key}:\n`),
      ['5:5 HOT-SECTION'],
      key,
    );
  assert.deepEqual(findings(`${HEAD}conditions:\n`), ['2:1 HOT-SECTION']);
  for (const section of ['parameters', 'resources', 'outputs', 'parameter_groups', 'description'])
    assert.deepEqual(findings(`${HEAD}${section}:\n`), [], section);
  assert.deepEqual(findings(`${HEAD}resources:\n  a: {type: Test::Thing, description: 5}\n`), ['3:39 HOT-SECTION']);
});

test('of two constraints in one item the one that Heat looks for first counts; the other is warned of', () => {
  const parameter = (constraint: string, value: string) =>
    `${HEAD}parameters:\n  p: {type: string, default: ${value}, constraints: [${constraint}]}\n`;
  const both = '{allowed_pattern: "b+", length: {max: 3}}';
  assert.deepEqual(findings(parameter(both, 'aaa')), ['3:50 PARAM-SCHEMA']);
  assert.equal(compile(parameter(both, 'aaa')).ok, true);
  assert.equal(compile(parameter(both, 'bbbb')).ok, false);
});

test('a key that a parameter group does not have is passed over', () => {
  const text = `${HEAD}parameters: {p: {type: string, default: x}}\nparameter_groups: [{labl: x, parameters: [p]}]\n`;
  assert.deepEqual(findings(text), ['3:21 HOT-KEY-UNKNOWN']);
  assert.equal(compile(text).ok, true);
});
