/** YAML as Heat's loader takes it, written as the stricter packages do: continued lines stand as far in as they should. */
import type { Finding, Position } from './findings.ts';
import { type Continuation, findContinuations } from './yaml-continuations.ts';

export interface Reindented {
  readonly text: string;
  /** Where a place of the new text stands in the old one; lines are the same. */
  original(position: Position): Position;
}

/** What is added may be as long as the text a few times over; more is somebody's play with columns. */
const MOST_ADDED = 4;

/** undefined when no line has to be moved, or the text can't be followed. */
export function indentContinuations(text: string): Reindented | undefined {
  const moves = (findContinuations(text) ?? []).flatMap((line) => moveOf(text, line));
  const added = moves.reduce((sum, { by }) => sum + Math.max(0, by), 0);
  if (moves.length === 0 || added > MOST_ADDED * text.length) return undefined;
  return { text: applied(text, moves), original: originalIn(text, moves) };
}

interface Move {
  readonly start: number;
  /** Where the white space ends that the line begins with. */
  readonly end: number;
  readonly indent: number;
  readonly by: number;
}

const WHITE = /[ \t]*/y;

function moveOf(text: string, { start, indent }: Continuation): readonly Move[] {
  WHITE.lastIndex = start;
  const white = WHITE.exec(text)![0];
  const end = start + white.length;
  const isBlank = end >= text.length || text[end] === '\n' || text[end] === '\r';
  if (isBlank || (white.length >= indent && !white.includes('\t'))) return [];
  return [{ start, end, indent, by: indent - white.length }];
}

function applied(text: string, moves: readonly Move[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, indent } of moves) {
    parts.push(text.slice(at, start), ' '.repeat(indent));
    at = end;
  }
  return parts.join('') + text.slice(at);
}

function originalIn(text: string, moves: readonly Move[]): (position: Position) => Position {
  let shifts: Map<number, number> | undefined;
  return ({ line, column }) => {
    shifts ??= shiftsByLine(text, moves);
    return { line, column: Math.max(1, column - (shifts.get(line) ?? 0)) };
  };
}

function shiftsByLine(text: string, moves: readonly Move[]): Map<number, number> {
  const shifts = new Map<number, number>();
  let line = 1;
  let at = 0;
  for (const { start, by } of moves) {
    for (let end = text.indexOf('\n', at); end !== -1 && end < start; end = text.indexOf('\n', at)) {
      line++;
      at = end + 1;
    }
    shifts.set(line, by);
  }
  return shifts;
}

/** Findings about the new text, with their places in the old one. */
export function inOriginal(findings: readonly Finding[], { original }: Reindented): readonly Finding[] {
  const moved = (position: Position | undefined) => (position === undefined ? undefined : original(position));
  return findings.map((finding) => ({
    ...finding,
    position: moved(finding.position),
    notes: finding.notes.map((note) => (note.position === undefined ? note : { ...note, position: original(note.position) })),
  }));
}
