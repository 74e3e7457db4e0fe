import { type Act, queryOne, run } from '../sql.ts';

/** What a database says of the key it was first opened with; null before that. */
export function* readKeyMark(): Act<string | null> {
  const row = yield* queryOne<{ value: string }>(`select value from meta where key = 'key'`);
  return row?.value ?? null;
}

/** Marks the database with the key, unless it is marked already; gives the mark it has. */
export function* tieKey(mark: string): Act<string> {
  yield* run(`insert into meta (key, value) values ('key', ?) on conflict do nothing`, mark);
  return (yield* readKeyMark())!;
}
