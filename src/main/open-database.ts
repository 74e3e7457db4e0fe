/** Opens the database a person named: creates it, migrates it, and ties the clock to it. */

import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../engine/ports/environment.ts';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import { tieClock } from '../store/acts/tie-clock.ts';
import type { DatabaseStore } from '../store/create-store.ts';
import type { Hints } from '../store/hints.ts';
import { migrate } from '../store/migrate.ts';
import { isPostgresAddress, readPostgresAddress } from '../store/postgres-address.ts';
import { openSqlite } from '../store/sqlite-driver.ts';
import { createSqliteStore } from '../store/sqlite-store.ts';
import { createVault } from '../store/vault.ts';
import { followKeys } from './keys.ts';
import { migratePostgres, openPostgresDatabase, postgresKeyFile } from './open-postgres.ts';
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

export const defaultDatabase = 'sqlite:.setpoint/state.db';

/** Where it is, for people. */
export function databasePath(name: string): string {
  return isPostgresAddress(name) ? readPostgresAddress(name).shown : sqlitePath(name);
}

/** The file with the key that its secrets are sealed with. */
export function keyFilePath(name: string): string {
  return isPostgresAddress(name) ? postgresKeyFile(name) : sqliteKeyFile(sqlitePath(name));
}

const sqliteKeyFile = (path: string): string => `${path}.key`;

/** False when nothing was ever kept there. Of a server it is not known before it is asked. */
export function databaseExists(name: string): boolean {
  return isPostgresAddress(name) || existsSync(sqlitePath(name));
}

function sqlitePath(name: string): string {
  const path = name.startsWith('sqlite:') ? name.slice('sqlite:'.length) : name;
  if (/^[a-z]+:\/\//.test(name))
    throw new InvalidRequest([
      problem('DATABASE', `the database ${name.split(':')[0]} is not supported`, 'use sqlite:PATH or postgres://…'),
    ]);
  return resolve(path);
}

/** `name` is `postgres://…`, `sqlite:PATH`, or a path. */
export async function openDatabase(name: string): Promise<OpenDatabase> {
  return isPostgresAddress(name) ? openPostgresDatabase(name) : openSqliteDatabase(sqlitePath(name));
}

/** Brings the schema up to this Setpoint's; opening does it by itself on SQLite. */
export async function migrateDatabase(name: string): Promise<{ readonly from: number; readonly to: number }> {
  if (isPostgresAddress(name)) return migratePostgres(name);
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
  driver.write(migrate(randomUUID()));
  const base = driver.write(tieClock(currentBootId(), bootMilliseconds(), Date.now()));
  const keyFile = sqliteKeyFile(path);
  const vault = createVault(followKeys(keyFile), () => randomBytes(12));
  const store = createSqliteStore(driver, vault);
  const clock = systemClock(base);
  return {
    store,
    clock,
    restored: await noteHome(store, clock, path),
    // Commits of other processes show in the data version, which has to be looked at.
    hints: { version: () => driver.dataVersion(), seesOwn: false, onChange: () => () => {} },
    path,
    keyFile,
    close: async () => driver.close(),
  };
}

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
