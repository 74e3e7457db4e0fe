/** Functions that make lists, put into them and take out of them. */
import { type Items, itemsOf, lazy, listOf, toList } from '../collection.ts';
import { isIn } from '../operators.ts';
import { checkDepth, type Quota, spendCells } from '../quota.ts';
import { ANY, define, INTEGER, ITEMS, LIST, one, optional, rest } from '../signature.ts';
import { isIterable, isLazy, isList, type List, type Value } from '../value.ts';

const items = one('collection', ITEMS);
const position = one('position', INTEGER);
const count = optional('count', INTEGER, 1);

export const LISTS = [
  define('function', 'list', [rest('items', ANY)], ([values], quota) => toList(opened(values, quota), quota)),
  define('method', 'toList', [items], ([collection], quota) => listOf(collection, quota)),
  define('method', 'flatten', [items], ([collection], quota) => lazy(quota, [collection], () => flattened(collection, quota))),
  define('method', 'contains', [items, one('value', ANY)], ([{ value }, wanted], quota) => isIn(wanted, value, quota) === true),
  define('both', 'len', [items], ([collection]) => lengthOf(collection)),
  define('method', 'count', [items], ([collection]) => lengthOf(collection)),
  define('method', 'delete', [items, position, count], ([collection, start, length], quota) =>
    lazy(quota, [collection], () => replaced(collection, start, length, [])),
  ),
  define('method', 'replace', [items, position, one('value', ANY), count], ([collection, start, value, length], quota) =>
    lazy(quota, [collection], () => replaced(collection, start, length, [value])),
  ),
  define('method', 'replaceMany', [items, position, one('values', ITEMS), count], ([collection, start, values, length], quota) =>
    lazy(quota, [collection, values], () => replaced(collection, start, length, values)),
  ),
  define('method', 'insert', [one('list', LIST), position, one('value', ANY)], ([list, at, value], quota) => {
    spendCells(quota, list.length + 1);
    return list.toSpliced(at, 0, value);
  }),
  define('method', 'insert', [items, position, one('value', ANY)], ([collection, at, value], quota) =>
    lazy(quota, [collection], () => inserted(collection, at, [value], false)),
  ),
  define('method', 'insertMany', [items, position, one('values', ITEMS)], ([collection, at, values], quota) =>
    lazy(quota, [collection, values], () => inserted(collection, at, values, true)),
  ),
  define('both', 'append', [items, rest('values', ANY)], ([collection, values], quota) =>
    lazy(quota, [collection], () => chained([collection, values])),
  ),
  define('both', 'concat', [items, rest('collections', ITEMS)], ([collection, others], quota) =>
    lazy(quota, [collection, ...others], () => chained([collection, ...others])),
  ),
  define('method', 'reverse', [items], ([collection], quota) => {
    const list = listOf(collection, quota);
    spendCells(quota, list.length);
    return list.toReversed();
  }),
];

function lengthOf(collection: Items): number {
  if (isList(collection.value)) return collection.value.length;
  let length = 0;
  for (const _ of collection) length++;
  return length;
}

/** Iterators among the values give their items, lists stay. */
function* opened(values: List, quota: Quota): Generator<Value> {
  for (const value of values) {
    if (isLazy(value)) yield* opened(toList(itemsOf(value, quota), quota), quota);
    else yield value;
  }
}

/** With a stack of its own: delegating generators would cost each item its depth. */
function* flattened(collection: Iterable<Value>, quota: Quota): Generator<Value> {
  const open = [collection[Symbol.iterator]()];
  while (open.length > 0) {
    const { done, value } = open.at(-1)!.next();
    if (done === true) open.pop();
    else if (isIterable(value)) {
      checkDepth(open.length);
      open.push(itemsOf(value, quota)[Symbol.iterator]());
    } else yield value;
  }
}

/** What stands from `start` on, `length` of them (all if it is negative), gives way to the values. */
function* replaced(collection: Items, start: number, length: number, values: Iterable<Value>): Generator<Value> {
  const end = length < 0 ? Number.POSITIVE_INFINITY : start + length;
  let at = 0;
  let done = false;
  for (const item of collection) {
    const inside = at >= start && at < end;
    at++;
    if (!inside) yield item;
    else if (!done) {
      done = true;
      yield* values;
    }
  }
}

function* inserted(collection: Items, position: number, values: Iterable<Value>, early: boolean): Generator<Value> {
  if (position < 0 && early) yield* values;
  let at = 0;
  for (const item of collection) {
    if (at++ === position) yield* values;
    yield item;
  }
  if (position >= at) yield* values;
}

function* chained(collections: readonly Iterable<Value>[]): Generator<Value> {
  for (const collection of collections) yield* collection;
}
