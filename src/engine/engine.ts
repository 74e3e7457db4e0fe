/**
 * The engine: takes turns at the store, works on what it claimed, and brings back results and intents in the next turn.
 *
 * One turn is one transaction: everything that ended since the last one is settled, everything decided is intended, and the next ready nodes
 * are claimed. The engine holds no state that a crash could lose: what is in `flights` is only where its calls are. Any number of engines may
 * run on one database; none knows of the others. A database that is lost is waited for: what the engine had in hand it goes on with; what is
 * held in its name without its knowing (a commit whose answer was lost) it gives back.
 */
import { messageOf } from '../std/failure.ts';
import type { Desk, SettingsSource } from './desk.ts';
import { Flights } from './flights.ts';
import { lookForLost } from './look-for-lost.ts';
import type { Clock, Random, Timers } from './ports/environment.ts';
import type { Observer } from './ports/observer.ts';
import type { CallEnvironment, Logger, TypeRegistry } from './ports/provider.ts';
import {
  type Claim,
  DatabaseLost,
  type EngineId,
  type EngineRegistration,
  type Intent,
  type IntentAnswer,
  type Offer,
  type ResourceId,
  type Retention,
  type Served,
  type Settlement,
  type StackId,
  type Store,
  type TurnAnswer,
  type WorkItem,
} from './ports/store.ts';
import { Slots } from './slots.ts';
import { workOn } from './work.ts';

/** Who this process is, and how to tell whether another one is gone. */
export interface Host {
  readonly name: string;
  readonly bootId: string;
  readonly pid: number;
  readonly started: string;
  /** True only when that engine's process surely does not exist any more. */
  isGone(engine: EngineRegistration): boolean;
}

export interface EngineOptions {
  readonly store: Store;
  readonly types: TypeRegistry;
  readonly settings: SettingsSource;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly callEnvironment: CallEnvironment;
  readonly log: Logger;
  readonly host: Host;
  readonly digestKey: Uint8Array;
  /** Provider calls at once; 64 when left out. What follows them is claimed ahead (slots.ts). */
  readonly concurrency?: number;
  /** Values without effects per turn; 2,000 when left out. */
  readonly batch?: number;
  /** 9,000 when left out. */
  readonly leaseMs?: number;
  /** Look for work at least so often, should every hint be lost; 1,000 when left out. */
  readonly pollMs?: number;
  /** 5 when left out. */
  readonly maxAttempts?: number;
  /** 3 when left out. */
  readonly maxReplacements?: number;
  /** How long what is over is kept; left out: this engine removes nothing. */
  readonly retention?: Retention;
  /** Who watches. */
  readonly observer?: Observer | null;
  /** Called after a turn in which traversals ended. */
  readonly onEnded?: (stacks: readonly StackId[]) => void;
}

export interface Engine {
  readonly id: EngineId;
  /** Runs until stopped. Rejects only for our own mistakes or a lost database. */
  run(): Promise<void>;
  /** Hint: there may be new work. */
  nudge(): void;
  /** Claims nothing more; resolves when what is under way has ended or `graceMs` have passed. What has not ended stays in the database for a successor. */
  stop(graceMs?: number): Promise<void>;
  readonly inFlight: number;
}

interface QueuedIntent {
  readonly intent: Intent;
  readonly resolve: (answer: IntentAnswer) => void;
}

/** Reasons of aborts; without one of ours each abort makes an error with a stack trace. */
const woken = 'woken';
const givenUp = 'given up';

/** How long a lost database is waited for before it is tried again, at first and at most: milliseconds, up to twice as long by chance. */
const firstWaitMs = 50;
const longestWaitMs = 2_000;

/** Retention goes once over all stacks so often: milliseconds. */
const purgeEveryMs = 60_000;
/** Rows that retention removes with one heartbeat. */
const purgedAtOnce = 1_000;

export function createEngine(options: EngineOptions): Engine {
  return new EngineLoop(options);
}

class EngineLoop implements Engine {
  id: EngineId;
  private readonly options: EngineOptions;
  private readonly offer: Offer;
  private readonly desk: Desk;
  private readonly slots: Slots;
  private readonly flights: Flights;
  private readonly inHand = new Set<WorkItem>();
  private settlements: Settlement[] = [];
  private intents: QueuedIntent[] = [];
  private calls = 0;
  private served: Served = {};
  private turns = 0;
  private outages = 0;
  /** A turn may have given us what we never heard of. */
  private answerLost = false;
  /** After an outage nobody is judged by a lease that could not be renewed. */
  private judgeFrom = 0;
  private nudged = true;
  private dueAt: number | null = null;
  private nextPulse = 0;
  private purgeAt = 0;
  private purgedTo = 0;
  private stopping = false;
  private finished = false;
  private wake: AbortController = new AbortController();
  private failure: unknown = null;
  private looking: AbortController | null = null;
  private readonly stopped = new AbortController();

  constructor(options: EngineOptions) {
    this.options = options;
    this.id = options.random.uuid() as EngineId;
    this.offer = makeOffer(options);
    this.slots = new Slots(options.concurrency ?? 64, options.clock);
    this.flights = new Flights(this.slots, options.clock, options.log);
    this.desk = this.makeDesk();
  }

  get inFlight(): number {
    return this.inHand.size;
  }

  nudge(): void {
    this.nudged = true;
    this.wake.abort(woken);
  }

  async run(): Promise<void> {
    try {
      while (!this.finished) {
        await this.step().catch((error) => this.outlast(error));
        if (this.failure !== null) throw this.failure;
      }
    } finally {
      // Without a database there is nobody to say farewell to: the lease lapses.
      await this.options.store.retireEngine(this.id, this.options.clock.now()).catch(throwUnlessLost);
    }
  }

  private async step(): Promise<void> {
    if (this.options.clock.now() >= this.nextPulse) await this.pulse();
    if (this.hasBusiness()) await this.turn();
    else await this.rest();
    this.outages = 0;
  }

  /** A lost database is waited for, longer each time; everything else ends the engine. */
  private async outlast(error: unknown): Promise<void> {
    throwUnlessLost(error);
    const { clock, timers, random, log, leaseMs = 9_000 } = this.options;
    if (this.outages === 0) log.warn('the database is lost; waiting for it', { reason: messageOf(error) });
    const ms = Math.min(firstWaitMs * 2 ** this.outages++, longestWaitMs);
    await timers.wait(ms + random.int(ms), this.stopped.signal);
    this.nextPulse = 0;
    this.judgeFrom = clock.now() + leaseMs;
  }

  async stop(graceMs = 2_000): Promise<void> {
    this.stopping = true;
    this.nudge();
    const until = this.options.clock.now() + graceMs;
    while (!this.finished && this.busy() && this.options.clock.now() < until) await this.options.timers.wait(20);
    this.flights.abortAll('stopping');
    this.looking?.abort(givenUp);
    this.finished = true;
    this.stopped.abort();
    this.nudge();
  }

  private busy(): boolean {
    return this.inHand.size > 0 || this.settlements.length > 0 || this.intents.length > 0;
  }

  private hasBusiness(): boolean {
    if (this.settlements.length > 0 || this.intents.length > 0) return true;
    if (this.stopping) return false;
    return this.nudged || (this.dueAt !== null && this.dueAt <= this.options.clock.now());
  }

  /** One transaction: settle, intend, claim. Then everything that needs no waiting is worked on before the next one. */
  private async turn(): Promise<void> {
    const settlements = this.settlements;
    const intents = this.intents;
    this.settlements = [];
    this.intents = [];
    this.nudged = false;
    const { store, clock, batch = 2_000 } = this.options;
    const claim = this.stopping ? { free: 0, calls: 0 } : { free: batch, calls: Math.max(0, this.slots.wanted - this.calls) };
    const began = clock.now();
    const answer = await store
      .turn({
        engineId: this.id,
        settlements,
        intents: intents.map((q) => q.intent),
        claim: { ...claim, after: this.served, turn: this.turns },
        offer: this.offer,
        now: clock.now(),
        wallTime: clock.wallTime(),
      })
      .catch((error) => {
        this.takeBack(settlements, intents);
        throw error;
      });
    this.slots.noteTurn(clock.now() - began);
    this.settlements.unshift(...answer.postponed.settlements);
    this.intents.unshift(...answer.postponed.intents.map((place) => intents[place]!));
    // It came so late that its operation was due before it had begun, and was claimed at once: whoever goes on with that begins by looking.
    const due = new Set(answer.claimed.flatMap(({ operation, resource }) => (operation === null ? [] : [resource.id])));
    for (const [i, queued] of intents.entries()) {
      const known = answer.intents[i];
      if (known) queued.resolve(due.has(queued.intent.claim.resourceId) ? { kind: 'superseded' } : known);
    }
    this.dueAt = answer.dueAt;
    this.served = answer.served;
    if (!answer.enlisted) this.nextPulse = 0;
    if (answer.claimed.length > 0 && claim.calls > 0) this.turns++;
    for (const item of answer.claimed) this.begin(item);
    if (answer.ended.length > 0) this.options.onEnded?.(answer.ended);
    this.tell(settlements, intents, answer);
    if (answer.claimed.length > 0) this.nudged = true;
    await this.options.timers.wait(0);
  }

  /**
   * Nobody knows whether the turn happened. Settling again is harmless. An intent is not repeated: if it was recorded, its operation is held
   * in our name and is given back with the next pulse, to be looked for as any lost one.
   */
  private takeBack(settlements: readonly Settlement[], intents: readonly QueuedIntent[]): void {
    this.answerLost = true;
    this.settlements.unshift(...settlements);
    for (const { resolve } of intents) resolve({ kind: 'superseded' });
  }

  private tell(settlements: readonly Settlement[], intents: readonly QueuedIntent[], answer: TurnAnswer): void {
    const { observer } = this.options;
    if (!observer) return;
    observer.onTurn({ settlements, intents: intents.map((queued) => queued.intent), claimed: answer.claimed });
    if (answer.ended.length > 0) observer.onSettled(answer.ended);
  }

  private begin(item: WorkItem): void {
    const isCall = this.options.types.findType(item.resource.type)?.facts.effects ?? false;
    this.inHand.add(item);
    if (isCall) this.calls++;
    this.work(item)
      .then(
        (settlement) => {
          if (settlement) this.settlements.push(settlement);
        },
        (error) => {
          this.failure = error;
        },
      )
      .finally(() => {
        this.inHand.delete(item);
        if (isCall) this.calls--;
        this.wake.abort(woken);
      });
  }

  private work(item: WorkItem): Promise<Settlement | null> {
    const work = () => workOn(this.desk, item);
    return this.options.observer ? this.options.observer.aroundWork(item, work) : work();
  }

  /** Sleeps until something ends, is due, or is hinted at; never longer than the poll. */
  private async rest(): Promise<void> {
    const { clock, timers, pollMs = 1_000 } = this.options;
    this.wake = new AbortController();
    if (this.busyWithResults()) return;
    const now = clock.now();
    const until = Math.min(this.nextPulse, now + pollMs, this.dueAt ?? Number.POSITIVE_INFINITY);
    await timers.wait(Math.max(1, until - now), this.wake.signal);
    if (clock.now() >= until && !this.stopping) this.nudged = true;
    this.flights.abortLate();
  }

  private busyWithResults(): boolean {
    return this.settlements.length > 0 || this.intents.length > 0 || (this.nudged && !this.stopping) || this.finished;
  }

  /** Renews the lease, frees what the dead hold, acts on deadlines, looks for what lost calls may have made. */
  private async pulse(): Promise<void> {
    this.flights.abortLate();
    const { store, clock, leaseMs = 9_000, host } = this.options;
    const now = clock.now();
    this.nextPulse = now + Math.floor(leaseMs / 3);
    const beat = await store.renewLease(this.id, now + leaseMs, now);
    if (!beat.alive) await this.enlist(now + leaseMs, false);
    else {
      for (const id of beat.cancelled) this.flights.cancel(id);
      for (const id of beat.stopped) this.flights.giveUp(id);
      if (await this.disownUnknown(beat.held)) await this.enlist(now + leaseMs, true);
    }
    const gone = beat.engines.filter((engine) => engine.id !== this.id && host.isGone(engine)).map((engine) => engine.id);
    const judged = clock.now() < this.judgeFrom ? 0 : clock.now();
    const freed = beat.due.freeing || gone.length > 0 ? await store.freeDead(gone, judged) : 0;
    const swept = beat.due.sweeping ? await store.sweep(clock.now(), clock.wallTime()) : 0;
    if (freed + swept > 0) this.nudged = true;
    this.options.observer?.onPulse(this.id);
    if (freed > 0) this.options.observer?.onFreed(freed);
    if (!this.stopping) await this.purge(now);
    if (beat.due.tombstones && !this.stopping && this.looking === null) void this.lookForLost();
  }

  /**
   * What is held in our name and we know nothing of: the answer that gave it to us was lost. Where none was lost, another engine has our id
   * (a copied machine), and the answer is true.
   */
  private async disownUnknown(held: readonly ResourceId[]): Promise<boolean> {
    const known = new Set<ResourceId>([
      ...[...this.inHand].map((item) => item.resource.id),
      ...this.settlements.map((settlement) => settlement.claim.resourceId),
    ]);
    const unknown = held.filter((id) => !known.has(id));
    const lost = this.answerLost;
    this.answerLost = false;
    if (unknown.length > 0) await this.options.store.disown(this.id, unknown);
    return unknown.length > 0 && !lost;
  }

  /** A few stacks with each heartbeat; once round, it rests. */
  private async purge(now: number): Promise<void> {
    const { store, clock, random, retention } = this.options;
    if (retention === undefined || now < this.purgeAt) return;
    const { next } = await store.purge({ after: this.purgedTo, retention, limit: purgedAtOnce, now, wallTime: clock.wallTime() });
    this.purgedTo = next ?? 0;
    if (next === null) this.purgeAt = now + purgeEveryMs + random.int(purgeEveryMs);
  }

  /** Beside the loop: a provider that never answers must not hold up the engine. */
  private async lookForLost(): Promise<void> {
    const looking = new AbortController();
    this.looking = looking;
    const { store, timers } = this.options;
    try {
      await lookForLost(this.desk, { store, timers, offer: this.offer }, looking.signal);
    } catch (error) {
      if (!looking.signal.aborted && !(error instanceof DatabaseLost)) this.failure = error;
    } finally {
      looking.abort(givenUp);
      this.looking = null;
    }
  }

  /** A first life, or another one: whatever a former life still does is lost. A doubled one goes on under a new id; the other keeps the old. */
  private async enlist(leaseUntil: number, doubled: boolean): Promise<void> {
    this.flights.abortAll('lost');
    if (this.flights.size > 0 || doubled) this.id = this.options.random.uuid() as EngineId;
    const { host, clock, store } = this.options;
    const registration: EngineRegistration = {
      id: this.id,
      host: host.name,
      bootId: host.bootId,
      pid: host.pid,
      started: host.started,
      leaseUntil,
      wallTime: clock.wallTime(),
    };
    await store.registerEngine(registration);
    this.nudged = true;
  }

  private makeDesk(): Desk {
    const { types, clock, random, callEnvironment, log, host, digestKey, settings, store, observer = null } = this.options;
    return {
      types,
      clock,
      random,
      callEnvironment,
      log,
      observer,
      host: host.name,
      digestKey,
      settings,
      intend: (intent) =>
        new Promise((resolve) => {
          this.intents.push({ intent, resolve });
          this.wake.abort(woken);
        }),
      saveProgress: (claim, known) => this.saveProgress(store, claim, known),
      openCall: (resourceId, deadline, interruptible) => this.flights.openCall(resourceId, deadline, interruptible),
    };
  }

  /** Saving twice is harmless, so a lost database is waited for as long as the call is wanted. */
  private async saveProgress(store: Store, claim: Claim, known: Parameters<Store['saveProgress']>[1]): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      try {
        return await store.saveProgress(claim, known);
      } catch (error) {
        throwUnlessLost(error);
        const signal = this.flights.signalOf(claim.resourceId);
        if (signal === undefined || signal.aborted) return false;
        await this.options.timers.wait(Math.min(firstWaitMs * 2 ** tries, longestWaitMs), signal);
      }
    }
  }
}

function throwUnlessLost(error: unknown): void {
  if (!(error instanceof DatabaseLost)) throw error;
}

function makeOffer({ types, host, maxAttempts = 5, maxReplacements = 3 }: EngineOptions): Offer {
  const all = types.names.map((name) => types.findType(name)!);
  return {
    effectTypes: all.filter((type) => type.facts.effects).map((type) => type.name),
    freeTypes: all.filter((type) => !type.facts.effects).map((type) => type.name),
    host: host.name,
    maxAttempts,
    maxReplacements,
  };
}
