/**
 * One PostgreSQL database for walks whose acts are interleaved statement by statement (conversations.ts), and the copy of it in memory that the
 * checkers look at (copy-changes.ts). One for each worker, emptied between walks.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { findServer, noServer } from '../../store/fixtures/postgres-server.ts';
import { migrate } from '../../store/migrate.ts';
import { readPostgresAddress } from '../../store/postgres-address.ts';
import { openPostgres, type PostgresDriver, rowTypes } from '../../store/postgres-driver.ts';
import { createPostgresStore, type PostgresStore } from '../../store/postgres-store.ts';
import type { SqliteDriver } from '../../store/sqlite-driver.ts';
import type { Vault } from '../../store/vault.ts';
import type { Caller } from '../sim-types.ts';
import type { World } from '../world.ts';
import { Conversations } from './conversations.ts';
import { ChangeCopier, watchChanges } from './copy-changes.ts';

export interface SharedServer {
  /** Before a world is made: no rows are left, and ids begin anew. */
  empty(): Promise<void>;
  /** For one world: its store, whose acts are points of the world's kernel, and what keeps `copy` true. */
  open(world: World, copy: SqliteDriver, vault: Vault): SharedDatabase;
  close(): Promise<void>;
}

export interface SharedDatabase {
  readonly store: PostgresStore;
  readonly conversations: Conversations;
  /** What `run` asks of the store is asked by this caller. */
  as<T>(caller: Caller, run: () => T): T;
}

interface Speaker {
  readonly conversations: Conversations;
  readonly caller: Caller;
}

/** More than all the processes of a walk can hold, those among them that are dead and not cut off yet. */
const mostConnections = 90;
/** Circles of waiting are found after so long. */
const deadlockMs = 15;

/** Throws where there is no server; SETPOINT_TEST_POSTGRES names one, see store/fixtures/postgres-server.ts. */
export async function openSharedServer(): Promise<SharedServer> {
  const server = await findServer();
  if (server === null) throw new Error(noServer);
  const url = await server.createDatabase();
  const options = `-c deadlock_timeout=${deadlockMs}ms`;
  const connections = new pg.Pool({ connectionString: url, options, max: mostConnections, types: rowTypes as never });
  connections.on('error', () => {});
  await prepare(url, connections);
  const speakers = new AsyncLocalStorage<Speaker>();
  const speaker = (): Speaker => {
    const known = speakers.getStore();
    if (known === undefined) throw new Error('nobody is known to ask this of the database');
    return known;
  };
  const driver = openPostgres({
    address: readPostgresAddress(url),
    pool: {
      connect: () => speaker().conversations.begin(speaker().caller),
      query: () => Promise.reject(new Error('no walk asks anything beside an act')),
      end: async () => {},
    } as never,
    pause: () => speaker().conversations.pause(speaker().caller),
  });
  const tables = await readTables(connections);
  return {
    empty: async () => void (await connections.query(tables.emptying)),
    open: (world, copy, vault) => openDatabase(world, { driver, vault, speakers, connections, copier: new ChangeCopier(copy) }),
    async close() {
      await connections.end();
      await server.stop();
    },
  };
}

async function prepare(url: string, connections: pg.Pool): Promise<void> {
  const driver = openPostgres({ address: readPostgresAddress(url) });
  await driver.write(() => migrate('simulated'));
  await driver.close();
  await watchChanges(connections);
}

/** Truncated rather than emptied row by row: a walk meets no traces of the one before. */
async function readTables(connections: pg.Pool): Promise<{ readonly emptying: string }> {
  const { rows } = await connections.query<{ name: string; kind: string }>(
    `select relname as name, relkind as kind from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S')`,
  );
  const named = (kind: string): string[] => rows.filter((row) => row.kind === kind).map((row) => row.name);
  const tables = named('r').filter((name) => name !== 'schema_version' && name !== 'meta');
  const emptying = [
    `delete from meta where key <> 'incarnation'`,
    `truncate ${tables.join(', ')}`,
    ...named('S').map((name) => `alter sequence ${name} restart`),
  ];
  return { emptying: emptying.join('; ') };
}

interface Parts {
  readonly driver: PostgresDriver;
  readonly vault: Vault;
  readonly speakers: AsyncLocalStorage<Speaker>;
  readonly connections: pg.Pool;
  readonly copier: ChangeCopier;
}

function openDatabase(world: World, { driver, vault, speakers, connections, copier }: Parts): SharedDatabase {
  const conversations = new Conversations(world, connections, copier);
  return {
    store: createPostgresStore(driver, vault),
    conversations,
    as: (caller, run) => speakers.run({ conversations, caller }, run),
  };
}
