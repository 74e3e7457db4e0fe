/**
 * A person stops one stack, with all that is nested in it, by force: its traversal ends as failed, its claims are void, its operations rest, and nothing goes on until the
 * next request, whichever it is.
 *
 * What is known is kept. A call that is under way is aborted at its engine's next heartbeat; if it ends all the same, its result is recorded,
 * because its epoch still stands. Otherwise the next request finds the operation without a holder, and the first act is to look.
 */
import type { StackId, StackRow, StopAnswer } from '../../engine/ports/store.ts';
import { checkTransition } from '../../engine/states.ts';
import { toStack, toTraversal } from '../rows.ts';
import { type Act, query, queryOne, run } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { lockTreeByUuid } from './lock.ts';
import { doubtAbove, endRowsWithin } from './nested.ts';
import { dropGraph, stackEvent } from './start.ts';
import { dropUnusedBlobs, pruneGoals } from './store-goal.ts';

export function* stopStack(cx: ActContext, uuid: string, why: string): Act<StopAnswer> {
  yield* lockTreeByUuid(cx, uuid);
  const row = yield* queryOne('select * from stack where uuid = ? and deleted_at is null', uuid);
  if (row === undefined) return { kind: 'refused', code: 'NOT_FOUND', message: 'the stack does not exist, or was deleted' };
  const tree = yield* loadTree(toStack(row));
  let operations = 0;
  let ended = false;
  for (const stack of tree.toReversed()) {
    operations += yield* stopOperations(cx, stack.id);
    ended = (yield* endTraversal(cx, stack, why)) || ended;
  }
  const name = tree[0]!.name;
  if (!ended && operations === 0)
    return { kind: 'refused', code: 'NOTHING_TO_STOP', message: `stack ${name} has nothing to stop: nothing is under way` };
  // What a nested stack that has gone was made of is dropped when its root comes to rest.
  if (ended) yield* dropUnusedBlobs(cx, tree[0]!.rootId);
  const now = yield* queryOne('select * from stack where id = ?', tree[0]!.id);
  return { kind: 'stopped', stack: toStack(now!), operations };
}

/** The root first. What is nested goes on only with it, so it is stopped with it: the deepest before what it is nested in. */
function* loadTree({ rootId }: StackRow): Act<StackRow[]> {
  const rows = yield* query('select * from stack where root_id = ? and deleted_at is null order by depth, id', rootId);
  return rows.map(toStack);
}

/** Its operations rest; an engine that holds one learns it with its next heartbeat. */
function* stopOperations(cx: ActContext, stackId: StackId): Act<number> {
  const rows = yield* query(
    `update operation set state = 'stopped', stopped_at = coalesce(stopped_at, ?) where stack_id = ? returning resource_id`,
    cx.now,
    stackId,
  );
  if (rows.length > 0) cx.journal.touch(stackId);
  return rows.length;
}

/** A nested stack that has converged has nothing under way: it waits for the next barrier, as it did. */
function* endTraversal(cx: ActContext, stack: StackRow, why: string): Act<boolean> {
  const row = yield* queryOne('select * from traversal where stack_id = ? and number = ?', stack.id, stack.traversal);
  if (row === undefined || toTraversal(row).endedAt !== null || toTraversal(row).state === 'converged') return false;
  checkTransition('traversal', toTraversal(row).state, 'failed');
  checkTransition('stack', stack.status, 'FAILED');
  const reason = `Stopped${why === '' ? '' : `: ${why}`}; nothing goes on until the next request`;
  yield* run(
    `update traversal set state = 'failed', ended_at = ?, reason = ?, deadline = null, converge_left = 0, aside_left = 0, cleanup_left = 0, action_left = 0
     where stack_id = ? and number = ?`,
    cx.wallTime,
    reason,
    stack.id,
    stack.traversal,
  );
  yield* run(
    `update goal set outcome = 'failed' where stack_id = ? and number = ? and outcome = 'in progress'`,
    stack.id,
    stack.goal,
  );
  yield* dropGraph(stack.id);
  yield* endRowsWithin(cx, stack, reason);
  if (stack.parentResource !== null) yield* doubtAbove(stack);
  yield* run(`update stack set status = 'FAILED', reason = ? where id = ?`, reason, stack.id);
  yield* pruneGoals(cx, stack);
  cx.journal.add(stack.id, stackEvent(stack, 'FAILED', reason));
  return true;
}

/** A new request: what slept may wake, what ran is looked at, and no deadline has come nearer meanwhile. */
export function* goOnWithStopped(cx: ActContext, stackId: StackId): Act<void> {
  yield* run(
    `update operation set state = case when wake_at is null then 'running' else 'sleeping' end,
       deadline = case when deadline is null then null else deadline + ? - stopped_at end, stopped_at = null
     where state = 'stopped' and stack_id in (select id from stack where id = ? or root_id = ?)`,
    cx.now,
    stackId,
    stackId,
  );
}
