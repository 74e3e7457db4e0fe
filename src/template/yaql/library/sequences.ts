/** Functions that make sequences, cut them, or run several side by side. Sequences may be endless: they are made as they are read. */
import { type Items, itemsOf, lazy, listOf } from '../collection.ts';
import { isEqual, keyOf } from '../equality.ts';
import { YaqlError } from '../fault.ts';
import type { Quota } from '../quota.ts';
import {
  ANY,
  BOOLEAN,
  define,
  INTEGER,
  ITEMS,
  LAMBDA,
  type Lambda,
  namedRest,
  one,
  optional,
  renamed,
  rest,
} from '../signature.ts';
import { isIterable, isTrue, type Key, type List, type Value } from '../value.ts';

const items = one('collection', ITEMS);
const predicate = one('predicate', LAMBDA);
const count = one('count', INTEGER);

const take = define('method', 'take', [items, count], ([collection, length], quota) =>
  lazy(quota, [collection], () => taken(collection, notNegative(length))),
);

export const SEQUENCES = [
  define('function', 'range', [one('stop', INTEGER)], ([stop], quota) => range(0, stop, 1, quota)),
  define(
    'function',
    'range',
    [one('start', INTEGER), one('stop', INTEGER), optional('step', INTEGER, 1)],
    ([start, stop, step], quota) => range(start, stop, step, quota),
  ),
  define('function', 'sequence', [optional('start', INTEGER, 0), optional('step', INTEGER, 1)], ([start, step], quota) =>
    lazy(quota, [], function* () {
      for (let i = start; ; i += step) yield i;
    }),
  ),
  define('method', 'repeat', [one('value', ANY), optional('times', INTEGER, -1)], ([value, times], quota) =>
    lazy(quota, [], function* () {
      for (let i = 0; times < 0 || i < times; i++) yield value;
    }),
  ),
  define('method', 'cycle', [items], ([collection], quota) => lazy(quota, [collection], () => cycled(collection))),
  define(
    'function',
    'generate',
    [
      one('initial', ANY),
      predicate,
      one('producer', LAMBDA),
      optional('selector', LAMBDA, null),
      optional('decycle', BOOLEAN, false),
    ],
    ([initial, holds, next, select, decycle], quota) =>
      lazy(quota, [], () => selected(generated(initial, holds, next, decycle, quota), select)),
  ),
  define(
    'function',
    'generateMany',
    [
      one('initial', ANY),
      one('producer', LAMBDA),
      optional('selector', LAMBDA, null),
      optional('decycle', BOOLEAN, false),
      optional('depthFirst', BOOLEAN, false),
    ],
    ([initial, produce, select, decycle, depthFirst], quota) =>
      lazy(quota, [], () => selected(traversed(initial, produce, decycle, depthFirst, quota), select)),
  ),
  take,
  renamed(take, 'limit'),
  define('method', 'skip', [items, count], ([collection, length], quota) => {
    const least = notNegative(length);
    return lazy(quota, [collection], function* () {
      let i = 0;
      for (const item of collection) if (i++ >= least) yield item;
    });
  }),
  define('method', 'takeWhile', [items, predicate], ([collection, holds], quota) =>
    lazy(quota, [collection], function* () {
      for (const item of collection) {
        if (!isTrue(holds(item))) return;
        yield item;
      }
    }),
  ),
  define('method', 'skipWhile', [items, predicate], ([collection, holds], quota) =>
    lazy(quota, [collection], function* () {
      let skipping = true;
      for (const item of collection) {
        skipping &&= isTrue(holds(item));
        if (!skipping) yield item;
      }
    }),
  ),
  define('method', 'zip', [items, rest('collections', ITEMS)], ([first, others], quota) =>
    lazy(quota, [first, ...others], () => zipped([first, ...others], undefined)),
  ),
  define('method', 'zipLongest', [items, rest('collections', ITEMS), namedRest('default')], ([first, others, named], quota) =>
    lazy(quota, [first, ...others], () => zipped([first, ...others], named.get('default') ?? null)),
  ),
  define('method', 'slice', [items, one('length', INTEGER)], ([collection, length], quota) => {
    if (length < 1) throw new YaqlError('the length of slices must be at least 1');
    return lazy(quota, [collection], () => sliced(collection, length));
  }),
  define('method', 'splitAt', [items, one('index', INTEGER)], ([collection, index], quota) => {
    const list = listOf(collection, quota);
    return [list.slice(0, index), list.slice(index)];
  }),
  define('method', 'splitWhere', [items, predicate], ([collection, holds], quota) =>
    lazy(quota, [collection], () => splitWhere(collection, holds)),
  ),
  define('method', 'sliceWhere', [items, predicate], ([collection, holds], quota) =>
    lazy(quota, [collection], () => sliceWhere(collection, holds, quota)),
  ),
  define('method', 'defaultIfEmpty', [items, one('default', ITEMS)], ([collection, otherwise]) => {
    for (const _ of collection) return collection.value;
    return otherwise.value;
  }),
  define('method', 'memorize', [items], ([{ value }]) => value),
];

function notNegative(length: number): number {
  if (length < 0) throw new YaqlError('the count must not be negative');
  return length;
}

function range(start: number, stop: number, step: number, quota: Quota): Value {
  if (step === 0) throw new YaqlError('the step of "range" must not be 0');
  return lazy(quota, [], function* () {
    for (let i = start; step > 0 ? i < stop : i > stop; i += step) yield i;
  });
}

function* cycled(collection: Items): Generator<Value> {
  for (let any = true; any; ) {
    any = false;
    for (const item of collection) {
      any = true;
      yield item;
    }
  }
}

function* taken(collection: Items, length: number): Generator<Value> {
  let left = length;
  if (left === 0) return;
  for (const item of collection) {
    yield item;
    if (--left === 0) return;
  }
}

function* generated(initial: Value, holds: Lambda, next: Lambda, decycle: boolean, quota: Quota): Generator<Value> {
  const isNew = decycle ? firstTime(quota) : () => true;
  for (let value = initial; isTrue(holds(value)) && isNew(value); value = next(value)) yield value;
}

function* traversed(initial: Value, produce: Lambda, decycle: boolean, depthFirst: boolean, quota: Quota): Generator<Value> {
  const isNew = decycle ? firstTime(quota) : () => true;
  const open: Value[] = [initial];
  for (let next = 0; next < open.length; ) {
    const value = depthFirst ? open.pop()! : open[next++]!;
    if (!isNew(value)) continue;
    yield value;
    const produced = [...childrenFrom(produce(value), quota)];
    open.push(...(depthFirst ? produced.reverse() : produced));
  }
}

function childrenFrom(produced: Value, quota: Quota): Items {
  if (isIterable(produced)) return itemsOf(produced, quota);
  throw new YaqlError('the producer of "generateMany" must give a collection');
}

function firstTime(quota: Quota): (value: Value) => boolean {
  const seen = new Set<Key>();
  return (value) => {
    const key = keyOf(value, quota);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  };
}

function* selected(values: Iterable<Value>, select: Lambda | null): Generator<Value> {
  for (const value of values) yield select === null ? value : select(value);
}

/** To the end of the shortest; of the longest when there is something to fill with. */
function* zipped(collections: readonly Items[], fill: Value | undefined): Generator<Value> {
  const iterators = collections.map((collection) => collection[Symbol.iterator]());
  for (;;) {
    const steps = iterators.map((iterator) => iterator.next());
    if (fill === undefined ? steps.some(({ done }) => done === true) : steps.every(({ done }) => done === true)) return;
    yield steps.map(({ done, value }) => (done === true ? fill : value)) as List;
  }
}

function* sliced(collection: Items, length: number): Generator<Value> {
  let part: Value[] = [];
  for (const item of collection) {
    part.push(item);
    if (part.length < length) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function* splitWhere(collection: Items, holds: Lambda): Generator<Value> {
  let part: Value[] = [];
  let open = false;
  for (const item of collection) {
    open = !isTrue(holds(item));
    if (open) part.push(item);
    else {
      yield part;
      part = [];
    }
  }
  if (open) yield part;
}

function* sliceWhere(collection: Items, holds: Lambda, quota: Quota): Generator<Value> {
  let part: Value[] = [];
  let before: Value | undefined;
  for (const item of collection) {
    const now = holds(item);
    if (before !== undefined && !isEqual(now, before, quota)) {
      yield part;
      part = [];
    }
    before = now;
    part.push(item);
  }
  if (part.length > 0) yield part;
}
