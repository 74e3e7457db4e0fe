/** groupBy, join, merging: functions that bring items together. */
import { dictWith, type Items, lazy, toList } from '../collection.ts';
import { isEqual, keyOf } from '../equality.ts';
import { YaqlError } from '../fault.ts';
import { checkDepth, type Quota, spendCells } from '../quota.ts';
import { DICT, define, INTEGER, ITEMS, LAMBDA, type Lambda, one, optional } from '../signature.ts';
import { type Dict, describe, isDict, isList, isTrue, type Key, type List, type Value } from '../value.ts';

export const GROUPS = [
  define(
    'method',
    'groupBy',
    [
      one('collection', ITEMS),
      one('keySelector', LAMBDA),
      optional('valueSelector', LAMBDA, null),
      optional('aggregator', LAMBDA, null),
    ],
    ([items, key, value, aggregator], quota) =>
      lazy(quota, [items], () => {
        const groups = group(items, key, value ?? ((item) => item), quota);
        return aggregator === null ? groups[Symbol.iterator]() : aggregated(groups, aggregator, quota);
      }),
  ),
  define(
    'method',
    'join',
    [one('collection', ITEMS), one('other', ITEMS), one('predicate', LAMBDA), one('selector', LAMBDA)],
    ([items, others, holds, select], quota) =>
      lazy(quota, [items, others], function* () {
        const second = toList(others, quota);
        for (const a of items) for (const b of second) if (isTrue(holds(a, b))) yield select(a, b);
      }),
  ),
  define(
    'method',
    'mergeWith',
    [
      one('dict', DICT),
      one('another', DICT),
      optional('listMerger', LAMBDA, null),
      optional('itemMerger', LAMBDA, null),
      optional('maxLevels', INTEGER, 0),
    ],
    ([dict, another, lists, items, levels], quota) =>
      merge(dict, another, { list: lists ?? joinDistinct(quota), item: items ?? secondOf, quota }, levels),
  ),
];

type Group = readonly [key: Value, values: List];

function group(items: Items, key: Lambda, value: Lambda, quota: Quota): readonly Group[] {
  const groups = new Map<Key, [Value, Value[]]>();
  for (const item of items) {
    const of = key(item);
    const stored = keyOf(of, quota);
    const members = groups.get(stored);
    spendCells(quota, 1);
    if (members === undefined) groups.set(stored, [of, [value(item)]]);
    else members[1].push(value(item));
  }
  return [...groups.values()];
}

/**
 * The aggregator is given the values of each group. Before YAQL 1.1.1 it was given the pair of key and values and gave such a pair, and
 * templates count on that: as YAQL does, this goes over to the old way when the new one fails before it has worked for sure. Two values may
 * pass for a pair; then the next group decides, for all of them (YAQL lets the results stand as they are, in both ways).
 */
function aggregated(groups: readonly Group[], aggregator: Lambda, quota: Quota): Generator<Value> {
  const results: Value[] = [];
  for (const [, values] of groups) {
    const result = tryValues(aggregator, values);
    if (result instanceof YaqlError) return byPairs(groups, aggregator, result);
    results.push(result);
    if (!looksLikePair(result, values, quota)) break;
  }
  return byValues(groups, aggregator, results);
}

function* byValues(groups: readonly Group[], aggregator: Lambda, known: List): Generator<Value> {
  for (const [i, [key, values]] of groups.entries()) yield [key, i < known.length ? known[i]! : aggregator(values)];
}

function* byPairs(groups: readonly Group[], aggregator: Lambda, failure: YaqlError): Generator<Value> {
  for (const pair of groups) {
    const result = aggregator(pair);
    if (!isList(result) || result.length !== 2) throw failure;
    yield result;
  }
}

/** The error when it fails as an aggregator of pairs would. */
function tryValues(aggregator: Lambda, values: List): Value | YaqlError {
  try {
    return aggregator(values);
  } catch (error) {
    if (error instanceof YaqlError && (error.kind === 'no match' || error.kind === 'no index')) return error;
    throw error;
  }
}

function looksLikePair(result: Value, values: List, quota: Quota): boolean {
  return values.length === 2 && isList(result) && result.length === 2 && isEqual(result[0]!, values[0]!, quota);
}

interface Manner {
  readonly list: Lambda;
  readonly item: Lambda;
  readonly quota: Quota;
}

function joinDistinct(quota: Quota): Lambda {
  return (a, b) => {
    const unique = new Map<Key, Value>();
    for (const item of [...(a as List), ...(b as List)]) {
      const key = keyOf(item, quota);
      if (!unique.has(key)) unique.set(key, item);
    }
    spendCells(quota, unique.size);
    return [...unique.values()];
  };
}

const secondOf: Lambda = (_, second) => second ?? null;

/** Levels: 1 merges only the outermost, 0 all. */
function merge(a: Dict, b: Dict, manner: Manner, levels: number, depth = 0): Dict {
  checkDepth(depth);
  const pairs = Array.from(b.entries, ([key, [name, value]]) => {
    const own = a.entries.get(key)?.[1];
    return [name, own === undefined ? value : mergeValues(own, value, manner, levels, depth)] as const;
  });
  return dictWith(a, pairs, manner.quota);
}

function mergeValues(a: Value, b: Value, manner: Manner, levels: number, depth: number): Value {
  const deep = levels !== 1;
  if (deep && isDict(b)) return isDict(a) ? merge(a, b, manner, Math.max(0, levels - 1), depth + 1) : unlike(a, b);
  if (deep && isList(b)) return isList(a) ? manner.list(a, b) : unlike(a, b);
  return manner.item(a, b);
}

function unlike(a: Value, b: Value): never {
  throw new YaqlError(`"mergeWith" cannot merge ${describe(a)} with ${describe(b)}`);
}
