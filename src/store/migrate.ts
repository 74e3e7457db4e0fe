/** Brings a database to the newest schema, forward only; several processes may race to do it. */
import { firstLight } from './migrations/0001-first-light.ts';
import { operating } from './migrations/0002-operating.ts';
import { nestedStacks } from './migrations/0003-nested-stacks.ts';
import { environmentRules } from './migrations/0004-environment-rules.ts';
import { limitsAndPriorities } from './migrations/0005-limits-and-priorities.ts';
import { tenantsInTurn } from './migrations/0006-tenants-in-turn.ts';
import { turnedRound } from './migrations/0007-turned-round.ts';
import { turnedBack } from './migrations/0008-turned-back.ts';
import { askedIn } from './migrations/0009-asked-in.ts';
import { neededTypes } from './migrations/0010-needed-types.ts';
import { whatIsAsleep } from './migrations/0011-what-is-asleep.ts';
import { takenOver } from './migrations/0012-taken-over.ts';
import { turnedBackAgain } from './migrations/0013-turned-back-again.ts';
import { type Act, query, queryOne } from './sql.ts';

/** In order; the number of a migration is its place, counted from 1, for both databases alike. */
export const migrations: readonly string[] = [
  firstLight,
  operating,
  nestedStacks,
  environmentRules,
  limitsAndPriorities,
  tenantsInTurn,
  turnedRound,
  turnedBack,
  askedIn,
  neededTypes,
  whatIsAsleep,
  takenOver,
  turnedBackAgain,
];

/** The database was made by a newer Setpoint. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema';
}

/** The schema version as it is; 0 for an empty database. */
export function* readVersion(): Act<number> {
  const table = yield* queryOne<{ n: number }>(
    `@sqlite select count(*) as n from sqlite_schema where type = 'table' and name = 'schema_version'`,
  );
  const found = table ?? (yield* queryOne<{ n: number }>(`@postgres select count(to_regclass('schema_version')) as n`));
  if (found!.n === 0) return 0;
  const row = yield* queryOne<{ version: number }>('select version from schema_version');
  return row?.version ?? 0;
}

/** Any number that nobody else's advisory locks use. */
const migrationLock = 7_338_706_017;

/**
 * Applies what is missing, all in one transaction. Gives the version before and after. On SQLite the writer lock keeps others out, on
 * PostgreSQL an advisory lock that ends with the transaction: whoever comes second finds nothing left to do.
 */
export function* migrate(incarnation: string): Act<{ readonly from: number; readonly to: number }> {
  yield* query(`@postgres select pg_advisory_xact_lock(${migrationLock})`);
  const from = yield* readVersion();
  if (from > migrations.length)
    throw new NewerSchema(
      `the database has schema version ${from}, this Setpoint knows ${migrations.length}: use a newer Setpoint`,
    );
  if (from === 0) yield* query('create table if not exists schema_version (version integer not null)');
  for (const text of migrations.slice(from)) {
    for (const statement of text.split(';')) if (statement.trim() !== '') yield* query(statement.trim());
  }
  if (from === 0) {
    yield* query('insert into schema_version (version) values (?)', migrations.length);
    yield* query(`insert into meta (key, value) values ('incarnation', ?)`, incarnation);
  } else if (from < migrations.length) yield* query('update schema_version set version = ?', migrations.length);
  return { from, to: migrations.length };
}
