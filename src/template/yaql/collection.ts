/** Making and reading collections. Every item looked at is a step; every item stored is a cell. */

import { keyOf } from './equality.ts';
import { YaqlError } from './fault.ts';
import { checkDepth, type Quota, spendCells, spendStep } from './quota.ts';
import { type Dict, isLazy, isList, type Key, type Lazy, type List, type OrderedSet, type Value } from './value.ts';

/** Iterators that read through more than this many others are read at once. */
const DEEPEST_LAZY = 30;

/** A collection as functions are given it. */
export interface Items extends Iterable<Value> {
  readonly value: List | OrderedSet | Lazy;
}

export function itemsOf(value: List | OrderedSet | Lazy, quota: Quota): Items {
  return { value, [Symbol.iterator]: () => paidIterator(value, quota) };
}

function lazyIterator(value: Lazy, quota: Quota): Iterator<Value> {
  const iterator = value.iterate();
  const next = () => {
    spendStep(quota);
    checkDepth(++quota.depth);
    try {
      return iterator.next();
    } finally {
      quota.depth--;
    }
  };
  return { next };
}

function paidIterator(value: List | OrderedSet | Lazy, quota: Quota): Iterator<Value> {
  if (isLazy(value)) return lazyIterator(value, quota);
  const iterator = isList(value) ? value[Symbol.iterator]() : value.items.values();
  return {
    next: () => {
      spendStep(quota);
      return iterator.next();
    },
  };
}

/** An iterator over what `generate` yields; `sources` are the collections that it reads. */
export function lazy(quota: Quota, sources: readonly Items[], generate: () => Iterator<Value>): Lazy {
  const depth = 1 + Math.max(0, ...sources.map(({ value }) => (isLazy(value) ? value.depth : 0)));
  if (depth <= DEEPEST_LAZY) return { kind: 'lazy', depth, iterate: generate };
  const items = toList({ [Symbol.iterator]: generate }, quota);
  return { kind: 'lazy', depth: 0, iterate: () => items[Symbol.iterator]() };
}

export function toList(items: Iterable<Value>, quota: Quota): List {
  const list: Value[] = [];
  for (const item of items) {
    spendCells(quota, 1);
    list.push(item);
  }
  return list;
}

/** The list itself when it is one. */
export function listOf(items: Items, quota: Quota): List {
  return isList(items.value) ? items.value : toList(items, quota);
}

const EMPTY: Dict = { kind: 'dict', entries: new Map() };

export function makeDict(pairs: Iterable<readonly [Value, Value]>, quota: Quota): Dict {
  return dictWith(EMPTY, pairs, quota);
}

/** The dict with other entries: what is taken over is copied at a stroke and costs less. */
export function dictWith(dict: Dict, pairs: Iterable<readonly [Value, Value]>, quota: Quota): Dict {
  spendCells(quota, dict.entries.size >> 1);
  const entries = new Map(dict.entries);
  for (const [key, value] of pairs) {
    spendCells(quota, 1);
    const stored = keyOf(key, quota);
    const known = entries.get(stored);
    entries.set(stored, [known === undefined ? key : known[0], value]);
  }
  return { kind: 'dict', entries };
}

export function pairsOf(dict: Dict): Iterable<readonly [Value, Value]> {
  return dict.entries.values();
}

/** undefined when there is no such key. */
export function findInDict(dict: Dict, key: Value, quota: Quota): Value | undefined {
  return dict.entries.get(keyOf(key, quota))?.[1];
}

export function makeSet(items: Iterable<Value>, quota: Quota): OrderedSet {
  const set = new Map<Key, Value>();
  for (const item of items) {
    spendCells(quota, 1);
    const key = keyOf(item, quota);
    if (!set.has(key)) set.set(key, item);
  }
  return { kind: 'set', items: set };
}

/** An item by index, which may count from the end. */
export function atIndex(list: List, index: number): Value {
  const item = list.at(index);
  if (item === undefined) {
    throw new YaqlError(`there is no item ${index} in a list of ${list.length}`, { kind: 'no index' });
  }
  return item;
}
