/** YAML as Heat's loader takes it, written as the stricter packages do. */
import type { Finding, Position } from './findings.ts';
import { findLiberties, type Liberty } from './yaml-liberties.ts';

export interface StrictText {
  readonly text: string;
  /** Where a place of the new text stands in the old one. */
  original(position: Position): Position;
}

/** What is added may be as long as the text a few times over; more is somebody's play with columns. */
const MOST_ADDED = 4;

/** undefined when the text takes no liberties, or can't be followed. */
export function strictText(text: string): StrictText | undefined {
  const edits = (findLiberties(text) ?? []).flatMap((liberty) => editOf(text, liberty));
  const added = edits.reduce((sum, edit) => sum + Math.max(0, growthOf(edit)), 0);
  if (edits.length === 0 || added > MOST_ADDED * text.length) return undefined;
  return { text: applied(text, edits), original: originalIn(text, edits) };
}

/** Never over a line end, so that lines stay the same. */
interface Edit {
  readonly start: number;
  readonly end: number;
  /** Spaces, then a text. */
  readonly spaces: number;
  readonly quoted: boolean;
}

const growthOf = ({ start, end, spaces, quoted }: Edit): number => spaces + (quoted ? 3 : 0) - (end - start);

function editOf(text: string, { kind, start, indent }: Liberty): readonly Edit[] {
  if (kind === 'line') return moveLine(text, start, indent);
  const isDash = kind === 'dash';
  return [{ start, end: isDash ? start + 1 : start, spaces: isDash ? 0 : 1, quoted: isDash }];
}

const WHITE = /[ \t]*/y;

function moveLine(text: string, start: number, indent: number): readonly Edit[] {
  WHITE.lastIndex = start;
  const white = WHITE.exec(text)![0];
  const end = start + white.length;
  const isBlank = end >= text.length || text[end] === '\n' || text[end] === '\r';
  if (isBlank || (white.length >= indent && !white.includes('\t'))) return [];
  return [{ start, end, spaces: indent, quoted: false }];
}

function applied(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, spaces, quoted } of edits) {
    parts.push(text.slice(at, start), ' '.repeat(spaces), quoted ? '"-"' : '');
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/** From the column on that an edit ends in, the line stands further in by so much. */
interface Shift {
  readonly column: number;
  readonly by: number;
}

function originalIn(text: string, edits: readonly Edit[]): (position: Position) => Position {
  let lines: ReadonlyMap<number, readonly Shift[]> | undefined;
  return ({ line, column }) => {
    lines ??= shiftsByLine(text, edits);
    const shift = lines.get(line)?.findLast((one) => one.column <= column);
    return { line, column: Math.max(1, column - (shift?.by ?? 0)) };
  };
}

function shiftsByLine(text: string, edits: readonly Edit[]): ReadonlyMap<number, readonly Shift[]> {
  const lines = new Map<number, Shift[]>();
  let line = 1;
  let lineStart = 0;
  for (const edit of edits) {
    for (let end = text.indexOf('\n', lineStart); end !== -1 && end < edit.start; end = text.indexOf('\n', lineStart)) {
      line++;
      lineStart = end + 1;
    }
    const shifts = lines.get(line) ?? [];
    const by = (shifts.at(-1)?.by ?? 0) + growthOf(edit);
    shifts.push({ column: edit.end - lineStart + 1 + by, by });
    lines.set(line, shifts);
  }
  return lines;
}

/** Findings about the new text, with their places in the old one. */
export function inOriginal(findings: readonly Finding[], { original }: StrictText): readonly Finding[] {
  const moved = (position: Position | undefined) => (position === undefined ? undefined : original(position));
  return findings.map((finding) => ({
    ...finding,
    position: moved(finding.position),
    notes: finding.notes.map((note) => (note.position === undefined ? note : { ...note, position: original(note.position) })),
  }));
}
