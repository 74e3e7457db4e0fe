/**
 * What operators ask of a database, beside the engine's own acts: pause, stop, move, restore, purge, and who works on what. Each is one
 * transaction, on whichever database.
 */
import type { Gate, Offer, StopAnswer } from '../engine/ports/store.ts';
import { type ActContext, createJournal } from './acts/act-context.ts';
import { closeGate, readGate, reopen, unpause } from './acts/gate.ts';
import { markRestored } from './acts/mark-restored.ts';
import { stopStack } from './acts/stop.ts';
import { type HeldWork, listHeld, type Outlook, readOutlook, readWorkload, type Workload } from './reads/workload.ts';
import type { Act } from './sql.ts';
import type { Vault } from './vault.ts';

/** As far as this needs a driver. */
export interface ActRunner {
  /** `make` is called again where a transaction is repeated. */
  write<T>(make: () => Act<T>): Promise<T>;
  read<T>(make: () => Act<T>): Promise<T>;
}

export interface Times {
  readonly now: number;
  readonly wallTime: number;
}

export interface Operating {
  readGate(): Promise<Gate>;
  readWorkload(times: Times): Promise<Workload>;
  listHeld(): Promise<readonly HeldWork[]>;
  readOutlook(offer: Pick<Offer, 'effectTypes' | 'freeTypes' | 'host'>): Promise<Outlook>;
  /** False when it was paused already. */
  pause(times: Times, reason: string): Promise<boolean>;
  /** False when it was not paused. */
  unpause(times: Times): Promise<boolean>;
  stopStack(uuid: string, times: Times, reason: string): Promise<StopAnswer>;
  /** An export begins: no request is accepted, nothing is claimed, what is under way may end. False when one is under way. */
  beginMoving(times: Times, reason: string): Promise<boolean>;
  /** The export is given up. */
  reopen(): Promise<void>;
  /** Everything is to be read before anything is decided by it; gives the number of resources. */
  markRestored(times: Times, incarnation: string): Promise<number>;
}

export function createOperating(runner: ActRunner, vault: Vault, keptGoals: number): Operating {
  const write = <T>(times: Times, act: (cx: ActContext) => Act<T>): Promise<T> =>
    runner.write(() => flushing({ vault, keptGoals, ...times, journal: createJournal(times.wallTime) }, act));
  return {
    readGate: () => runner.read(readGate),
    readWorkload: ({ now, wallTime }) => runner.read(() => readWorkload(now, wallTime)),
    listHeld: () => runner.read(listHeld),
    readOutlook: (offer) => runner.read(() => readOutlook(offer)),
    pause: (times, reason) => write(times, (cx) => closeGate(cx, 'paused', reason)),
    unpause: (times) => write(times, unpause),
    stopStack: (uuid, times, reason) => write(times, (cx) => stopStack(cx, uuid, reason)),
    beginMoving: (times, reason) => write(times, (cx) => closeGate(cx, 'moving', reason)),
    reopen: () => runner.write(reopen),
    markRestored: (times, incarnation) => write(times, (cx) => markRestored(cx, incarnation)),
  };
}

function* flushing<T>(cx: ActContext, act: (cx: ActContext) => Act<T>): Act<T> {
  const answer = yield* act(cx);
  yield* cx.journal.flush();
  return answer;
}
