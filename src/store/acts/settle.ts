/**
 * Settling: the results of a batch of claims become the truth, and what waited for them becomes ready, in one transaction.
 *
 * Two fences. A result of an operation is recorded on its resource as long as the operation's epoch is the caller's, whatever goal rules
 * now: it is the truth. What follows from it in the graph happens only when the node of that very traversal and epoch still stands. A batch
 * that is settled twice finds its claims spent and writes nothing.
 */

import { deedOf } from '../../engine/hooks.ts';
import type {
  Claim,
  NodeRow,
  Offer,
  ResourceId,
  ResourcePatch,
  SeenChild,
  Settlement,
  StackId,
} from '../../engine/ports/store.ts';
import { checkTransition, type NodeState } from '../../engine/states.ts';
import { hooksFor } from '../../template/resource-rules.ts';
import { patchColumns, toNode } from '../rows.ts';
import { type Act, ask, askRows, query, queryOne, run, runRows, type SqlRow, type SqlValue, together } from '../sql.ts';
import { type ActContext, type NewEvent, removeResources } from './act-context.ts';
import { advanceAll } from './advance.ts';
import { restAtHook, restAtHookOf } from './hooks.ts';
import { findMover, keepIdentities } from './identities.ts';
import { findWanted, loadRules } from './load-asked.ts';
import { doubtAboveAll, hasMovedOn, nest, noteRead, releaseChildren } from './nested.ts';
import { type DeedColumns, insertReplacements, switchMembers } from './replacements.ts';
import { askRecorded, narrowRequirements, type RecordedBefore, requirementRow, writeRequirements } from './requirements.ts';
import { sleep } from './sleep.ts';
import { dropUnusedDefinitions } from './store-goal.ts';
import { type Buried, buryTokens } from './tombstones.ts';

export interface NodeKey {
  readonly stackId: StackId;
  readonly traversal: number;
  readonly nodeId: number;
}

const keyOf = (key: NodeKey): string => `${key.stackId}/${key.traversal}/${key.nodeId}`;

/** A node that is the caller's. */
type FencedNode = Pick<NodeRow, 'phase' | 'resourceId' | 'victim' | 'attempts' | 'replacements' | 'deed'>;

/** A settlement that passed its own fence: its truth counts; without a node nothing follows from it in the graph. */
interface Passed {
  readonly settlement: Exclude<Settlement, { kind: 'sleep' }>;
  readonly node: FencedNode | null;
}

export function* settle(cx: ActContext, settlements: readonly Settlement[], offer: Offer): Act<StackId[]> {
  if (settlements.length === 0) return [];
  const stacks = new Set<StackId>(settlements.map((s) => s.claim.stackId));
  const ending = settlements.filter((s) => s.kind !== 'sleep');
  const before = yield* lookBefore(ending);
  const passed = passFences(ending, before);
  yield* sleep(
    cx,
    settlements.filter((s) => s.kind === 'sleep'),
  );
  const [nests, others] = partition(passed);
  yield* recordTruth(cx, others.map(withDeedDone), before);
  yield* wakeAwaiting(others.filter((p) => p.settlement.claim.operation).map((p) => p.settlement.claim.resourceId));
  const effects = yield* settleNodes(cx, others, offer);
  yield* removeGone(cx, others, effects);
  yield* applyEffects(effects);
  for (const each of nests) yield* settleNest(cx, each, offer);
  yield* dropLeftDefinitions(passed);
  for (const stackId of stacks) cx.journal.touch(stackId);
  yield* advanceAll(cx, [...stacks]);
  return [...stacks];
}

type Ending = Exclude<Settlement, { kind: 'sleep' }>;

/** How the nested stack was seen by what is settled; undefined where none was looked at. */
const seenIn = (settlement: Ending): SeenChild | null | undefined => ('seen' in settlement ? settlement.seen : undefined);

function partition(passed: readonly Passed[]): [nests: Passed[], others: Passed[]] {
  const isNest = ({ settlement }: Passed): boolean => seenIn(settlement) !== undefined;
  return [passed.filter(isNest), passed.filter((each) => !isNest(each))];
}

/**
 * After all others, for it supersedes what is under way in the nested stack: results of this very turn, even another nest of it. Where the
 * nested stack has moved on nothing was begun, and nothing is recorded.
 */
function* settleNest(cx: ActContext, { settlement, node }: Passed, offer: Offer): Act<void> {
  const { claim } = settlement;
  if (node === null) return;
  const before = yield* lookBefore([settlement]);
  const stands = before.nodes.get(keyOf(claim));
  if (stands?.state !== 'claimed' || stands.epoch !== claim.epoch) return;
  if (yield* hasMovedOn(claim, seenIn(settlement) ?? null)) return yield* changeNodes([{ key: claim, state: 'ready' }]);
  yield* recordTruth(cx, [withDeedDone({ settlement, node })], before);
  if (settlement.kind === 'done' && node.phase === 'converge') yield* noteRead(claim);
  yield* applyEffects(yield* settleNodes(cx, [{ settlement, node }], offer));
}

/** What results are held against, and what they change: one look for the whole batch. */
interface Before {
  /** Operations that were theirs and are over now. */
  readonly ended: Set<string>;
  readonly nodes: Map<string, NodeRow>;
  readonly resources: ReadonlyMap<number, ResourceBefore>;
  readonly recorded: ReadonlyMap<number, readonly RecordedBefore[]>;
}

interface ResourceBefore {
  readonly id: number;
  readonly stack_id: number;
  readonly name: string;
  readonly type: string;
  readonly physical_id: string | null;
  readonly action: string;
  readonly status: string;
  readonly secret: number;
}

const operationKey = (resourceId: number, epoch: number): string => `${resourceId}/${epoch}`;

/** Of each claim the operation, if it has one, ends here if its epoch is the claim's. */
function* lookBefore(settlements: readonly Ending[]): Act<Before> {
  const claims = settlements.map((s) => s.claim);
  const [ended, nodes, resources, recorded] = yield* together(
    askRows<{ resource_id: number; epoch: number }>(
      'delete from operation where (resource_id, epoch) in (select resource_id, epoch from @rows(resource_id int, epoch int) k) returning resource_id, epoch',
      claims.filter((c) => c.operation).map((c) => [c.resourceId, c.epoch]),
    ),
    askRows(
      `select n.* from @rows(stack_id int, traversal int, id int) k cross join node n where n.stack_id = k.stack_id and n.traversal = k.traversal and n.id = k.id`,
      claims.map((c) => [c.stackId, c.traversal, c.nodeId]),
    ),
    ask<ResourceBefore>(
      'select id, stack_id, name, type, physical_id, action, status, secret from resource where id in @ids',
      JSON.stringify(claims.map((c) => c.resourceId)),
    ),
    askRecorded(settlements.filter(narrows).map((s) => s.claim)),
  );
  return {
    ended: new Set(ended.map((row) => operationKey(row.resource_id, row.epoch))),
    nodes: new Map(nodes.map(toNode).map((node) => [`${node.stackId}/${node.traversal}/${node.id}`, node])),
    resources: new Map(resources.map((row) => [row.id, row])),
    recorded: Map.groupBy(recorded, (row) => row.resource_id),
  };
}

/** Each settlement is held against the epoch of its own claim; a second one with the same claim finds it spent. */
function passFences(settlements: readonly Ending[], { ended, nodes }: Before): Passed[] {
  const passed: Passed[] = [];
  for (const settlement of settlements) {
    const { claim } = settlement;
    const node = nodes.get(keyOf(claim));
    if (claim.operation) {
      if (!ended.delete(operationKey(claim.resourceId, claim.epoch))) continue;
      const working = node?.state === 'working' && (node.resourceId === claim.resourceId || node.victim === claim.resourceId);
      passed.push({ settlement, node: working ? node : null });
      if (working) nodes.delete(keyOf(claim));
    } else if (node?.state === 'claimed' && node.epoch === claim.epoch) {
      passed.push({ settlement, node });
      nodes.delete(keyOf(claim));
    }
  }
  return passed;
}

/** A node that is done takes note of what was done; without one that rules, or before a hook is cleared, it is still to be taken note of. */
function withDeedDone({ settlement, node }: Passed): Ending {
  if (settlement.kind !== 'done' || settlement.patch === null || node?.phase !== 'converge' || settlement.hook) return settlement;
  return { ...settlement, patch: { ...settlement.patch, acted: null } };
}

/** Where a stack was stopped no traversal ends after the results that come in late: what was the last to refer to a definition takes it along. */
function* dropLeftDefinitions(passed: readonly Passed[]): Act<void> {
  const late = new Set(passed.filter(({ node }) => node === null).map(({ settlement }) => settlement.claim.stackId));
  if (late.size === 0) return;
  const resting = yield* query<{ id: StackId }>(
    `select id from stack where id in @ids and status <> 'IN_PROGRESS'`,
    JSON.stringify([...late]),
  );
  for (const { id } of resting) yield* dropUnusedDefinitions(id);
}

// ── the truth about resources ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const patchOf = (settlement: Settlement): ResourcePatch | null => ('patch' in settlement ? settlement.patch : null);

function* recordTruth(cx: ActContext, settlements: readonly Ending[], before: Before): Act<void> {
  const bury = settlements.filter((s) => 'buryToken' in s && s.buryToken);
  for (const [which, alike] of Map.groupBy(bury, buriedBy)) {
    yield* buryTokens(
      cx,
      alike.map((s) => s.claim.resourceId),
      which,
    );
  }
  yield* applyPatches(
    cx,
    settlements.flatMap((s) => {
      const patch = patchOf(s);
      return patch === null ? [] : [{ claim: s.claim, patch }];
    }),
    before.resources,
  );
  yield* keepIdentities(settlements.flatMap(calledNow));
  yield* doubtAboveAll(settlements.filter(bringsToLight).map((s) => s.claim.stackId));
  yield* narrowRequirements(
    settlements.filter(narrows).map((s) => ({ claim: s.claim, requirements: s.requirements! })),
    before.recorded,
  );
  yield* writeRequirements(
    settlements.flatMap((s) =>
      s.kind === 'nest' || (s.kind === 'done' && s.keepRecorded)
        ? (s.requirements ?? []).map((r) => requirementRow(s.claim, r))
        : [],
    ),
    'more',
  );
}

/** The one identity that is left to a version whose object is as it was wanted. */
function calledNow(settlement: Ending): { readonly resourceId: ResourceId; readonly key: string | null }[] {
  const key = patchOf(settlement)?.identity;
  return key === undefined ? [] : [{ resourceId: settlement.claim.resourceId, key }];
}

/** An action found other outputs than were recorded. */
function bringsToLight(settlement: Settlement): boolean {
  const patch = patchOf(settlement);
  return patch?.revised === true && (patch.action === 'CHECK' || patch.action === 'RESUME' || patch.action === 'SUSPEND');
}

/** What is recorded is from now on what was used, and nothing besides. */
function narrows(settlement: Ending): settlement is Extract<Ending, { kind: 'done' }> {
  return settlement.kind === 'done' && settlement.requirements !== null && !settlement.keepRecorded;
}

function buriedBy(settlement: Settlement): Buried {
  if (settlement.kind !== 'gone') return 'all';
  return settlement.claim.operation ? 'lost' : 'doubtful';
}

interface PatchShape {
  readonly columns: readonly string[];
  readonly revised: boolean;
  readonly rows: SqlValue[][];
}

/** Patches of one shape are one statement. */
function* applyPatches(
  cx: ActContext,
  patches: readonly { readonly claim: Claim; readonly patch: ResourcePatch }[],
  before: ReadonlyMap<number, ResourceBefore>,
): Act<void> {
  const shapes = new Map<string, PatchShape>();
  for (const { claim, patch } of patches) {
    const row = before.get(claim.resourceId);
    if (row === undefined) continue;
    checkTransition('resource', `${row.action}_${row.status}`, `${patch.action}_${patch.status}`);
    const columns = patchColumns(claim.resourceId, patch, patch.secret ?? row.secret === 1, cx.vault);
    const key = `${columns.map(([name]) => name).join()}${patch.revised === true}`;
    const shape = shapes.get(key) ?? { columns: columns.map(([name]) => name), revised: patch.revised === true, rows: [] };
    shapes.set(key, shape);
    shape.rows.push([claim.resourceId, ...columns.map(([, value]) => value)]);
    if (!patch.silent) cx.journal.add(row.stack_id as StackId, eventOf(claim, row, patch));
  }
  for (const shape of shapes.values()) yield* writeShape(cx, shape);
}

function eventOf({ traversal }: Claim, { id, name, type, physical_id }: ResourceBefore, patch: ResourcePatch): NewEvent {
  const { action, status, reason, physicalId = physical_id } = patch;
  return { traversal, resourceId: id, name, type, physicalId, action, status, reason };
}

const intColumns: ReadonlySet<string> = new Set([
  'doubt',
  'secret',
  'external',
  'late',
  'suspended',
  'schema_version',
  'setting_id',
]);

function* writeShape(cx: ActContext, shape: PatchShape): Act<void> {
  const sets = shape.columns.map((column) => `${column} = k.${column}`);
  if (shape.revised) sets.push('revision = revision + 1');
  sets.push('unread = 0', 'updated_at = ?');
  const typed = shape.columns.map((column) => `${column} ${intColumns.has(column) ? 'int' : 'text'}`);
  yield* run(
    `update resource set ${sets.join(', ')} from @rows(id int, ${typed.join(', ')}) k where resource.id = k.id`,
    cx.wallTime,
    JSON.stringify(shape.rows),
  );
}

/** The end of an operation satisfies whoever waits for it. */
function* wakeAwaiting(resourceIds: readonly ResourceId[]): Act<void> {
  if (resourceIds.length === 0) return;
  const ids = JSON.stringify(resourceIds);
  const wake = (column: string) =>
    `update node set awaits = 0, unmet = unmet - 1, state = case when unmet = 1 and state = 'waiting' then 'ready' else state end where awaits = 1 and ${column} in @ids`;
  yield* run(wake('resource_id'), ids);
  yield* run(wake('victim'), ids);
}

// ── what follows in the graph ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface NodeEffect {
  readonly key: NodeKey;
  readonly phase: string;
  readonly to: Extract<NodeState, 'done' | 'failed' | 'skipped'>;
  readonly reason: string;
}

/** A node goes on: ready at once, or after a while. */
interface NodeChange {
  readonly key: NodeKey;
  readonly state: Extract<NodeState, 'ready' | 'sleeping'>;
  /** Attempts that count. */
  readonly attempts?: 1;
  readonly wakeAt?: number;
  readonly reason?: string;
  /** What had to go first is gone. */
  readonly victim?: null;
}

type Following = NodeEffect | NodeChange;

interface Owned {
  readonly settlement: Ending;
  readonly node: FencedNode;
}

/** Of a batch, what is said by the results alone is written as one set; then what first looks at other rows. */
function* settleNodes(cx: ActContext, passed: readonly Passed[], offer: Offer): Act<NodeEffect[]> {
  const effects: NodeEffect[] = [];
  const changes: NodeChange[] = [];
  const add = (following: Following | null) => {
    if (following === null) return;
    if ('to' in following) effects.push(following);
    else changes.push(following);
  };
  const looking: Owned[] = [];
  for (const { settlement, node } of passed) {
    if (node === null) continue;
    const following = followingFrom(settlement, node, offer);
    if (following === null) looking.push({ settlement, node });
    else add(following);
  }
  yield* changeNodes(changes.splice(0));
  yield* insertReplacements(
    cx,
    looking.map(({ settlement }) => settlement).filter((s) => s.kind === 'replace'),
  );
  const gone = new Set(passed.filter((p) => p.settlement.kind === 'gone').map((p) => p.settlement.claim.resourceId));
  for (const { settlement, node } of looking) add(yield* settleByRows(cx, settlement, node, { ...offer, gone }));
  yield* changeNodes(changes);
  return effects;
}

/** null: it can't be said without a look at other rows. */
function followingFrom(settlement: Ending, node: FencedNode, offer: Offer): Following | null {
  const key: NodeKey = settlement.claim;
  const effect = (to: NodeEffect['to'], reason: string): NodeEffect => ({ key, phase: node.phase, to, reason });
  switch (settlement.kind) {
    case 'done':
      return settlement.hook === undefined ? effect('done', '') : null;
    case 'gone':
      if (node.resourceId !== settlement.claim.resourceId) return { key, state: 'ready', victim: null };
      // Where it rests at a hook, it does so when its row is gone.
      return settlement.hook === undefined ? effect('done', '') : null;
    case 'failed':
      return effect('failed', settlement.failure.message);
    case 'defer':
      return effect('skipped', settlement.reason);
    case 'release':
      return { key, state: 'ready' };
    case 'again':
      if (node.attempts + 1 >= offer.maxAttempts) return effect('failed', 'too many attempts');
      return { key, state: 'ready', attempts: 1 };
    case 'retry': {
      const reason = settlement.failure.message;
      if (node.attempts + 1 >= offer.maxAttempts) return effect('failed', reason);
      return { key, state: 'sleeping', attempts: 1, wakeAt: settlement.wakeAt, reason };
    }
    case 'replace':
      if (node.replacements < offer.maxReplacements) return null;
      return effect('failed', `replaced ${node.replacements} times already: ${settlement.reason}`);
    default:
      return null;
  }
}

interface Batch extends Offer {
  /** Rows that are still there while results are settled, and go with them. */
  readonly gone: ReadonlySet<ResourceId>;
}

function* settleByRows(cx: ActContext, settlement: Ending, node: FencedNode, batch: Batch): Act<Following | null> {
  switch (settlement.kind) {
    case 'pause':
    case 'done':
      if (settlement.hook !== undefined) yield* restAtHookOf(cx, settlement.claim, settlement.hook);
      return null;
    case 'nest': {
      const ended = yield* nest(cx, settlement, node.phase);
      if (ended === null) return null;
      if (ended.to === 'later') return tryLater(cx, settlement.claim, node, batch, ended.reason);
      return { key: settlement.claim, phase: node.phase, to: ended.to, reason: ended.reason };
    }
    case 'reuse':
      return yield* reuseSibling(cx, settlement, node, batch);
    case 'take-over':
      return yield* takeOver(cx, settlement, node, batch);
    case 'make-way':
      return yield* makeWay(cx, settlement, node, batch);
    case 'wait':
      return yield* waitForHolder(cx, settlement, node, batch);
    default:
      return null;
  }
}

function* changeNodes(changes: readonly NodeChange[]): Act<void> {
  yield* runRows(
    `update node set state = k.state, engine_id = null, attempts = attempts + k.more, wake_at = coalesce(k.wake_at, node.wake_at),
       reason = coalesce(k.reason, node.reason), victim = case when k.freed = 1 then null else victim end
     from @rows(stack_id int, traversal int, id int, state text, more int, wake_at int, reason text, freed int) k
     where node.stack_id = k.stack_id and node.traversal = k.traversal and node.id = k.id`,
    changes.map(({ key, state, attempts, wakeAt, reason, victim }) => [
      key.stackId,
      key.traversal,
      key.nodeId,
      state,
      attempts ?? 0,
      wakeAt ?? null,
      reason ?? null,
      Number(victim === null),
    ]),
  );
}

function* setNode(key: NodeKey, sets: string, ...params: SqlValue[]): Act<void> {
  yield* run(
    `update node set ${sets} where stack_id = ? and traversal = ? and id = ?`,
    ...params,
    key.stackId,
    key.traversal,
    key.nodeId,
  );
}

/** The world was not as the decision saw it: the node decides anew, later each time, and not for ever. */
function tryLater(cx: ActContext, claim: Claim, node: FencedNode, offer: Offer, why: string): Following {
  if (node.attempts + 1 >= offer.maxAttempts) return { key: claim, phase: node.phase, to: 'failed', reason: why };
  return { key: claim, state: 'sleeping', attempts: 1, wakeAt: cx.now + 500 * 2 ** node.attempts, reason: why };
}

function* goalOf(stackId: StackId): Act<number> {
  const row = yield* queryOne<{ goal: number }>('select goal from stack where id = ?', stackId);
  return row!.goal;
}

/** Somebody makes, looks for or deletes that version, for the node it belongs to or for one that it has to make room for. */
const isBeingWorkedOn = `exists (select 1 from node n where n.stack_id = r.stack_id and (n.resource_id = r.id or n.victim = r.id) and n.state = 'claimed')`;

/** It is being looked for by whoever deletes it then, to make room. */
const isGoingFirst = `exists (select 1 from node n where n.stack_id = r.stack_id and n.victim = r.id and n.state = 'claimed')`;

/** The node rests before what makes room for it is deleted. */
const isAskedFirst = `state = 'hooked' and hook = 'pre-delete'`;

/** The sibling must still be what was seen; its own cleanup node is spent. */
function* reuseSibling(
  cx: ActContext,
  settlement: Extract<Settlement, { kind: 'reuse' }>,
  node: FencedNode,
  batch: Batch,
): Act<Following | null> {
  const { stackId, resourceId } = settlement.claim;
  if (batch.gone.has(settlement.sibling)) return { key: settlement.claim, state: 'ready' };
  const sibling = yield* queryOne<SqlRow>(
    `select r.* from resource r where r.id = ? and r.inputs_sha = ? and r.status = 'COMPLETE' and r.action <> 'DELETE' and r.doubt = 0 and r.unhealthy is null and r.forced is null
       and not exists (select 1 from operation o where o.resource_id = r.id)
       and not ${isBeingWorkedOn}`,
    settlement.sibling,
    settlement.inputsSha,
  );
  if (sibling === undefined)
    return tryLater(cx, settlement.claim, node, batch, `version ${settlement.sibling} is not what it was`);
  yield* adoptVersion(cx, settlement.claim, node, settlement.sibling, settlement.reason);
  yield* run('update resource set marked = ? where id = ?', yield* goalOf(stackId), resourceId);
  return yield* spareFromCleanup(settlement.claim, settlement.sibling);
}

/** Its early cleanup node, which nobody has claimed, is spent. */
function* spareFromCleanup({ stackId, traversal }: Claim, version: ResourceId): Act<NodeEffect | null> {
  const spent = yield* queryOne<{ id: number; phase: string }>(
    `select id, phase from node where stack_id = ? and traversal = ? and resource_id = ? and phase = 'aside' and state in ('waiting', 'ready', 'sleeping')`,
    stackId,
    traversal,
    version,
  );
  return spent ? { key: { stackId, traversal, nodeId: spent.id }, phase: spent.phase, to: 'done', reason: '' } : null;
}

/**
 * Points a node and its name at another version, which is wanted from now on. Where that one was made and the rest after its making is still to
 * come, it comes; else it takes part in what is being done to the name.
 */
function* adoptVersion(cx: ActContext, claim: Claim, node: FencedNode, version: ResourceId, reason: string): Act<void> {
  const own = yield* queryOne<SqlRow & DeedColumns & { name: string }>(
    'select name, action, definition, acted, taken, replaces, physical_id as "physicalId" from resource where id = ?',
    claim.resourceId,
  );
  const deed = deedOf(node, own!);
  const row = yield* queryOne<SqlRow & Adopted>(
    `update resource set marked = null, replaced_by = null, name = k.name, reason = k.reason,
       acted = case when acted = 'create' and taken is distinct from definition then 'create' else k.deed end,
       taken = case when resource.name = k.name then taken when k.deed = 'create' then definition else null end
     from @rows(id int, name text, reason text, deed text) k
     where resource.id = k.id returning resource.name, type, physical_id, action, status, acted`,
    JSON.stringify([[version, own!.name, reason, deed]]),
  );
  yield* switchMembers([{ stackId: claim.stackId, name: own!.name, goal: yield* goalOf(claim.stackId), id: version }]);
  // It stays, so it makes room for nobody, and nobody is asked whether it may.
  yield* run(
    `update node set victim = null, state = case when ${isAskedFirst} then 'ready' else state end,
       subject = case when ${isAskedFirst} then null else subject end, hook = case when ${isAskedFirst} then null else hook end where victim = ?`,
    version,
  );
  yield* setNode(
    claim,
    `state = 'ready', engine_id = null, resource_id = ?, replacements = replacements + 1, deed = ?`,
    version,
    row!.acted === deed ? deed : null,
  );
  cx.journal.add(claim.stackId, {
    traversal: claim.traversal,
    resourceId: version,
    name: row!.name,
    type: row!.type,
    physicalId: row!.physical_id,
    action: row!.action,
    status: row!.status,
    reason,
  });
}

interface Adopted {
  readonly name: string;
  readonly type: string;
  readonly physical_id: string | null;
  readonly action: string;
  readonly status: string;
  readonly acted: string;
}

/** The name takes over the unwanted row that holds its object; its own, never made, goes. */
function* takeOver(
  cx: ActContext,
  settlement: Extract<Settlement, { kind: 'take-over' }>,
  node: FencedNode,
  batch: Batch,
): Act<Following | null> {
  const { claim } = settlement;
  if (batch.gone.has(settlement.holder)) return { key: claim, state: 'ready' };
  const holder = yield* queryOne<{ id: number }>(
    `select r.id from resource r where r.id = ? and r.marked is not null and r.action <> 'DELETE'
       and not exists (select 1 from operation o where o.resource_id = r.id)
       and not ${isBeingWorkedOn}`,
    settlement.holder,
  );
  if (holder === undefined) {
    // Its deletion has begun: it is waited for where somebody is at it, and done for this node, too, where it did not end well, or is only about to be asked for.
    const leaving = yield* findUnwanted(
      settlement.holder,
      `(o.kind = 'delete' or (o.kind is null and (r.action = 'DELETE' and r.status <> 'IN_PROGRESS' or ${isGoingFirst})))`,
    );
    if (leaving === undefined) return tryLater(cx, claim, node, batch, `its object is still version ${settlement.holder}`);
    yield* nameVictim(claim, settlement.holder, leaving);
    return null;
  }
  yield* adoptVersion(cx, claim, node, settlement.holder, settlement.reason);
  yield* buryTokens(cx, [claim.resourceId]);
  yield* removeResources(claim.stackId, [claim.resourceId]);
  return yield* spareFromCleanup(claim, settlement.holder);
}

/** The version that is called so goes before the node goes on; where it was to go anyway, that is done with it. */
function* makeWay(
  cx: ActContext,
  { claim, holder, reason }: Extract<Settlement, { kind: 'make-way' }>,
  node: FencedNode,
  offer: Offer,
): Act<Following | null> {
  const unwanted = yield* findUnwanted(
    holder,
    `r.deletion_policy <> 'retain' and r.external = 0
       and not exists (select 1 from node n where n.stack_id = r.stack_id and n.resource_id = r.id and n.state = 'claimed')`,
  );
  if (unwanted === undefined) return tryLater(cx, claim, node, offer, reason);
  yield* nameVictim(claim, holder, unwanted);
  return yield* spareFromCleanup(claim, holder);
}

/** Where the other has been worked on meanwhile, or waits for this one by now, the node decides anew. */
function* waitForHolder(
  cx: ActContext,
  { claim, holder, reason }: Extract<Settlement, { kind: 'wait' }>,
  node: FencedNode,
  offer: Offer,
): Act<Following | null> {
  const mover = yield* findMover(claim, holder);
  if (mover === undefined) return { key: claim, state: 'ready' };
  const added = yield* query(
    'insert into edge (stack_id, traversal, required, requirer) values (?, ?, ?, ?) on conflict do nothing returning required',
    claim.stackId,
    claim.traversal,
    mover,
    claim.nodeId,
  );
  if (added.length === 0) return tryLater(cx, claim, node, offer, reason);
  yield* setNode(claim, `state = 'waiting', unmet = unmet + 1, engine_id = null, reason = ?`, reason);
  return null;
}

function* nameVictim(claim: Claim, version: ResourceId, { at_work }: Leaving): Act<void> {
  const sets = at_work === 1 ? `state = 'waiting', awaits = 1, unmet = unmet + 1` : `state = 'ready'`;
  yield* setNode(claim, `${sets}, engine_id = null, victim = ?`, version);
}

interface Leaving {
  readonly at_work: number;
}

/** A version that no goal wants, where the condition holds; is an operation under way on it? */
function* findUnwanted(version: ResourceId, condition: string): Act<Leaving | undefined> {
  return yield* queryOne<Leaving>(
    `select case when o.kind is null then 0 else 1 end as at_work from resource r left join operation o on o.resource_id = r.id
     where r.id = ? and r.marked is not null and ${condition}`,
    version,
  );
}

interface GoneRow {
  readonly id: number;
  readonly stack_id: number;
  readonly name: string;
  readonly type: string;
  readonly physical_id: string | null;
}

/** Rows of objects that are gone; a node of a newer traversal that waited to delete one is done with it. */
function* removeGone(cx: ActContext, passed: readonly Passed[], effects: NodeEffect[]): Act<void> {
  const gone = passed.map((p) => p.settlement).filter((s) => s.kind === 'gone');
  if (gone.length === 0) return;
  const ids = gone.map((s) => s.claim.resourceId);
  const rows = yield* query<GoneRow>(
    'select id, stack_id, name, type, physical_id from resource where id in @ids',
    JSON.stringify(ids),
  );
  const reasonOf = new Map(gone.map((s) => [s.claim.resourceId as number, s]));
  const ruling = new Set<number>(passed.filter((p) => p.node !== null).map((p) => p.settlement.claim.resourceId));
  for (const row of rows) {
    const { reason, claim, hook } = reasonOf.get(row.id)!;
    cx.journal.add(row.stack_id as StackId, {
      traversal: claim.traversal,
      resourceId: row.id,
      name: row.name,
      type: row.type,
      physicalId: row.physical_id,
      action: 'DELETE',
      status: 'COMPLETE',
      reason,
    });
    if (hook !== undefined && ruling.has(row.id)) yield* restAtHook(cx, claim, hook, { ...row, ...deleted });
  }
  yield* releaseChildren(cx, ids);
  for (const [stackId, ofStack] of Map.groupBy(gone, (s) => s.claim.stackId)) {
    yield* removeResources(
      stackId,
      ofStack.map((s) => s.claim.resourceId),
    );
  }
  const outlived = passed
    .filter((p) => p.settlement.kind === 'gone' && (p.node === null || p.node.victim === p.settlement.claim.resourceId))
    .map((p) => p.settlement);
  if (outlived.length > 0) effects.push(...(yield* nodesOfGone(cx, outlived, rows)));
  yield* run(`update node set victim = null where victim in @ids`, JSON.stringify(ids));
}

/** As its last event tells of what is gone. */
const deleted = { action: 'DELETE', status: 'COMPLETE' } as const;

/** A newer traversal's nodes that were to delete what an older one's operation has deleted. They may rest at a hook of their own. */
function* nodesOfGone(cx: ActContext, gone: readonly Settlement[], rows: readonly GoneRow[]): Act<NodeEffect[]> {
  const nodes = yield* query<{ stack_id: number; traversal: number; id: number; phase: string; resource_id: number }>(
    `select stack_id, traversal, id, phase, resource_id from node where stack_id in @ids and state in ('waiting', 'ready', 'claimed', 'sleeping') and phase in ('cleanup', 'aside') and resource_id in @ids`,
    JSON.stringify([...new Set(gone.map((s) => s.claim.stackId))]),
    JSON.stringify(gone.map((s) => s.claim.resourceId)),
  );
  const effects: NodeEffect[] = [];
  for (const node of nodes) {
    const key: NodeKey = { stackId: node.stack_id as StackId, traversal: node.traversal, nodeId: node.id };
    const row = rows.find((one) => one.id === node.resource_id);
    if (row && node.phase === 'cleanup' && (yield* stopsWhenGone(key.stackId, row.name)))
      yield* restAtHook(cx, key, 'post-delete', { ...row, ...deleted });
    else effects.push({ key, phase: node.phase, to: 'done', reason: '' });
  }
  return effects;
}

function* stopsWhenGone(stackId: StackId, name: string): Act<boolean> {
  if (!hooksFor(yield* loadRules(stackId), name).includes('post-delete')) return false;
  const stack = yield* queryOne<{ action: string }>('select action from stack where id = ?', stackId);
  return stack?.action !== 'ABANDON' && (yield* findWanted([[stackId, name]])).size === 0;
}

/**
 * Nodes end; counters of those that wait fall; what requires a failed one is skipped, each once. A node of which several results of a batch
 * tell the end (it could not delete what another has deleted) ends once, as the last one says.
 */
export function* applyEffects(told: readonly NodeEffect[]): Act<void> {
  if (told.length === 0) return;
  const effects = [...new Map(told.map((effect) => [keyOf(effect.key), effect])).values()];
  yield* runRows(
    `update node set state = k.state, reason = k.reason, engine_id = null from @rows(stack_id int, traversal int, id int, state text, reason text) k
     where node.stack_id = k.stack_id and node.traversal = k.traversal and node.id = k.id`,
    effects.map(({ key, to, reason }) => [key.stackId, key.traversal, key.nodeId, to, reason]),
  );
  yield* satisfy(effects.filter((e) => e.to === 'done').map((e) => e.key));
  const ended: SqlValue[][] = [];
  for (const ofTraversal of Map.groupBy(effects, (e) => `${e.key.stackId}/${e.key.traversal}`).values())
    ended.push(yield* countEnded(ofTraversal));
  yield* runRows(
    `update traversal set converge_left = converge_left - k.converge, aside_left = aside_left - k.aside, cleanup_left = cleanup_left - k.cleanup,
       action_left = action_left - k.action, failures = failures + k.failed
     from @rows(stack_id int, number int, converge int, aside int, cleanup int, action int, failed int) k
     where traversal.stack_id = k.stack_id and traversal.number = k.number`,
    ended,
  );
}

/** How many nodes of each phase ended, those included that are skipped now; a row for the counters of one traversal. */
function* countEnded(effects: readonly NodeEffect[]): Act<SqlValue[]> {
  const { stackId, traversal } = effects[0]!.key;
  const failed = effects.filter((e) => e.to !== 'done').map((e) => e.key.nodeId);
  const phases = effects.map((e) => e.phase);
  if (failed.length > 0) phases.push(...(yield* skipRequirers(stackId, traversal, failed)));
  const count = (phase: string): number => phases.filter((one) => one === phase).length;
  const failures = effects.filter((e) => e.to === 'failed' && e.phase !== 'aside').length;
  return [stackId, traversal, count('converge'), count('aside'), count('cleanup'), count('action'), failures];
}

function* satisfy(done: readonly NodeKey[]): Act<void> {
  yield* runRows(
    `update node set unmet = unmet - d.n, state = case when unmet = d.n and state = 'waiting' then 'ready' else state end
     from (select e.stack_id, e.traversal, e.requirer as id, count(*) as n from @rows(stack_id int, traversal int, id int) k cross join edge e
           where e.stack_id = k.stack_id and e.traversal = k.traversal and e.required = k.id group by e.stack_id, e.traversal, e.requirer) d
     where node.stack_id = d.stack_id and node.traversal = d.traversal and node.id = d.id`,
    done.map(({ stackId, traversal, nodeId }) => [stackId, traversal, nodeId]),
  );
}

function* skipRequirers(stackId: StackId, traversal: number, failed: readonly number[]): Act<string[]> {
  const rows = yield* query<{ phase: string }>(
    `with recursive hit(id) as (
       select e.requirer from edge e where e.stack_id = ? and e.traversal = ? and e.required in @ids
       union
       select e.requirer from hit join edge e on e.stack_id = ? and e.traversal = ? and e.required = hit.id)
     update node set state = 'skipped', reason = 'what it requires failed' where stack_id = ? and traversal = ? and state = 'waiting' and id in (select id from hit) returning phase`,
    stackId,
    traversal,
    JSON.stringify(failed),
    stackId,
    traversal,
    stackId,
    traversal,
  );
  return rows.map((row) => row.phase);
}
