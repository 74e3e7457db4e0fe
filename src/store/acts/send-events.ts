/**
 * Sending events to sinks: what is due, who is at it, up to which event it went.
 *
 * The cursor is the truth. Whoever sends takes a sink for a while, so that its events go in order; a sender that dies has sent some that
 * nobody noted, and they are sent again: at least once. No stack's lock is taken, and nothing of the engine waits for any of this.
 */
import type { StackId, StackRow } from '../../engine/ports/store.ts';
import { type Act, query, queryOne, type SqlRow } from '../sql.ts';
import type { Vault } from '../vault.ts';
import { placeOfSink } from './event-sinks.ts';
import { readGate } from './gate.ts';

export interface TakeRequest {
  /** Who sends. */
  readonly holder: string;
  /** Types that the sender serves. */
  readonly types: readonly string[];
  readonly heldUntil: number;
  /** Sinks, and events of each, at most. */
  readonly sinks: number;
  readonly events: number;
  readonly now: number;
}

/** An event as it is to be sent. */
export interface SinkEvent {
  readonly seq: number;
  readonly at: number;
  readonly resourceId: number | null;
  readonly name: string;
  readonly type: string;
  readonly physicalId: string | null;
  readonly action: string;
  readonly status: string;
  readonly reason: string;
}

export interface TakenSink {
  readonly stackId: StackId;
  readonly id: string;
  readonly stack: { readonly uuid: string; readonly name: string };
  readonly type: string;
  readonly target: string;
  readonly ttlMs: number;
  readonly attempts: number;
  /** Up to this event everything was sent, or given up, before. */
  readonly sent: number;
  /** In order, without a gap but those that retention made. */
  readonly events: readonly SinkEvent[];
  /** The number that is reached when these are sent. */
  readonly upTo: number;
}

interface TakenRow {
  readonly stack_id: StackId;
  readonly id: string;
  readonly type: string;
  readonly target: string;
  readonly ttl_ms: number;
  readonly attempts: number;
  readonly sent: number;
}

/** With events to be sent, and nobody at it; those that waited longest first. Its parameters: now, now, types, how many. */
const due = `select k.stack_id, k.id from event_sink k join stack s on s.id = k.stack_id
  where k.next_at <= ? and (k.held_until is null or k.held_until <= ?) and s.event_seq > k.sent and k.type in @names
  order by k.next_at, k.stack_id limit ? + 0`;

/** A look, so that nothing is written as long as there is nothing to do. */
export function* isAnyDue({ now, types }: TakeRequest): Act<boolean> {
  return (yield* query(due, now, now, JSON.stringify(types), 1)).length > 0;
}

/** None of a database that is being moved: its copy goes on from the cursors that are copied. */
export function* takeSinks(vault: Vault, request: TakeRequest): Act<TakenSink[]> {
  const { state } = yield* readGate();
  if (state === 'moving' || state === 'moved') return [];
  const { now } = request;
  const rows = yield* query<TakenRow>(
    `update event_sink set holder = ?, held_until = ? from (${due}) d
     where event_sink.stack_id = d.stack_id and event_sink.id = d.id and (event_sink.held_until is null or event_sink.held_until <= ?)
     returning event_sink.stack_id, event_sink.id, event_sink.type, event_sink.target, event_sink.ttl_ms, event_sink.attempts, event_sink.sent`,
    request.holder,
    request.heldUntil,
    now,
    now,
    JSON.stringify(request.types),
    request.sinks,
    now,
  );
  const taken: TakenSink[] = [];
  for (const row of rows) taken.push(yield* loadTaken(vault, row, request.events));
  return taken;
}

function* loadTaken(vault: Vault, row: TakenRow, limit: number): Act<TakenSink> {
  const { stack_id: stackId, id, type, attempts, sent } = row;
  // Before the events, so that each up to this number is among them, or is purged.
  const stack = yield* queryOne<{ uuid: string; name: string; event_seq: number }>(
    'select uuid, name, event_seq from stack where id = ?',
    stackId,
  );
  const events = yield* query<SinkEvent & SqlRow>(
    `select seq, at, resource_id as "resourceId", name, type, physical_id as "physicalId", action, status, reason
     from event where stack_id = ? and seq > ? order by seq limit ? + 0`,
    stackId,
    sent,
    limit,
  );
  const { uuid, name, event_seq } = stack!;
  const target = vault.open(row.target, placeOfSink(stackId, id)) as string;
  const last = events.at(-1)?.seq ?? sent;
  const upTo = events.length < limit ? Math.max(event_seq, last) : last;
  return { stackId, id, stack: { uuid, name }, type, target, ttlMs: row.ttl_ms, attempts, sent, events: [...events], upTo };
}

export interface SentNote {
  readonly stackId: StackId;
  readonly id: string;
  readonly holder: string;
  /** Up to and with this event everything was sent, or given up. */
  readonly sent: number;
  /** How many were given up this time. */
  readonly dropped: number;
  /** Failures in a row. */
  readonly attempts: number;
  readonly nextAt: number;
  readonly reason: string;
}

/** What a sender has done; false when somebody else is at it by now. What is sent of a stack that is gone is forgotten. */
export function* noteSent({ stackId, id, holder, ...note }: SentNote): Act<boolean> {
  const rows = yield* query(
    `update event_sink set holder = null, held_until = null, sent = case when sent > ? then sent else ? end, dropped = dropped + ?, attempts = ?, next_at = ?, reason = ?
     where stack_id = ? and id = ? and holder = ? returning sent`,
    note.sent,
    note.sent,
    note.dropped,
    note.attempts,
    note.nextAt,
    note.reason,
    stackId,
    id,
    holder,
  );
  if (rows.length === 0) return false;
  yield* query(
    `delete from event_sink where stack_id = ? and id = ? and exists
       (select 1 from stack s where s.id = event_sink.stack_id and s.deleted_at is not null and s.event_seq <= event_sink.sent)`,
    stackId,
    id,
  );
  return true;
}

/** The first event that a sink of the stack still waits for, and is not too old for; null when there is none. */
export function* firstAwaited(stack: StackRow, wallTime: number): Act<number | null> {
  const sinks = yield* query<{ sent: number; ttl_ms: number }>(
    'select sent, ttl_ms from event_sink where stack_id = ? and sent < ?',
    stack.id,
    stack.eventSeq,
  );
  let first: number | null = null;
  for (const { sent, ttl_ms } of sinks) {
    const row = yield* queryOne<{ seq: number }>(
      'select seq from event where stack_id = ? and seq > ? and at >= ? order by seq limit 1',
      stack.id,
      sent,
      wallTime - ttl_ms,
    );
    if (row && (first === null || row.seq < first)) first = row.seq;
  }
  return first;
}

/** How a sink of a stack stands; without its target, which may hold a token. */
export interface SinkStanding {
  readonly type: string;
  readonly sent: number;
  readonly waiting: number;
  readonly dropped: number;
  readonly attempts: number;
  readonly reason: string;
}

export function* listSinks(stackId: StackId): Act<SinkStanding[]> {
  const rows = yield* query<SinkStanding & SqlRow>(
    `select k.type, k.sent, s.event_seq - k.sent as waiting, k.dropped, k.attempts, k.reason
     from event_sink k join stack s on s.id = k.stack_id where k.stack_id = ? order by k.type, k.id`,
    stackId,
  );
  return [...rows];
}
