/** The store on PostgreSQL: the same acts, with the root locks that many engines need. See postgres-driver.ts for what a transaction means. */
import { createStore, type DatabaseStore, type StoreOptions } from './create-store.ts';
import type { PostgresDriver } from './postgres-driver.ts';
import type { Vault } from './vault.ts';

export interface PostgresStore extends DatabaseStore {
  readonly driver: PostgresDriver;
}

export function createPostgresStore(driver: PostgresDriver, vault: Vault, options: StoreOptions = {}): PostgresStore {
  return { driver, ...createStore(driver, { rowLocks: true }, vault, options) };
}
