/**
 * The engine's calls at once, and how much more it claims than that.
 *
 * Between the end of a call and the beginning of the next one lie two turns at the database: the one that settles and claims, the one that
 * records the intent. So that calls follow each other without a pause, as much is claimed ahead as ends in that time, and waits here for a
 * place. Where calls take long, that is nothing: what is claimed ahead is kept from other engines.
 */
import type { Clock } from './ports/environment.ts';

/**
 * Turns from the end of a call to the next one's beginning: the rest of one under way, two, and what they vary by. Where engines wait for each
 * other at one tree turns take long, and more is needed than there are places.
 */
const turnsBetween = 4;
/** Never more ahead than so many times the calls at once: what is claimed is kept from other engines. */
const mostAhead = 5;
/** What is new counts for one in so many; a call that took longer than those before counts at once. */
const turnsRemembered = 8;
const callsRemembered = 32;

/** A place among the calls under way. */
export interface Slot {
  readonly since: number;
}

export class Slots {
  private readonly most: number;
  private readonly clock: Clock;
  /** When the calls under way began, the oldest first. */
  private readonly taken = new Set<Slot>();
  /** Calls that will not end and hold no place any more. */
  private readonly writtenOff = new Set<Slot>();
  private readonly waiting = new Set<(slot: Slot) => void>();
  private turnMs = 0;
  private callMs: number | null = null;

  constructor(most: number, clock: Clock) {
    this.most = most;
    this.clock = clock;
  }

  /** So many may be in hand, those that wait or are written off included. */
  get wanted(): number {
    return this.most + this.ahead + this.writtenOff.size;
  }

  noteTurn(ms: number): void {
    this.turnMs += (ms - this.turnMs) / turnsRemembered;
  }

  /** A place; null when the signal aborts before there is one. */
  take(signal: AbortSignal): Promise<Slot | null> {
    if (signal.aborted) return Promise.resolve(null);
    return this.taken.size < this.most ? Promise.resolve(this.place()) : this.queue(signal);
  }

  /** The place goes to whoever waits longest, before anybody else can ask. */
  release(slot: Slot): void {
    if (this.writtenOff.delete(slot) || !this.taken.delete(slot)) return;
    this.noteCall(this.clock.now() - slot.since);
    this.callNext();
  }

  /** Its place goes to others, though the call has not ended; false where it holds none. */
  writeOff(slot: Slot): boolean {
    if (!this.taken.delete(slot)) return false;
    this.writtenOff.add(slot);
    this.callNext();
    return true;
  }

  private callNext(): void {
    const [next] = this.waiting;
    next?.(this.place());
  }

  private place(): Slot {
    const slot = { since: this.clock.now() };
    this.taken.add(slot);
    return slot;
  }

  private queue(signal: AbortSignal): Promise<Slot | null> {
    return new Promise((resolve) => {
      const leave = (slot: Slot | null) => {
        this.waiting.delete(leave);
        signal.removeEventListener('abort', giveUp);
        resolve(slot);
      };
      const giveUp = () => leave(null);
      this.waiting.add(leave);
      signal.addEventListener('abort', giveUp);
    });
  }

  private noteCall(ms: number): void {
    if (this.callMs === null || ms > this.callMs) this.callMs = ms;
    else this.callMs += (ms - this.callMs) / callsRemembered;
  }

  private get ahead(): number {
    if (this.callMs === null) return 0;
    const [oldest] = this.taken;
    const longest = Math.max(this.callMs, oldest === undefined ? 0 : this.clock.now() - oldest.since, 1);
    return Math.min(mostAhead * this.most, Math.floor((this.most * turnsBetween * this.turnMs) / longest));
  }
}
