/** The counters that ids come from, as a copy of a database carries them on: the next id of each kind. Rows on SQLite, sequences on PostgreSQL. */
import { type Act, query, queryRows } from '../sql.ts';
import type { CopiedRow } from './copy-rows.ts';

interface Counter {
  readonly name: string;
  readonly next: number;
}

const nextOfSequences = ['resource', 'setting', 'stack']
  .map((kind) => `select '${kind}' as name, last_value + case when is_called then 1 else 0 end as next from ${kind}_ids`)
  .join(' union all ');

export function* readCounters(): Act<readonly CopiedRow[]> {
  const counted = yield* query<Counter>('@sqlite select name, next from counter order by name');
  const rows = counted.length > 0 ? counted : yield* query<Counter>(`@postgres ${nextOfSequences}`);
  return rows.map(({ name, next }) => [name, next]);
}

/** Rows of (kind, next id). */
export function* writeCounters(rows: readonly CopiedRow[]): Act<void> {
  yield* queryRows(
    '@sqlite update counter set next = k.next from @rows(name text, next int) k where counter.name = k.name',
    rows,
  );
  yield* queryRows(
    `@postgres select setval((name || '_ids')::regclass, next, false) as next from @rows(name text, next int) k`,
    rows,
  );
}
