/** Opens the database a person named: creates it, migrates it, and ties the clock to it. */

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../engine/ports/environment.ts';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import { tieClock } from '../store/acts/tie-clock.ts';
import { migrate } from '../store/migrate.ts';
import { openSqlite } from '../store/sqlite-driver.ts';
import { createSqliteStore, type SqliteStore } from '../store/sqlite-store.ts';
import { createVault } from '../store/vault.ts';
import { followKeys } from './keys.ts';
import { bootMilliseconds, currentBootId, systemClock } from './system-environment.ts';

export interface OpenDatabase {
  readonly store: SqliteStore;
  readonly clock: Clock;
  readonly path: string;
  readonly keyFile: string;
}

export const defaultDatabase = 'sqlite:.setpoint/state.db';

export function databasePath(name: string): string {
  const path = name.startsWith('sqlite:') ? name.slice('sqlite:'.length) : name;
  if (/^[a-z]+:\/\//.test(name))
    throw new InvalidRequest([problem('DATABASE', `the database ${name.split(':')[0]} is not supported`, 'use sqlite:PATH')]);
  return resolve(path);
}

/** `name` is `sqlite:PATH`, or a path. */
export function openDatabase(name: string): OpenDatabase {
  const path = databasePath(name);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const driver = openSqlite({ path });
  driver.write(migrate(randomUUID()));
  const base = driver.write(tieClock(currentBootId(), bootMilliseconds(), Date.now()));
  const keyFile = `${path}.key`;
  const vault = createVault(followKeys(keyFile), () => randomBytes(12));
  return { store: createSqliteStore(driver, vault), clock: systemClock(base), path, keyFile };
}

/**
 * Notices a file that is another one than when the database was opened last: a backup that was copied back, or a copy of a database that may
 * still be at work elsewhere. Gives how many resources are to be read because of it.
 */
export function noteHome(store: SqliteStore, clock: Clock, path: string): Promise<number | null> {
  const { ino, birthtimeNs, ctimeNs } = statSync(path, { bigint: true });
  // Where a file system knows no time of birth, the time of the last change stands for it, which says nothing.
  const home = { inode: String(ino), born: birthtimeNs === ctimeNs ? null : String(birthtimeNs) };
  return store.noteHome({ now: clock.now(), wallTime: clock.wallTime() }, home, randomUUID());
}
