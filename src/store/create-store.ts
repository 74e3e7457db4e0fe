/** The store over any database: each method runs one act in one transaction. What that means on each is said by its driver. */
import type { StartAnswer, Store } from '../engine/ports/store.ts';
import { type ActContext, createJournal } from './acts/act-context.ts';
import * as engines from './acts/engines.ts';
import { clearHooks } from './acts/hooks.ts';
import type { Locking } from './acts/lock.ts';
import { purge } from './acts/purge.ts';
import { putSettings } from './acts/settings.ts';
import { startTraversal } from './acts/start.ts';
import { endTombstone, holderOf, takeTombstones } from './acts/tombstones.ts';
import { takeTurn } from './acts/turn.ts';
import { createOperating, type Operating } from './operating.ts';
import { createReads, type Reads } from './reads/reads.ts';
import { type Act, type ActRunner, Refusal } from './sql.ts';
import type { Vault } from './vault.ts';

export interface DatabaseStore extends Store, Reads, Operating {
  readonly vault: Vault;
}

export interface StoreOptions {
  /** Goals kept per stack besides the current and the last complete one; 100 when left out. */
  readonly keptGoals?: number;
}

export function createStore(runner: ActRunner, locking: Locking, vault: Vault, options: StoreOptions = {}): DatabaseStore {
  const keptGoals = options.keptGoals ?? 100;
  const write = <T>({ now, wallTime }: { now: number; wallTime: number }, act: (cx: ActContext) => Act<T>): Promise<T> =>
    runner.write(() => journalled({ ...locking, vault, keptGoals, now, wallTime, journal: createJournal(wallTime) }, act));
  return {
    vault,
    ...createReads(runner, vault),
    ...createOperating(write, runner, vault),
    registerEngine: (engine) => runner.write(() => engines.registerEngine(engine)),
    renewLease: (engineId, leaseUntil, now) => runner.write(() => engines.renewLease(engineId, leaseUntil, now)),
    freeDead: (dead, now) => runner.write(() => engines.freeDead(locking, dead, now)),
    disown: (engineId, resourceIds) => runner.write(() => engines.disown(locking, engineId, resourceIds)),
    listEngines: () => runner.read(() => engines.listEngines()),
    retireEngine: (engineId) => runner.write(() => engines.retireEngine(locking, engineId)),
    putSettings: (provider, name, values) => runner.write(() => putSettings(vault, provider, name, values)),
    startTraversal: (request) => write(request, (cx) => refusing(startTraversal(cx, request))),
    turn: (request) => write(request, (cx) => takeTurn(cx, request)),
    clearHooks: (request) => write(request, (cx) => clearHooks(cx, request)),
    saveProgress: (claim, known) => write({ now: 0, wallTime: 0 }, (cx) => engines.saveProgress(cx, claim, known)),
    sweep: (now, wallTime) => write({ now, wallTime }, engines.sweep),
    purge: (request) => write(request, (cx) => purge(cx, request)),
    takeTombstones: (due, offer) => runner.write(() => takeTombstones(vault, due, offer)),
    holderOf: (tombstone, physicalId) => runner.read(() => holderOf(tombstone, physicalId)),
    endTombstone: (token) => runner.write(() => endTombstone(token)),
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
