/**
 * An engine's calls: those under way and those that wait for a place.
 *
 * What was aborted is given the time that any holder has after its deadline. A call that has not ended then (its type takes no notice, or the
 * provider never answers) gives up its place, as its operation is given up to whoever looks for it: an engine with as many of them as it has
 * places would never do anything again.
 */
import type { AbortReason, OpenCall } from './desk.ts';
import type { Clock } from './ports/environment.ts';
import type { Logger } from './ports/provider.ts';
import { deadlineGraceMs, type ResourceId } from './ports/store.ts';
import type { Slot, Slots } from './slots.ts';

interface Flight {
  readonly resourceId: ResourceId;
  readonly controller: AbortController;
  readonly interruptible: boolean;
  deadline: number | null;
  abortedAt: number | null;
  slot: Slot | null;
}

export class Flights {
  private readonly slots: Slots;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly open = new Set<Flight>();
  private readonly byResource = new Map<ResourceId, Flight>();

  constructor(slots: Slots, clock: Clock, log: Logger) {
    this.slots = slots;
    this.clock = clock;
    this.log = log;
  }

  get size(): number {
    return this.open.size;
  }

  openCall(resourceId: ResourceId, deadline: number | null, interruptible: boolean): OpenCall {
    const flight: Flight = {
      resourceId,
      controller: new AbortController(),
      interruptible,
      deadline,
      abortedAt: null,
      slot: null,
    };
    const { signal } = flight.controller;
    // Its operation was given back and claimed again by ourselves: what was to be done then is not to be done now.
    this.giveUp(resourceId);
    this.open.add(flight);
    this.byResource.set(resourceId, flight);
    return {
      signal,
      begin: async () => {
        flight.slot = await this.slots.take(signal);
        return flight.slot !== null;
      },
      limit: (ms) => {
        flight.deadline ??= this.clock.now() + ms;
      },
      close: () => {
        if (flight.slot !== null) this.slots.release(flight.slot);
        this.open.delete(flight);
        if (this.byResource.get(resourceId) === flight) this.byResource.delete(resourceId);
      },
    };
  }

  signalOf(resourceId: ResourceId): AbortSignal | undefined {
    return this.byResource.get(resourceId)?.controller.signal;
  }

  /** As far as its type can be interrupted. */
  cancel(resourceId: ResourceId): void {
    const flight = this.byResource.get(resourceId);
    if (flight?.interruptible) this.abort(flight, 'cancelled');
  }

  /** It is not ours any more: whatever the type says of interruptions. */
  giveUp(resourceId: ResourceId): void {
    const flight = this.byResource.get(resourceId);
    if (flight) this.abort(flight, 'lost');
  }

  abortAll(reason: AbortReason): void {
    for (const flight of this.open) this.abort(flight, reason);
  }

  abortLate(): void {
    const now = this.clock.now();
    for (const flight of this.open) {
      if (flight.deadline !== null && flight.deadline <= now) this.abort(flight, 'deadline');
      if (flight.abortedAt !== null && flight.abortedAt + deadlineGraceMs <= now) this.writeOff(flight);
    }
  }

  private abort(flight: Flight, reason: AbortReason): void {
    if (flight.abortedAt !== null) return;
    flight.abortedAt = this.clock.now();
    flight.controller.abort(reason);
  }

  private writeOff({ slot, resourceId, controller }: Flight): void {
    if (slot === null || !this.slots.writeOff(slot)) return;
    this.log.warn('a call does not end although it was aborted; its place is given to others', {
      resource: resourceId,
      reason: String(controller.signal.reason),
    });
  }
}
