/** When values are equal, which is less, and keys that make equal values meet. As in Python, 1, 1.0 and true are equal. */
import { YaqlError } from './fault.ts';
import { isNumber, plain } from './number.ts';
import { checkDepth, type Quota, spendScan, spendStep, spendText } from './quota.ts';
import { describe, isDict, isList, isSet, type Key, type List, type Value } from './value.ts';

export function isEqual(a: Value, b: Value, quota: Quota, depth = 0): boolean {
  if (typeof a === 'string' && typeof b === 'string' && a.length === b.length) spendScan(quota, a.length);
  if (a === b) return true;
  if (typeof a === 'string' || typeof b === 'string' || a === null || b === null) return false;
  if (isScalar(a) && isScalar(b)) return scalar(a) === scalar(b);
  spendStep(quota);
  checkDepth(depth);
  if (isList(a)) return isList(b) && isEqualList(a, b, quota, depth + 1);
  return typeof a === 'object' && isEqualObject(a, b, quota, depth + 1);
}

function isEqualList(a: List, b: List, quota: Quota, depth: number): boolean {
  return a.length === b.length && a.every((item, i) => isEqual(item, b[i]!, quota, depth));
}

function isEqualObject(
  a: Exclude<Value, null | boolean | number | string | List>,
  b: Value,
  quota: Quota,
  depth: number,
): boolean {
  if (isDict(a)) {
    if (!isDict(b) || a.entries.size !== b.entries.size) return false;
    const others = b.entries;
    return [...a.entries].every(([key, [, value]]) => others.has(key) && isEqual(value, others.get(key)![1], quota, depth));
  }
  if (isSet(a)) return isSet(b) && a.items.size === b.items.size && [...a.items.keys()].every((key) => b.items.has(key));
  if (a.kind === 'moment' || a.kind === 'span') return isSameTime(a, b);
  return false;
}

function isSameTime(a: { readonly kind: 'moment' | 'span'; readonly ms: number }, b: Value): boolean {
  return typeof b === 'object' && b !== null && !isList(b) && b.kind === a.kind && b.ms === a.ms;
}

function isScalar(value: Value): boolean {
  return typeof value === 'boolean' || isNumber(value);
}

function scalar(value: Value): number {
  return isNumber(value) ? plain(value) : Number(value);
}

/** Equal values have the same key, others don't. Paid for by size, since values may share parts. */
export function keyOf(value: Value, quota: Quota, depth = 0): Key {
  if (value === null) return null;
  if (typeof value === 'string') return textKey(value, quota);
  if (isScalar(value)) return scalar(value);
  return `\0${compositeKey(value, quota, depth)}`;
}

function textKey(text: string, quota: Quota): string {
  spendScan(quota, text.length);
  return text.startsWith('\0') ? `\0s${text}` : text;
}

function compositeKey(value: Value, quota: Quota, depth: number): string {
  spendStep(quota);
  checkDepth(depth);
  if (isList(value))
    return `l${joinKeys(
      value.map((item) => keyOf(item, quota, depth + 1)),
      quota,
    )}`;
  if (isSet(value)) return `t${joinKeys([...value.items.keys()].sort(), quota)}`;
  if (isDict(value)) return dictKey(value.entries, quota, depth);
  if (typeof value === 'object' && value !== null && (value.kind === 'moment' || value.kind === 'span'))
    return `${value.kind}${value.ms}`;
  throw new YaqlError(`${describe(value)} cannot be a key or be compared with other items`, {
    hint: 'toList() makes a list of an iterator',
  });
}

function dictKey(entries: ReadonlyMap<Key, readonly [Value, Value]>, quota: Quota, depth: number): string {
  const pairs = [...entries].map(([key, [, value]]) => joinKeys([key, keyOf(value, quota, depth + 1)], quota));
  return `d${joinKeys(pairs.sort(), quota)}`;
}

function joinKeys(keys: readonly Key[], quota: Quota): string {
  const text = JSON.stringify(keys);
  spendText(quota, text.length);
  return text;
}

function compareTexts(a: string, b: string, quota: Quota): number {
  spendScan(quota, Math.min(a.length, b.length));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Negative, zero or positive. Null is less than everything else. */
export function compare(a: Value, b: Value, quota: Quota, operator = '<'): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (isNumber(a) && isNumber(b)) return plain(a) - plain(b);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b, quota);
  const times = typeof a === 'object' && typeof b === 'object' && !isList(a) && !isList(b) && a.kind === b.kind;
  if (times && (a.kind === 'moment' || a.kind === 'span')) return a.ms - (b as typeof a).ms;
  throw new YaqlError(`"${operator}" cannot compare ${describe(a)} with ${describe(b)}`, { kind: 'no match' });
}
