/** The counters that ids come from, as a copy of a database carries them on: the next id of each kind. */
import { type Act, query, queryRows } from '../sql.ts';
import type { CopiedRow } from './copy-rows.ts';

export function* readCounters(): Act<readonly CopiedRow[]> {
  const rows = yield* query<{ name: string; next: number }>('select name, next from counter order by name');
  return rows.map(({ name, next }) => [name, next]);
}

/** Rows of (kind, next id). */
export function* writeCounters(rows: readonly CopiedRow[]): Act<void> {
  yield* queryRows('update counter set next = k.next from @rows(name text, next int) k where counter.name = k.name', rows);
}
