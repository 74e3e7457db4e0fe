/** Datetimes and timespans, as far as they don't ask the clock. */
import { plain } from '../number.ts';
import { define, INTEGER, MOMENT, NUMBER, one, optional, SPAN, TEXT } from '../signature.ts';
import { formatMoment, localDate, makeMoment, parseMoment, utc } from '../time.ts';
import type { Moment, Span } from '../value.ts';

const part = (name: string) => optional(name, INTEGER, 0);
const NO_OFFSET: Span = { kind: 'span', ms: 0 };

export const TIMES = [
  define('function', 'datetime', [one('string', TEXT)], ([text]) => parseMoment(text)),
  define('function', 'datetime', [one('timestamp', NUMBER), optional('offset', SPAN, NO_OFFSET)], ([seconds, offset]) =>
    makeMoment(plain(seconds) * 1000, offset.ms),
  ),
  define(
    'function',
    'datetime',
    [
      one('year', INTEGER),
      one('month', INTEGER),
      one('day', INTEGER),
      part('hour'),
      part('minute'),
      part('second'),
      part('microsecond'),
      optional('offset', SPAN, NO_OFFSET),
    ],
    ([year, month, day, hour, minute, second, microsecond, offset]) =>
      makeMoment(utc([year, month, day, hour, minute, second]) + microsecond / 1000 - offset.ms, offset.ms),
  ),
  define(
    'function',
    'timespan',
    [part('days'), part('hours'), part('minutes'), part('seconds'), part('milliseconds'), part('microseconds')],
    ([days, hours, minutes, seconds, milliseconds, microseconds]) => ({
      kind: 'span',
      ms: (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds + microseconds / 1000,
    }),
  ),
  define('method', 'format', [one('datetime', MOMENT), one('format', TEXT)], ([moment, format]) => formatMoment(moment, format)),
  define(
    'method',
    'replace',
    [
      one('datetime', MOMENT),
      optional('year', INTEGER, null),
      optional('month', INTEGER, null),
      optional('day', INTEGER, null),
      optional('hour', INTEGER, null),
      optional('minute', INTEGER, null),
      optional('second', INTEGER, null),
    ],
    ([moment, ...parts]) => replaceParts(moment, parts),
  ),
];

function replaceParts(moment: Moment, [year, month, day, hour, minute, second]: readonly (number | null)[]): Moment {
  const date = localDate(moment);
  const ms = utc([
    year ?? date.getUTCFullYear(),
    month ?? date.getUTCMonth() + 1,
    day ?? date.getUTCDate(),
    hour ?? date.getUTCHours(),
    minute ?? date.getUTCMinutes(),
    second ?? date.getUTCSeconds(),
  ]);
  return makeMoment(ms + date.getUTCMilliseconds() - moment.offsetMs, moment.offsetMs);
}
