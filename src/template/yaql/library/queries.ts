/** Functions that go through a collection item by item. */
import { type Items, itemsOf, lazy, toList } from '../collection.ts';
import { isEqual, keyOf } from '../equality.ts';
import { YaqlError } from '../fault.ts';
import { applyBinary } from '../operators.ts';
import type { Quota } from '../quota.ts';
import { ANY, define, INTEGER, ITEMS, LAMBDA, type Lambda, one, optional, renamed } from '../signature.ts';
import { isIterable, isTrue, type Key, type Value } from '../value.ts';

const items = one('collection', ITEMS);
const predicate = one('predicate', LAMBDA);
const selector = one('selector', LAMBDA);
const initial = optional('initial', ANY, undefined);

const where = define('method', 'where', [items, predicate], ([collection, holds], quota) =>
  each(quota, collection, function* (item) {
    if (isTrue(holds(item))) yield item;
  }),
);
const select = define('method', 'select', [items, selector], ([collection, change], quota) =>
  each(quota, collection, function* (item) {
    yield change(item);
  }),
);
const aggregate = define(
  'method',
  'aggregate',
  [items, selector, optional('seed', ANY, undefined)],
  ([collection, combine, seed]) => reduce(collection, combine, seed),
);

export const QUERIES = [
  where,
  renamed(where, 'filter'),
  select,
  renamed(select, 'map'),
  define('method', 'selectMany', [items, selector], ([collection, change], quota) =>
    each(quota, collection, function* (item) {
      const inner = change(item);
      if (isIterable(inner)) yield* itemsOf(inner, quota);
      else yield inner;
    }),
  ),
  define('both', 'distinct', [items, optional('keySelector', LAMBDA, null)], ([collection, key], quota) =>
    lazy(quota, [collection], () => distinct(collection, key ?? ((item) => item), quota)),
  ),
  define('both', 'enumerate', [items, optional('start', INTEGER, 0)], ([collection, start], quota) =>
    lazy(quota, [collection], function* () {
      let i = start;
      for (const item of collection) yield [i++, item];
    }),
  ),
  define('both', 'any', [items, optional('predicate', LAMBDA, null)], ([collection, holds]) => {
    for (const item of collection) if (holds === null || isTrue(holds(item))) return true;
    return false;
  }),
  define('both', 'all', [items, optional('predicate', LAMBDA, null)], ([collection, holds]) => {
    for (const item of collection) if (!isTrue(holds === null ? item : holds(item))) return false;
    return true;
  }),
  define('method', 'first', [items, optional('default', ANY, undefined)], ([collection, otherwise]) => {
    for (const item of collection) return item;
    return otherwise === undefined ? empty('first') : otherwise;
  }),
  define('method', 'last', [items, optional('default', ANY, undefined)], ([collection, otherwise]) => {
    let last = otherwise;
    for (const item of collection) last = item;
    return last === undefined ? empty('last') : last;
  }),
  define('method', 'single', [items], ([collection], quota) => {
    const [only, ...others] = toList(collection, quota);
    if (others.length > 0) throw new YaqlError('"single" was given more than one item');
    return only === undefined ? empty('single') : only;
  }),
  define('method', 'sum', [items, initial], ([collection, seed], quota) =>
    reduce(collection, (a, b) => applyBinary('+', a ?? null, b ?? null, quota), seed),
  ),
  aggregate,
  renamed(aggregate, 'reduce'),
  define('method', 'accumulate', [items, selector, optional('seed', ANY, undefined)], ([collection, combine, seed], quota) =>
    lazy(quota, [collection], () => accumulated(collection, combine, seed)),
  ),
  define('method', 'indexOf', [items, one('item', ANY)], ([collection, item], quota) =>
    indexWhere(collection, same(item, quota)),
  ),
  define('method', 'lastIndexOf', [items, one('item', ANY)], ([collection, item], quota) =>
    lastIndexWhere(collection, same(item, quota)),
  ),
  define('method', 'indexWhere', [items, predicate], ([collection, holds]) =>
    indexWhere(collection, (item) => isTrue(holds(item))),
  ),
  define('method', 'lastIndexWhere', [items, predicate], ([collection, holds]) =>
    lastIndexWhere(collection, (item) => isTrue(holds(item))),
  ),
];

function each(quota: Quota, collection: Items, step: (item: Value) => Generator<Value>): Value {
  return lazy(quota, [collection], function* () {
    for (const item of collection) yield* step(item);
  });
}

function* distinct(collection: Items, key: Lambda, quota: Quota): Generator<Value> {
  const seen = new Set<Key>();
  for (const item of collection) {
    const stored = keyOf(key(item), quota);
    if (seen.has(stored)) continue;
    seen.add(stored);
    yield item;
  }
}

/** Null is an item too: only undefined stands for nothing. */
function empty(name: string): never {
  throw new YaqlError(`"${name}" was given an empty collection`, { hint: `.${name}(null) gives null instead` });
}

export function reduce(collection: Items, combine: Lambda, seed: Value | undefined): Value {
  let result = seed;
  for (const item of collection) result = result === undefined ? item : combine(result, item);
  if (result === undefined) throw new YaqlError('an empty collection without a first value cannot be reduced');
  return result;
}

function* accumulated(collection: Items, combine: Lambda, seed: Value | undefined): Generator<Value> {
  let total = seed;
  if (total !== undefined) yield total;
  for (const item of collection) {
    total = total === undefined ? item : combine(total, item);
    yield total;
  }
  if (total === undefined) throw new YaqlError('an empty collection without a first value cannot be accumulated');
}

function same(wanted: Value, quota: Quota): (item: Value) => boolean {
  return (item) => isEqual(item, wanted, quota);
}

function indexWhere(collection: Items, holds: (item: Value) => boolean): number {
  let i = 0;
  for (const item of collection) {
    if (holds(item)) return i;
    i++;
  }
  return -1;
}

function lastIndexWhere(collection: Items, holds: (item: Value) => boolean): number {
  let i = 0;
  let last = -1;
  for (const item of collection) {
    if (holds(item)) last = i;
    i++;
  }
  return last;
}
