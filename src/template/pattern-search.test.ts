/** Searching with groups finds what Python's `re.search` finds, in linear time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVIL_SEARCHES } from './hostile-patterns-fixture.ts';
import { compileSearch } from './pattern-search.ts';
import type { PatternOptions } from './pattern-syntax.ts';

/** Start and end of the match and of each group; null when there is none. */
function search(source: string, text: string, options: PatternOptions = {}): readonly number[] | null {
  const pattern = compileSearch(source, options);
  assert.ok(typeof pattern !== 'string', `${source}: ${pattern}`);
  const codes = [...text].map((char) => char.codePointAt(0) ?? 0);
  const match = pattern.find(codes, 0, { steps: 1_000_000 });
  return match === undefined ? null : [...match];
}

const FOUND: readonly (readonly [source: string, text: string, spans: readonly number[] | null])[] = [
  ['b', 'abc', [1, 2]],
  ['x', 'abc', null],
  ['', 'abc', [0, 0]],
  ['a|ab', 'ab', [0, 1]],
  ['ab|a', 'ab', [0, 2]],
  ['(a)(b)?', 'ac', [0, 1, 0, 1, -1, -1]],
  ['(a+)(a*)', 'aaa', [0, 3, 0, 3, 3, 3]],
  ['(a+?)(a*)', 'aaa', [0, 3, 0, 1, 1, 3]],
  ['(.*?)/(.*)', 'x/y/z', [0, 5, 0, 1, 2, 5]],
  ['(.*)/(.*)', 'x/y/z', [0, 5, 0, 3, 4, 5]],
  ['(?:https?://)?(.*?)/(.*)', 'https://docker.io/ceph/daemon', [0, 29, 8, 17, 18, 29]],
  ['(ab)+', 'xababy', [1, 5, 3, 5]],
  ['(a|b)*c', 'abac', [0, 4, 2, 3]],
  ['a{2,3}', 'aaaa', [0, 3]],
  ['a{2,3}?', 'aaaa', [0, 2]],
  ['^b', 'ab', null],
  ['b$', 'ab\n', [1, 2]],
  ['\\bfoo\\b', 'a foo b', [2, 5]],
  ['(?=b)(.)', 'ab', [1, 2, 1, 2]],
  ['a(?!b)', 'abac', [2, 3]],
  ['(?=(a+)b)a', 'caab', [1, 2, 1, 3]],
  ['(?:(?=(a|b))[abc])+', 'abc', [0, 2, 1, 2]],
  ['(?!(a)c)(a)', 'aba', [0, 1, -1, -1, 0, 1]],
  ['(?P<n>\\d+)-(\\d+)', 'x10-20', [1, 6, 1, 3, 4, 6]],
  ['(?i)B', 'abc', [1, 2]],
  ['.', '😀a', [0, 1]],
];

test('matches and groups', () => {
  for (const [source, text, spans] of FOUND) {
    assert.deepEqual(search(source, text), spans, source);
  }
});

test('options', () => {
  assert.deepEqual(search('^b', 'a\nb', { lines: 'lines' }), [2, 3]);
  assert.equal(search('^b', 'a\nb'), null);
  assert.deepEqual(search('a$', 'a\nb', { lines: 'lines' }), [0, 1]);
  assert.deepEqual(search('a.b', 'a\nb', { dotAll: true }), [0, 3]);
  assert.deepEqual(search('A', 'a', { ignoreCase: true }), [0, 1]);
});

test('what can not be searched for says why', () => {
  assert.match(String(compileSearch('(a)\\1')), /not supported/);
  assert.match(String(compileSearch('(')), /too early|without/);
  assert.match(String(compileSearch('(a)'.repeat(60))), /groups/);
});

/** A text that counts how often it is looked at. */
function watched(text: readonly number[]): { readonly text: readonly number[]; readonly looks: () => number } {
  let looks = 0;
  const get = (target: readonly number[], key: string | symbol): unknown => {
    looks++;
    return Reflect.get(target, key);
  };
  return { text: new Proxy(text, { get }), looks: () => looks };
}

const LOOKS_A_STEP = 5;

for (const source of EVIL_SEARCHES) {
  test(`all work of ${source.slice(0, 40)} is paid for`, () => {
    const pattern = compileSearch(source);
    assert.ok(typeof pattern !== 'string');
    const { text, looks } = watched(Array.from({ length: 50_000 }, () => 97));
    const budget = { steps: 500_000 };
    try {
      assert.equal(pattern.find(text, 0, budget), undefined);
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
    assert.ok(looks() < (500_000 - budget.steps) * LOOKS_A_STEP, `${looks()} looks, ${500_000 - budget.steps} steps`);
  });
}
