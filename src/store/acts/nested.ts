/**
 * Nested stacks: a node of the parent begins a traversal in the child and waits for it; the child wakes the node in the transaction that
 * ends its part.
 *
 * A child is a stack of its own in the same tree, under the same root lock. What its parent's node began in it is part of the root's
 * traversal: it converges, and cleans up nothing before the root's barrier (I-09). Nothing polls; no operation row stands for a child, so a
 * newer goal of the parent retargets it at once.
 */
import type {
  Claim,
  NestedBegin,
  ResourceId,
  SeenChild,
  Settlement,
  StackId,
  StackRow,
  TraversalRow,
} from '../../engine/ports/store.ts';
import { priorityNumbers } from '../../engine/priorities.ts';
import { checkTransition } from '../../engine/states.ts';
import { type Json, sameJson } from '../../std/json.ts';
import { toResource, toStack, toTraversal } from '../rows.ts';
import { type Act, query, queryOne, run, runRows } from '../sql.ts';
import { type ActContext, allocateIds } from './act-context.ts';
import { advance, completeGoal, tidy } from './advance.ts';
import { giveWay } from './give-way.ts';
import { findKept } from './held.ts';
import { readInsideMark } from './load-inside.ts';
import { type StartSpec, startInStack } from './start.ts';
import { dropUnusedBlobs } from './store-goal.ts';

type Nest = Extract<Settlement, { kind: 'nest' }>;

/** Why the node ends here, or is to try again; null: it waits, or is ready to decide anew. */
export type NestAnswer = { readonly to: 'done' | 'failed' | 'skipped' | 'later'; readonly reason: string } | null;

export function* findChild(resourceId: ResourceId): Act<StackRow | null> {
  const row = yield* queryOne('select * from stack where parent_resource = ? and deleted_at is null', resourceId);
  return row ? toStack(row) : null;
}

export function* currentTraversal(stack: StackRow): Act<TraversalRow | null> {
  const row = yield* queryOne('select * from traversal where stack_id = ? and number = ?', stack.id, stack.traversal);
  return row ? toTraversal(row) : null;
}

/** The child is not as it was seen any more: the node decides anew. */
export function* hasMovedOn(claim: Claim, seen: SeenChild | null): Act<boolean> {
  const child = yield* findChild(claim.resourceId);
  const traversal = child === null ? null : yield* currentTraversal(child);
  return traversal?.number !== seen?.traversal || traversal?.state !== seen?.state;
}

/** Its outputs were read for the first time under the goal of that node. */
export function* noteRead({ stackId, traversal, resourceId }: Claim): Act<void> {
  yield* run(
    `update goal set read_in = (select t.goal from traversal t where t.stack_id = ? and t.number = ?)
     where read_in = 0 and (stack_id, number) in (select id, goal from stack where parent_resource = ? and deleted_at is null)`,
    stackId,
    traversal,
    resourceId,
  );
}

/** Begins what the engine decided. */
export function* nest(cx: ActContext, settlement: Nest, phase: string): Act<NestAnswer> {
  const { claim, begin } = settlement;
  const child = yield* findChild(claim.resourceId);
  if (isDeletion(settlement) && (yield* isRequired(claim.resourceId)))
    return yield* refuse(cx, settlement, { to: phase === 'aside' ? 'skipped' : 'failed', reason: stillRequired });
  switch (begin.kind) {
    case 'wait':
      yield* restNode(settlement, child!.traversal);
      return null;
    case 'cleanup':
      yield* restNode(settlement, child!.traversal);
      yield* cleanUp(cx, child!);
      yield* advance(cx, child!.id);
      return null;
    case 'give-way':
      return yield* goPartly(cx, settlement, child!);
    case 'create':
      return yield* start(cx, settlement, yield* createChild(cx, settlement.claim, begin), {
        action: 'CREATE',
        goal: { kind: 'new', goal: begin.goal },
        timeoutMs: begin.timeoutMs ?? null,
      });
    case 'start':
      return yield* start(cx, settlement, child!, { action: begin.action, goal: begin.goal, timeoutMs: begin.timeoutMs ?? null });
  }
}

/**
 * It may have converged after the barrier: then its goal is complete from here on. Where something that is to go refers to former versions in it,
 * these stay for now, and it ends as a deletion in part does.
 */
function* cleanUp(cx: ActContext, child: StackRow): Act<void> {
  const traversal = (yield* currentTraversal(child))!;
  if (child.completeGoal !== child.goal) yield* completeGoal(cx, child, traversal);
  const kept = yield* findKept(child);
  if (kept !== null) yield* holdTraversal(child);
  yield* tidy(cx, child, traversal, kept ?? new Set());
}

function* holdTraversal({ id, traversal }: StackRow): Act<void> {
  yield* run(
    `update traversal set held = 1, failures = failures + 1, reason = 'what refers to it goes first' where stack_id = ? and number = ?`,
    id,
    traversal,
  );
}

/** What is given up is not deleted, so its order matters to nobody. */
const isDeletion = ({ begin }: Nest): boolean =>
  begin.kind === 'start' && begin.goal.kind === 'empty' && begin.action !== 'ABANDON';

const stillRequired = 'something that stands still requires it';

function* goPartly(cx: ActContext, settlement: Nest, child: StackRow): Act<NestAnswer> {
  const { claim } = settlement;
  switch (yield* giveWay(claim, child)) {
    case 'tidy':
      if (settlement.begin.kind === 'give-way' && settlement.begin.stays)
        return yield* start(cx, settlement, child, { action: 'UPDATE', goal: { kind: 'carry' }, timeoutMs: null });
      // Whoever wants it after all looks at it first.
      yield* endRow(cx, claim.resourceId, claim.traversal, 'FAILED', 'its stack is to go');
      yield* run('update resource set doubt = 1 where id = ?', claim.resourceId);
      return yield* start(cx, settlement, child, { action: 'DELETE', goal: { kind: 'empty' }, timeoutMs: null });
    case 'free':
      yield* readyNode(claim);
      return null;
    case 'waits':
      return null;
    case 'kept':
      return { to: 'done', reason: '' };
    case 'stuck':
      return { to: 'failed', reason: stillRequired };
  }
}

/** It decides anew. */
function* readyNode({ stackId, traversal, nodeId }: Claim): Act<void> {
  yield* run(
    `update node set state = 'ready', engine_id = null where stack_id = ? and traversal = ? and id = ?`,
    stackId,
    traversal,
    nodeId,
  );
}

function* isRequired(resourceId: ResourceId): Act<boolean> {
  return (yield* queryOne('select 1 as ok from requirement where required_id = ? limit 1', resourceId)) !== undefined;
}

/** The node waits for that traversal of the child. */
function* restNode({ claim, deed }: Nest, child: number): Act<void> {
  yield* run(
    `update node set state = 'nested', engine_id = null, child = ?, deed = coalesce(?, deed) where stack_id = ? and traversal = ? and id = ?`,
    child,
    deed,
    claim.stackId,
    claim.traversal,
    claim.nodeId,
  );
}

/** The node waits before anything is begun: a child with nothing to do is done, and wakes it, within the start. */
function* start(
  cx: ActContext,
  settlement: Nest,
  child: StackRow,
  spec: Pick<StartSpec, 'action' | 'goal' | 'timeoutMs'>,
): Act<NestAnswer> {
  yield* restNode(settlement, child.traversal + 1);
  const retainAll = spec.action === 'ABANDON';
  // An action of the parent finds the child at rest, or waiting for a barrier that is not coming.
  const asIs = spec.goal.kind === 'carry' && spec.action !== 'UPDATE';
  const answer = yield* startInStack(cx, child, { ...spec, rollback: false, retainAll, asIs, fromAbove: true });
  if (answer.kind === 'started') return null;
  if (child.traversal === 0) yield* run('delete from stack where id = ?', child.id);
  // The holder may be on its way out: a stack of this very name that an older goal had, say.
  const to = answer.code === 'IDENTITY_TAKEN' ? 'later' : 'failed';
  return yield* refuse(cx, settlement, { to, reason: answer.message });
}

function* refuse(cx: ActContext, { claim }: Nest, answer: NonNullable<NestAnswer>): Act<NestAnswer> {
  yield* endRow(cx, claim.resourceId, claim.traversal, 'FAILED', answer.reason);
  return answer;
}

function* createChild(cx: ActContext, claim: Claim, begin: Extract<NestedBegin, { kind: 'create' }>): Act<StackRow> {
  const parent = toStack((yield* queryOne('select * from stack where id = ?', claim.stackId))!);
  const [id] = yield* allocateIds('stack', 1);
  const row = yield* queryOne(
    `insert into stack (id, uuid, tenant, name, root_id, parent_id, parent_resource, depth, goal, complete_goal, traversal, action, status, reason,
       rollback, timeout_ms, suspended, priority, change, event_seq, created_at, updated_at, deleted_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, 0, null, 0, 'CREATE', 'COMPLETE', '', 0, null, 0, ?, 0, 0, ?, null, null) returning *`,
    id!,
    begin.uuid,
    parent.tenant,
    begin.name,
    parent.rootId,
    parent.id,
    claim.resourceId,
    parent.depth + 1,
    priorityNumbers[parent.priority],
    cx.wallTime,
  );
  return toStack(row!);
}

/** The row of a resource whose stack ended its part. It stays in doubt: only a node that reads the child's outputs makes it whole. */
function* endRow(cx: ActContext, id: ResourceId, traversal: number, status: 'COMPLETE' | 'FAILED', reason: string): Act<void> {
  const before = yield* queryOne<{ action: string; status: string }>('select action, status from resource where id = ?', id);
  if (before?.status !== 'IN_PROGRESS') return;
  checkTransition('resource', `${before.action}_${before.status}`, `${before.action}_${status}`);
  const row = yield* queryOne<{ stack_id: number; name: string; type: string; physical_id: string | null }>(
    'update resource set status = ?, reason = ? where id = ? returning stack_id, name, type, physical_id',
    status,
    reason,
    id,
  );
  cx.journal.add(row!.stack_id as StackId, {
    traversal,
    resourceId: id,
    name: row!.name,
    type: row!.type,
    physicalId: row!.physical_id,
    action: before.action,
    status,
    reason,
  });
}

/**
 * The child's part has ended, well or not: the parent's node that waits decides what follows; without one the row tells the truth, and the answer
 * is false.
 */
export function* tellParent(cx: ActContext, child: StackRow, status: 'COMPLETE' | 'FAILED', reason: string): Act<boolean> {
  if (child.parentResource === null || child.parentId === null) return false;
  const woken = yield* query(
    `update node set state = 'ready', engine_id = null where resource_id = ? and state = 'nested' and victim is null returning id`,
    child.parentResource,
  );
  const victims = yield* query(
    `update node set state = 'ready', engine_id = null where victim = ? and state = 'nested' returning id`,
    child.parentResource,
  );
  cx.journal.touch(child.parentId);
  if (status === 'FAILED' && !(yield* isHeldCleanup(child))) yield* doubtAbove(child);
  if (woken.length + victims.length > 0) return true;
  const parent = yield* queryOne<{ traversal: number }>('select traversal from stack where id = ?', child.parentId);
  yield* endRow(cx, child.parentResource, parent?.traversal ?? 0, status, reason);
  return false;
}

/** A stack ends without its goal: no row in it is under way any more where the stack that it stands for is not. */
export function* endRowsWithin(cx: ActContext, { id, traversal }: StackRow, reason: string): Act<void> {
  const rows = yield* query<{ id: ResourceId }>(
    `select r.id from resource r where r.stack_id = ? and r.nested = 1 and r.status = 'IN_PROGRESS' and not exists (
       select 1 from stack s join traversal t on t.stack_id = s.id and t.number = s.traversal
       where s.parent_resource = r.id and s.deleted_at is null and t.ended_at is null and t.state <> 'converged')
     order by r.id`,
    id,
  );
  for (const row of rows) yield* endRow(cx, row.id, traversal, 'FAILED', reason);
}

/** It has reached its goal, and waits only for what refers to its former versions. */
function* isHeldCleanup(child: StackRow): Act<boolean> {
  const traversal = yield* currentTraversal(child);
  return traversal?.held === true && traversal.failures === 1 && child.completeGoal === child.goal;
}

/**
 * Changed on its own, or ended badly: the next traversal of the parent looks at it, whatever becomes of it until then; that of one which wants it again,
 * where it is not wanted now.
 */
export function* doubtAbove(child: StackRow): Act<void> {
  yield* run(`update resource set doubt = 1 where id = ? and action <> 'DELETE'`, child.parentResource);
}

/** The same of those among these stacks that are nested. */
export function* doubtAboveAll(stackIds: readonly StackId[]): Act<void> {
  if (stackIds.length === 0) return;
  yield* run(
    `update resource set doubt = 1 where action <> 'DELETE'
       and id in (select parent_resource from stack where id in @ids and parent_resource is not null)`,
    JSON.stringify([...new Set(stackIds)]),
  );
}

/** Changed on its own, and converged: the parent reads the outputs anew, at once where it is at rest, else when it comes to rest. */
export function* tellOfChange(cx: ActContext, child: StackRow): Act<void> {
  if (child.parentId === null) return;
  yield* doubtAbove(child);
  yield* readDoubtful(cx, child.parentId);
}

/**
 * An action of a nested stack alone brought something else to light than the parent has read: the parent reads it now. What is suspended waits until it
 * is resumed.
 */
export function* tellOfLight(cx: ActContext, child: StackRow): Act<void> {
  if (child.parentId === null || child.suspended) return;
  const row = yield* queryOne(
    'select r.* from resource r cross join stack p where r.id = ? and p.id = r.stack_id and p.suspended = 0',
    child.parentResource,
  );
  if (row === undefined) return;
  const { state } = toResource(row, cx.vault);
  if (!sameJson(state as Json, { inside: yield* readInsideMark(child.id) })) yield* readDoubtful(cx, child.parentId);
}

/** A nested stack is being changed on its own. */
export function* isBusyBelow(stackId: StackId): Act<boolean> {
  const row = yield* queryOne(
    `select 1 as ok from resource r cross join stack s cross join traversal t
     where r.stack_id = ? and r.nested = 1 and r.marked is null and s.parent_resource = r.id and s.deleted_at is null
       and t.stack_id = s.id and t.number = s.traversal and t.ended_at is null limit 1`,
    stackId,
  );
  return row !== undefined;
}

/**
 * A stack at rest with a nested one in doubt carries on its goal, so that nobody keeps a stale value. One whose own traversal failed has none to
 * tell, and is not tried again before somebody asks. What a suspension brought to light waits until the stack is resumed, and what any action did that
 * is part of one above, for the end of that.
 */
export function* readDoubtful(cx: ActContext, stackId: StackId): Act<void> {
  const doubtful = yield* queryOne(
    `select 1 as ok from resource r cross join stack s cross join stack c cross join traversal t
     where r.stack_id = ? and r.nested = 1 and r.marked is null and r.doubt = 1 and r.action <> 'DELETE'
       and c.parent_resource = r.id and c.deleted_at is null and t.stack_id = c.id and t.number = c.traversal and t.state not in ('failed', 'action')
       and s.id = r.stack_id and (s.suspended = 0 or t.state = 'converged')`,
    stackId,
  );
  if (doubtful === undefined) return;
  const row = yield* queryOne('select * from stack where id = ? and deleted_at is null', stackId);
  if (row === undefined) return;
  const stack = toStack(row);
  const traversal = yield* currentTraversal(stack);
  if (traversal?.endedAt == null || stack.completeGoal !== stack.goal) return;
  if (yield* isActedOnAbove(stack)) return yield* doubtAbove(stack);
  // What is above may be waiting for the end of its cleanup only, and then reads nothing more: it looks at it anew.
  if (stack.parentResource !== null) yield* doubtAbove(stack);
  yield* startInStack(cx, stack, { action: 'UPDATE', goal: { kind: 'carry' } });
}

/** Its parent, whose goal is complete, waits for the end of an action in it. */
function* isActedOnAbove({ parentId, parentResource }: StackRow): Act<boolean> {
  const row = yield* queryOne(
    `select 1 as ok from stack p join traversal t on t.stack_id = p.id and t.number = p.traversal
     where p.id = ? and p.complete_goal = p.goal and t.state = 'action' and t.ended_at is null
       and exists (select 1 from node n where n.stack_id = p.id and n.resource_id = ? and n.state not in ('done', 'failed', 'skipped'))`,
    parentId,
    parentResource,
  );
  return row !== undefined;
}

interface ChildRow {
  readonly child: StackRow;
  readonly traversal: TraversalRow;
  readonly resourceId: ResourceId;
  /** It was changed on its own since its parent read it. */
  readonly unread: boolean;
}

function* loadChildren(stackId: StackId): Act<ChildRow[]> {
  const rows = yield* query(
    `select s.*, r.doubt as unread from resource r cross join stack s
     where r.stack_id = ? and r.nested = 1 and r.marked is null and s.parent_resource = r.id and s.deleted_at is null order by s.id`,
    stackId,
  );
  const children: ChildRow[] = [];
  for (const row of rows) {
    const child = toStack(row);
    const traversal = yield* currentTraversal(child);
    if (traversal) children.push({ child, traversal, resourceId: child.parentResource!, unread: row['unread'] === 1 });
  }
  return children;
}

/**
 * The barrier for what is nested: every live descendant that has converged is complete, whichever traversal began it; one that was changed on its
 * own and was not read since waits for the next, and so does what is nested in one that has not reached its goal. Gives the resources of this stack whose stacks have versions to clean up; the others are at rest
 * by then, and require only what they require now.
 */
export function* completeDescendants(cx: ActContext, stackId: StackId): Act<Set<ResourceId>> {
  const pending = new Set<ResourceId>();
  const tidied: ResourceId[] = [];
  for (const { child, traversal, resourceId, unread } of yield* loadChildren(stackId)) {
    if (unread && traversal.state === 'converged') continue;
    const busy = traversal.endedAt === null && traversal.state !== 'converged';
    if (traversal.state !== 'converged' && child.completeGoal !== child.goal) {
      if (busy && traversal.state !== 'converge') pending.add(resourceId);
      continue;
    }
    const inner = yield* completeDescendants(cx, child.id);
    const untidy = inner.size > 0 || (yield* hasMarked(child.id));
    if (traversal.state === 'converged') yield* completeGoal(cx, child, traversal);
    if (busy ? traversal.state !== 'converge' : untidy) pending.add(resourceId);
    else if (!busy) {
      if (traversal.state === 'converged') yield* tidyAtOnce(cx, child, traversal);
      tidied.push(resourceId);
    }
  }
  yield* narrowRequirements(stackId, tidied);
  return pending;
}

function* tidyAtOnce(cx: ActContext, child: StackRow, traversal: TraversalRow): Act<void> {
  yield* tidy(cx, child, traversal);
  yield* advance(cx, child.id);
}

function* hasMarked(stackId: StackId): Act<boolean> {
  return (
    (yield* queryOne('select 1 as ok from resource where stack_id = ? and marked is not null limit 1', stackId)) !== undefined
  );
}

/** Nothing of their former goals is left, so what only these required is not required any more. */
function* narrowRequirements(stackId: StackId, resourceIds: readonly ResourceId[]): Act<void> {
  yield* runRows(
    'delete from requirement where (stack_id, resource_id, required_id) in (select a, b, c from @rows(a int, b int, c int) k)',
    (yield* loadFormer(stackId, resourceIds)).map((row) => [stackId, row.resourceId, row.requiredId]),
  );
}

/** What is recorded of these resources that the goal in force does not ask for: they, or something in them, required it before. */
export function* loadFormer(
  stackId: StackId,
  resourceIds: Iterable<ResourceId>,
): Act<{ readonly resourceId: ResourceId; readonly requiredId: ResourceId }[]> {
  const ids = [...resourceIds];
  if (ids.length === 0) return [];
  const rows = yield* query<{ resource_id: number; required_id: number; name: string | null; requires: string }>(
    `select q.resource_id, q.required_id, m.name, d.requires
     from requirement q join resource r on r.id = q.resource_id
       join declaration c on c.stack_id = r.stack_id and c.name = r.name and c.until is null
       join definition d on d.stack_id = c.stack_id and d.sha = c.sha
       left join membership m on m.stack_id = q.stack_id and m.resource_id = q.required_id and m.until is null
     where q.stack_id = ? and q.resource_id in @ids`,
    stackId,
    JSON.stringify(ids),
  );
  return rows
    .filter(({ name, requires }) => name === null || !(JSON.parse(requires) as string[]).includes(name))
    .map((row) => ({ resourceId: row.resource_id as ResourceId, requiredId: row.required_id as ResourceId }));
}

/** Of nested stacks: what was asked for only before they were read last, or not all the time. */
export function* loadOutlived(stackId: StackId): Act<{ readonly resourceId: ResourceId; readonly requiredId: ResourceId }[]> {
  const rows = yield* query<{ resource_id: number; required_id: number }>(
    `select q.resource_id, q.required_id from resource r cross join stack c cross join requirement q
     where r.stack_id = ? and r.nested = 1 and c.parent_resource = r.id and c.deleted_at is null and q.stack_id = r.stack_id and q.resource_id = r.id
       and (q.until is not null or q.last < (select max(g.read_in) from goal g where g.stack_id = c.id))`,
    stackId,
  );
  return rows.map((row) => ({ resourceId: row.resource_id as ResourceId, requiredId: row.required_id as ResourceId }));
}

/** The rows of these versions go, but their stacks stay: each becomes a root of its own, with the documents it is made of. */
export function* releaseChildren(cx: ActContext, ids: readonly number[]): Act<void> {
  if (ids.length === 0) return;
  const rows = yield* query(
    'select * from stack where parent_resource in @ids and deleted_at is null order by id',
    JSON.stringify(ids),
  );
  for (const child of rows.map(toStack)) {
    yield* run(
      'insert into blob (stack_id, sha, body) select ?, b.sha, b.body from blob b where b.stack_id = ? on conflict do nothing',
      child.id,
      child.rootId,
    );
    yield* run('update stack set parent_id = null, parent_resource = null where id = ?', child.id);
    yield* moveTree(child.id, child.id, 0);
    yield* dropUnusedBlobs(cx, child.id);
    yield* dropUnusedBlobs(cx, child.rootId);
    yield* advance(cx, child.id);
  }
}

function* moveTree(rootId: StackId, stackId: StackId, depth: number): Act<void> {
  yield* run('update stack set root_id = ?, depth = ? where id = ?', rootId, depth, stackId);
  const below = yield* query<{ id: number }>('select id from stack where parent_id = ?', stackId);
  for (const { id } of below) yield* moveTree(rootId, id as StackId, depth + 1);
}
