/** Functions that look into texts. */
import { BOOLEAN, define, INTEGER, one, optional, rest, TEXT, TEXT_OR_NULL } from '../signature.ts';
import { findPart, lengthOf, slicePoints, trimEnd, trimStart } from '../text.ts';
import type { Value } from '../value.ts';

const string = one('string', TEXT);
const sub = one('sub', TEXT);
const END = Number.POSITIVE_INFINITY;

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const SPACE = ' \t\n\r\x0b\x0c';
const CHARACTERS: readonly (readonly [name: string, chars: string])[] = [
  ['digits', DIGITS],
  ['hexdigits', `${DIGITS}abcdefABCDEF`],
  ['asciiLowercase', LOWER],
  ['asciiUppercase', UPPER],
  ['asciiLetters', LOWER + UPPER],
  ['letters', LOWER + UPPER],
  ['octdigits', '01234567'],
  ['punctuation', PUNCTUATION],
  ['printable', DIGITS + LOWER + UPPER + PUNCTUATION + SPACE],
  ['lowercase', LOWER],
  ['uppercase', UPPER],
  ['whitespace', SPACE],
];

export const TEXTS = [
  define('both', 'len', [string], ([text]) => lengthOf(text)),
  define(
    'both',
    'isEmpty',
    [one('string', TEXT_OR_NULL), optional('trimSpaces', BOOLEAN, true), optional('chars', TEXT_OR_NULL, null)],
    isEmpty,
  ),
  define('method', 'startsWith', [string, rest('prefixes', TEXT)], ([text, prefixes]) =>
    prefixes.some((one) => text.startsWith(one)),
  ),
  define('method', 'endsWith', [string, rest('suffixes', TEXT)], ([text, suffixes]) =>
    suffixes.some((one) => text.endsWith(one)),
  ),
  define('method', 'substring', [string, one('start', INTEGER), optional('length', INTEGER, -1)], ([text, start, length]) => {
    const from = start < 0 ? start + lengthOf(text) : start;
    return slicePoints(text, from, length < 0 ? END : from + length);
  }),
  define('method', 'indexOf', [string, sub, optional('start', INTEGER, 0)], ([text, part, start]) =>
    findPart(text, part, start, END, false),
  ),
  define('method', 'lastIndexOf', [string, sub, optional('start', INTEGER, 0)], ([text, part, start]) =>
    findPart(text, part, start, END, true),
  ),
  define('method', 'indexOf', [string, sub, one('start', INTEGER), one('length', INTEGER)], ([text, part, start, length]) =>
    findPart(text, part, start, endOf(text, start, length), false),
  ),
  define('method', 'lastIndexOf', [string, sub, one('start', INTEGER), one('length', INTEGER)], ([text, part, start, length]) =>
    findPart(text, part, start, endOf(text, start, length), true),
  ),
  define(
    'function',
    'characters',
    CHARACTERS.map(([name]) => optional(name, BOOLEAN, false)),
    (chosen) => [...new Set(CHARACTERS.flatMap(([, chars], i) => (chosen[i] === true ? [...chars] : [])))],
  ),
];

function isEmpty([text, trims, chars]: readonly [string | null, boolean, string | null]): Value {
  if (text === null) return true;
  return (trims ? trimEnd(trimStart(text, chars), chars) : text) === '';
}

function endOf(text: string, start: number, length: number): number {
  const from = start < 0 ? start + lengthOf(text) : start;
  return length < 0 ? END : Math.max(0, from + length);
}
