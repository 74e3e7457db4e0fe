/**
 * Diagnostics as a compiler prints them: by file; each with its place, code and sentence, the source line with what is meant underlined,
 * and what to do. A line that several are about is shown once.
 */
import { readFileSync } from 'node:fs';
import { type Diagnostic, noteText } from '../std/diagnostic.ts';
import type { Colors } from './terminal.ts';

/** Lines up to this are shown as they are. */
const WIDEST = 200;
/** Characters that are shown of longer ones, and of these before the mistake. */
const PIECE = 120;
const BEFORE = 50;

type LineOf = (file: string, line: number) => string | undefined;

export function formatDiagnostics(diagnostics: readonly Diagnostic[], colors: Colors): string {
  const sources = new Map<string, readonly string[] | null>();
  const lineOf: LineOf = (file, line) => {
    if (!sources.has(file)) sources.set(file, readLines(file));
    return sources.get(file)?.[line - 1];
  };
  return groupByLine(diagnostics)
    .map((group) => formatGroup(group, lineOf, colors))
    .join('\n\n');
}

/** `12 errors and 1 warning in 2 files`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic['severity']) => diagnostics.filter((one) => one.severity === severity).length;
  const files = new Set(diagnostics.flatMap(({ file }) => file ?? [])).size;
  const parts = [plural(count('error'), 'error'), plural(count('warning'), 'warning')].filter((text) => !text.startsWith('0 '));
  return `${parts.join(' and ')}${files > 1 ? ` in ${files} files` : ''}`;
}

function plural(count: number, word: string): string {
  return `${count} ${count === 1 ? word : `${word}s`}`;
}

/** Neighbours about the same line of the same file. */
function groupByLine(diagnostics: readonly Diagnostic[]): readonly (readonly Diagnostic[])[] {
  const groups: Diagnostic[][] = [];
  for (const diagnostic of diagnostics) {
    const last = groups.at(-1);
    const isSame = last?.[0]?.file === diagnostic.file && diagnostic.line !== undefined && last?.[0]?.line === diagnostic.line;
    if (last !== undefined && isSame) last.push(diagnostic);
    else groups.push([diagnostic]);
  }
  return groups;
}

function formatGroup(group: readonly Diagnostic[], lineOf: LineOf, colors: Colors): string {
  const { file, line } = group[0]!;
  const source = group[0]!.source ?? (file === undefined || line === undefined ? undefined : lineOf(file, line));
  if (source === undefined) return group.map((one) => [headOf(one, colors), ...adviceOf(one, colors)].join('\n')).join('\n');
  const shown = source.trimEnd();
  if (shown.length > WIDEST)
    return group
      .map((one) => {
        const { text, start } = around(shown, (one.column ?? 1) - 1);
        const there = one.column === undefined ? one : { ...one, column: one.column - start };
        return formatLine([one], [there], text, colors);
      })
      .join('\n\n');
  return formatLine(group, group, shown, colors);
}

/** `there` is `group` with the columns that it has in the source as it is shown. */
function formatLine(group: readonly Diagnostic[], there: readonly Diagnostic[], source: string, colors: Colors): string {
  const { line } = group[0]!;
  const gutter = `${line}`.length + 2;
  return [
    ...group.map((one) => headOf(one, colors)),
    `${colors.dim(` ${line} | `)}${source}`,
    ...there.flatMap((one) => underline(one, source, gutter, colors)),
  ].join('\n');
}

/** The piece of a long line that a mistake is in: templates that programs write may be a single line. `start` is what is left out before. */
function around(source: string, at: number): { readonly text: string; readonly start: number } {
  const from = Math.max(0, Math.min(at - BEFORE, source.length - PIECE));
  const to = from + PIECE;
  const text = `${from > 0 ? '…' : ''}${source.slice(from, to)}${to < source.length ? '…' : ''}`;
  return { text, start: from > 0 ? from - 1 : 0 };
}

function headOf(one: Diagnostic, colors: Colors): string {
  const place = [one.file, one.line, one.column].filter((part) => part !== undefined).join(':');
  const severity = one.severity === 'error' ? colors.red('error') : colors.yellow('warning');
  return `${place ? `${colors.bold(place)}: ` : ''}${severity} ${one.code}: ${one.message}`;
}

/** What is meant underlined, with where it is and what to do beside or below it. */
function underline(one: Diagnostic, source: string, gutter: number, colors: Colors): string[] {
  const margin = `${' '.repeat(gutter)}${colors.dim('|')} `;
  if (one.column === undefined) return adviceOf(one, colors);
  const color = one.severity === 'error' ? colors.red : colors.yellow;
  const under = source.slice(0, one.column - 1).replaceAll(/[^\t]/g, ' ');
  const mark = color('^'.repeat(lengthAt(source, one.column - 1)));
  const hint = one.hint === undefined ? '' : ` ${color(one.hint)}`;
  const path = one.path === undefined ? [] : [`${' '.repeat(gutter)}${colors.dim(`= at ${one.path}`)}`];
  const notes = (one.notes ?? []).map((note) => `${' '.repeat(gutter)}${colors.dim('= note:')} ${noteText(note)}`);
  return [`${margin}${under}${mark}${hint}`, ...path, ...notes];
}

function adviceOf(one: Diagnostic, colors: Colors): string[] {
  const advice: string[] = [];
  if (one.path) advice.push(`  ${colors.dim('at')} ${one.path}`);
  for (const note of one.notes ?? []) advice.push(`  ${colors.dim('note:')} ${noteText(note)}`);
  if (one.hint) advice.push(`  ${colors.dim('hint:')} ${one.hint}`);
  return advice;
}

/** How long the word, the quoted text or the bracket is that begins there. */
function lengthAt(source: string, start: number): number {
  const rest = source.slice(start).trimEnd();
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(rest)?.[0];
  const bracket = /^[{[]/.test(rest) ? rest : undefined;
  const word = /^[^\s,{}[\]]+?(?=:(?:\s|$)|[\s,{}[\]]|$)/.exec(rest)?.[0];
  return Math.max(1, Math.min((quoted ?? bracket ?? word ?? '^').length, 80));
}

function readLines(file: string): readonly string[] | null {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return null;
  }
}
