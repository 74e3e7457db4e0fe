import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBoundedCache } from './bounded-cache.ts';

test('all is forgotten when it is too much together', () => {
  const cache = createBoundedCache<number>(10);
  cache.set('a', 1, 4);
  cache.set('b', 2, 6);
  assert.deepEqual([cache.get('a'), cache.get('b')], [1, 2]);
  cache.set('c', 3, 1);
  assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [undefined, undefined, 3]);
  cache.set('d', 4, 9);
  assert.deepEqual([cache.get('c'), cache.get('d')], [3, 4]);
});

test('what a kept value grows by counts', () => {
  const cache = createBoundedCache<number>(10);
  cache.set('a', 1, 4);
  cache.grow(6);
  assert.equal(cache.get('a'), 1);
  cache.grow(1);
  assert.equal(cache.get('a'), undefined);
});

test('what is too large alone is not kept, and takes nothing away', () => {
  const cache = createBoundedCache<number>(10);
  cache.set('a', 1, 4);
  cache.set('b', 2, 11);
  assert.deepEqual([cache.get('a'), cache.get('b')], [1, undefined]);
});
