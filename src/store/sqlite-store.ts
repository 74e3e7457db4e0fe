/** The store on SQLite: each method runs one act in one transaction. See sqlite-driver.ts for what that means. */
import type { StartAnswer, Store } from '../engine/ports/store.ts';
import { type ActContext, createJournal } from './acts/act-context.ts';
import { claimWork } from './acts/claim.ts';
import * as engines from './acts/engines.ts';
import { recordIntents } from './acts/intents.ts';
import { purge } from './acts/purge.ts';
import { putSettings } from './acts/settings.ts';
import { settle } from './acts/settle.ts';
import { startTraversal } from './acts/start.ts';
import { listTombstones, settleTombstone } from './acts/tombstones.ts';
import { createOperating, type Operating } from './operating.ts';
import { createReads, type Reads } from './reads/reads.ts';
import type { Act } from './sql.ts';
import { Refusal, type SqliteDriver } from './sqlite-driver.ts';
import type { Vault } from './vault.ts';

export interface SqliteStore extends Store, Reads, Operating {
  readonly driver: SqliteDriver;
  readonly vault: Vault;
}

export interface SqliteStoreOptions {
  /** Goals kept per stack besides the current and the last complete one; 100 when left out. */
  readonly keptGoals?: number;
}

export function createSqliteStore(driver: SqliteDriver, vault: Vault, options: SqliteStoreOptions = {}): SqliteStore {
  const keptGoals = options.keptGoals ?? 100;
  const write = async <T>(times: { now: number; wallTime: number }, act: (cx: ActContext) => Act<T>): Promise<T> => {
    const cx: ActContext = { vault, keptGoals, now: times.now, wallTime: times.wallTime, journal: createJournal(times.wallTime) };
    return driver.write(journalled(cx, act));
  };
  return {
    driver,
    vault,
    ...createReads(driver, vault),
    ...createOperating(
      { write: async (make) => driver.write(make()), read: async (make) => driver.read(make()) },
      vault,
      keptGoals,
    ),
    registerEngine: async (engine) => driver.write(engines.registerEngine(engine)),
    renewLease: async (engineId, leaseUntil, now) => driver.write(engines.renewLease(engineId, leaseUntil, now)),
    freeDead: async (dead, now) => driver.write(engines.freeDead(dead, now)),
    listEngines: async () => driver.read(engines.listEngines()),
    retireEngine: async (engineId) => driver.write(engines.retireEngine(engineId)),
    putSettings: async (provider, name, values) => driver.write(putSettings(vault, provider, name, values)),
    startTraversal: (request) => write(request, (cx) => refusing(startTraversal(cx, request))),
    turn: (request) =>
      write(request, function* (cx) {
        const ended = yield* settle(cx, request.settlements, request.offer);
        const intents = yield* recordIntents(cx, request.intents, request.engineId);
        const { items, dueAt, enlisted } = yield* claimWork(cx, request);
        return { intents, claimed: items, dueAt, enlisted, ended };
      }),
    saveProgress: (claim, known) => write({ now: 0, wallTime: 0 }, (cx) => engines.saveProgress(cx, claim, known)),
    sweep: (now, wallTime) => write({ now, wallTime }, engines.sweep),
    purge: (request) => write(request, (cx) => purge(cx, request)),
    listTombstones: async (now, limit) => driver.read(listTombstones(vault, now, limit)),
    settleTombstone: async (token, next) => driver.write(settleTombstone(token, next)),
  };
}

function* journalled<T>(cx: ActContext, act: (cx: ActContext) => Act<T>): Act<T> {
  const answer = yield* act(cx);
  yield* cx.journal.flush();
  return answer;
}

/** A refused request leaves nothing behind, not even what it wrote on the way to being refused. */
function* refusing(act: Act<StartAnswer>): Act<StartAnswer> {
  const answer = yield* act;
  if (answer.kind === 'refused') throw new Refusal(answer);
  return answer;
}
