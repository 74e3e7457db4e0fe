/**
 * The kernel: virtual time, and a seeded choice of who goes on next.
 *
 * Whatever the engine awaits from outside itself is a point: a promise that stays open until the kernel picks it. After each pick every
 * microtask runs to its end, so the only freedom in a run is the order of picks, and that order is drawn. A point of a dead process is
 * never picked; one of a paused process waits until the pause is over.
 */
import type { Prng } from './prng.ts';

/** An operating system's process, as far as the kernel cares. */
export interface Actor {
  readonly name: string;
  alive: boolean;
  /** Nothing of it moves before. */
  pausedUntil: number;
}

export interface Point {
  readonly actor: Actor;
  readonly what: string;
  /** Not before. */
  at: number;
  readonly go: () => void;
  /** What happens in the world if the actor dies first: a request that is on the wire already. */
  readonly onWire: (() => void) | null;
  /** A part of something that has begun: it is no step of its own. */
  readonly within: boolean;
}

export const nobody: Actor = { name: 'world', alive: true, pausedUntil: 0 };

export interface KernelOptions {
  readonly prng: Prng;
  /** Virtual milliseconds that may pass between two picks. */
  readonly driftMs: number;
  /** Per mille of picks before which the clock jumps by up to `jumpMs`. */
  readonly jumpRate: number;
  readonly jumpMs: number;
  readonly onPick: (point: Point) => void;
  /** Who goes on, of those who may; drawn when left out. */
  readonly choose?: ((due: readonly Point[]) => Point) | undefined;
  /** Waits for all that comes of a pick; microtasks when left out. */
  readonly settle?: (() => Promise<void>) | undefined;
  readonly onKill?: ((actor: Actor) => void) | undefined;
}

export class Kernel {
  now = 1_000_000;
  steps = 0;
  calm = false;
  /** What was picked last was a part of something only. */
  pickedWithin = false;
  private points: Point[] = [];
  private readonly options: KernelOptions;

  constructor(options: KernelOptions) {
    this.options = options;
  }

  /** Opens a point; `afterMs` may be infinite. */
  open(actor: Actor, what: string, afterMs: number, go: () => void, onWire: (() => void) | null = null, within = false): Point {
    const point: Point = { actor, what, at: this.now + Math.max(0, afterMs), go, onWire, within };
    if (actor.alive) this.points.push(point);
    return point;
  }

  /** Resolves when the kernel picks it; never, if the actor dies first. */
  wait(actor: Actor, what: string, afterMs = 0): Promise<void> {
    return new Promise((resolve) => void this.open(actor, what, afterMs, resolve));
  }

  /** Makes a point due, if it is open still. */
  hasten(point: Point): void {
    point.at = Math.min(point.at, this.now);
  }

  close(point: Point): void {
    const index = this.points.indexOf(point);
    if (index >= 0) this.points.splice(index, 1);
  }

  /** The actor is gone; gives what it had on the wire. */
  kill(actor: Actor): (() => void)[] {
    actor.alive = false;
    const dead = this.points.filter((p) => p.actor === actor);
    this.points = this.points.filter((p) => p.actor !== actor);
    this.options.onKill?.(actor);
    return dead.flatMap((p) => (p.onWire ? [p.onWire] : []));
  }

  openPoints(): readonly Point[] {
    return this.points;
  }

  /** One pick; false when nothing is left that could ever be picked. */
  async step(): Promise<boolean> {
    const point = this.choose();
    if (point === null) return false;
    this.close(point);
    this.pickedWithin = point.within;
    if (!point.within) this.steps++;
    this.options.onPick(point);
    point.go();
    await (this.options.settle ?? settleMicrotasks)();
    return true;
  }

  private choose(): Point | null {
    const { prng, driftMs, jumpRate, jumpMs } = this.options;
    this.now += prng.below(driftMs + 1);
    if (!this.calm && prng.chance(jumpRate)) this.now += prng.below(jumpMs);
    let due = this.points.filter((p) => this.dueAt(p) <= this.now);
    if (due.length === 0) {
      const next = this.points.reduce((least, p) => Math.min(least, this.dueAt(p)), Number.POSITIVE_INFINITY);
      if (next === Number.POSITIVE_INFINITY) return null;
      this.now = next;
      due = this.points.filter((p) => this.dueAt(p) <= this.now);
    }
    return this.options.choose?.(due) ?? prng.pick(due);
  }

  private dueAt(point: Point): number {
    return Math.max(point.at, point.actor.pausedUntil);
  }
}

/**
 * Node runs what nextTick queues once no microtask is left: cheaper than a turn of the event loop. From within a microtask, that is: what an
 * event's handler queues itself would run before them.
 */
export function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
