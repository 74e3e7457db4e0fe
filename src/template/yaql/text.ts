/** Texts as Python cuts them: by code points, at runs of white space, from the right, by sets of characters. */

const PAIRS = /[\ud800-\udfff]/;

/** As an array or text whose indexes are code points. */
export function points(text: string): string | readonly string[] {
  return PAIRS.test(text) ? [...text] : text;
}

export function lengthOf(text: string): number {
  return points(text).length;
}

/** From `start` to `end`, counted as Python does: negative ones from the end. */
export function slicePoints(text: string, start: number, end: number): string {
  const all = points(text);
  const part = all.slice(start, end);
  return typeof part === 'string' ? part : part.join('');
}

/** The place of `part` within `start` and `end`, or -1. */
export function findPart(text: string, part: string, start: number, end: number, last: boolean): number {
  const length = lengthOf(text);
  const from = Math.max(0, start < 0 ? start + length : start);
  const to = Math.min(length, Math.max(0, end < 0 ? end + length : end));
  if (from > to) return -1;
  const piece = slicePoints(text, from, to);
  const at = last ? piece.lastIndexOf(part) : piece.indexOf(part);
  return at === -1 ? -1 : from + lengthOf(piece.slice(0, at));
}

export function trimStart(text: string, chars: string | null): string {
  if (chars === null) return text.trimStart();
  let start = 0;
  for (const char of text) {
    if (!chars.includes(char)) break;
    start += char.length;
  }
  return text.slice(start);
}

export function trimEnd(text: string, chars: string | null): string {
  if (chars === null) return text.trimEnd();
  let end = text.length;
  for (let char = charBefore(text, end); char !== '' && chars.includes(char); char = charBefore(text, end)) end -= char.length;
  return text.slice(0, end);
}

function charBefore(text: string, end: number): string {
  const pair = end > 1 && text.codePointAt(end - 2)! > 0xffff;
  return text.slice(end - (pair ? 2 : 1), end);
}

/** At most `most` splits, any number if it is negative. */
export function splitAtText(text: string, by: string, most: number, fromRight: boolean): readonly string[] {
  const parts = text.split(by);
  if (most < 0 || parts.length <= most + 1) return parts;
  const cut = fromRight ? parts.length - most : most;
  return fromRight ? [parts.slice(0, cut).join(by), ...parts.slice(cut)] : [...parts.slice(0, cut), parts.slice(cut).join(by)];
}

/** At runs of white space; what is at the ends makes no parts. */
export function splitAtSpace(text: string, most: number, fromRight: boolean): readonly string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  const runs = [...trimmed.matchAll(/\s+/g)];
  const kept = most < 0 || most >= runs.length ? runs : fromRight ? runs.slice(runs.length - most) : runs.slice(0, most);
  const starts = [0, ...kept.map((run) => run.index + run[0].length)];
  const ends = [...kept.map((run) => run.index), trimmed.length];
  return starts.map((start, i) => trimmed.slice(start, ends[i]));
}
