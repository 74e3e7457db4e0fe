/**
 * A nested stack that is to go, or to be cleaned up, and that required what requires it now: neither could go before the other.
 *
 * What of it nothing refers to any more goes first (`held.ts`). What only that required is not required any more; what requires the stack goes then,
 * and the node comes back to the stack, as often as there is something between the generations of what it was made of.
 */
import type { Claim, ResourceId, StackId, StackRow } from '../../engine/ports/store.ts';
import { type Act, query, run, runRows, type SqlRow } from '../sql.ts';
import { findHeld, findMade, firstOf, isFreeSince, isLoose } from './held.ts';
import { meet, type Recorded, recordedColumns, type Span, spansOf } from './spans.ts';

/**
 * `tidy`: something in it may go now. `waits`: for what requires it. `free`: nothing holds it any more. `kept`: it is for what is above to wait.
 * `stuck`: nothing that holds it is on its way out before it.
 */
export type Way = 'tidy' | 'waits' | 'free' | 'kept' | 'stuck';

export function* giveWay(claim: Claim, child: StackRow): Act<Way> {
  const held = yield* findHeld(child);
  if (held === null) return 'free';
  if (yield* isLoose(child.id, held)) return 'tidy';
  const from = firstOf(held);
  if (yield* isFreeSince(child.id, from, held.stays)) yield* letGo(claim, yield* findMade(child.id, from));
  if (yield* waitForRequirers(claim)) return 'waits';
  return held.above ? 'kept' : 'stuck';
}

/** What was asked for under none of the goals that what is left was made for, nothing that is left requires. */
function* letGo({ stackId, traversal, nodeId, resourceId }: Claim, made: readonly Span[]): Act<void> {
  const recorded = yield* query<SqlRow & Recorded & { readonly required_id: number }>(
    `select q.required_id, ${recordedColumns} from requirement q where q.stack_id = ? and q.resource_id = ?`,
    stackId,
    resourceId,
  );
  const stands = (span: Span): boolean => made.some((one) => meet(one, span));
  const left = recorded.map((row) => ({ id: row.required_id, first: spansOf(row).find(stands)?.first, since: row.since ?? 0 }));
  const gone = left.filter(({ first }) => first === undefined).map(({ id }) => id);
  const later = left.filter(({ first, since }) => first !== undefined && first > since);
  yield* run(
    'delete from requirement where stack_id = ? and resource_id = ? and required_id in @ids',
    stackId,
    resourceId,
    JSON.stringify(gone),
  );
  yield* runRows(
    `update requirement set since = k.first, until = case when until < k.first then null else until end, again = case when until < k.first then null else again end
     from @rows(id int, first int) k where stack_id = ? and resource_id = ? and required_id = k.id`,
    later.map(({ id, first }) => [id, first!]),
    stackId,
    resourceId,
  );
  const freed = yield* query<{ requirer: number }>(
    `delete from edge where stack_id = ? and traversal = ? and required = ? and requirer in
       (select n.id from node n where n.stack_id = ? and n.traversal = ? and n.resource_id in @ids) returning requirer`,
    stackId,
    traversal,
    nodeId,
    stackId,
    traversal,
    JSON.stringify(gone),
  );
  yield* run(
    `update node set unmet = unmet - 1, state = case when unmet = 1 and state = 'waiting' then 'ready' else state end
     where stack_id = ? and traversal = ? and id in @ids`,
    stackId,
    traversal,
    JSON.stringify(freed.map((row) => row.requirer)),
  );
}

function* waitForRequirers({ stackId, traversal, nodeId, resourceId }: Claim): Act<boolean> {
  const nodes = yield* findRequirers(stackId, traversal, nodeId, resourceId);
  if (nodes.length === 0) return false;
  yield* runRows(
    'insert into edge (stack_id, traversal, required, requirer) select k.a, k.b, k.c, k.d from @rows(a int, b int, c int, d int) k',
    nodes.map((required) => [stackId, traversal, required, nodeId]),
  );
  yield* run(
    `update node set state = 'waiting', unmet = ?, engine_id = null where stack_id = ? and traversal = ? and id = ?`,
    nodes.length,
    stackId,
    traversal,
    nodeId,
  );
  return true;
}

/** Unfinished nodes; never one that waits for this, so that no circle is closed (I-12). */
function* findRequirers(stackId: StackId, traversal: number, nodeId: number, resourceId: ResourceId): Act<number[]> {
  const rows = yield* query<{ id: number }>(
    `with recursive after(id) as (
       select e.requirer from edge e where e.stack_id = ? and e.traversal = ? and e.required = ?
       union select e.requirer from after a join edge e on e.stack_id = ? and e.traversal = ? and e.required = a.id)
     select n.id from requirement q join node n on n.stack_id = q.stack_id and n.traversal = ? and n.resource_id = q.resource_id
     where q.stack_id = ? and q.required_id = ? and n.id <> ? and n.state not in ('done', 'failed', 'skipped') and n.id not in (select id from after)
     order by n.id`,
    stackId,
    traversal,
    nodeId,
    stackId,
    traversal,
    traversal,
    stackId,
    resourceId,
    nodeId,
  );
  return rows.map((row) => row.id);
}
