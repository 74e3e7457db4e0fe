/**
 * Starting a traversal: goal, versions, marks, nodes and counters in one transaction, or nothing.
 *
 * Whoever lost the answer finds the truth in the stack's row: its traversal number is the fence that every later write is held against. The
 * planning itself is pure (engine/plan-start.ts); here its facts are loaded and its result is written set by set, in proportion to what
 * changes.
 */

import { restrictedText } from '../../engine/decide.ts';
import { stopsAt } from '../../engine/hooks.ts';
import { type DeclaredFacts, planStart, type StartPlan } from '../../engine/plan-start.ts';
import type { Edit, NewGoal, ResourceId, StackId, StackRow, StartAnswer, StartRequest } from '../../engine/ports/store.ts';
import { priorityNumbers } from '../../engine/priorities.ts';
import type { StackAction } from '../../engine/states.ts';
import type { Sha } from '../../std/digest.ts';
import { sha256 } from '../../std/digest.ts';
import { type NameRule, restrictionsFor } from '../../template/resource-rules.ts';
import { toStack, toTraversal } from '../rows.ts';
import { type Act, query, queryOne, run, runRows, type SqlValue } from '../sql.ts';
import { type ActContext, allocateIds, removeResources } from './act-context.ts';
import { advance, beginAction } from './advance.ts';
import { applyEdits, checkEdits } from './edits.ts';
import { refuseIfMoved } from './gate.ts';
import { findKept } from './held.ts';
import { refuseImports } from './imports.ts';
import { lockTreeByUuid, passGate } from './lock.ts';
import { doubtAbove, isBusyBelow, loadOutlived } from './nested.ts';
import { writePriority } from './priority.ts';
import { loadDeclared, loadMembers, loadRecorded, loadVersions, type StoredDeclaration } from './start-facts.ts';
import { goOnWithStopped } from './stop.ts';
import { storeGoal } from './store-goal.ts';

const acting: ReadonlySet<StackAction> = new Set(['SUSPEND', 'RESUME', 'CHECK']);

export function* startTraversal(cx: ActContext, request: StartRequest): Act<StartAnswer> {
  yield* passGate(cx);
  const closed = yield* refuseIfMoved();
  if (closed) return closed;
  yield* lockTreeByUuid(cx, request.stack.uuid);
  const found = yield* findStack(request);
  const refusal = refuse(found, request) ?? (found && (yield* checkEdits(cx, found, request.edits ?? [])));
  if (refusal) return refusal;
  if (found?.parentResource != null && !isOwnRequest(request)) return yield* refuseNested(found);
  const stack = found ?? (yield* createStack(cx, request));
  if (stack === null) return yield* startTraversal(cx, request);
  const current = yield* queryOne('select * from traversal where stack_id = ? and number = ?', stack.id, stack.traversal);
  if (request.onlyWhileConverging && (current === undefined || toTraversal(current).state !== 'converge')) {
    const why =
      current && toTraversal(current).state === 'cleanup'
        ? 'its goal is reached and only what is not wanted any more is being deleted'
        : 'nothing is under way';
    return { kind: 'refused', code: 'NOTHING_TO_CANCEL', message: `stack ${stack.name} has nothing to cancel: ${why}` };
  }
  if (stack.parentResource !== null) yield* doubtAbove(stack);
  if (request.priority !== undefined && request.priority !== stack.priority) yield* writePriority(stack.rootId, request.priority);
  return yield* startInStack(cx, stack, request);
}

function* findStack(request: StartRequest): Act<StackRow | null> {
  const row = yield* queryOne('select * from stack where uuid = ? and deleted_at is null', request.stack.uuid);
  if (row) return toStack(row);
  if (!('name' in request.stack)) return null;
  const named = yield* queryOne(
    'select * from stack where tenant = ? and name = ? and deleted_at is null',
    request.stack.tenant,
    request.stack.name,
  );
  return named ? toStack(named) : null;
}

function refuse(found: StackRow | null, request: StartRequest): StartAnswer | null {
  if (found === null && !('name' in request.stack))
    return { kind: 'refused', code: 'NOT_FOUND', message: 'the stack does not exist, or was deleted' };
  if (found !== null && found.uuid !== request.stack.uuid)
    return { kind: 'refused', code: 'EXISTS', message: `a stack named ${found.name} exists already` };
  if (found !== null && request.expectChange !== undefined && found.change !== request.expectChange) {
    return { kind: 'refused', code: 'MOVED', message: `stack ${found.name} has moved since the plan was made: make a new plan` };
  }
  return null;
}

/** What may be asked of a nested stack by itself: its goal is its parent's to say. What carries on a deletion is one, and no other request is. */
function isOwnRequest(request: StartRequest): boolean {
  return request.goal.kind === 'carry' && !request.retainAll;
}

function* refuseNested(stack: StackRow): Act<StartAnswer> {
  const parent = yield* queryOne<{ name: string }>('select name from stack where id = ?', stack.parentId);
  return {
    kind: 'refused',
    code: 'NESTED',
    message: `stack ${stack.name} is nested in ${parent?.name}: change that one, and this one follows`,
  };
}

/** null: another transaction has just made one of this name or uuid, which is there to be found now. */
function* createStack(cx: ActContext, request: StartRequest): Act<StackRow | null> {
  const { uuid, tenant, name } = request.stack as { uuid: string; tenant: string; name: string };
  const priority = priorityNumbers[request.priority ?? 'normal'];
  const [id] = yield* allocateIds('stack', 1);
  const row = yield* queryOne(
    `insert into stack (id, uuid, tenant, name, root_id, parent_id, depth, goal, complete_goal, traversal, action, status, reason,
       rollback, timeout_ms, suspended, priority, change, event_seq, created_at, updated_at, deleted_at)
     values (?, ?, ?, ?, ?, null, 0, 0, null, 0, 'CREATE', 'IN_PROGRESS', '', 0, null, 0, ?, 0, 0, ?, null, null) on conflict do nothing returning *`,
    id!,
    uuid,
    tenant,
    name,
    id!,
    priority,
    cx.wallTime,
  );
  return row === undefined ? null : toStack(row);
}

export type StartSpec = Pick<StartRequest, 'action' | 'goal' | 'rollback' | 'timeoutMs' | 'edits' | 'retainAll'> & {
  /** The traversal under way did not give way to a request: it failed, for this reason, and this start is its rollback. */
  readonly failed?: string;
  /** An action on what stands, whatever is under way. */
  readonly asIs?: boolean;
  /** Its parent asks; else a nested stack goes on with what that asked for before. */
  readonly fromAbove?: boolean;
};

/**
 * The same inside a transaction that is under way: a rollback by failure starts where the failure is settled. A refusal comes before the
 * first write, edits aside (their caller takes the whole transaction back).
 */
export function* startInStack(cx: ActContext, stack: StackRow, asked: StartSpec): Act<StartAnswer> {
  const previous = yield* queryOne('select * from traversal where stack_id = ? and number = ?', stack.id, stack.traversal);
  const underWay = previous !== undefined && toTraversal(previous).endedAt === null;
  if (!underWay) yield* goOnWithStopped(cx, stack.id);
  if (acting.has(asked.action) && !(yield* mustFinishFirst(stack, underWay, asked))) {
    if (underWay) yield* endTraversal(cx, stack, 'superseded', 'a newer request');
    return yield* startAction(cx, stack, asked.action);
  }
  const source = yield* resolveSource(stack, asked);
  if (source.kind === 'refused') return source;
  const spec = { ...asked, action: actionFor(asked, stack, source) };
  const goal = stack.goal + 1;
  const traversal = stack.traversal + 1;
  const carried = spec.goal.kind === 'carry' && underWay && previous !== undefined ? toTraversal(previous) : null;
  const rollback = carried?.rollback ?? spec.rollback ?? stack.rollback;
  const timeoutMs = spec.timeoutMs === undefined ? stack.timeoutMs : spec.timeoutMs;
  const notImported = yield* refuseImports(cx, spec.edits ?? [], source.declared);
  if (notImported) return notImported;
  const forbidden = yield* forbiddenEdit(spec.edits ?? [], source);
  if (forbidden) return forbidden;
  yield* applyEdits(cx, stack, spec.edits ?? [], source.declared, traversal);
  const kept = source.empty && spec.action === 'DELETE' ? yield* findKept(stack) : null;
  const plan = yield* makePlan(stack, source, spec, kept);
  if (plan.refusal) return { kind: 'refused', code: plan.refusal.code, message: plan.refusal.message };
  const foreign = yield* foreignHolder(stack, source.declared);
  if (foreign) return { kind: 'refused', code: 'IDENTITY_TAKEN', message: foreign };
  yield* supersede(cx, stack, underWay, spec.failed);
  yield* storeGoal(cx, stack, spec, source, { goal, traversal, rollbackOf: source.rollbackOf ?? carried?.rollbackOf ?? null });
  yield* writePlan(cx, stack, plan, goal);
  if (spec.retainAll) yield* run(`update resource set deletion_policy = 'retain' where stack_id = ?`, stack.id);
  const count = (phase: string) => plan.nodes.filter((node) => node.phase === phase).length;
  yield* insertTraversal(cx, stack, {
    number: traversal,
    goal,
    action: spec.action,
    state: source.empty ? 'cleanup' : 'converge',
    rollback: rollback && canRollBack(spec.action),
    rollbackOf: source.rollbackOf ?? carried?.rollbackOf ?? null,
    then: thenAction(spec.action, stack.suspended),
    retain: spec.retainAll ?? false,
    held: kept !== null,
    left: { converge: count('converge'), aside: count('aside'), cleanup: count('cleanup') },
    timeoutMs,
  });
  yield* writeGraph(stack.id, traversal, plan);
  const now = yield* beginTraversal(cx, stack, { goal, traversal, action: spec.action, rollback, timeoutMs });
  yield* advance(cx, stack.id);
  return { kind: 'started', stack: now, goal, traversal, walked: plan.nodes.length };
}

/** What is asleep is put to sleep again before it is looked at (advance.ts). */
function thenAction(action: StackAction, suspended: boolean): StackAction | null {
  if (action === 'CHECK' ? !suspended : acting.has(action)) return action;
  return suspended && !deleting.has(action) ? 'SUSPEND' : null;
}

const isAsleepWith = (action: StackAction, { suspended }: StackRow): boolean =>
  action === 'SUSPEND' || (action !== 'RESUME' && suspended);

interface NewTraversal {
  readonly number: number;
  readonly goal: number;
  readonly action: StackAction;
  readonly state: 'converge' | 'cleanup' | 'action';
  readonly rollback: boolean;
  readonly rollbackOf: number | null;
  readonly then: StackAction | null;
  readonly retain: boolean;
  readonly held: boolean;
  readonly left: { readonly converge: number; readonly aside: number; readonly cleanup: number };
  readonly timeoutMs: number | null;
}

function* insertTraversal(cx: ActContext, stack: StackRow, t: NewTraversal): Act<void> {
  yield* run(
    `insert into traversal (stack_id, number, goal, action, state, rollback, rollback_of, then_action, retain, converge_left, aside_left, cleanup_left,
       action_left, failures, held, nodes, deadline, started_at, ended_at, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, null, ?)`,
    stack.id,
    t.number,
    t.goal,
    t.action,
    t.state,
    Number(t.rollback),
    t.rollbackOf,
    t.then,
    Number(t.retain),
    t.left.converge,
    t.left.aside,
    t.left.cleanup,
    Number(t.held),
    Number(t.held),
    t.left.converge + t.left.aside + t.left.cleanup,
    t.timeoutMs === null ? null : cx.now + t.timeoutMs,
    cx.wallTime,
    t.held ? 'what refers to it goes first' : '',
  );
}

interface Beginning {
  readonly goal: number;
  readonly traversal: number;
  readonly action: StackAction;
  readonly rollback: boolean;
  readonly timeoutMs: number | null;
}

/** The stack's row turns to the new traversal: from here on it is the fence. */
function* beginTraversal(
  cx: ActContext,
  stack: StackRow,
  { goal, traversal, action, rollback, timeoutMs }: Beginning,
): Act<StackRow> {
  const row = yield* queryOne(
    `update stack set goal = ?, traversal = ?, action = ?, status = 'IN_PROGRESS', reason = ?, rollback = ?, timeout_ms = ?, suspended = ?,
       updated_at = case when traversal > 0 then ? else updated_at end where id = ? returning *`,
    goal,
    traversal,
    action,
    `Stack ${action} started`,
    Number(rollback),
    timeoutMs,
    Number(isAsleepWith(action, stack)),
    cx.wallTime,
    stack.id,
  );
  const now = toStack(row!);
  cx.journal.add(stack.id, stackEvent(now, 'IN_PROGRESS', now.reason));
  return now;
}

const deleting: ReadonlySet<StackAction> = new Set(['DELETE', 'ABANDON']);

/** What carries on a deletion goes on being a deletion; what carries on anything else is none, whatever the caller had seen of the stack. */
function actionFor(spec: StartSpec, stack: StackRow, source: Source): StackAction {
  if (spec.goal.kind !== 'carry') return spec.action;
  if (source.empty && deleting.has(stack.action)) return stack.action;
  return deleting.has(spec.action) ? 'UPDATE' : spec.action;
}

function canRollBack(action: StackAction): boolean {
  return action !== 'ROLLBACK' && action !== 'DELETE' && action !== 'ABANDON';
}

/** An action comes after what is under way: in the stack itself, or by itself in one that is nested in it. */
function* mustFinishFirst(stack: StackRow, underWay: boolean, { asIs }: StartSpec): Act<boolean> {
  if (asIs) return false;
  return underWay || (stack.completeGoal === stack.goal && (yield* isBusyBelow(stack.id)));
}

/** SUSPEND, RESUME and CHECK of a stack at rest walk what stands; the goal stays as it is. */
function* startAction(cx: ActContext, stack: StackRow, action: StackAction): Act<StartAnswer> {
  const { goal, rollback, timeoutMs } = stack;
  const traversal = stack.traversal + 1;
  yield* dropGraph(stack.id);
  yield* insertTraversal(cx, stack, {
    number: traversal,
    goal,
    action,
    state: 'action',
    rollback: false,
    rollbackOf: null,
    then: action,
    retain: false,
    held: false,
    left: { converge: 0, aside: 0, cleanup: 0 },
    timeoutMs,
  });
  const now = yield* beginTraversal(cx, stack, { goal, traversal, action, rollback, timeoutMs });
  const walked = yield* beginAction(cx, now, traversal, action);
  yield* advance(cx, stack.id);
  return { kind: 'started', stack: now, goal, traversal, walked };
}

export function stackEvent(stack: StackRow, status: string, reason: string) {
  return {
    traversal: stack.traversal,
    resourceId: null,
    name: stack.name,
    type: 'OS::Heat::Stack',
    physicalId: stack.uuid,
    action: stack.action,
    status,
    reason,
  };
}

/** Where the goal comes from, and what it declares. */
export interface Source {
  readonly kind: 'source';
  readonly declared: readonly DeclaredFacts[];
  /** Definitions to be stored, of a new goal. */
  readonly goal: NewGoal | null;
  /** The goal whose documents are taken over; null: a new or an empty one. */
  readonly copyOf: number | null;
  readonly rollbackOf: number | null;
  readonly empty: boolean;
  readonly rules: readonly NameRule[];
}

function* resolveSource(stack: StackRow, spec: StartSpec): Act<Source | (StartAnswer & { kind: 'refused' })> {
  const empty: Source = { kind: 'source', declared: [], goal: null, copyOf: null, rollbackOf: null, empty: true, rules: [] };
  switch (spec.goal.kind) {
    case 'empty':
      return empty;
    case 'new':
      return {
        ...empty,
        declared: declaredFacts(spec.goal.goal),
        goal: spec.goal.goal,
        empty: false,
        rules: spec.goal.goal.rules,
      };
    case 'carry':
      return yield* carriedSource(stack);
    case 'rollback': {
      const to = spec.goal.to ?? stack.completeGoal;
      if (to === null) return { ...empty, rollbackOf: 0 };
      const row = yield* queryOne<{ sha: string; rules: string }>(
        'select sha, rules from goal where stack_id = ? and number = ?',
        stack.id,
        to,
      );
      if (row === undefined)
        return {
          kind: 'refused',
          code: 'NO_SUCH_GOAL',
          message: `goal ${to} of stack ${stack.name} does not exist or is not kept any more`,
        };
      const declared: StoredDeclaration[] = yield* loadDeclared(stack.id, to);
      const rules = JSON.parse(row.rules) as NameRule[];
      return { ...empty, declared, copyOf: to, rollbackOf: to, empty: row.sha === emptySha, rules };
    }
  }
}

function* carriedSource(stack: StackRow): Act<Source> {
  const row = yield* queryOne<{ sha: string; rules: string }>(
    'select sha, rules from goal where stack_id = ? and number = ?',
    stack.id,
    stack.goal,
  );
  const declared = yield* loadDeclared(stack.id, stack.goal);
  return {
    kind: 'source',
    declared,
    goal: null,
    copyOf: stack.goal,
    rollbackOf: null,
    empty: row === undefined || row.sha === emptySha,
    rules: JSON.parse(row?.rules ?? '[]') as NameRule[],
  };
}

export const emptySha: Sha = sha256('the empty goal');

function declaredFacts(goal: NewGoal): DeclaredFacts[] {
  return goal.declared.map(({ name, sha, definition, identity, resumeToUpdate }) => ({
    name,
    sha,
    type: definition.type,
    requires: definition.requires,
    deletionPolicy: definition.deletionPolicy,
    identity,
    resumeToUpdate,
    nested: definition.nested !== undefined,
  }));
}

/** The previous traversal gives way; what it had claimed without an intent is dropped, what is under way ends by itself. */
function* supersede(cx: ActContext, stack: StackRow, underWay: boolean, failed: string | undefined): Act<void> {
  if (underWay) {
    const outcome = failed === undefined ? 'superseded' : 'failed';
    yield* endTraversal(cx, stack, outcome, failed ?? 'a newer request');
    yield* run(
      `update goal set outcome = ? where stack_id = ? and number = ? and outcome = 'in progress'`,
      outcome,
      stack.id,
      stack.goal,
    );
    if (failed !== undefined) cx.journal.add(stack.id, stackEvent(stack, 'FAILED', failed));
  }
  yield* dropGraph(stack.id);
}

function* endTraversal(cx: ActContext, stack: StackRow, outcome: 'superseded' | 'failed', reason: string): Act<void> {
  yield* query(
    'update traversal set state = ?, ended_at = ?, deadline = null, reason = ? where stack_id = ? and number = ?',
    outcome,
    cx.wallTime,
    reason,
    stack.id,
    stack.traversal,
  );
}

export function* dropGraph(stackId: StackId): Act<void> {
  yield* run('delete from node where stack_id = ?', stackId);
  yield* run('delete from edge where stack_id = ?', stackId);
}

function* makePlan(stack: StackRow, source: Source, spec: StartSpec, kept: ReadonlySet<ResourceId> | null): Act<StartPlan> {
  const versions = yield* loadVersions(stack.id);
  const recorded = yield* loadRecorded(stack.id);
  const completeMembers =
    stack.completeGoal === null ? new Map<string, ResourceId>() : yield* loadMembers(stack.id, stack.completeGoal);
  const rollbackMembers =
    spec.goal.kind === 'rollback' && source.rollbackOf !== null ? yield* loadMembers(stack.id, source.rollbackOf) : null;
  const names = new Set(versions.map((v) => v.name));
  const fresh = source.declared.filter((d) => !names.has(d.name)).length + versions.length;
  const ids = (yield* allocateIds('resource', Math.min(fresh, source.declared.length))).values();
  return planStart({
    versions,
    recorded,
    declared: source.declared,
    rollbackMembers,
    completeMembers: new Set(completeMembers.values()),
    child: stack.parentResource !== null,
    suspended: isAsleepWith(spec.action, stack),
    empty: source.empty,
    former: source.empty ? yield* loadOutlived(stack.id) : [],
    kept,
    stops: stopsAt(source.rules, spec.goal.kind !== 'carry'),
    allocate: () => ids.next().value as ResourceId,
  });
}

/** It would stay asked for, and fail each time. */
function* forbiddenEdit(edits: readonly Edit[], { rules }: Source): Act<(StartAnswer & { kind: 'refused' }) | null> {
  for (const edit of edits) {
    if (edit.kind !== 'replace') continue;
    const row = yield* queryOne<{ name: string }>('select name from resource where id = ?', edit.resourceId);
    if (row && restrictionsFor(rules, row.name).includes('replace'))
      return { kind: 'refused', code: 'RESTRICTED', message: `${row.name}: ${restrictedText('replace')}` };
  }
  return null;
}

/** An object that another stack holds is never taken: the error names the holder. */
function* foreignHolder(stack: StackRow, declared: readonly DeclaredFacts[]): Act<string | null> {
  const wanted = declared.filter((d) => d.identity !== null);
  if (wanted.length === 0) return null;
  const rows = yield* query<{ key: string; name: string; stack_name: string }>(
    `select i.key, r.name, s.name as stack_name from identity i join resource r on r.id = i.resource_id join stack s on s.id = i.stack_id
     where i.key in @names and i.stack_id <> ?`,
    JSON.stringify(wanted.map((d) => d.identity)),
    stack.id,
  );
  if (rows.length === 0) return null;
  const nameOf = new Map(wanted.map((d) => [d.identity, d.name]));
  return rows.map((row) => `${nameOf.get(row.key)} wants ${row.key}, which is ${row.name} of stack ${row.stack_name}`).join('; ');
}

function* writePlan(cx: ActContext, stack: StackRow, plan: StartPlan, goal: number): Act<void> {
  yield* removeResources(stack.id, plan.discarded);
  if (plan.mark.length > 0) yield* run('update resource set marked = ? where id in @ids', goal, JSON.stringify(plan.mark));
  if (plan.unmark.length > 0)
    yield* run('update resource set marked = null, replaced_by = null where id in @ids', JSON.stringify(plan.unmark));
  yield* runRows(
    'update resource set name = k.name from @rows(id int, name text) k where resource.id = k.id',
    plan.rename.map(({ id, name }) => [id, name]),
  );
  yield* runRows(
    'update resource set deletion_policy = k.policy from @rows(id int, policy text) k where resource.id = k.id',
    plan.policies.map(({ id, policy }) => [id, policy]),
  );
  if (plan.created.length > 0) {
    yield* run(
      `insert into resource (id, stack_id, name, type, action, status, reason, revision, attributes, state, schema_version, doubt, operation_number,
         deletion_policy, external, secret, nested, created_at)
       select k.id, ?, k.name, k.type, 'INIT', 'COMPLETE', '', 0, '{}', 'null', 1, 0, 0, k.policy, 0, 0, k.nested, ?
       from @rows(id int, name text, type text, policy text, nested int) k`,
      stack.id,
      cx.wallTime,
      JSON.stringify(
        plan.created.map(({ id, declared }) => [
          id,
          declared.name,
          declared.type,
          declared.deletionPolicy,
          Number(declared.nested),
        ]),
      ),
    );
  }
  yield* writeMembership(stack.id, plan.chosen, goal);
  yield* runRows('update resource set acted = k.deed from @rows(id int, deed text) k where resource.id = k.id', [...plan.deeds]);
  if (plan.noted.length > 0) yield* query('update resource set acted = null where id in @ids', JSON.stringify(plan.noted));
  if (plan.cancel.length > 0)
    yield* run('update operation set cancel = 1 where resource_id in @ids', JSON.stringify(plan.cancel));
}

/** Closes the open rows that do not hold any more and opens those that do; what stays writes nothing. */
function* writeMembership(stackId: StackId, chosen: ReadonlyMap<string, ResourceId>, goal: number): Act<void> {
  const open = yield* query<{ name: string; resource_id: number }>(
    'select name, resource_id from membership where stack_id = ? and until is null',
    stackId,
  );
  const openOf = new Map(open.map((row) => [row.name, row.resource_id]));
  const close = open.filter((row) => chosen.get(row.name) !== row.resource_id).map((row): SqlValue[] => [row.name]);
  const begin = [...chosen].filter(([name, id]) => openOf.get(name) !== id).map(([name, id]): SqlValue[] => [name, id]);
  if (close.length > 0) {
    yield* run(
      'update membership set until = ? where stack_id = ? and until is null and name in @names',
      goal,
      stackId,
      JSON.stringify(close.map(([name]) => name ?? null)),
    );
  }
  if (begin.length > 0) {
    yield* run(
      'insert into membership (stack_id, name, since, until, resource_id) select ?, k.name, ?, null, k.id from @rows(name text, id int) k',
      stackId,
      goal,
      JSON.stringify(begin),
    );
  }
}

export function* writeGraph(stackId: StackId, traversal: number, graph: Pick<StartPlan, 'nodes' | 'edges'>): Act<void> {
  if (graph.nodes.length > 0) {
    yield* run(
      `insert into node (stack_id, traversal, id, phase, resource_id, state, unmet, awaits, attempts, replacements, wake_at, engine_id, epoch, victim, resume, reason)
       select ?, ?, k.id, k.phase, k.resource_id, case when k.unmet = 0 then 'ready' else 'waiting' end, k.unmet, k.awaits, 0, 0, null, null, 0, k.victim, k.resume, ''
       from @rows(id int, phase text, resource_id int, unmet int, awaits int, victim int, resume int) k`,
      stackId,
      traversal,
      JSON.stringify(
        graph.nodes.map((n) => [n.id, n.phase, n.resourceId, n.unmet, Number(n.awaits), n.victim, Number(n.resume)]),
      ),
    );
  }
  if (graph.edges.length > 0) {
    yield* run(
      'insert into edge (stack_id, traversal, required, requirer) select ?, ?, k.required, k.requirer from @rows(required int, requirer int) k',
      stackId,
      traversal,
      JSON.stringify(graph.edges.map((e) => [e.required, e.requirer])),
    );
  }
}
