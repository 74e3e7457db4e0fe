/**
 * The courier: sends events to sinks from the cursors in the database, beside the engines and never in their way.
 *
 * A sink is taken for a while, its events are sent in order, and how far that went is noted. What fails is tried again, later each time, until
 * the event is older than its sink's ttl; then it is given up, and counted. Any number of couriers may work on one database: one that dies
 * loses its sinks to the others when its time is over.
 */
import type { Clock, Random, Timers } from '../../engine/ports/environment.ts';
import type { Logger } from '../../engine/ports/provider.ts';
import { DatabaseLost } from '../../engine/ports/store.ts';
import { messageOf } from '../../std/failure.ts';
import type { SentNote, TakenSink } from '../../store/acts/send-events.ts';
import type { Operating } from '../../store/operating.ts';
import { type Delivery, deliver } from './deliver.ts';
import type { EventSinkType } from './event-sink.ts';

/** `given-up`: too old before it could be sent. */
export type SinkResult = 'sent' | 'failed' | 'given-up';

export interface CourierOptions {
  readonly store: Pick<Operating, 'takeSinks' | 'noteSent'>;
  readonly types: readonly EventSinkType[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Logger;
  /** Milliseconds between looks for something to send, where nothing nudges; a second when left out. */
  readonly pollMs?: number;
  /** For counting. */
  readonly onSent?: (type: string, result: SinkResult, count: number) => void;
}

export interface Courier {
  /** Runs until stopped; never rejects. */
  run(): Promise<void>;
  /** There may be something to send. */
  nudge(): void;
  /** What is to be sent now is sent, within the time given; then it ends. */
  stop(graceMs: number): Promise<void>;
}

/** Sinks at once, and events of each before others have their turn. */
const sinksAtOnce = 8;
const eventsAtOnce = 25;
/** So long a sink is one sender's. It begins no event after `busyMs`, and gives each up after `sendMs`: together that is well before. */
const heldMs = 30_000;
const busyMs = 10_000;
const sendMs = 12_000;
const usualPollMs = 1_000;
const firstRetryMs = 1_000;
const longestRetryMs = 300_000;

export function createCourier(options: CourierOptions): Courier {
  return new EventCourier(options);
}

class EventCourier implements Courier {
  private readonly options: CourierOptions;
  private readonly holder: string;
  private readonly types: ReadonlyMap<string, EventSinkType>;
  private readonly stopped = new AbortController();
  private wake = new AbortController();
  private leaving = false;
  private readonly serving = new Set<Promise<void>>();
  private running: Promise<void> | null = null;

  constructor(options: CourierOptions) {
    this.options = options;
    this.holder = options.random.uuid();
    this.types = new Map(options.types.map((type) => [type.type, type]));
  }

  run(): Promise<void> {
    this.running ??= this.loop();
    return this.running;
  }

  nudge(): void {
    this.wake.abort();
  }

  async stop(graceMs: number): Promise<void> {
    this.leaving = true;
    this.nudge();
    const over = new AbortController();
    await Promise.race([this.running, this.options.timers.wait(graceMs, over.signal)]);
    over.abort();
    this.stopped.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      this.wake = new AbortController();
      const taken = await this.take();
      for (const sink of taken) this.begin(sink);
      if (this.leaving && this.serving.size === 0) break;
      if (taken.length === 0) await this.rest();
    }
    await Promise.all(this.serving);
  }

  private rest(): Promise<void> {
    const { timers, pollMs = usualPollMs } = this.options;
    return timers.wait(pollMs, AbortSignal.any([this.wake.signal, this.stopped.signal]));
  }

  private async take(): Promise<readonly TakenSink[]> {
    const { store, clock } = this.options;
    const free = sinksAtOnce - this.serving.size;
    if (free === 0) return [];
    const now = clock.now();
    const request = { holder: this.holder, types: [...this.types.keys()], heldUntil: now + heldMs, now };
    return (await this.outlast(() => store.takeSinks({ ...request, sinks: free, events: eventsAtOnce }))) ?? [];
  }

  /** One that is slow holds up no other. */
  private begin(sink: TakenSink): void {
    const served = this.outlast(() => this.serve(sink)).then(() => {
      this.serving.delete(served);
      this.nudge();
    });
    this.serving.add(served);
  }

  /** What could not be noted is sent again when the sink's time is over. */
  private async outlast<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof DatabaseLost)) this.options.log.warn('events are not sent', { reason: messageOf(error) });
      return undefined;
    }
  }

  private async serve(sink: TakenSink): Promise<void> {
    const delivery = await deliver(this.options, this.types.get(sink.type)!, sink, {
      until: this.options.clock.now() + busyMs,
      sendMs,
      stopped: this.stopped.signal,
    });
    this.tell(sink, delivery);
    await this.options.store.noteSent(this.noteOf(sink, delivery));
  }

  private noteOf({ stackId, id, attempts: before }: TakenSink, delivery: Delivery): SentNote {
    const { clock, random } = this.options;
    const { sent, dropped, delivered, reason } = delivery;
    const note = { stackId, id, holder: this.holder, sent, dropped };
    if (reason === null) return { ...note, attempts: 0, nextAt: clock.now(), reason: '' };
    // It was interrupted: whoever comes next tries it at once.
    if (this.stopped.signal.aborted) return { ...note, attempts: before, nextAt: 0, reason: '' };
    const attempts = delivered > 0 ? 1 : before + 1;
    const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 20));
    return { ...note, attempts, nextAt: clock.now() + wait + random.int(wait), reason };
  }

  /** Never the target, which may hold a token. */
  private tell({ stack, type, attempts }: TakenSink, { delivered, dropped, reason }: Delivery): void {
    const { log, onSent } = this.options;
    if (delivered > 0) onSent?.(type, 'sent', delivered);
    if (dropped > 0) {
      onSent?.(type, 'given-up', dropped);
      log.warn('events were too old to be sent', { stack: stack.name, sink: type, dropped });
    }
    if (reason === null || this.stopped.signal.aborted) return;
    onSent?.(type, 'failed', 1);
    if (attempts === 0 || delivered > 0)
      log.warn('an event could not be sent; it is tried again', { stack: stack.name, sink: type, reason });
  }
}
