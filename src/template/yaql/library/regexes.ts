/** Regular expressions: Python's syntax without back references and lookbehind, in linear time. */
import type { Match } from '../../pattern-search.ts';
import { lazy, makeDict } from '../collection.ts';
import { YaqlError } from '../fault.ts';
import { toText } from '../python-repr.ts';
import type { Quota } from '../quota.ts';
import { spendText } from '../quota.ts';
import { findMatch, findMatches, isMatch, makeRegex, piece, type Subject, subjectOf } from '../regex.ts';
import { BOOLEAN, define, INTEGER, NAMED_LAMBDA, type NamedLambda, one, optional, REGEX, TEXT } from '../signature.ts';
import type { Regex, Value } from '../value.ts';

const regex = one('regexp', REGEX);
const text = one('string', TEXT);
const count = optional('count', INTEGER, 0);

export const REGEXES = [
  define(
    'function',
    'regex',
    [
      one('pattern', TEXT),
      optional('ignoreCase', BOOLEAN, false),
      optional('multiLine', BOOLEAN, false),
      optional('dotAll', BOOLEAN, false),
    ],
    ([source, ignoreCase, multiLine, dotAll]) => makeRegex(source, { ignoreCase, dotAll, lines: multiLine ? 'lines' : 'search' }),
  ),
  define('method', 'matches', [regex, text], ([pattern, string], quota) => isMatch(string, pattern, quota) ?? false),
  define('method', 'matches', [text, one('regexp', TEXT)], ([string, source], quota) => isMatch(string, source, quota) ?? false),
  define('method', 'search', [regex, text, optional('selector', NAMED_LAMBDA, null)], ([pattern, string, select], quota) => {
    const subject = subjectOf(string, quota);
    const match = findMatch(pattern, subject, 0, quota);
    return match === undefined ? null : found(pattern, subject, match, select, quota);
  }),
  define('method', 'searchAll', [regex, text, optional('selector', NAMED_LAMBDA, null)], ([pattern, string, select], quota) => {
    const subject = subjectOf(string, quota);
    return lazy(quota, [], function* () {
      for (const match of findMatches(pattern, subject, Number.POSITIVE_INFINITY, quota))
        yield found(pattern, subject, match, select, quota);
    });
  }),
  define('method', 'split', [regex, text, optional('maxSplit', INTEGER, 0)], ([pattern, string, most], quota) =>
    split(pattern, string, most, quota),
  ),
  define('method', 'split', [text, regex, optional('maxSplit', INTEGER, 0)], ([string, pattern, most], quota) =>
    split(pattern, string, most, quota),
  ),
  define('method', 'replace', [regex, text, one('repl', TEXT), count], ([pattern, string, template, most], quota) =>
    replace(pattern, string, most, quota, byTemplate(pattern, template)),
  ),
  define('method', 'replace', [text, regex, one('repl', TEXT), count], ([string, pattern, template, most], quota) =>
    replace(pattern, string, most, quota, byTemplate(pattern, template)),
  ),
  define('method', 'replaceBy', [regex, text, one('repl', NAMED_LAMBDA), count], ([pattern, string, change, most], quota) =>
    replace(pattern, string, most, quota, byLambda(pattern, change, quota)),
  ),
  define('method', 'replaceBy', [text, regex, one('repl', NAMED_LAMBDA), count], ([string, pattern, change, most], quota) =>
    replace(pattern, string, most, quota, byLambda(pattern, change, quota)),
  ),
  define('function', 'escapeRegex', [text], ([string]) => string.replace(/[^\p{L}\p{N}_]/gu, '\\$&')),
];

function found(pattern: Regex, subject: Subject, match: Match, select: NamedLambda | null, quota: Quota): Value {
  return select === null ? piece(subject, match[0]!, match[1]!) : select(...publish(pattern, subject, match, quota));
}

/** `$` (and `$1`) is the match, `$2` its first group, `$name` a named one: dicts of value, start and end. */
function publish({ pattern }: Regex, subject: Subject, match: Match, quota: Quota): Parameters<NamedLambda> {
  const group = (i: number) => groupRecord(subject, match[i * 2]!, match[i * 2 + 1]!, quota);
  const numbered = Array.from({ length: pattern.groupCount + 1 }, (_, i) => group(i));
  return [numbered, new Map([...pattern.names].map(([name, i]) => [name, group(i)]))];
}

function groupRecord(subject: Subject, start: number, end: number, quota: Quota): Value {
  const value = start < 0 || end < 0 ? null : piece(subject, start, end);
  return makeDict(
    [
      ['value', value],
      ['start', start],
      ['end', end],
    ],
    quota,
  );
}

/** Groups stand between the parts, as in Python. */
function split(regex: Regex, string: string, most: number, quota: Quota): Value {
  const subject = subjectOf(string, quota);
  const parts: Value[] = [];
  let from = 0;
  for (const match of findMatches(regex, subject, most > 0 ? most : Number.POSITIVE_INFINITY, quota)) {
    parts.push(piece(subject, from, match[0]!), ...groupsOf(regex, subject, match));
    from = match[1]!;
  }
  return [...parts, piece(subject, from, subject.codes.length)];
}

function groupsOf({ pattern }: Regex, subject: Subject, match: Match): readonly Value[] {
  return Array.from({ length: pattern.groupCount }, (_, i) => groupText(subject, match, i + 1));
}

function groupText(subject: Subject, match: Match, group: number): string | null {
  const [start, end] = [match[group * 2] ?? -1, match[group * 2 + 1] ?? -1];
  return start < 0 || end < 0 ? null : piece(subject, start, end);
}

type Replacement = (subject: Subject, match: Match) => string;

function replace(regex: Regex, string: string, most: number, quota: Quota, replacement: Replacement): string {
  const subject = subjectOf(string, quota);
  let result = '';
  let from = 0;
  for (const match of findMatches(regex, subject, most > 0 ? most : Number.POSITIVE_INFINITY, quota)) {
    const next = piece(subject, from, match[0]!) + replacement(subject, match);
    spendText(quota, next.length);
    result += next;
    from = match[1]!;
  }
  return result + piece(subject, from, subject.codes.length);
}

/** `\1`, `\g<1>` and `\g<name>` stand for groups. */
function byTemplate({ pattern }: Regex, template: string): Replacement {
  if (!template.includes('\\')) return () => template;
  return (subject, match) =>
    template.replace(/\\(?:g<(\w+)>|(\d{1,2})|(n|t|r|\\))/g, (_, name?: string, number?: string, char?: string) => {
      if (char !== undefined) return { n: '\n', t: '\t', r: '\r' }[char] ?? '\\';
      const group = Number(number ?? pattern.names.get(name ?? '') ?? name);
      if (!(group <= pattern.groupCount))
        throw new YaqlError('the replacement asks for a group that the regular expression has not');
      return groupText(subject, match, group) ?? '';
    });
}

function byLambda(pattern: Regex, change: NamedLambda, quota: Quota): Replacement {
  return (subject, match) => toText(change(...publish(pattern, subject, match, quota)), quota);
}
