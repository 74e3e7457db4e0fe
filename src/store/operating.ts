/**
 * What operators ask of a database, beside the engine's own acts: pause, stop, move, restore, purge, and who works on what. Each is one
 * transaction, on whichever database.
 */
import type { WorkLimit } from '../engine/limits.ts';
import type { Gate, Offer, StackId, StackRow, StopAnswer } from '../engine/ports/store.ts';
import type { Priority } from '../engine/priorities.ts';
import { present } from '../std/assert.ts';
import type { ActContext } from './acts/act-context.ts';
import { beginMoving, closeGate, finishMoving, readGate, reopen, unpause } from './acts/gate.ts';
import { removeLimit, setLimit } from './acts/limits.ts';
import { markRestored, voidClaims } from './acts/mark-restored.ts';
import { type Home, noteHome } from './acts/note-home.ts';
import { changePriority } from './acts/priority.ts';
import { type Resealed, resealPage, sealedTables } from './acts/reseal.ts';
import {
  isAnyDue,
  listSinks,
  noteSent,
  type SentNote,
  type SinkStanding,
  type TakenSink,
  type TakeRequest,
  takeSinks,
} from './acts/send-events.ts';
import { stopStack } from './acts/stop.ts';
import { countHeldBack, type LimitUse, readLimitUse } from './reads/limit-use.ts';
import { type HeldWork, listHeld, type Outlook, readOutlook, readWorkload, type Workload } from './reads/workload.ts';
import type { Act, ActRunner, SqlValue } from './sql.ts';
import { type CopiedRow, type RowsOfTable, readPage, writeCopy } from './transfer/copy-rows.ts';
import type { TableShape } from './transfer/table-shapes.ts';
import type { Vault } from './vault.ts';

/** One transaction with its journal. */
export type Write = <T>(times: Times, act: (cx: ActContext) => Act<T>) => Promise<T>;

export interface Times {
  readonly now: number;
  readonly wallTime: number;
}

export interface Operating {
  readGate(): Promise<Gate>;
  readWorkload(times: Times): Promise<Workload>;
  listHeld(): Promise<readonly HeldWork[]>;
  /** Sets a limit, or changes it; it holds from the next claim on. What is in flight beyond it ends as it would. */
  setLimit(limit: WorkLimit, times: Times): Promise<void>;
  /** False when there was none. */
  removeLimit(limit: Pick<WorkLimit, 'kind' | 'pattern'>): Promise<boolean>;
  /** Every limit, with what is in flight of it; `free` are types that need no call. */
  readLimitUse(free: readonly string[]): Promise<readonly LimitUse[]>;
  /** Of the stack's whole tree; null when there is no such stack. */
  setPriority(uuid: string, priority: Priority, times: Times): Promise<StackRow | null>;
  /** Ready nodes that wait because a limit is full. */
  countHeldBack(free: readonly string[]): Promise<number>;
  readOutlook(offer: Pick<Offer, 'effectTypes' | 'freeTypes' | 'host'>): Promise<Outlook>;
  /** False when it was paused already. */
  pause(times: Times, reason: string): Promise<boolean>;
  /** False when it was not paused. */
  unpause(times: Times): Promise<boolean>;
  stopStack(uuid: string, times: Times, reason: string): Promise<StopAnswer>;
  /** An export begins: no request is accepted, nothing is claimed, what is under way may end. A token for its end; null when one is under way. */
  beginMoving(times: Times, reason: string): Promise<string | null>;
  /** What engines hold is void: from here on no row changes that would be copied. */
  voidClaims(times: Times): Promise<void>;
  /** All is copied. False when somebody opened the gate meanwhile. */
  finishMoving(token: string): Promise<boolean>;
  /** The export with that token is given up, or whichever there is where none is named; false when there was none. */
  reopen(token?: string): Promise<boolean>;
  readPage(table: TableShape, after: CopiedRow | null): Promise<readonly CopiedRow[]>;
  /** Into an empty database, in one transaction. `copy` is asked for again where the transaction is repeated. */
  writeCopy(times: Times, incarnation: string, copy: () => Iterable<RowsOfTable>): Promise<number>;
  /** Sinks with events to be sent, for this sender alone until it notes what it did, or its time is over. */
  takeSinks(request: TakeRequest): Promise<readonly TakenSink[]>;
  /** False when somebody else is at it by now. */
  noteSent(note: SentNote): Promise<boolean>;
  listSinks(stackId: StackId): Promise<readonly SinkStanding[]>;
  /** Seals anew what another key sealed, in a page of the table with that place in `sealedTables`. */
  resealPage(table: number, after: readonly SqlValue[] | null): Promise<Resealed>;
  /** Where the database lives; gives the number of resources to be read when it is another place than before, null when it is the same. */
  noteHome(times: Times, home: Home, incarnation: string): Promise<number | null>;
  /** Everything is to be read before anything is decided by it; gives the number of resources. */
  markRestored(times: Times, incarnation: string): Promise<number>;
}

export function createOperating(write: Write, runner: ActRunner, vault: Vault): Operating {
  return {
    readGate: () => runner.read(readGate),
    readWorkload: ({ now, wallTime }) => runner.read(() => readWorkload(now, wallTime)),
    listHeld: () => runner.read(listHeld),
    setLimit: (limit, { wallTime }) => runner.write(() => setLimit(limit, wallTime)),
    removeLimit: (limit) => runner.write(() => removeLimit(limit)),
    setPriority: (uuid, priority, times) => write(times, (cx) => changePriority(cx, uuid, priority)),
    readLimitUse: (free) => runner.read(() => readLimitUse(free)),
    countHeldBack: (free) => runner.read(() => countHeldBack(free)),
    readOutlook: (offer) => runner.read(() => readOutlook(offer)),
    pause: (times, reason) => write(times, (cx) => closeGate(cx, 'paused', reason)),
    unpause: (times) => write(times, unpause),
    stopStack: (uuid, times, reason) => write(times, (cx) => stopStack(cx, uuid, reason)),
    beginMoving: (times, reason) => write(times, (cx) => beginMoving(cx, reason)),
    voidClaims: (times) => write(times, voidClaims),
    finishMoving: (token) => runner.write(() => finishMoving(token)),
    readPage: (table, after) => runner.read(() => readPage(table, after)),
    writeCopy: (times, incarnation, copy) => write(times, (cx) => writeCopy(cx, incarnation, copy())),
    reopen: (token) => runner.write(() => reopen(token ?? null)),
    takeSinks: async (request) =>
      (await runner.read(() => isAnyDue(request))) ? runner.write(() => takeSinks(vault, request)) : [],
    noteSent: (note) => runner.write(() => noteSent(note)),
    listSinks: (stackId) => runner.read(() => listSinks(stackId)),
    resealPage: (table, after) => runner.write(() => resealPage(vault, present(sealedTables[table], 'the table'), after)),
    noteHome: (times, home, incarnation) => write(times, (cx) => noteHome(cx, home, incarnation)),
    markRestored: (times, incarnation) => write(times, (cx) => markRestored(cx, incarnation)),
  };
}
