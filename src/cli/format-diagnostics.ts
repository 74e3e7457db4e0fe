/** Diagnostics as a compiler prints them: place, code and message, the source line with a caret, what to do. All at once. */
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../std/diagnostic.ts';
import type { Colors } from './terminal.ts';

export function formatDiagnostics(diagnostics: readonly Diagnostic[], colors: Colors): string {
  const sources = new Map<string, readonly string[] | null>();
  const lineOf = (file: string, line: number): string | undefined => {
    if (!sources.has(file)) sources.set(file, readLines(file));
    return sources.get(file)?.[line - 1];
  };
  return diagnostics.map((diagnostic) => formatOne(diagnostic, lineOf, colors)).join('\n\n');
}

function formatOne(d: Diagnostic, lineOf: (file: string, line: number) => string | undefined, colors: Colors): string {
  const place = [d.file, d.line, d.column].filter((part) => part !== undefined).join(':');
  const severity = d.severity === 'error' ? colors.red('error') : colors.yellow('warning');
  const head = `${place ? `${colors.bold(place)}: ` : ''}${severity} ${d.code}: ${d.message}`;
  const source = d.file === undefined || d.line === undefined ? undefined : lineOf(d.file, d.line);
  const parts = [head];
  if (source !== undefined) parts.push(...excerpt(source, d.line!, d.column, colors));
  if (d.path) parts.push(`  ${colors.dim('at')} ${d.path}`);
  if (d.hint) parts.push(`  ${colors.dim('hint:')} ${d.hint}`);
  return parts.join('\n');
}

/** The line, and a caret under the column. */
function excerpt(source: string, line: number, column: number | undefined, colors: Colors): string[] {
  const gutter = ` ${line} | `;
  const text = `${colors.dim(gutter)}${source.trimEnd()}`;
  if (column === undefined) return [text];
  const under = source.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return [text, `${colors.dim(`${' '.repeat(gutter.length - 2)}| `)}${under}${colors.red('^')}`];
}

function readLines(file: string): readonly string[] | null {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return null;
  }
}
