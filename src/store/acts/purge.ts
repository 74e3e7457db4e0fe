/**
 * Retention: what is old goes, some stacks at a time and not many rows at once, so that it never holds anybody up.
 *
 * Never what is still meant: the current goal, the last complete one and every definition that a row refers to stay; so do the events of the
 * current traversal, those that an event sink waits for and would still be sent, the traversals that kept goals, operations and nodes belong to, and always the end of a stack's history without a gap.
 */
import type { Purged, PurgeRequest, Retention, StackId, StackRow } from '../../engine/ports/store.ts';
import { toStack } from '../rows.ts';
import { type Act, query, queryOne } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { readGate } from './gate.ts';
import { lockFree } from './lock.ts';
import { firstAwaited } from './send-events.ts';
import { pruneGoals } from './store-goal.ts';

/** Stacks looked at in one transaction. */
const stacksAtOnce = 25;
/** Tombstones that no engine ever came to look for. */
const longestTombstoneMs = 7 * 86_400_000;

interface Budget {
  left: number;
}

export function* purge(cx: ActContext, { after, retention, limit }: PurgeRequest): Act<Purged> {
  const purged = { events: 0, traversals: 0, goals: 0, stacks: 0, tombstones: 0 };
  if ((yield* readGate()).state !== 'open') return { ...purged, next: null };
  if (after === 0) purged.tombstones = yield* purgeTombstones(cx);
  const budget: Budget = { left: limit };
  const ids = yield* query<{ id: StackId }>('select id from stack where id > ? order by id limit ? + 0', after, stacksAtOnce);
  // What somebody else is at comes with the next round.
  const free = yield* lockFree(
    cx,
    ids.map((row) => row.id),
  );
  const rows = yield* query('select * from stack where id in @ids order by id', JSON.stringify(free));
  let next: number | null = null;
  for (const stack of rows.map(toStack)) {
    if (stack.deletedAt !== null) yield* purgeDeleted(cx, stack, retention, budget, purged);
    else yield* purgeLiving(cx, stack, retention, budget, purged);
    if (budget.left <= 0) return { ...purged, next: next ?? after };
    next = stack.id;
  }
  return { ...purged, next: ids.length < stacksAtOnce ? null : ids.at(-1)!.id };
}

type Counts = { -readonly [kind in Exclude<keyof Purged, 'next'>]: number };

function* purgeTombstones(cx: ActContext): Act<number> {
  return (yield* query('delete from tombstone where until < ? returning token', cx.now - longestTombstoneMs)).length;
}

/** Its row goes last, when nothing refers to it any more; of a nested stack, when its root has come to rest and dropped what it was made of. */
function* purgeDeleted(
  cx: ActContext,
  stack: StackRow,
  { deletedStacksMs }: Retention,
  budget: Budget,
  purged: Counts,
): Act<void> {
  if (stack.deletedAt! >= cx.wallTime - deletedStacksMs || (yield* firstAwaited(stack, cx.wallTime)) !== null) return;
  purged.events += yield* deleteEvents(stack, stack.eventSeq + 1, budget);
  if (budget.left <= 0) return;
  const traversals = yield* query('delete from traversal where stack_id = ? returning number', stack.id);
  purged.traversals += traversals.length;
  budget.left -= traversals.length;
  yield* query('delete from event_sink where stack_id = ?', stack.id);
  const gone = yield* query(
    `delete from stack where id = ? and not exists (select 1 from stack c where c.root_id = ? and c.id <> ?)
       and not exists (select 1 from stack r where r.id = ? and r.id <> ? and r.status = 'IN_PROGRESS') returning id`,
    stack.id,
    stack.id,
    stack.id,
    stack.rootId,
    stack.id,
  );
  purged.stacks += gone.length;
}

function* purgeLiving(cx: ActContext, stack: StackRow, retention: Retention, budget: Budget, purged: Counts): Act<void> {
  purged.goals += yield* purgeGoals(cx, stack, retention);
  const kept = yield* queryOne<{ seq: number }>(
    'select seq from event where stack_id = ? and (at >= ? or traversal >= ?) order by seq limit 1',
    stack.id,
    cx.wallTime - retention.eventsMs,
    stack.traversal,
  );
  const awaited = yield* firstAwaited(stack, cx.wallTime);
  if (kept) purged.events += yield* deleteEvents(stack, Math.min(kept.seq, awaited ?? kept.seq), budget);
  if (budget.left > 0) purged.traversals += yield* purgeTraversals(stack, cx.wallTime - retention.traversalsMs, budget);
}

function* purgeGoals(cx: ActContext, stack: StackRow, { goalsMs }: Retention): Act<number> {
  // A nested stack's goals belong to its root's: they go by their number only.
  if (goalsMs === null || stack.parentId !== null) return 0;
  const young = yield* queryOne<{ number: number | null }>(
    'select min(number) as number from goal where stack_id = ? and requested_at >= ?',
    stack.id,
    cx.wallTime - goalsMs,
  );
  return yield* pruneGoals(cx, stack, young?.number ?? stack.goal);
}

/** The oldest ones with a lower number. */
function* deleteEvents(stack: StackRow, below: number, budget: Budget): Act<number> {
  const rows = yield* query(
    `delete from event where stack_id = ? and seq < ? and seq in (select seq from event where stack_id = ? order by seq limit ? + 0) returning seq`,
    stack.id,
    below,
    stack.id,
    budget.left,
  );
  budget.left -= rows.length;
  return rows.length;
}

function* purgeTraversals(stack: StackRow, before: number, budget: Budget): Act<number> {
  const rows = yield* query(
    `delete from traversal where stack_id = ? and number < ? and ended_at < ?
       and not exists (select 1 from goal g where g.stack_id = traversal.stack_id and g.traversal = traversal.number)
       and not exists (select 1 from operation o where o.stack_id = traversal.stack_id and o.traversal = traversal.number)
       and not exists (select 1 from node n where n.stack_id = traversal.stack_id and n.traversal = traversal.number) returning number`,
    stack.id,
    stack.traversal,
    before,
  );
  budget.left -= rows.length;
  return rows.length;
}
