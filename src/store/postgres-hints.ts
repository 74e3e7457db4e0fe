/**
 * NOTIFY as a hint: processes tell each other that there is new work or a new event. A slow poll stands behind it, so it may be lost, late or
 * turned off (behind a pooler a connection can't listen).
 *
 * A hint is sent beside the transaction, not in it: PostgreSQL lets commits that notify go one by one, which would put all stacks behind one
 * lock. Hints of one process are gathered, at most one in `gatherMs`.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { EngineId } from '../engine/ports/store.ts';
import type { Hints } from './hints.ts';
import type { PostgresAddress } from './postgres-address.ts';
import type { PostgresDriver } from './postgres-driver.ts';

const channel = 'setpoint';
const gatherMs = 20;
const longestWaitMs = 10_000;

export interface PostgresHints extends Hints {
  /** Tells this process at once and the others soon. */
  tell(by?: EngineId): void;
  close(): Promise<void>;
}

export function openHints(driver: PostgresDriver, address: PostgresAddress): PostgresHints {
  const own = randomUUID();
  const listeners = new Set<(by?: EngineId) => void>();
  let version = 0;
  const heard = (by?: EngineId): void => {
    version++;
    for (const listener of [...listeners]) listener(by);
  };
  const ear = address.listen ? listen(address, (payload) => payload !== own && heard()) : null;
  let sending: NodeJS.Timeout | null = null;
  const send = (): void => {
    sending = null;
    driver.ask(`begin; set local synchronous_commit = off; notify ${channel}, '${own}'; commit`).catch(() => {});
  };
  return {
    version: () => version,
    comeByThemselves: true,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(by) {
      heard(by);
      sending ??= setTimeout(send, gatherMs);
    },
    async close() {
      if (sending !== null) {
        clearTimeout(sending);
        await driver.ask(`notify ${channel}, '${own}'`).catch(() => {});
      }
      await ear?.close();
    },
  };
}

/** Listens on a connection of its own, and connects again when it breaks. */
function listen(address: PostgresAddress, hear: (payload: string | undefined) => void): { close(): Promise<void> } {
  let closed = false;
  let client: pg.Client | null = null;
  let again: NodeJS.Timeout | null = null;
  let failures = 0;
  const retry = (failed: pg.Client): void => {
    if (closed || client !== failed) return;
    client = null;
    failed.end().catch(() => {});
    again = setTimeout(connect, Math.min(100 * 2 ** failures++, longestWaitMs));
    again.unref();
  };
  const connect = (): void => {
    const made = new pg.Client({ ...address.connection, application_name: 'setpoint hints', keepAlive: true });
    client = made;
    made.on('error', () => retry(made));
    made.on('end', () => retry(made));
    made.on('notification', ({ payload }) => hear(payload));
    made
      .connect()
      .then(() => made.query(`listen ${channel}`))
      .then(
        () => {
          failures = 0;
          // What was told while nobody listened.
          hear(undefined);
        },
        () => retry(made),
      );
  };
  connect();
  return {
    async close() {
      closed = true;
      if (again !== null) clearTimeout(again);
      await client?.end().catch(() => {});
    },
  };
}
