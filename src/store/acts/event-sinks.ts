/**
 * Event sinks of stacks: which a goal has, and from which event on. send-events.ts has the sending.
 *
 * A nested stack has those of its root: its environments are the root's, and a root's update that changes nothing else does not visit it.
 * Targets are always sealed, as they may hold a token.
 */
import type { StackId, StackRow } from '../../engine/ports/store.ts';
import { digest } from '../../std/digest.ts';
import type { EventSink } from '../../template/event-sinks.ts';
import { type Act, query, queryOne, queryRows } from '../sql.ts';
import type { Vault } from '../vault.ts';
import type { ActContext } from './act-context.ts';
import type { Source } from './start.ts';

/** Whatever an environment says. */
const longestTtlMs = 7 * 86_400_000;

const placeOfGoal = (stackId: StackId): string => `goal/${stackId}/sinks`;

/** Of a target. */
export const placeOfSink = (stackId: StackId, id: string): string => `sink/${stackId}/${id}`;

export function sealSinks({ vault }: ActContext, stackId: StackId, sinks: readonly EventSink[]): string {
  return sinks.length === 0 ? '[]' : vault.seal(sinks as never, true, placeOfGoal(stackId));
}

/** From now on events go where the new goal says; an empty goal's end is told to those who heard of what was before it. */
export function* turnSinks(cx: ActContext, stack: StackRow, source: Source): Act<void> {
  if (source.empty || source.copyOf === stack.goal) return;
  if (stack.parentId !== null) yield* turnTo(cx, [stack], yield* sinksOfRoot(cx, stack));
  else {
    const sinks = source.goal?.sinks ?? (yield* readSinks(cx, stack.id, source.copyOf));
    if (yield* turnTo(cx, [stack], sinks)) yield* turnTo(cx, yield* nestedIn(stack), sinks);
  }
}

/** Those that it has: while it is emptied, these are not what its goal says. */
function* sinksOfRoot({ vault }: ActContext, { rootId }: StackRow): Act<readonly EventSink[]> {
  const rows = yield* query<{ id: string; type: string; target: string; ttl_ms: number }>(
    'select id, type, target, ttl_ms from event_sink where stack_id = ?',
    rootId,
  );
  return rows.map(({ id, type, target, ttl_ms }) => ({
    type,
    target: vault.open(target, placeOfSink(rootId, id)) as string,
    ttlSeconds: ttl_ms / 1_000,
  }));
}

function* readSinks({ vault }: ActContext, stackId: StackId, goal: number | null): Act<readonly EventSink[]> {
  const row = yield* queryOne<{ sinks: string }>('select sinks from goal where stack_id = ? and number = ?', stackId, goal);
  return row === undefined ? [] : (vault.open(row.sinks, placeOfGoal(stackId)) as unknown as EventSink[]);
}

type Place = Pick<StackRow, 'id' | 'eventSeq'>;

function* nestedIn({ id }: StackRow): Act<readonly Place[]> {
  return yield* query<Place>(
    'select id, event_seq as "eventSeq" from stack where root_id = ? and id <> ? and deleted_at is null',
    id,
    id,
  );
}

/** What was known before goes on where it was. False when nothing changes. */
function* turnTo(cx: ActContext, stacks: readonly Place[], sinks: readonly EventSink[]): Act<boolean> {
  const wanted = new Map(sinks.map((sink) => [idOf(cx.vault, sink), sink]));
  const rows = yield* query<{ stack_id: StackId; id: string; ttl_ms: number }>(
    'select stack_id, id, ttl_ms from event_sink where stack_id in @ids',
    JSON.stringify(stacks.map(({ id }) => id)),
  );
  const gone = rows.filter(({ id }) => !wanted.has(id));
  const known = new Map(rows.map((row) => [placeOfSink(row.stack_id, row.id), row.ttl_ms]));
  const changed = stacks.flatMap(({ id, eventSeq }) =>
    [...wanted]
      .filter(([sinkId, sink]) => known.get(placeOfSink(id, sinkId)) !== ttlOf(sink))
      .map(([sinkId, sink]) => [id, sinkId, sink.type, sealTarget(cx, id, sinkId, sink), ttlOf(sink), eventSeq]),
  );
  yield* dropSinks(gone);
  yield* addSinks(changed);
  return gone.length + changed.length > 0;
}

/** The target's place is its row's. */
const sealTarget = ({ vault }: ActContext, stackId: StackId, id: string, { target }: EventSink): string =>
  vault.seal(target, true, placeOfSink(stackId, id));

function* dropSinks(sinks: readonly { readonly stack_id: StackId; readonly id: string }[]): Act<void> {
  yield* queryRows(
    'delete from event_sink where (stack_id, id) in (select k.stack_id, k.id from @rows(stack_id int, id text) k)',
    sinks.map(({ stack_id, id }) => [stack_id, id]),
  );
}

function* addSinks(rows: readonly (readonly (string | number)[])[]): Act<void> {
  yield* queryRows(
    `insert into event_sink (stack_id, id, type, target, ttl_ms, sent, attempts, next_at, holder, held_until, dropped, reason)
     select k.stack_id, k.id, k.type, k.target, k.ttl_ms, k.sent, 0, 0, null, null, 0, ''
     from @rows(stack_id int, id text, type text, target text, ttl_ms int, sent int) k where true
     on conflict (stack_id, id) do update set ttl_ms = excluded.ttl_ms`,
    rows,
  );
}

const ttlOf = ({ ttlSeconds }: EventSink): number => Math.ceil(Math.min(ttlSeconds * 1_000, longestTtlMs));

/** Keyed: a target may hold a token. */
function idOf({ digestKey }: Vault, { type, target }: EventSink): string {
  return digest(JSON.stringify([type, target]), digestKey);
}
