/** Opens the database a person named: creates it, migrates it, and ties the clock to it. */
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import type { Clock } from '../engine/ports/environment.ts';
import { migrate } from '../store/migrate.ts';
import { type Act, query, queryOne } from '../store/sql.ts';
import { createSqliteStore, type SqliteStore } from '../store/sqlite-store.ts';
import { openSqlite } from '../store/sqlite-driver.ts';
import { createVault } from '../store/vault.ts';
import { loadKeys } from './keys.ts';
import { bootMilliseconds, currentBootId, systemClock } from './system-environment.ts';

export interface OpenDatabase {
  readonly store: SqliteStore;
  readonly clock: Clock;
  readonly path: string;
}

export const defaultDatabase = 'sqlite:.setpoint/state.db';

export function databasePath(name: string): string {
  const path = name.startsWith('sqlite:') ? name.slice('sqlite:'.length) : name;
  if (/^[a-z]+:\/\//.test(name)) throw new InvalidRequest([problem('DATABASE', `the database ${name.split(':')[0]} is not supported`, 'use sqlite:PATH')]);
  return resolve(path);
}

/** `name` is `sqlite:PATH`, or a path. */
export function openDatabase(name: string): OpenDatabase {
  const path = databasePath(name);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const driver = openSqlite({ path });
  driver.write(migrate(randomUUID()));
  const base = driver.write(tieClock(currentBootId(), bootMilliseconds(), Date.now()));
  const vault = createVault(loadKeys(`${path}.key`), () => randomBytes(12));
  return { store: createSqliteStore(driver, vault), clock: systemClock(base), path };
}

/**
 * The database's clock is the machine's boot clock plus a base that the first opener after a boot fixes: about the wall's time, but never
 * before any lease that was ever given.
 */
function* tieClock(bootId: string, bootMs: number, wallTime: number): Act<number> {
  const boot = bootId.split('/')[0]!;
  const row = yield* queryOne<{ value: string }>(`select value from meta where key = 'clock'`);
  const known = row ? (JSON.parse(row.value) as { boot: string; base: number }) : null;
  if (known?.boot === boot) return known.base;
  const last = yield* queryOne<{ at: number | null }>('select max(lease_until) as at from engine');
  const base = Math.max(wallTime, last?.at ?? 0) - bootMs;
  yield* query(`insert into meta (key, value) values ('clock', ?) on conflict (key) do update set value = excluded.value`, JSON.stringify({ boot, base }));
  return base;
}
