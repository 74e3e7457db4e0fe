/** Opens the database a person named: creates it, migrates it, and ties the clock to it. */

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../engine/ports/environment.ts';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import { tieClock } from '../store/acts/tie-clock.ts';
import { readKeyMark, tieKey } from '../store/acts/tie-key.ts';
import type { DatabaseStore } from '../store/create-store.ts';
import type { Hints } from '../store/hints.ts';
import { migrate } from '../store/migrate.ts';
import { isPostgresAddress } from '../store/postgres-address.ts';
import { openSqlite, type SqliteDriver } from '../store/sqlite-driver.ts';
import { createSqliteStore } from '../store/sqlite-store.ts';
import { createVault, type KeySource } from '../store/vault.ts';
import { sqlitePath } from './database-path.ts';
import { openKeys } from './open-keys.ts';
import { bootMilliseconds, currentBootId, systemClock } from './system-environment.ts';

export interface OpenDatabase {
  readonly store: DatabaseStore;
  readonly clock: Clock;
  readonly hints: Hints;
  /** Where it is, for people: a path, or an address without its password. */
  readonly path: string;
  readonly keyFile: string;
  /** How many resources are to be read because the file is another one than when it was opened last; null when it is the same. */
  readonly restored: number | null;
  close(): Promise<void>;
}

/** The file with the key that its secrets are sealed with. */
export async function keyFilePath(name: string): Promise<string> {
  if (!isPostgresAddress(name)) return sqliteKeyFile(sqlitePath(name));
  const { postgresKeyFile } = await import('./open-postgres.ts');
  return postgresKeyFile(name);
}

const sqliteKeyFile = (path: string): string => `${path}.key`;

/** `name` is `postgres://…`, `sqlite:PATH`, or a path. */
export async function openDatabase(name: string): Promise<OpenDatabase> {
  if (!isPostgresAddress(name)) return openSqliteDatabase(sqlitePath(name));
  const { openPostgresDatabase } = await import('./open-postgres.ts');
  return openPostgresDatabase(name);
}

/** Brings the schema up to this Setpoint's; opening does it by itself on SQLite. */
export async function migrateDatabase(name: string): Promise<{ readonly from: number; readonly to: number }> {
  if (isPostgresAddress(name)) return (await import('./open-postgres.ts')).migratePostgres(name);
  const driver = openFile(sqlitePath(name));
  try {
    return driver.write(migrate(randomUUID()));
  } finally {
    driver.close();
  }
}

function openFile(path: string) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return openSqlite({ path });
}

async function openSqliteDatabase(path: string): Promise<OpenDatabase> {
  const driver = openFile(path);
  try {
    return await prepareSqlite(driver, path);
  } catch (error) {
    driver.close();
    throw error;
  }
}

async function prepareSqlite(driver: SqliteDriver, path: string): Promise<OpenDatabase> {
  driver.write(migrate(randomUUID()));
  const base = driver.write(tieClock(currentBootId(), bootMilliseconds(), Date.now()));
  const keyFile = sqliteKeyFile(path);
  const vault = createVault(await findKeys(driver, path, keyFile), () => randomBytes(12));
  const store = createSqliteStore(driver, vault);
  const clock = systemClock(base);
  return {
    store,
    clock,
    restored: await noteHome(store, clock, path),
    // Commits of other processes show in the data version, which has to be looked at.
    hints: { version: () => driver.dataVersion(), comeByThemselves: false, onChange: () => () => {} },
    path,
    keyFile,
    close: async () => driver.close(),
  };
}

const findKeys = (driver: SqliteDriver, path: string, keyFile: string): Promise<KeySource> =>
  openKeys(keyFile, {
    readMark: () => driver.read(readKeyMark()),
    tie: (mark) => driver.write(tieKey(mark)),
    refuse: (message, hint) => new InvalidRequest([problem('DATABASE', `${path}: ${message}`, hint)]),
    hints: { missing: 'put the copy of it there that was kept', other: 'put the right one there' },
  });

/**
 * Notices a file that is another one than when the database was opened last: a backup that was copied back, or a copy of a database that may
 * still be at work elsewhere. Gives how many resources are to be read because of it.
 */
function noteHome(store: DatabaseStore, clock: Clock, path: string): Promise<number | null> {
  const { ino, birthtimeNs, ctimeNs } = statSync(path, { bigint: true });
  // Where a file system knows no time of birth, the time of the last change stands for it, which says nothing.
  const home = { inode: String(ino), born: birthtimeNs === ctimeNs ? null : String(birthtimeNs) };
  return store.noteHome({ now: clock.now(), wallTime: clock.wallTime() }, home, randomUUID());
}
