/** Functions of dicts. None changes a dict: each gives another. */
import { dictWith, findInDict, itemsOf, lazy, makeDict, pairsOf } from '../collection.ts';
import { isEqual, keyOf } from '../equality.ts';
import { YaqlError } from '../fault.ts';
import { type Quota, spendCells } from '../quota.ts';
import { ANY, DICT, define, ITEMS, LAMBDA, one, optional, RULE, rest } from '../signature.ts';
import { type Dict, describe, isIterable, type Rule, type Value } from '../value.ts';

const dict = one('dict', DICT);

export const DICTS = [
  define('function', 'dict', [one('items', ITEMS)], ([items], quota) => makeDict(pairsIn(items, quota), quota)),
  define('function', 'dict', [rest('entries', RULE)], ([rules], quota) => makeDict(rules.map(pairOf), quota)),
  define(
    'method',
    'toDict',
    [one('collection', ITEMS), one('keySelector', LAMBDA), optional('valueSelector', LAMBDA, null)],
    ([items, key, value], quota) =>
      makeDict(
        Array.from(items, (item) => [key(item), value === null ? item : value(item)] as const),
        quota,
      ),
  ),
  define('method', 'get', [dict, one('key', ANY), optional('default', ANY, null)], ([map, key, otherwise], quota) => {
    const value = findInDict(map, key, quota);
    return value === undefined ? otherwise : value;
  }),
  define('method', 'set', [dict, one('replacements', DICT)], ([map, others], quota) => dictWith(map, pairsOf(others), quota)),
  define('method', 'set', [dict, one('key', ANY), one('value', ANY)], ([map, key, value], quota) =>
    dictWith(map, [[key, value]], quota),
  ),
  define('method', 'set', [dict, rest('entries', RULE)], ([map, rules], quota) => dictWith(map, rules.map(pairOf), quota)),
  define('method', 'keys', [dict], ([map], quota) => eachPair(map, quota, ([key]) => key)),
  define('method', 'values', [dict], ([map], quota) => eachPair(map, quota, ([, value]) => value)),
  define('method', 'items', [dict], ([map], quota) => eachPair(map, quota, (pair) => pair)),
  define('method', 'containsKey', [dict, one('key', ANY)], ([map, key], quota) => map.entries.has(keyOf(key, quota))),
  define('method', 'containsValue', [dict, one('value', ANY)], ([map, value], quota) => {
    return [...pairsOf(map)].some(([, other]) => isEqual(other, value, quota));
  }),
  define('method', 'delete', [dict, rest('keys', ANY)], ([map, keys], quota) => without(map, keys, quota)),
  define('method', 'deleteAll', [dict, one('keys', ITEMS)], ([map, keys], quota) => without(map, keys, quota)),
  define('both', 'len', [dict], ([map]) => map.entries.size),
];

function pairOf({ key, value }: Rule): readonly [Value, Value] {
  return [key, value];
}

function* pairsIn(items: Iterable<Value>, quota: Quota): Generator<readonly [Value, Value]> {
  for (const item of items) {
    const [key, value] = isIterable(item) ? itemsOf(item, quota) : [];
    if (key === undefined || value === undefined)
      throw new YaqlError(`dict(…) is made of pairs [key, value]; ${describe(item)} is none`);
    yield [key, value];
  }
}

function eachPair(map: Dict, quota: Quota, select: (pair: readonly [Value, Value]) => Value): Value {
  return lazy(quota, [], function* () {
    for (const pair of pairsOf(map)) yield select(pair);
  });
}

function without(map: Dict, keys: Iterable<Value>, quota: Quota): Dict {
  spendCells(quota, map.entries.size >> 1);
  const entries = new Map(map.entries);
  for (const key of keys) entries.delete(keyOf(key, quota));
  return { kind: 'dict', entries };
}
