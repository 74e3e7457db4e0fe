/** Points in time and spans, proleptic Gregorian, with fixed offsets: what YAQL has of dates, without anything that asks the clock. */
import { YaqlError } from './fault.ts';
import type { Moment, Span } from './value.ts';

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?\s*(Z|[-+]\d{2}:?\d{2})?$/;
const DAY_MS = 86_400_000;

export function makeMoment(ms: number, offsetMs: number): Moment {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) throw new YaqlError('there is no such datetime');
  return { kind: 'moment', ms, offsetMs };
}

/** From ISO 8601: a date, perhaps with a time and an offset (else UTC). */
export function parseMoment(text: string): Moment {
  const match = ISO.exec(text.trim());
  if (match === null) throw new YaqlError('the string is not a datetime like 2020-01-31T12:00:00Z');
  const [year, month, day, hour = '0', minute = '0', second = '0', fraction = '0'] = match.slice(1);
  const offsetMs = parseOffset(match[8] ?? 'Z');
  const parts = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number];
  return makeMoment(utc(parts) + Number(`0.${fraction}`) * 1000 - offsetMs, offsetMs);
}

function parseOffset(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** Milliseconds since 1970 of a date and time in UTC; refuses those that do not exist. */
export function utc([year, month, day, hour, minute, second]: readonly [number, number, number, number, number, number]): number {
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  if (!exists || minute > 59 || second > 59) throw new YaqlError('there is no such datetime');
  return date.getTime();
}

/** Of the place that the moment is told in. */
export function localDate(moment: Moment): Date {
  return new Date(moment.ms + moment.offsetMs);
}

/** ISO 8601 with its offset, as Python writes it. */
export function momentText(moment: Moment): string {
  const text = localDate(moment)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '');
  return text + offsetText(moment.offsetMs);
}

export function offsetText(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / 60_000;
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2 days, 3:00:00`, as Python writes it. */
export function spanText({ ms }: Span): string {
  const days = Math.floor(ms / DAY_MS);
  const rest = Math.floor((ms - days * DAY_MS) / 1000);
  const clock = `${Math.floor(rest / 3600)}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return days === 0 ? clock : `${days} day${Math.abs(days) === 1 ? '' : 's'}, ${clock}`;
}

export function two(number: number): string {
  return String(number).padStart(2, '0');
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** The letters of Python's strftime that depend on no locale but C. */
const FIELDS: { readonly [letter: string]: (date: Date, moment: Moment) => string } = {
  Y: (date) => String(date.getUTCFullYear()).padStart(4, '0'),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  H: (date) => two(date.getUTCHours()),
  I: (date) => two(date.getUTCHours() % 12 || 12),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  f: (date) => String(date.getUTCMilliseconds() * 1000).padStart(6, '0'),
  j: (date) => String(dayOfYear(date)).padStart(3, '0'),
  A: (date) => DAYS[weekday(date)]!,
  a: (date) => DAYS[weekday(date)]!.slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()]!,
  b: (date) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  w: (date) => String(date.getUTCDay()),
  z: (_, { offsetMs }) => offsetText(offsetMs).replace(':', ''),
  '%': () => '%',
};

export function formatMoment(moment: Moment, format: string): string {
  const date = localDate(moment);
  return format.replace(/%(.?)/gs, (whole, letter: string) => {
    if (!Object.hasOwn(FIELDS, letter)) throw new YaqlError(`the datetime format "${whole}" is not known`);
    return FIELDS[letter]!(date, moment);
  });
}

/** Monday is 0. */
export function weekday(date: Date): number {
  return (date.getUTCDay() + 6) % 7;
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
}
