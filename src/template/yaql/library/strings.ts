/** Functions that cut, join and change texts. Texts are counted in code points. */

import { YaqlError } from '../fault.ts';
import { formatText } from '../format.ts';
import { toText } from '../python-repr.ts';
import { type Quota, spendCells, spendText } from '../quota.ts';
import { ANY, DICT, define, INTEGER, ITEMS, namedRest, one, optional, rest, TEXT, TEXT_OR_NULL } from '../signature.ts';
import { splitAtSpace, splitAtText, trimEnd, trimStart } from '../text.ts';
import type { Dict, Value } from '../value.ts';

const string = one('string', TEXT);
const separator = optional('separator', TEXT_OR_NULL, null);
const most = optional('maxSplits', INTEGER, -1);
const chars = optional('chars', TEXT_OR_NULL, null);
const trim = (text: string, set: string | null) => trimEnd(trimStart(text, set), set);

export const STRINGS = [
  define('method', 'split', [string, separator, most], ([text, by, splits], quota) => split(text, by, splits, false, quota)),
  define('method', 'rightSplit', [string, separator, most], ([text, by, splits], quota) => split(text, by, splits, true, quota)),
  define('method', 'join', [one('collection', ITEMS), one('separator', TEXT)], ([items, by], quota) => join(items, by, quota)),
  define('method', 'join', [string, one('collection', ITEMS)], ([by, items], quota) => join(items, by, quota)),
  define('function', 'concat', [rest('strings', TEXT)], ([texts], quota) => join(texts, '', quota)),
  define('method', 'toUpper', [string], ([text], quota) => paid(text.toUpperCase(), quota)),
  define('method', 'toLower', [string], ([text], quota) => paid(text.toLowerCase(), quota)),
  define('method', 'trim', [string, chars], ([text, set]) => trim(text, set)),
  define('method', 'trimLeft', [string, chars], ([text, set]) => trimStart(text, set)),
  define('method', 'trimRight', [string, chars], ([text, set]) => trimEnd(text, set)),
  define('both', 'norm', [one('string', TEXT_OR_NULL), chars], ([text, set]) => (text === null ? null : trim(text, set) || null)),
  define(
    'method',
    'replace',
    [string, one('old', TEXT), one('new', TEXT), optional('count', INTEGER, -1)],
    ([text, old, value, count], quota) => replace(text, old, value, count, quota),
  ),
  define('method', 'replace', [string, one('replacements', DICT), optional('count', INTEGER, -1)], ([text, dict, count], quota) =>
    replaceAll(text, dict, count, quota),
  ),
  define('both', 'format', [string, rest('values', ANY), namedRest('name => value')], ([template, values, named], quota) =>
    formatText(template, values, named, quota),
  ),
  define('method', 'toCharArray', [string], ([text], quota) => {
    spendCells(quota, text.length);
    return [...text];
  }),
];

function paid(text: string, quota: Quota): string {
  spendText(quota, text.length);
  return text;
}

function split(text: string, by: string | null, splits: number, fromRight: boolean, quota: Quota): Value {
  if (by === '') throw new YaqlError('the separator must not be empty');
  const parts = by === null ? splitAtSpace(text, splits, fromRight) : splitAtText(text, by, splits, fromRight);
  spendCells(quota, parts.length);
  return parts;
}

function join(items: Iterable<Value>, by: string, quota: Quota): string {
  const texts = Array.from(items, (item) => paid(toText(item, quota), quota));
  spendText(quota, by.length * texts.length);
  return texts.join(by);
}

/** At most `count`, all if it is negative. An empty text stands before every character and at the end. */
function replace(text: string, old: string, value: string, count: number, quota: Quota): string {
  const parts = old === '' ? ['', ...text, ''] : text.split(old);
  const times = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
  spendText(quota, text.length + times * value.length);
  const kept = parts.slice(times + 1).map((part) => old + part);
  return parts.slice(0, times + 1).join(value) + kept.join('');
}

function replaceAll(text: string, { entries }: Dict, count: number, quota: Quota): string {
  let result = text;
  for (const [old, value] of entries.values()) result = replace(result, toText(old, quota), toText(value, quota), count, quota);
  return result;
}
