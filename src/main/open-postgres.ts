/**
 * Opens a PostgreSQL database: makes the tables of an empty one, refuses one of another schema version, holds its key against the one it was
 * first opened with, and reads the server's clock. What a person has to put right is said as a diagnostic, without the password.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { DatabaseLost } from '../engine/ports/store.ts';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import { messageOf } from '../std/failure.ts';
import { readKeyMark, tieKey } from '../store/acts/tie-key.ts';
import type { DatabaseStore } from '../store/create-store.ts';
import { migrate, migrations, NewerSchema, readVersion } from '../store/migrate.ts';
import { type PostgresAddress, readPostgresAddress } from '../store/postgres-address.ts';
import { openPostgres, type PostgresDriver } from '../store/postgres-driver.ts';
import { codeOf } from '../store/postgres-errors.ts';
import { openHints } from '../store/postgres-hints.ts';
import { createPostgresStore } from '../store/postgres-store.ts';
import { createVault, type KeySource } from '../store/vault.ts';
import type { OpenDatabase } from './open-database.ts';
import { openKeys } from './open-keys.ts';
import { openServerClock, type ServerClock } from './server-clock.ts';
import { tellNews } from './tell-news.ts';

export async function openPostgresDatabase(name: string): Promise<OpenDatabase> {
  const address = readAddress(name);
  const driver = openPostgres({ address });
  try {
    await reach(driver, address);
    await checkSchema(driver, address);
    const keyFile = keyFileOf(address);
    const keys = await findKeys(driver, address, keyFile);
    const clock = await openServerClock(driver);
    const hints = openHints(driver, address);
    const store = createPostgresStore(
      driver,
      createVault(keys, () => randomBytes(12)),
    );
    return {
      store: tellNews(measuring(store, clock), (by) => hints.tell(by)),
      clock,
      hints,
      path: address.shown,
      keyFile,
      // A server knows no files of ours: whoever restores it says setpoint mark-restored.
      restored: null,
      async close() {
        await hints.close();
        await driver.close();
      },
    };
  } catch (error) {
    await driver.close().catch(() => {});
    throw error instanceof DatabaseLost ? explain(error, address) : error;
  }
}

/** Brings the schema up to this Setpoint's. */
export async function migratePostgres(name: string): Promise<{ readonly from: number; readonly to: number }> {
  const address = readAddress(name);
  const driver = openPostgres({ address });
  try {
    await reach(driver, address);
    return await driver.write(() => migrate(randomUUID()));
  } catch (error) {
    throw error instanceof NewerSchema ? refusal(address, error.message) : error;
  } finally {
    await driver.close().catch(() => {});
  }
}

/** Every machine needs the same one. */
const keyFileOf = (address: PostgresAddress): string =>
  resolve(address.keyFile ?? process.env['SETPOINT_KEY_FILE'] ?? `.setpoint/${keyName(address)}.key`);

export const postgresKeyFile = (name: string): string => keyFileOf(readAddress(name));

function readAddress(name: string): PostgresAddress {
  try {
    return readPostgresAddress(name);
  } catch (error) {
    throw new InvalidRequest([problem('DATABASE', messageOf(error), 'postgres://USER:PASSWORD@HOST:PORT/DATABASE')]);
  }
}

const refusal = (address: PostgresAddress, message: string, hint?: string): InvalidRequest =>
  new InvalidRequest([problem('DATABASE', `${address.shown}: ${message}`, hint)]);

async function reach(driver: PostgresDriver, address: PostgresAddress): Promise<void> {
  try {
    await driver.readTime();
  } catch (error) {
    throw explain(error, address) ?? error;
  }
}

/** As the person at the command line needs it; null: nothing that the address can be blamed for. */
export function explain(error: unknown, address: PostgresAddress): InvalidRequest | null {
  if (isNoDatabase(error)) return refusal(address, 'there is no such database', 'createdb makes one');
  if (error instanceof DatabaseLost)
    return refusal(address, `the server can't be reached: ${error.message}`, 'is it running, and is the address right?');
  switch (codeOf(error)) {
    case '28P01':
    case '28000':
      return refusal(
        address,
        'the server refused the user or the password',
        'PGPASSWORD or a ~/.pgpass file keep it out of the command line',
      );
    case '42501':
      return refusal(address, messageOf(error));
  }
  // What pg itself finds wrong with an address or a password it was not given.
  return error instanceof Error && !codeOf(error) ? refusal(address, error.message) : null;
}

/** A pooler says it in words of its own. */
const isNoDatabase = (error: unknown): boolean =>
  codeOf(error) === '3D000' || /^(database ".*" does not exist|no such database)/.test(messageOf(error));

/** An empty database is given its tables; an older one waits for `setpoint migrate`, as engines of the older version may be at work. */
async function checkSchema(driver: PostgresDriver, address: PostgresAddress): Promise<void> {
  const version = await driver.read(readVersion);
  if (version === 0)
    await driver.write(() => migrate(randomUUID())).catch((error) => Promise.reject(explain(error, address) ?? error));
  else if (version > migrations.length)
    throw refusal(address, `its schema has version ${version}, this Setpoint knows ${migrations.length}`, 'use a newer Setpoint');
  else if (version < migrations.length)
    throw refusal(address, `its schema has version ${version}, this Setpoint needs ${migrations.length}`, 'setpoint migrate');
}

/** The key is no part of the database, so each machine needs the same file. */
const findKeys = (driver: PostgresDriver, address: PostgresAddress, path: string): Promise<KeySource> =>
  openKeys(path, {
    readMark: () => driver.read(readKeyMark),
    tie: (mark) => driver.write(() => tieKey(mark)),
    refuse: (message, hint) => refusal(address, message, hint),
    hints: {
      missing: 'copy it from where the database was first used, and name it with SETPOINT_KEY_FILE',
      other: 'SETPOINT_KEY_FILE names the right one',
    },
  });

function keyName({ shown }: PostgresAddress): string {
  return shown
    .replace(/^postgres(ql)?:\/\/([^@/]*@)?/, 'postgres-')
    .replace(/\?.*$/, '')
    .replace(/[^A-Za-z0-9.-]+/g, '-');
}

/** The same store, which reads the clock with each heartbeat. */
const measuring = (store: DatabaseStore, clock: ServerClock): DatabaseStore => ({
  ...store,
  async renewLease(engineId, leaseUntil, now) {
    const wrong = await clock.measure();
    return store.renewLease(engineId, leaseUntil + wrong, now + wrong);
  },
});
