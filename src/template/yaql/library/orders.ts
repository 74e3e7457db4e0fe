/** orderBy and thenBy. Sorting is stable and keeps what it was sorted by, so that it can be refined. */
import { itemsOf, lazy, toList } from '../collection.ts';
import { compare } from '../equality.ts';
import { type Quota, spendStep } from '../quota.ts';
import { define, ITEMS, LAMBDA, type Lambda, ORDERED, one } from '../signature.ts';
import type { Lazy, List, Order, Value } from '../value.ts';

type Comparison = Order['comparisons'][number];

function orderBy(name: string, sign: 1 | -1) {
  return define('method', name, [one('collection', ITEMS), one('selector', LAMBDA)], ([items, key], quota) =>
    ordered({ items: toList(items, quota), comparisons: [byKey(key, sign, quota)] }, quota),
  );
}

function thenBy(name: string, sign: 1 | -1) {
  return define('method', name, [one('collection', ORDERED), one('selector', LAMBDA)], ([{ order }, key], quota) =>
    ordered({ items: order?.items ?? [], comparisons: [...(order?.comparisons ?? []), byKey(key, sign, quota)] }, quota),
  );
}

export const ORDERS = [
  orderBy('orderBy', 1),
  orderBy('orderByDescending', -1),
  thenBy('thenBy', 1),
  thenBy('thenByDescending', -1),
];

function byKey(key: Lambda, sign: 1 | -1, quota: Quota): Comparison {
  const keys = new Map<Value, Value>();
  return (a, b) => sign * compare(keyFor(a, key, keys, quota), keyFor(b, key, keys, quota), quota);
}

/** Evaluated once for each item. */
function keyFor(item: Value, key: Lambda, known: Map<Value, Value>, quota: Quota): Value {
  spendStep(quota);
  const value = known.get(item) ?? key(item);
  known.set(item, value);
  return value;
}

function ordered(order: Order, quota: Quota): Lazy {
  let sorted: List | undefined;
  const iterate = () => {
    sorted ??= order.items.toSorted((a, b) => firstDifference(order.comparisons, a, b));
    return sorted[Symbol.iterator]();
  };
  return { ...lazy(quota, [itemsOf(order.items, quota)], iterate), order };
}

function firstDifference(comparisons: readonly Comparison[], a: Value, b: Value): number {
  for (const comparison of comparisons) {
    const difference = comparison(a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}
