/**
 * Hooks: a node rests until a person clears them; the clearing makes it ready, or done, in the same transaction.
 *
 * A node that rests holds nothing: no claim, no operation, no time to wake. It goes with its traversal, so a newer request, whichever it is,
 * never waits behind an older one's hook.
 */
import { clearedText, pausedText } from '../../engine/hooks.ts';
import type { ClearAnswer, ClearRequest, NodeRow, StackId, StackRow } from '../../engine/ports/store.ts';
import type { Hook } from '../../template/resource-rules.ts';
import { toNode, toStack } from '../rows.ts';
import { type Act, query, queryOne, queryRows } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { advance } from './advance.ts';
import { refuseIfMoved } from './gate.ts';
import { lockTreeByUuid, passGate } from './lock.ts';
import { applyEffects, type NodeEffect, type NodeKey } from './settle.ts';

/** The resource that a node rests at, as it is or was. */
export interface Subject {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly physical_id: string | null;
  readonly action: string;
  readonly status: string;
}

export function* restAtHook(cx: ActContext, key: NodeKey, hook: Hook, subject: Subject): Act<void> {
  yield* query(
    `update node set state = 'hooked', engine_id = null, wake_at = null, hook = ?, subject = ? where stack_id = ? and traversal = ? and id = ?`,
    hook,
    subject.name,
    key.stackId,
    key.traversal,
    key.nodeId,
  );
  tell(cx, key.stackId, key.traversal, subject, pausedText(hook));
}

/** The same, of a resource whose row stands. */
export function* restAtHookOf(cx: ActContext, key: NodeKey, hook: Hook): Act<void> {
  const subject = yield* subjectOf(key);
  if (subject !== undefined) yield* restAtHook(cx, key, hook, subject);
}

function* subjectOf(key: NodeKey): Act<Subject | undefined> {
  return yield* queryOne<Subject & { [column: string]: number | string | null }>(
    `select r.id, r.name, r.type, r.physical_id, r.action, r.status from node n join resource r on r.id = coalesce(n.victim, n.resource_id)
     where n.stack_id = ? and n.traversal = ? and n.id = ?`,
    key.stackId,
    key.traversal,
    key.nodeId,
  );
}

/** The resource's state is as it was: only the reason tells. */
function tell(cx: ActContext, stackId: StackId, traversal: number, subject: Subject, reason: string): void {
  cx.journal.add(stackId, {
    traversal,
    resourceId: subject.id,
    name: subject.name,
    type: subject.type,
    physicalId: subject.physical_id,
    action: subject.action,
    status: subject.status,
    reason,
  });
}

export function* clearHooks(cx: ActContext, request: ClearRequest): Act<ClearAnswer> {
  yield* passGate(cx);
  const closed = yield* refuseIfMoved();
  if (closed) return closed;
  yield* lockTreeByUuid(cx, request.stack.uuid);
  const row = yield* queryOne('select * from stack where uuid = ? and deleted_at is null', request.stack.uuid);
  if (row === undefined) return { kind: 'refused', code: 'NOT_FOUND', message: 'the stack does not exist, or was deleted' };
  const stack = toStack(row);
  const resting = yield* findResting(stack, request);
  if (resting.length === 0) return { kind: 'refused', code: 'NO_SUCH_HOOK', message: yield* whyNone(stack, request) };
  for (const node of resting) yield* tellCleared(cx, node);
  yield* letGo(stack, resting);
  cx.journal.touch(stack.id);
  yield* advance(cx, stack.id);
  return { kind: 'cleared', stack, cleared: [...new Set(resting.map((node) => node.hook!))] };
}

function* findResting(stack: StackRow, { resource, hooks }: ClearRequest): Act<NodeRow[]> {
  const rows = yield* query(
    `select n.* from node n join traversal t on t.stack_id = n.stack_id and t.number = n.traversal and t.ended_at is null
     where n.stack_id = ? and n.traversal = ? and n.state = 'hooked' and n.subject = ? order by n.id`,
    stack.id,
    stack.traversal,
    resource,
  );
  return rows.map(toNode).filter((node) => node.hook !== null && (hooks === null || hooks.includes(node.hook)));
}

/** In Heat's words where there is a resource of that name. */
function* whyNone(stack: StackRow, { resource, hooks }: ClearRequest): Act<string> {
  const row = yield* queryOne<{ type: string }>(
    'select type from resource where stack_id = ? and name = ? order by marked is not null, id desc limit 1',
    stack.id,
    resource,
  );
  if (row === undefined) return `stack ${stack.name} has no resource ${resource} that rests at a hook`;
  if (hooks === null) return `${resource} of stack ${stack.name} rests at no hook`;
  return hooks.map((hook) => `The "${hook}" hook is not defined on ${row.type} "${resource}"`).join('; ');
}

function* tellCleared(cx: ActContext, node: NodeRow): Act<void> {
  const key: NodeKey = { stackId: node.stackId, traversal: node.traversal, nodeId: node.id };
  const subject = (yield* subjectOf(key)) ?? (yield* lastSeen(node));
  if (subject !== undefined) tell(cx, node.stackId, node.traversal, subject, clearedText(node.hook!));
}

/** A row that is gone is as its last event tells. */
function* lastSeen(node: NodeRow): Act<Subject | undefined> {
  return yield* queryOne<Subject & { [column: string]: number | string | null }>(
    `select resource_id as id, name, type, physical_id, action, status from event where stack_id = ? and resource_id = ? order by seq desc limit 1`,
    node.stackId,
    node.resourceId,
  );
}

/** Before a deed, or after what had to make room for it: ready again. After it: done, and what waited for it goes on. */
function* letGo(stack: StackRow, resting: readonly NodeRow[]): Act<void> {
  const before = resting.filter(
    (node) => node.hook!.startsWith('pre-') || (node.phase === 'converge' && node.hook === 'post-delete'),
  );
  yield* queryRows(
    `update node set state = 'ready', hook = null, subject = null, cleared = cleared || ' ' || k.hook from @rows(stack_id int, traversal int, id int, hook text) k
     where node.stack_id = k.stack_id and node.traversal = k.traversal and node.id = k.id`,
    before.map((node) => [node.stackId, node.traversal, node.id, node.hook]),
  );
  for (const node of before) yield* clearForOthers(stack, node);
  const after = resting.filter((node) => !before.includes(node));
  if (after.length > 0)
    yield* query('update resource set acted = null where id in @ids', JSON.stringify(after.map((node) => node.resourceId)));
  const effects = after.map(
    (node): NodeEffect => ({
      key: { stackId: node.stackId, traversal: node.traversal, nodeId: node.id },
      phase: node.phase,
      to: 'done',
      reason: '',
    }),
  );
  yield* applyEffects(effects);
}

/** Former versions of the same name need no clearing of their own. */
function* clearForOthers(stack: StackRow, node: NodeRow): Act<void> {
  yield* query(
    `update node set cleared = cleared || ' ' || ? where stack_id = ? and traversal = ? and id <> ? and phase = ? and state in ('waiting', 'ready', 'sleeping')
       and resource_id in (select id from resource where stack_id = ? and name = ?)`,
    node.hook,
    stack.id,
    node.traversal,
    node.id,
    node.phase,
    stack.id,
    node.subject,
  );
}
