/** Functions of sets. Their items keep the order in which they came. */
import { itemsOf, makeSet, toList } from '../collection.ts';
import { applyBinary } from '../operators.ts';
import type { Quota } from '../quota.ts';
import { ANY, define, ITEMS, one, rest, SET } from '../signature.ts';
import { isLazy, type List, type OrderedSet, type Value } from '../value.ts';

const left = one('left', SET);
const right = one('right', SET);

export const SETS = [
  define('function', 'set', [rest('items', ANY)], ([values], quota) => makeSet(opened(values, quota), quota)),
  define('method', 'toSet', [one('collection', ITEMS)], ([items], quota) => makeSet(items, quota)),
  define('method', 'union', [left, right], ([a, b], quota) => applyBinary('+', a, b, quota)),
  define('method', 'intersect', [left, right], ([a, b], quota) => keep(a, quota, (key) => b.items.has(key))),
  define('method', 'difference', [left, right], ([a, b], quota) => applyBinary('-', a, b, quota)),
  define('method', 'symmetricDifference', [left, right], ([a, b], quota) =>
    makeSet([...itemsWhere(a, (key) => !b.items.has(key)), ...itemsWhere(b, (key) => !a.items.has(key))], quota),
  ),
  define('method', 'add', [left, rest('values', ANY)], ([a, values], quota) => makeSet([...a.items.values(), ...values], quota)),
  define('method', 'remove', [left, rest('values', ANY)], ([a, values], quota) =>
    applyBinary('-', a, makeSet(values, quota), quota),
  ),
];

type Test = (key: string | number | null) => boolean;

function itemsWhere(set: OrderedSet, test: Test): List {
  return [...set.items].filter(([key]) => test(key)).map(([, item]) => item);
}

function keep(set: OrderedSet, quota: Quota, test: Test): Value {
  return makeSet(itemsWhere(set, test), quota);
}

/** Iterators among the values give their items, lists stay. */
function* opened(values: List, quota: Quota): Generator<Value> {
  for (const value of values) {
    if (isLazy(value)) yield* opened(toList(itemsOf(value, quota), quota), quota);
    else yield value;
  }
}
