/**
 * Runs acts on PostgreSQL: READ COMMITTED, one pooled connection per transaction, each answer awaited.
 *
 * READ COMMITTED is enough because every act that writes takes its trees' root locks first (acts/lock.ts) and every write is held against an
 * epoch and a traversal. A deadlock or serialization failure runs the act anew from its beginning. Nothing is kept in a session: what a
 * transaction needs is set for it alone, so a pooler that hands connections out per transaction does no harm (names of prepared statements
 * aside, which are given up as soon as one turns out not to be known). A connection that is lost while an act runs is reported as `DatabaseLost`: whether it happened is not known.
 */
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseLost } from '../engine/ports/store.ts';
import { messageOf } from '../std/failure.ts';
import { cleanJson, cleanText } from './clean-text.ts';
import type { PostgresAddress } from './postgres-address.ts';
import { isConflict, isLost, isNameUnknown } from './postgres-errors.ts';
import { type Act, type ActRunner, type PostgresText, Refusal, type SqlRow, type Statement, toPostgres } from './sql.ts';

export interface PostgresDriver extends ActRunner {
  /** One statement beside any transaction. */
  ask(text: string): Promise<readonly SqlRow[]>;
  /** The server's clock, in milliseconds since 1970. */
  readTime(): Promise<number>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly address: PostgresAddress;
  /** Called with every statement, spelled for PostgreSQL; for measuring. */
  readonly trace?: (text: string) => void;
  /** In place of a pool of its own, and of waiting before an act is run anew; for simulation. */
  readonly pool?: Connections;
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** What the driver needs of a pool. */
export type Connections = Pick<pg.Pool, 'connect' | 'query' | 'end'>;

/** A holder of root locks that falls silent (stopped, or its machine gone) is cut off by the server after so long. */
const silenceMs = 4_000;
/** An answer that has not come after so long never will. */
const answerMs = 30_000;
const longestRepeat = 20;

/**
 * Acts reach every row by a key, and a plan that reads whole tables instead is wrong as soon as they are large, though it looks cheap while
 * the server has not yet counted them: so it is told to go by the indexes, in the
 * order in which a statement joins (as SQLite does), and neither to compile a plan nor to share it out because of what it thinks it
 * costs.
 */
const byKey = [
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'join_collapse_limit = 1',
  'max_parallel_workers_per_gather = 0',
  'jit = off',
]
  .map((setting) => `set local ${setting}`)
  .join('; ');
const begin = `begin isolation level read committed; set local idle_in_transaction_session_timeout = ${silenceMs}; ${byKey}`;
const beginRead = `begin isolation level repeatable read read only; set local idle_in_transaction_session_timeout = ${silenceMs}`;

/**
 * The server keeps a plan once a statement has run a few times, made for tables as they were then: of a new database nearly empty, where any
 * index will do, so that later on rows are sought by half of their key. Until the server counts them, which throws its plans away, they are thrown
 * away after so many transactions of a connection, and each time after four times as many.
 */
const firstPlans = 50;
const plansGrow = 4;
const discardPlans = 'discard plans';

/** Integers as numbers, truths as 0 and 1: rows look as SQLite's do. */
export const rowTypes = {
  getTypeParser(oid: number): (text: string) => unknown {
    if (oid === pg.types.builtins.INT8 || oid === pg.types.builtins.INT4 || oid === pg.types.builtins.NUMERIC) return Number;
    if (oid === pg.types.builtins.BOOL) return (text) => (text === 't' ? 1 : 0);
    return String;
  },
};

function makePool(address: PostgresAddress): pg.Pool {
  const pool = new pg.Pool({
    ...address.connection,
    types: rowTypes as never,
    max: address.pool,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    query_timeout: answerMs,
    pipeline: true,
    application_name: 'setpoint',
  });
  // A connection that breaks while it rests is replaced when the next one is asked for; one that breaks at work fails its statement.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

export function openPostgres({ address, trace, pool = makePool(address), pause = wait }: PostgresOptions): PostgresDriver {
  const execute = createExecutor(address.named, trace);
  const run = async <T>(opening: string | null, make: () => Act<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await inTransaction(pool, execute, opening, make());
      } catch (error) {
        if (error instanceof Refusal) return error.answer as T;
        if (isNameUnknown(error)) execute.forgoNames();
        else if (!isConflict(error) || tries >= longestRepeat) throw isLost(error) ? new DatabaseLost(messageOf(error)) : error;
        await pause(Math.random() * Math.min(200, 5 * 2 ** tries));
      }
    }
  };
  const ask = async (text: string): Promise<readonly SqlRow[]> => {
    try {
      return (await pool.query(text)).rows as SqlRow[];
    } catch (error) {
      throw isLost(error) ? new DatabaseLost(messageOf(error)) : error;
    }
  };
  return {
    write: (make) => run(begin, make),
    read: (make) => run(beginRead, make),
    glance: (make) => run(null, make),
    ask,
    readTime: async () =>
      Number((await ask('select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now'))[0]!['now']),
    close: () => pool.end(),
  };
}

/** `opening` null: without one. */
async function inTransaction<T>(pool: Connections, execute: Execute, opening: string | null, act: Act<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    const talk = openTalk(client);
    if (execute.hasOldPlans(client)) talk.add(() => execute.forgetPlans(client));
    if (opening !== null) talk.add(() => client.query(opening));
    const answer = await runAct(execute, talk, act);
    if (opening !== null) await talk.ask([() => client.query('commit')]);
    return answer;
  } catch (error) {
    broken =
      isLost(error) ||
      (await client.query('rollback').then(
        () => false,
        () => true,
      ));
    throw error;
  } finally {
    client.release(broken);
  }
}

type Sending<T> = () => Promise<T>;

/** What goes over one connection in one transaction: several statements in one round trip, in their order. */
interface Talk {
  readonly client: pg.PoolClient;
  /** Goes along with what is asked next. */
  add(sending: Sending<unknown>): void;
  /** Sends all that was added and these, and waits for the answers to these. Rejects with the first error there is: the server passes over what comes after it. */
  ask<T>(sendings: readonly Sending<T>[]): Promise<T[]>;
}

function openTalk(client: pg.PoolClient): Talk {
  let added: Sending<unknown>[] = [];
  return {
    client,
    add: (sending) => void added.push(sending),
    async ask(sendings) {
      const before = added;
      added = [];
      const answers = inOnePiece(client, () => Promise.all([...before, ...sendings].map((send) => send())));
      return (await answers).slice(before.length) as Awaited<ReturnType<(typeof sendings)[number]>>[];
    },
  };
}

/** The connection writes what is sent meanwhile with one system call. */
function inOnePiece<T>(client: pg.PoolClient, send: () => T): T {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

interface Execute {
  (client: pg.PoolClient, statement: Statement): Promise<readonly SqlRow[]>;
  /** Behind a pooler that does not know them: from now on statements have no names. */
  forgoNames(): void;
  /** Asked once for each transaction. */
  hasOldPlans(client: pg.PoolClient): boolean;
  forgetPlans(client: pg.PoolClient): Promise<unknown>;
}

async function runAct<T>(execute: Execute, talk: Talk, act: Act<T>): Promise<T> {
  const sending = (statement: Statement) => () => execute(talk.client, statement);
  let answer = act.next([]);
  while (!answer.done) {
    const { value } = answer;
    if ('together' in value) answer = act.next(await talk.ask(value.together.map(sending)));
    else if (value.blind) {
      talk.add(sending(value));
      answer = act.next([]);
    } else answer = act.next((await talk.ask([sending(value)]))[0]!);
  }
  return answer.value;
}

/** Transactions of a connection, and after how many its plans are thrown away next. */
interface PlanAge {
  used: number;
  until: number;
}

function isPlanOld(ages: WeakMap<pg.PoolClient, PlanAge>, client: pg.PoolClient): boolean {
  const age = ages.get(client) ?? { used: 0, until: firstPlans };
  ages.set(client, age);
  if (++age.used < age.until) return false;
  age.until *= plansGrow;
  return true;
}

interface Spelled extends PostgresText {
  readonly name: string;
}

function createExecutor(startsNamed: boolean, trace: PostgresOptions['trace']): Execute {
  let named = startsNamed;
  const spelled = new Map<string, Spelled | null>();
  const spell = (text: string): Spelled | null => {
    let known = spelled.get(text);
    if (known === undefined) {
      const made = toPostgres(text);
      known = made && { ...made, name: `setpoint_${spelled.size}` };
      spelled.set(text, known);
    }
    return known;
  };
  const execute = async (client: pg.PoolClient, { text, params }: Statement): Promise<readonly SqlRow[]> => {
    const statement = spell(text);
    if (statement === null) return [];
    trace?.(statement.text);
    const values = params.map((value, i) =>
      typeof value !== 'string' ? value : statement.json.has(i) ? cleanJson(value) : cleanText(value),
    );
    const query = { text: statement.text, values, ...(named ? { name: statement.name } : {}) };
    try {
      return (await client.query(query)).rows as SqlRow[];
    } catch (error) {
      throw isLost(error) || isConflict(error) || isNameUnknown(error)
        ? error
        : new Error(`${messageOf(error)} in: ${statement.text}`, { cause: error });
    }
  };
  const forgoNames = (): void => {
    named = false;
  };
  const ages = new WeakMap<pg.PoolClient, PlanAge>();
  const hasOldPlans = (client: pg.PoolClient): boolean => isPlanOld(ages, client);
  const forgetPlans = (client: pg.PoolClient): Promise<unknown> => {
    trace?.(discardPlans);
    return client.query(discardPlans);
  };
  return Object.assign(execute, { forgoNames, hasOldPlans, forgetPlans });
}
