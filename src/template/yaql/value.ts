/**
 * The values of YAQL. Null, booleans, numbers, texts and lists are JavaScript's own; the others are objects with a `kind`.
 *
 * A number is an integer when it is a safe integer and not boxed as Real: YAQL tells 7.0 from 7 (7 / 2 is 3, 7.0 / 2 is 3.5). A dict is
 * never a plain object, so that no key can reach a prototype. A lazy collection may be read more than once; YAQL's may not.
 */
import type { SearchPattern } from '../pattern-search.ts';

export type Value = null | boolean | number | string | List | Real | Dict | OrderedSet | Lazy | Regex | Rule | Moment | Span;
export type List = readonly Value[];

/** A float without a fraction. */
export interface Real {
  readonly kind: 'real';
  readonly value: number;
}

/** In the order of insertion. The keys of `entries` are made by keyOf. */
export interface Dict {
  readonly kind: 'dict';
  readonly entries: Entries;
}

export type Entries = ReadonlyMap<Key, readonly [key: Value, value: Value]>;
/** What stands for a value where equal values must meet. */
export type Key = string | number | null;

/** In the order of insertion. */
export interface OrderedSet {
  readonly kind: 'set';
  readonly items: ReadonlyMap<Key, Value>;
}

/** What YAQL calls an iterator: made item by item, perhaps without end. */
export interface Lazy {
  readonly kind: 'lazy';
  /** How many others it reads through. */
  readonly depth: number;
  readonly iterate: () => Iterator<Value>;
  /** Of orderBy: how it may be ordered further. */
  readonly order?: Order;
}

/** Compares two items; several of them, the first first. */
export interface Order {
  readonly items: List;
  readonly comparisons: readonly ((a: Value, b: Value) => number)[];
}

export interface Regex {
  readonly kind: 'regex';
  readonly pattern: SearchPattern;
}

/** `key => value` as an argument. */
export interface Rule {
  readonly kind: 'rule';
  readonly key: Value;
  readonly value: Value;
}

/** A point in time. */
export interface Moment {
  readonly kind: 'moment';
  readonly ms: number;
  readonly offsetMs: number;
}

export interface Span {
  readonly kind: 'span';
  readonly ms: number;
}

export function isList(value: Value): value is List {
  return Array.isArray(value);
}

export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (isList(value)) return 'list';
  if (typeof value === 'object') return value.kind;
  return typeof value;
}

const NAMES: { readonly [kind: string]: string } = {
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
  real: 'a number',
  string: 'a string',
  list: 'a list',
  dict: 'a dict',
  set: 'a set',
  lazy: 'an iterator',
  regex: 'a regex',
  rule: 'a mapping',
  moment: 'a datetime',
  span: 'a timespan',
};

/** What a value is, for messages. */
export function describe(value: Value): string {
  return NAMES[kindOf(value)] ?? 'a value';
}

export function isDict(value: Value): value is Dict {
  return kindOf(value) === 'dict';
}

export function isSet(value: Value): value is OrderedSet {
  return kindOf(value) === 'set';
}

export function isLazy(value: Value): value is Lazy {
  return kindOf(value) === 'lazy';
}

/** Lists, sets and iterators; neither texts nor dicts. */
export function isIterable(value: Value): value is List | OrderedSet | Lazy {
  return typeof value === 'object' && value !== null && (isList(value) || value.kind === 'lazy' || value.kind === 'set');
}

export function isTrue(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === '') return false;
  if (isList(value)) return value.length > 0;
  if (typeof value !== 'object') return true;
  if (value.kind === 'real') return value.value !== 0;
  if (value.kind === 'dict') return value.entries.size > 0;
  if (value.kind === 'span') return value.ms !== 0;
  return value.kind !== 'set' || value.items.size > 0;
}
