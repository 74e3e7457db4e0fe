/** `value.name`: a key of a dict, that of every item of a collection, or a part of a datetime or timespan. */
import { nearestName } from '../nearest-name.ts';
import { findInDict, itemsOf, lazy } from './collection.ts';
import { YaqlError } from './fault.ts';
import { real } from './number.ts';
import type { Quota } from './quota.ts';
import type { MemberNode } from './syntax.ts';
import { localDate, weekday } from './time.ts';
import { type Dict, describe, isDict, isIterable, isList, type Moment, type Span, type Value } from './value.ts';

export function memberOf(value: Value, node: MemberNode, quota: Quota): Value {
  if (value === null && node.safe) return null;
  if (isDict(value)) return keyOfDict(value, node, quota);
  if (isIterable(value)) return memberOfEach(value, node, quota);
  const part = partOf(value, node.name);
  if (part !== undefined) return part;
  const hint = value === null ? `"?.${node.name}" gives null instead, and coalesce(…, []) something else` : undefined;
  throw new YaqlError(`${describe(value)} has no member "${node.name}"`, { kind: 'no match', at: node.at, hint });
}

function keyOfDict(dict: Dict, { name, at }: MemberNode, quota: Quota): Value {
  const value = findInDict(dict, name, quota);
  if (value !== undefined) return value;
  const meant = nearestName(name, [...dict.entries.keys()].filter((key) => typeof key === 'string').slice(0, 100));
  const hint = meant === undefined ? `.get(${name}) gives null when it is not there` : `did you mean "${meant}"?`;
  throw new YaqlError(`the dict has no key "${name}"`, { kind: 'no index', at, hint });
}

function memberOfEach(value: Parameters<typeof itemsOf>[0], node: MemberNode, quota: Quota): Value {
  const items = itemsOf(value, quota);
  return lazy(quota, [items], function* () {
    for (const item of items) yield memberOf(item, node, quota);
  });
}

function partOf(value: Value, name: string): Value | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return undefined;
  if (value.kind === 'moment') return MOMENT_PARTS.get(name)?.(value);
  return value.kind === 'span' ? SPAN_PARTS.get(name)?.(value) : undefined;
}

const MOMENT_PARTS: ReadonlyMap<string, (moment: Moment) => Value> = new Map<string, (moment: Moment) => Value>([
  ['year', (moment) => localDate(moment).getUTCFullYear()],
  ['month', (moment) => localDate(moment).getUTCMonth() + 1],
  ['day', (moment) => localDate(moment).getUTCDate()],
  ['hour', (moment) => localDate(moment).getUTCHours()],
  ['minute', (moment) => localDate(moment).getUTCMinutes()],
  ['second', (moment) => localDate(moment).getUTCSeconds()],
  ['microsecond', (moment) => localDate(moment).getUTCMilliseconds() * 1000],
  ['weekday', (moment) => weekday(localDate(moment))],
  ['timestamp', (moment) => real(moment.ms / 1000)],
  ['offset', (moment) => ({ kind: 'span', ms: moment.offsetMs })],
  ['utc', (moment) => ({ ...moment, offsetMs: 0 })],
]);

const SPAN_PARTS: ReadonlyMap<string, (span: Span) => Value> = new Map<string, (span: Span) => Value>([
  ['days', ({ ms }) => real(ms / 86_400_000)],
  ['hours', ({ ms }) => real(ms / 3_600_000)],
  ['minutes', ({ ms }) => real(ms / 60_000)],
  ['seconds', ({ ms }) => real(ms / 1000)],
  ['milliseconds', ({ ms }) => real(ms)],
  ['microseconds', ({ ms }) => real(ms * 1000)],
]);
