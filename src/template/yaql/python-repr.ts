/** Texts of values as YAQL's `str` gives them: Python's, except null, true and false. Lists are tuples there, and look so. */
import { quoteText } from '../python-literal.ts';
import { YaqlError } from './fault.ts';
import { isNumber, numberText } from './number.ts';
import { checkDepth, type Quota, spendStep, spendText } from './quota.ts';
import { momentText, spanText } from './time.ts';
import { describe, isDict, isList, isSet, type List, type Value } from './value.ts';

export function toText(value: Value, quota: Quota): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'boolean') return String(value);
  const text = repr(value, quota, 0);
  spendText(quota, text.length);
  return text;
}

function repr(value: Value, quota: Quota, depth: number): string {
  spendStep(quota);
  checkDepth(depth);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') {
    spendText(quota, value.length);
    return quoteText(value);
  }
  if (isNumber(value)) return numberText(value);
  return isList(value) ? tuple(value, quota, depth) : reprObject(value, quota, depth);
}

function reprObject(value: Value, quota: Quota, depth: number): string {
  if (isSet(value)) return `frozenset({${reprAll([...value.items.values()], quota, depth)}})`;
  if (isDict(value))
    return `{${[...value.entries.values()].map(([k, v]) => `${repr(k, quota, depth + 1)}: ${repr(v, quota, depth + 1)}`).join(', ')}}`;
  if (typeof value === 'object' && value !== null && !isList(value)) {
    if (value.kind === 'moment') return momentText(value);
    if (value.kind === 'span') return spanText(value);
  }
  throw new YaqlError(`${describe(value)} has no text`, { hint: 'toList() makes a list of an iterator' });
}

function tuple(list: List, quota: Quota, depth: number): string {
  return `(${reprAll(list, quota, depth)}${list.length === 1 ? ',' : ''})`;
}

function reprAll(list: List, quota: Quota, depth: number): string {
  return list.map((item) => repr(item, quota, depth + 1)).join(', ');
}
