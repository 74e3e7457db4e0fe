/** Brings a database to the newest schema, forward only; several processes may race to do it. */
import { firstLight } from './migrations/0001-first-light.ts';
import { operating } from './migrations/0002-operating.ts';
import { nestedStacks } from './migrations/0003-nested-stacks.ts';
import { type Act, query, queryOne } from './sql.ts';

/** In order; the number of a migration is its place, counted from 1, for both databases alike. */
export const migrations: readonly string[] = [firstLight, operating, nestedStacks];

/** Applies what is missing, all in one transaction. Gives the version before and after. */
export function* migrate(incarnation: string): Act<{ readonly from: number; readonly to: number }> {
  yield* query('create table if not exists schema_version (version integer not null)');
  const row = yield* queryOne<{ version: number }>('select version from schema_version');
  const from = row?.version ?? 0;
  if (from > migrations.length)
    throw new Error(`the database has schema version ${from}, this Setpoint knows ${migrations.length}: use a newer Setpoint`);
  for (const text of migrations.slice(from)) {
    for (const statement of text.split(';')) if (statement.trim() !== '') yield* query(statement);
  }
  if (from === 0) {
    yield* query('insert into schema_version (version) values (?)', migrations.length);
    for (const name of ['stack', 'resource', 'setting']) yield* query('insert into counter (name, next) values (?, 1)', name);
    yield* query(`insert into meta (key, value) values ('incarnation', ?)`, incarnation);
  } else if (from < migrations.length) yield* query('update schema_version set version = ?', migrations.length);
  return { from, to: migrations.length };
}
