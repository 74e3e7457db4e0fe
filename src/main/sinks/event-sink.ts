/**
 * The port to wherever events are sent: one object for each type of sink that the operator has set up.
 *
 * Sending is at least once: whoever takes events knows one that it has by its id.
 */
import type { SinkEvent } from '../../store/acts/send-events.ts';
import { type EventSink, noSinks, type SinkCatalog } from '../../template/event-sinks.ts';

export interface EventSinkType {
  readonly type: string;
  /** Why nothing is sent to this target; null when it is. Says nothing of it that may be a secret. */
  refuse(target: string): string | null;
  /** Resolves when the event is there for good; throws otherwise. The message of the error is shown. */
  send(target: string, event: SentEvent, signal: AbortSignal): Promise<void>;
}

/** Heat's `os.heat.event`. */
export interface SentEvent {
  readonly timestamp: string;
  readonly version: '0.1';
  readonly type: 'os.heat.event';
  /** Stack, number, milliseconds: the same however often it is sent, and of no other event, even after a database was restored from a backup. */
  readonly id: string;
  readonly payload: {
    readonly resource_name: string;
    readonly physical_resource_id: string | null;
    readonly stack_id: string;
    readonly resource_action: string;
    readonly resource_status: string;
    readonly resource_status_reason: string;
    readonly resource_type: string;
    /** Empty: values are not sent to others, as any of them may be a secret. */
    readonly resource_properties: Record<string, never>;
    readonly version: '0.1';
  };
}

export function toSentEvent(stackUuid: string, event: SinkEvent): SentEvent {
  return {
    timestamp: `${new Date(event.at).toISOString().slice(0, 19)}Z`,
    version: '0.1',
    type: 'os.heat.event',
    id: `${stackUuid}.${event.seq}.${event.at}`,
    payload: {
      resource_name: event.name,
      physical_resource_id: event.physicalId,
      stack_id: stackUuid,
      resource_action: event.action,
      resource_status: event.status,
      resource_status_reason: event.reason,
      resource_type: event.type,
      resource_properties: {},
      version: '0.1',
    },
  };
}

/** What compiling asks of them. */
export function catalogOf(types: readonly EventSinkType[]): SinkCatalog {
  const byType = new Map(types.map((one) => [one.type, one]));
  return {
    types: [...byType.keys()],
    refuse: (sink: EventSink) => {
      const found = byType.get(sink.type);
      return found === undefined ? noSinks.refuse(sink) : found.refuse(sink.target);
    },
  };
}
