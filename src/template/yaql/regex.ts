/** Regular expressions in expressions: made once each, searched within the quota. */
import { createBoundedCache } from '../../std/bounded-cache.ts';
import { compileSearch, type Match } from '../pattern-search.ts';
import type { PatternOptions } from '../pattern-syntax.ts';
import { YaqlError } from './fault.ts';
import { type Quota, spendStep, spendText } from './quota.ts';
import { points } from './text.ts';
import { isList, type Regex, type Value } from './value.ts';

const cache = createBoundedCache<Regex>(200_000);
const LONGEST_PATTERN = 2_000;

export function makeRegex(source: string, options: PatternOptions = {}): Regex {
  const key = JSON.stringify([source, options]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const pattern = source.length > LONGEST_PATTERN ? 'it is too long' : compileSearch(source, options);
  if (typeof pattern === 'string') throw new YaqlError(`the regular expression cannot be used: ${pattern}`);
  const regex: Regex = { kind: 'regex', pattern };
  cache.set(key, regex, pattern.size);
  return regex;
}

/** A text as searches see it: by code points. */
export interface Subject {
  readonly codes: readonly number[];
  readonly points: string | readonly string[];
}

export function subjectOf(text: string, quota: Quota): Subject {
  spendText(quota, text.length);
  const all = points(text);
  const codes = new Array<number>(all.length);
  for (let i = 0; i < all.length; i++) codes[i] = all[i]!.codePointAt(0) ?? 0;
  return { points: all, codes };
}

/** The piece between two places. */
export function piece({ points: all }: Subject, start: number, end: number): string {
  const part = all.slice(start, end);
  return typeof part === 'string' ? part : part.join('');
}

export function findMatch({ pattern }: Regex, { codes }: Subject, from: number, quota: Quota): Match | undefined {
  spendStep(quota);
  try {
    return pattern.find(codes, from, quota.search);
  } catch (error) {
    if (error instanceof RangeError) throw new YaqlError(error.message, { kind: 'quota' });
    throw error;
  }
}

/** Matches that do not overlap, at most `most`. */
export function* findMatches(regex: Regex, subject: Subject, most: number, quota: Quota): Generator<Match> {
  let from = 0;
  for (let count = 0; count < most && from <= subject.codes.length; count++) {
    const match = findMatch(regex, subject, from, quota);
    if (match === undefined) return;
    yield match;
    from = match[1] === match[0] ? match[1]! + 1 : match[1]!;
  }
}

/** `text =~ pattern`; undefined when it is neither a text nor a pattern. */
export function isMatch(text: Value, pattern: Value, quota: Quota): Value | undefined {
  if (typeof text !== 'string') return undefined;
  const regex = typeof pattern === 'string' ? makeRegex(pattern) : pattern;
  if (typeof regex !== 'object' || regex === null || isList(regex) || regex.kind !== 'regex') return undefined;
  return findMatch(regex, subjectOf(text, quota), 0, quota) !== undefined;
}
