/** The store on SQLite: each act runs within one call, so what a caller awaits has happened before anything else of this process can. */
import { createStore, type DatabaseStore, type StoreOptions } from './create-store.ts';
import type { ActRunner } from './sql.ts';
import type { SqliteDriver } from './sqlite-driver.ts';
import type { Vault } from './vault.ts';

export interface SqliteStore extends DatabaseStore {
  readonly driver: SqliteDriver;
}

export function createSqliteStore(driver: SqliteDriver, vault: Vault, options: StoreOptions = {}): SqliteStore {
  const runner: ActRunner = {
    write: async (make) => driver.write(make()),
    read: async (make) => driver.read(make()),
    glance: async (make) => driver.read(make()),
  };
  return { driver, ...createStore(runner, { rowLocks: false }, vault, options) };
}
