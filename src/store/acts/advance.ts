/**
 * What follows when the last node of a phase is settled: the barrier, cleanup, the stack action, the end.
 *
 * Under the root lock "was that the last one?" is exact, because counters are part of the same transaction as the settlement. At the barrier
 * the goal becomes complete and the rollback point; only then do versions of the former goal get cleanup nodes (I-09).
 */
import { planCleanup } from '../../engine/plan-cleanup.ts';
import type { Recorded } from '../../engine/plan-start.ts';
import type { ResourceId, StackId, StackRow, TraversalRow } from '../../engine/ports/store.ts';
import { checkTransition, type StackAction } from '../../engine/states.ts';
import { toStack, toTraversal } from '../rows.ts';
import { type Act, ask, query, queryOne, run, together } from '../sql.ts';
import { type ActContext, removeResources } from './act-context.ts';
import {
  completeDescendants,
  doubtAbove,
  endRowsWithin,
  loadFormer,
  loadOutlived,
  readDoubtful,
  releaseChildren,
  tellOfChange,
  tellOfLight,
  tellParent,
} from './nested.ts';
import { dropGraph, emptySha, stackEvent, startInStack, writeGraph } from './start.ts';
import { loadRecorded, loadVersions } from './start-facts.ts';
import { dropUnusedBlobs, pruneGoals } from './store-goal.ts';
import { buryTokens } from './tombstones.ts';

/** Moves on the traversals of these stacks; one look tells those that can't go on, which is most of them most of the time. */
export function* advanceAll(cx: ActContext, stackIds: readonly StackId[]): Act<void> {
  const ids = JSON.stringify(stackIds);
  const [stacks, traversals] = yield* together(
    ask('select * from stack where id in @ids', ids),
    ask(
      'select t.* from stack s cross join traversal t where s.id in @ids and t.stack_id = s.id and t.number = s.traversal',
      ids,
    ),
  );
  const traversalOf = new Map(traversals.map(toTraversal).map((traversal) => [traversal.stackId, traversal]));
  const moving = new Set<StackId>();
  for (const stack of stacks.map(toStack)) {
    const traversal = traversalOf.get(stack.id);
    if (traversal && !waits(stack, traversal)) moving.add(stack.id);
  }
  for (const stackId of stackIds) if (moving.has(stackId)) yield* advance(cx, stackId);
}

/** True where a step would do nothing. */
function waits({ parentResource }: StackRow, traversal: TraversalRow): boolean {
  const { state, endedAt, failures, rollback, convergeLeft, asideLeft, cleanupLeft, actionLeft } = traversal;
  if (endedAt !== null) return true;
  switch (state) {
    case 'converge':
      if (failures > 0 && (rollback || parentResource !== null)) return false;
      return convergeLeft > 0 || (failures > 0 && asideLeft > 0);
    case 'converged':
      return parentResource !== null;
    case 'cleanup':
      return cleanupLeft > 0;
    case 'action':
      return actionLeft > 0;
    default:
      return true;
  }
}

/** Moves a stack's traversal on as far as it can go without more work. */
export function* advance(cx: ActContext, stackId: StackId): Act<void> {
  for (;;) {
    const stackRow = yield* queryOne('select * from stack where id = ?', stackId);
    if (stackRow === undefined) return;
    const stack = toStack(stackRow);
    const row = yield* queryOne('select * from traversal where stack_id = ? and number = ?', stackId, stack.traversal);
    if (row === undefined) return;
    if (!(yield* step(cx, stack, toTraversal(row)))) return;
  }
}

/** One step; true when there may be another. */
function* step(cx: ActContext, stack: StackRow, traversal: TraversalRow): Act<boolean> {
  if (traversal.endedAt !== null) return false;
  if (traversal.failures > 0 && traversal.rollback && traversal.state === 'converge') {
    const failed = yield* failureReason(stack, traversal);
    const answer = yield* startInStack(cx, stack, { action: 'ROLLBACK', goal: { kind: 'rollback', to: null }, failed });
    if (answer.kind === 'started') return false;
    yield* run(
      'update traversal set rollback = 0, reason = ? where stack_id = ? and number = ?',
      `no rollback: ${answer.message}`,
      stack.id,
      traversal.number,
    );
    return true;
  }
  switch (traversal.state) {
    case 'converge':
      if (traversal.convergeLeft > 0) return yield* giveUpForRollback(stack, traversal);
      if (traversal.failures === 0) return yield* reachGoal(cx, stack, traversal);
      if (traversal.asideLeft > 0) return false;
      yield* finish(cx, stack, traversal, 'failed');
      return false;
    case 'converged':
      return stack.parentResource === null ? yield* passBarrier(cx, stack, traversal) : false;
    case 'cleanup':
      if (traversal.cleanupLeft > 0) return false;
      if (traversal.failures > 0) yield* finish(cx, stack, traversal, 'failed');
      else if (traversal.then !== null) return yield* passToAction(cx, stack, traversal);
      else yield* finish(cx, stack, traversal, 'complete');
      return false;
    case 'action':
      if (traversal.actionLeft > 0) return false;
      if (isToBeChecked(stack, traversal)) return yield* passToCheck(cx, stack, traversal);
      yield* finishAction(cx, stack, traversal);
      return false;
    default:
      return false;
  }
}

function* setState(stack: StackRow, traversal: TraversalRow, state: TraversalRow['state']): Act<void> {
  checkTransition('traversal', traversal.state, state);
  yield* run('update traversal set state = ? where stack_id = ? and number = ?', state, stack.id, traversal.number);
}

/**
 * Every converge node ended well. A nested stack waits for its root's barrier, also when it was changed on its own: what reads its outputs is to
 * have read them before anything is cleaned up, so its parent carries its goal on to them. Its own time was for getting here.
 */
function* reachGoal(cx: ActContext, stack: StackRow, traversal: TraversalRow): Act<boolean> {
  if (stack.parentResource === null) return yield* passBarrier(cx, stack, traversal);
  yield* setState(stack, traversal, 'converged');
  if (traversal.deadline !== null)
    yield* run('update traversal set deadline = null where stack_id = ? and number = ?', stack.id, traversal.number);
  if (!(yield* tellParent(cx, stack, 'COMPLETE', 'its goal is reached'))) yield* tellOfChange(cx, stack);
  return false;
}

/** A nested stack with a failure ends at once where its root is to roll back, instead of finishing what stands beside it. */
function* giveUpForRollback(stack: StackRow, traversal: TraversalRow): Act<boolean> {
  if (traversal.failures === 0 || stack.parentResource === null) return false;
  const root = yield* queryOne(
    `select 1 as ok from stack s join traversal t on t.stack_id = s.id and t.number = s.traversal
     where s.id = ? and t.rollback = 1 and t.state = 'converge'`,
    stack.rootId,
  );
  if (root === undefined) return false;
  yield* run(`delete from node where stack_id = ? and state <> 'failed'`, stack.id);
  yield* run('delete from edge where stack_id = ?', stack.id);
  yield* run('update operation set cancel = 1 where stack_id = ?', stack.id);
  yield* run(
    'update traversal set converge_left = 0, aside_left = 0 where stack_id = ? and number = ?',
    stack.id,
    traversal.number,
  );
  return true;
}

/** The goal is complete: the rollback point moves, and what it does not want is planned for deletion. */
function* passBarrier(cx: ActContext, stack: StackRow, traversal: TraversalRow): Act<boolean> {
  yield* completeGoal(cx, stack, traversal);
  yield* tidy(cx, stack, traversal);
  return true;
}

/**
 * Cleanup begins: nodes for what is marked, and for nested stacks with something to clean up, before what these formerly required. What is `kept` is
 * still referred to.
 */
export function* tidy(
  cx: ActContext,
  stack: StackRow,
  traversal: TraversalRow,
  kept: ReadonlySet<ResourceId> = new Set(),
): Act<void> {
  yield* setState(stack, traversal, 'cleanup');
  yield* run('delete from node where stack_id = ? and traversal = ? and phase = ?', stack.id, traversal.number, 'aside');
  const marked = yield* queryOne<{ n: number }>(
    'select count(*) as n from resource where stack_id = ? and marked is not null',
    stack.id,
  );
  let planned = { nodes: [] as ReturnType<typeof planCleanup>['nodes'], edges: [] as ReturnType<typeof planCleanup>['edges'] };
  const untidy = yield* completeDescendants(cx, stack.id);
  if (marked!.n + untidy.size > 0) {
    const versions = (yield* loadVersions(stack.id)).filter((v) => (v.marked && !kept.has(v.id)) || untidy.has(v.id));
    const unmade = versions.filter((v) => v.marked && !v.made && v.operation === null).map((v) => v.id);
    yield* removeResources(stack.id, unmade);
    const gone = new Set(unmade);
    planned = planCleanup({
      versions: versions.filter((v) => !gone.has(v.id)),
      recorded: yield* loadRecorded(stack.id),
      firstNode: traversal.nodes + 1,
      phase: 'cleanup',
      staying: untidy,
      former: [
        ...(yield* loadFormer(stack.id, untidy)),
        ...(yield* loadOutlived(stack.id)).filter(({ resourceId }) => !untidy.has(resourceId)),
      ],
    });
    yield* writeGraph(stack.id, traversal.number, planned);
  }
  yield* run(
    'update traversal set cleanup_left = ?, aside_left = 0, nodes = nodes + ? where stack_id = ? and number = ?',
    planned.nodes.length,
    planned.nodes.length,
    stack.id,
    traversal.number,
  );
  cx.journal.touch(stack.id);
}

export function* completeGoal(cx: ActContext, stack: StackRow, traversal: TraversalRow): Act<void> {
  yield* run('update stack set complete_goal = ? where id = ?', traversal.goal, stack.id);
  yield* run(
    `update goal set outcome = 'complete', completed_at = ? where stack_id = ? and number = ?`,
    cx.wallTime,
    stack.id,
    traversal.goal,
  );
}

function* passToAction(cx: ActContext, stack: StackRow, traversal: TraversalRow): Act<boolean> {
  // A traversal that began with its cleanup has passed no barrier: what it cleaned up was all of its goal.
  yield* completeGoal(cx, stack, traversal);
  yield* setState(stack, traversal, 'action');
  yield* beginAction(cx, stack, traversal.number, traversal.then!);
  return true;
}

/** It was asked for while a suspended stack was under way to its goal: what that changed has been put to sleep again. */
function isToBeChecked({ suspended }: StackRow, { action, then, failures }: TraversalRow): boolean {
  return action === 'CHECK' && then === 'SUSPEND' && suspended && failures === 0;
}

function* passToCheck(cx: ActContext, stack: StackRow, traversal: TraversalRow): Act<boolean> {
  yield* run(`update traversal set then_action = 'CHECK' where stack_id = ? and number = ?`, stack.id, traversal.number);
  yield* dropGraph(stack.id);
  yield* beginAction(cx, stack, traversal.number, 'CHECK');
  return true;
}

const inverted = (r: Recorded): Recorded => ({ ...r, resourceId: r.requiredId, requiredId: r.resourceId });

/** Nodes over all that stands: for SUSPEND what requires a resource goes first, for RESUME what it requires; CHECK looks at each, whatever the others are. */
export function* beginAction(_cx: ActContext, stack: StackRow, traversal: number, action: StackAction): Act<number> {
  const versions = (yield* loadVersions(stack.id)).filter((v) => !v.marked && v.made);
  const recorded = yield* loadRecorded(stack.id);
  const row = yield* queryOne<{ nodes: number }>(
    'select nodes from traversal where stack_id = ? and number = ?',
    stack.id,
    traversal,
  );
  const first = row!.nodes + 1;
  const turned = action === 'CHECK' ? [] : action === 'SUSPEND' ? recorded : recorded.map(inverted);
  const planned = planCleanup({ versions, recorded: turned, firstNode: first, phase: 'cleanup' });
  const nodes = planned.nodes.map((node) => ({ ...node, phase: 'action' as const }));
  yield* writeGraph(stack.id, traversal, { nodes, edges: planned.edges });
  yield* run(
    'update traversal set action_left = ?, nodes = nodes + ? where stack_id = ? and number = ?',
    nodes.length,
    nodes.length,
    stack.id,
    traversal,
  );
  return nodes.length;
}

/** An action makes nothing whole: a stack whose goal was not reached is as failed after it as before. */
function* finishAction(cx: ActContext, stack: StackRow, traversal: TraversalRow): Act<void> {
  if (traversal.failures > 0) return yield* finish(cx, stack, traversal, 'failed');
  const unwhole = yield* queryOne<{ n: number }>(
    `select count(*) as n from resource
     where stack_id = ? and (marked is not null or status <> 'COMPLETE' or (doubt = 1 and nested = 0) or action = 'INIT')`,
    stack.id,
  );
  const goal = yield* queryOne<{ outcome: string }>(
    'select outcome from goal where stack_id = ? and number = ?',
    stack.id,
    traversal.goal,
  );
  if (unwhole!.n === 0 && goal?.outcome === 'complete') {
    yield* finish(cx, stack, traversal, 'complete');
    if (traversal.action === 'SUSPEND') return;
    yield* carryOnStale(cx, stack);
    yield* tellOfLight(cx, stack);
    return;
  }
  yield* run(
    'update traversal set reason = ? where stack_id = ? and number = ?',
    `${traversal.action} done, but the goal had not been reached before it`,
    stack.id,
    traversal.number,
  );
  const row = yield* queryOne('select * from traversal where stack_id = ? and number = ?', stack.id, traversal.number);
  yield* finish(cx, stack, toTraversal(row!), 'failed');
}

/**
 * An action that ended well and brought other outputs to light than are recorded carries the goals on, so that nobody keeps a stale value. One
 * that found something wrong carries nothing on: whether that is to be put right is for a person to say. What is suspended waits until it is
 * resumed, because carrying its goal on would resume and suspend it again, and might change its outputs again. Nested stacks first, once the
 * root rests.
 */
function* carryOnStale(cx: ActContext, checked: StackRow): Act<void> {
  const rows = yield* query(
    `select s.* from stack s where s.root_id = ? and s.deleted_at is null and s.status = 'COMPLETE' and s.complete_goal = s.goal and s.suspended = 0
       and not exists (select 1 from stack root join traversal t on t.stack_id = root.id and t.number = root.traversal where root.id = s.root_id and t.ended_at is null)
       and exists (select 1 from requirement q cross join resource r cross join resource u
         where q.stack_id = s.id and r.id = q.required_id and u.id = q.resource_id and r.revision <> q.revision and r.marked is null and u.marked is null)
     order by s.depth desc, s.id`,
    checked.rootId,
  );
  for (const stack of rows.map(toStack)) {
    if (stack.parentResource !== null) yield* doubtAbove(stack);
    yield* startInStack(cx, stack, { action: 'UPDATE', goal: { kind: 'carry' } });
  }
}

function* finish(cx: ActContext, stack: StackRow, traversal: TraversalRow, outcome: 'complete' | 'failed'): Act<void> {
  yield* setState(stack, traversal, outcome);
  const reason =
    outcome === 'complete' ? `Stack ${traversal.action} completed successfully` : yield* failureReason(stack, traversal);
  yield* run(
    'update traversal set ended_at = ?, deadline = null, reason = ? where stack_id = ? and number = ?',
    cx.wallTime,
    reason,
    stack.id,
    traversal.number,
  );
  if (outcome === 'complete') {
    if (traversal.state === 'cleanup') yield* completeGoal(cx, stack, traversal);
    yield* dropGraph(stack.id);
  } else {
    yield* run(
      `update goal set outcome = 'failed' where stack_id = ? and number = ? and outcome = 'in progress'`,
      stack.id,
      traversal.goal,
    );
    yield* endRowsWithin(cx, stack, traversal.reason || 'its stack was not waited for');
  }
  const status = outcome === 'complete' ? 'COMPLETE' : 'FAILED';
  checkTransition('stack', stack.status, status);
  const row = yield* queryOne(
    'update stack set status = ?, reason = ?, action = ? where id = ? returning *',
    status,
    reason,
    traversal.action,
    stack.id,
  );
  cx.journal.add(stack.id, stackEvent(toStack(row!), status, reason));
  if (outcome === 'complete' && (yield* isDeletion(stack, traversal))) yield* purgeStack(cx, stack);
  else yield* pruneGoals(cx, toStack(row!));
  yield* tellParent(cx, stack, status, reason);
  if (stack.parentId === null && (yield* hasChildren(stack.id))) yield* dropUnusedBlobs(cx, stack.id);
  if (outcome === 'complete' || traversal.state === 'action') yield* readDoubtful(cx, stack.id);
}

function* hasChildren(stackId: StackId): Act<boolean> {
  return (yield* queryOne('select 1 as ok from stack where parent_id = ? limit 1', stackId)) !== undefined;
}

/** Never by its action alone: only a stack whose goal is empty is gone. */
function* isDeletion(stack: StackRow, traversal: TraversalRow): Act<boolean> {
  if (traversal.action !== 'DELETE' && traversal.action !== 'ABANDON') return false;
  const goal = yield* queryOne<{ sha: string }>(
    'select sha from goal where stack_id = ? and number = ?',
    stack.id,
    traversal.goal,
  );
  return goal?.sha === emptySha;
}

/** Every failure, each once, in Heat's form. */
function* failureReason(stack: StackRow, traversal: TraversalRow): Act<string> {
  const failed = yield* query<{ name: string | null; type: string | null; reason: string; phase: string }>(
    `select r.name, r.type, n.reason, n.phase from node n left join resource r on r.id = n.resource_id
     where n.stack_id = ? and n.traversal = ? and n.state = 'failed' order by n.id`,
    stack.id,
    traversal.number,
  );
  const list = failed
    .filter((f) => traversal.state !== 'converge' || f.phase === 'converge')
    .map((f) => `${f.type}: resources.${f.name}: ${f.reason}`);
  const extra = traversal.reason === '' ? [] : [traversal.reason];
  if (traversal.state === 'cleanup' && traversal.action !== 'DELETE') {
    const many = failed.length === 1 ? '1 old version' : `${failed.length} old versions`;
    const left = failed.length === 0 ? [] : [`${many} could not be deleted: ${list.join('; ')}`];
    return ['goal reached', ...left, ...extra].join('; ');
  }
  return [...(list.length > 0 ? [`Resource ${traversal.action} failed: ${list.join('; ')}`] : []), ...extra].join('; ');
}

/** Nothing of a deleted stack remains but its row, its traversals and its events. */
function* purgeStack(cx: ActContext, stack: StackRow): Act<void> {
  const left = yield* query<{ id: number }>('select id from resource where stack_id = ?', stack.id);
  const ids = left.map((row) => row.id as ResourceId);
  yield* buryTokens(cx, ids);
  yield* releaseChildren(cx, ids);
  yield* removeResources(stack.id, ids);
  for (const table of ['operation', 'requirement', 'identity', 'membership', 'declaration', 'definition', 'goal']) {
    yield* run(`delete from ${table} where stack_id = ?`, stack.id);
  }
  if (stack.parentId === null) yield* run('delete from blob where stack_id = ?', stack.id);
  yield* run('update stack set deleted_at = ? where id = ?', cx.wallTime, stack.id);
  if (stack.parentId !== null && (yield* isAtRest(stack.rootId))) yield* dropUnusedBlobs(cx, stack.rootId);
}

/** Otherwise it drops what is unused when it comes to rest. */
function* isAtRest(stackId: StackId): Act<boolean> {
  return (yield* queryOne(`select 1 as ok from stack where id = ? and status <> 'IN_PROGRESS'`, stackId)) !== undefined;
}
