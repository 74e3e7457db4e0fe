/** Sends the events of one sink in their order, as far as that goes: until one can't be sent, or the time is over. */
import type { Clock, Timers } from '../../engine/ports/environment.ts';
import { messageOf } from '../../std/failure.ts';
import type { SinkEvent, TakenSink } from '../../store/acts/send-events.ts';
import { type EventSinkType, toSentEvent } from './event-sink.ts';

export interface Delivery {
  /** Up to and with this event everything was sent, or given up. */
  readonly sent: number;
  readonly delivered: number;
  /** Too old, or purged before anybody sent them. */
  readonly dropped: number;
  /** Why the next one could not be sent; null when none failed. */
  readonly reason: string | null;
}

export interface DeliveryLimits {
  /** No event is begun after that time. */
  readonly until: number;
  /** For one event. */
  readonly sendMs: number;
  readonly stopped: AbortSignal;
}

type On = { readonly clock: Clock; readonly timers: Timers };

export async function deliver(on: On, type: EventSinkType, sink: TakenSink, limits: DeliveryLimits): Promise<Delivery> {
  let { sent } = sink;
  let delivered = 0;
  const ended = (reason: string | null): Delivery => ({ sent, delivered, dropped: sent - sink.sent - delivered, reason });
  for (const event of sink.events) {
    if (on.clock.now() > limits.until || limits.stopped.aborted) return ended(null);
    if (on.clock.wallTime() - event.at <= sink.ttlMs) {
      const reason = await send(on, type, sink, event, limits);
      if (reason !== null) return ended(reason);
      delivered++;
    }
    sent = event.seq;
  }
  sent = sink.upTo;
  return ended(null);
}

/** Null when it is there. Never longer than the time given, whatever the sink's type does. */
async function send(
  { timers }: On,
  type: EventSinkType,
  { target, stack }: TakenSink,
  event: SinkEvent,
  { sendMs, stopped }: DeliveryLimits,
): Promise<string | null> {
  const limit = new AbortController();
  const over = new AbortController();
  const late = timers.wait(sendMs, AbortSignal.any([over.signal, stopped])).then(() => 'it did not answer in time');
  const reason = await Promise.race([attempt(type, target, stack.uuid, event, AbortSignal.any([limit.signal, stopped])), late]);
  limit.abort();
  over.abort();
  return reason;
}

async function attempt(
  type: EventSinkType,
  target: string,
  stackUuid: string,
  event: SinkEvent,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const refused = type.refuse(target);
    if (refused === null) await type.send(target, toSentEvent(stackUuid, event), signal);
    return refused;
  } catch (error) {
    return messageOf(error);
  }
}
