/**
 * What a function of the standard library takes, and how arguments find their places.
 *
 * Arguments are values, or expressions to be evaluated later (YAQL has no other lambdas). Several functions may have one name: the first
 * that takes what is given is called.
 */
import { type Items, itemsOf } from './collection.ts';
import { isInteger, isNumber, type NumberValue } from './number.ts';
import { type Quota, spendScan } from './quota.ts';
import {
  type Dict,
  isDict,
  isIterable,
  isLazy,
  isList,
  isSet,
  kindOf,
  type Lazy,
  type List,
  type Moment,
  type OrderedSet,
  type Regex,
  type Rule,
  type Span,
  type Value,
} from './value.ts';

/** An argument to be evaluated with values for `$1`, `$2` …; `$` is `$1`. */
export type Lambda = (...values: readonly Value[]) => Value;
/** The same with names for the values. */
export type NamedLambda = (args: List, names: ReadonlyMap<string, Value>) => Value;

export interface Type<T> {
  /** How signatures call it. */
  readonly text: string;
  readonly mode: 'value' | 'lambda' | 'named lambda' | 'rule' | 'lazy rule';
  readonly accepts: (value: Value) => boolean;
  readonly convert: (value: Value, quota: Quota) => T;
}

/** An expression on each side of `=>`. */
export interface LazyRule {
  readonly key: Lambda;
  readonly value: Lambda;
}

function type<T extends Value>(text: string, accepts: (value: Value) => boolean): Type<T> {
  return { text, mode: 'value', accepts, convert: (value) => value as T };
}

/** Whatever a function does with a text, it looks through it. */
function scanned(value: Value, quota: Quota): string {
  const text = value as string;
  spendScan(quota, text.length);
  return text;
}

const isText = (value: Value) => typeof value === 'string';
const ofKind = (kind: string) => (value: Value) => kindOf(value) === kind;

export const ANY = type<Value>('any', () => true);
export const TEXT: Type<string> = { ...type<string>('string', isText), convert: scanned };
export const TEXT_OR_NULL: Type<string | null> = {
  ...type<string | null>('string', (value) => value === null || isText(value)),
  convert: (value, quota) => (value === null ? null : scanned(value, quota)),
};
export const INTEGER = type<number>('integer', isInteger);
export const NUMBER = type<NumberValue>('number', isNumber);
export const BOOLEAN = type<boolean>('boolean', ofKind('boolean'));
export const LIST = type<List>('list', isList);
export const LAZY = type<Lazy>('iterator', isLazy);
export const ORDERED = type<Lazy>('ordered iterator', (value) => isLazy(value) && value.order !== undefined);
export const DICT = type<Dict>('dict', isDict);
export const SET = type<OrderedSet>('set', isSet);
export const REGEX = type<Regex>('regex', ofKind('regex'));
export const MOMENT = type<Moment>('datetime', ofKind('moment'));
export const SPAN = type<Span>('timespan', ofKind('span'));
export const ITEMS: Type<Items> = {
  text: 'collection',
  mode: 'value',
  accepts: isIterable,
  convert: (value, quota) => itemsOf(value as List, quota),
};
export const LAMBDA = { text: 'expression', mode: 'lambda' } as Type<Lambda>;
export const NAMED_LAMBDA = { text: 'expression', mode: 'named lambda' } as Type<NamedLambda>;
export const RULE = { ...type<Rule>('key => value', ofKind('rule')), mode: 'rule' } as Type<Rule>;
export const LAZY_RULE = { text: 'condition => value', mode: 'lazy rule' } as Type<LazyRule>;

export interface Param<T> {
  readonly name: string;
  readonly type: Type<unknown>;
  readonly manner: 'one' | 'optional' | 'rest' | 'named rest';
  /** Given when an optional one is left out. */
  readonly otherwise: T | undefined;
}

export function one<T>(name: string, type: Type<T>): Param<T> {
  return { name, type, manner: 'one', otherwise: undefined };
}

export function optional<T, D>(name: string, type: Type<T>, otherwise: D): Param<T | D> {
  return { name, type, manner: 'optional', otherwise };
}

export function rest<T>(name: string, type: Type<T>): Param<readonly T[]> {
  return { name, type, manner: 'rest', otherwise: undefined };
}

/** `name => value` arguments of any name. */
export function namedRest(name: string): Param<ReadonlyMap<string, Value>> {
  return { name, type: ANY, manner: 'named rest', otherwise: undefined };
}

/** `x.f()`, `f(x)` or both. */
export type CallForm = 'method' | 'function' | 'both';

export interface Signature {
  readonly name: string;
  readonly form: CallForm;
  readonly params: readonly Param<unknown>[];
  readonly apply: (quota: Quota, args: readonly unknown[]) => Value;
}

type ArgumentsOf<P extends readonly Param<unknown>[]> = { readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never };

/** One function. `apply` is given the arguments in the order of `params`. */
export function define<const P extends readonly Param<unknown>[]>(
  form: CallForm,
  name: string,
  params: P,
  apply: (args: ArgumentsOf<P>, quota: Quota) => Value,
): Signature {
  return { name, form, params, apply: (quota, args) => apply(args as ArgumentsOf<P>, quota) };
}

/** The same function under another name. */
export function renamed(signature: Signature, name: string): Signature {
  return { ...signature, name };
}

/** `string.split([separator], [maxSplits])`. */
export function signatureText({ name, form, params }: Signature): string {
  const method = form !== 'function' && params.length > 0;
  const written = params.slice(method ? 1 : 0).map(paramText);
  return `${method ? `${params[0]!.type.text}.` : ''}${name}(${written.join(', ')})`;
}

function paramText({ name, manner }: Param<unknown>): string {
  if (manner === 'optional') return `[${name}]`;
  return manner === 'one' ? name : `${name} …`;
}
