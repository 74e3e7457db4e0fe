/** The trace: one line per pick (step, virtual time, actor, point), and below it what was committed. */
import { type Change, keyOf } from './mirror.ts';

export interface Trace {
  line(text: string): void;
}

export function collectTrace(): Trace & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, line: (text) => void lines.push(text) };
}

const quiet = new Set(['engine', 'edge']);

export function describeChanges(changes: readonly Change[]): string[] {
  return changes.filter((change) => !quiet.has(change.table)).map(describe);
}

function describe({ table, before, after }: Change): string {
  const key = `${table} ${keyOf(table, (after ?? before)!)}`;
  if (before === null) return `+ ${key} ${fields(after!)}`;
  if (after === null) return `- ${key}`;
  const changed = Object.keys(after).filter((column) => after[column] !== before[column]);
  return `~ ${key} ${changed.map((column) => `${column}: ${before[column]} → ${after[column]}`).join(', ')}`;
}

function fields(row: { readonly [column: string]: unknown }): string {
  return Object.entries(row)
    .filter(([, value]) => value !== null && value !== 0 && value !== '')
    .map(([column, value]) => `${column}=${value}`)
    .join(' ');
}
