/** I-07 made only after what it requires, I-08 deleted only before what it requires, I-09 the last complete goal stands, I-19 retained never deleted. */
import type { ProviderCall } from '../../engine/ports/provider.ts';
import type { IntentAnswer, TurnAnswer, TurnRequest } from '../../engine/ports/store.ts';
import { canonicalJson } from '../../std/json.ts';
import { isSuspended } from '../../store/rows.ts';
import { toDefinition, usedNames } from '../goals.ts';
import { kindOf } from '../kinds.ts';
import type { Row } from '../mirror.ts';
import { isLook, isSearch } from '../sim-types.ts';
import { expectedProperties } from '../specification.ts';
import { isNestedStack, looksIntoDoubt } from '../tree.ts';
import type { World } from '../world.ts';
import type { Checker, Commit } from './checker.ts';
import { isEmptied } from './tree.ts';

/** `goals`: they are known as the simulator's users wrote them. */
export function checkOrder({ goals }: { readonly goals: boolean } = { goals: true }): Checker {
  /** Versions that go first to make room; their deletion may outlive its traversal. */
  const victims = new Set<number>();
  /** Versions whose deletion has begun, rightly: nobody counts on them any more. */
  const deleting = new Set<number>();
  return {
    invariants: ['I-07', 'I-08', 'I-09', 'I-19'],
    commit(world, { method, args, answer, changes }) {
      for (const { table, after } of changes) {
        if (table !== 'node' || after === null) continue;
        if (typeof after['victim'] === 'number') victims.add(after['victim']);
        if (after['state'] === 'failed' && String(after['reason']).endsWith('is restricted for resource.'))
          world.reach('restricted');
      }
      if (method === 'turn' && answer !== undefined)
        checkIntents(world, args[0] as TurnRequest, (answer as TurnAnswer).intents, { goals, deleting });
      for (const { table, before, after } of changes) {
        if (method === 'turn' && table === 'goal' && before === null) checkRetargeting(world, after!, changes);
        if (table !== 'resource' || after === null) continue;
        noteDeleting(world, after, deleting);
        if (method === 'turn' && before === null) checkReplacing(world, after, changes);
      }
    },
    call(world, _caller, call, way) {
      if (isLook(way) || way === 'create' || call.physicalId === null) return;
      if (world.reality.live.get(call.physicalId)?.foreign)
        world.report(
          'I-19',
          `${way} of ${call.physicalId}, which is somebody else's, for ${call.resource.name}#${call.resource.version}`,
        );
    },
    deletes: (world, call) => void (victims.has(call.resource.version) || checkDeletion(world, call)),
    always: checkRollbackPoint,
  };
}

/** A stack that is to go as a whole, with all that is in it, is asked about once: when that begins. */
function noteDeleting(world: World, row: Row, deleting: Set<number>): void {
  const id = Number(row['id']);
  if (row['action'] !== 'DELETE') deleting.delete(id);
  else if (row['status'] === 'IN_PROGRESS') {
    const why = row['nested'] === 1 && !deleting.has(id) ? whyKept(world, row) : null;
    if (why !== null) world.report('I-09', `${row['name']}#${id} is being deleted, but ${why}`);
    deleting.add(id);
  }
}

interface Known {
  readonly goals: boolean;
  readonly deleting: ReadonlySet<number>;
}

function checkIntents(
  world: World,
  request: TurnRequest,
  answers: readonly (IntentAnswer | null)[],
  { goals, deleting }: Known,
): void {
  request.intents.forEach((intent, i) => {
    if (answers[i]?.kind !== 'go') return;
    const row = world.mirror.rows.resource.get(String(intent.claim.resourceId));
    if (row === undefined) {
      world.report('I-12', `an intent on ${intent.claim.resourceId}, which is no resource`);
      return;
    }
    if (goals && (intent.kind === 'create' || intent.kind === 'update')) checkMaking(world, row, intent);
    if (intent.kind === 'delete') checkDeleting(world, row, intent.claim, deleting);
    if (intent.kind === 'suspend') checkGoingToSleep(world, row);
    if (intent.kind === 'resume' && goals) checkWaking(world, row);
  });
}

function members(world: World, stackId: number, goal: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const row of world.mirror.rows.membership.values()) {
    if (row['stack_id'] === stackId && Number(row['since']) <= goal && (row['until'] === null || Number(row['until']) > goal))
      found.set(String(row['name']), Number(row['resource_id']));
  }
  return found;
}

function checkMaking(world: World, row: Row, intent: TurnRequest['intents'][number]): void {
  const stackId = Number(row['stack_id']);
  const stack = world.mirror.rows.stack.get(String(stackId))!;
  const goal = world.goalNumbered(stackId, Number(stack['goal']));
  const declared = goal.resources.find((r) => r.name === row['name']);
  if (declared === undefined) {
    world.report('I-07', `${row['name']} is made, but the goal in force does not have it`);
    return;
  }
  if (intent.kind === 'update' && row['definition'] !== null && declared.restricted?.includes('update'))
    world.report('I-19', `${row['name']} is updated, which its environment forbids`);
  const chosen = members(world, stackId, Number(stack['goal']));
  for (const name of usedNames(declared)) {
    const required = world.mirror.rows.resource.get(String(chosen.get(name)));
    const stands =
      required !== undefined &&
      required['status'] === 'COMPLETE' &&
      !['INIT', 'DELETE'].includes(String(required['action'])) &&
      // A stack that was changed on its own since it was read is read again by the next traversal.
      (required['doubt'] === 0 || required['nested'] === 1);
    if (!stands) {
      world.report('I-07', `${row['name']} is made while ${name} is ${required?.['action']} ${required?.['status']}`);
      return;
    }
  }
  const find = (name: string) => world.mirror.rows.resource.get(String(chosen.get(name)));
  if (looksIntoDoubt(declared, find)) return;
  const wanted = expectedProperties(toDefinition(declared), (name) => world.offeredBy(find(name)));
  if (canonicalJson(intent.properties) !== canonicalJson(wanted))
    world.report('I-07', `${row['name']} is made with ${canonicalJson(intent.properties)}, not with ${canonicalJson(wanted)}`);
}

/**
 * Another goal of a nested stack, that an engine begins, is an update of the resource that it is: by the goal that was in force when the turn began.
 * Not its own rollback, which a person asked for with what failed then: that is the nested stack's, and the environment above forbids it nothing.
 */
function checkRetargeting(world: World, goal: Row, changes: Commit['changes']): void {
  const { stack, resource } = world.mirror.rows;
  const child = stack.get(String(goal['stack_id']));
  const row = resource.get(String(child?.['parent_resource']));
  const parent = stack.get(String(row?.['stack_id']));
  if (row === undefined || parent === undefined || row['definition'] === null || row['marked'] !== null) return;
  if (goal['rollback_of'] !== null) return;
  const former = world.mirror.rows.goal.get(`${goal['stack_id']}/${Number(goal['number']) - 1}`);
  const inForce = changes.find(({ table, before }) => table === 'stack' && before?.['id'] === parent['id'])?.before ?? parent;
  const declared = world
    .goalNumbered(Number(parent['id']), Number(inForce['goal']))
    .resources.find((r) => r.name === row['name']);
  if (former !== undefined && former['sha'] !== goal['sha'] && declared?.restricted?.includes('update'))
    world.report('I-19', `${child!['name']} gets another goal, which the environment of its parent forbids`);
}

/** Nor is it replaced, once it stood, where that is forbidden: by the goal that was in force when the turn began, which may have ended in a rollback. */
function checkReplacing(world: World, { stack_id, name, replaces }: Row, changes: Commit['changes']): void {
  const { resource, stack } = world.mirror.rows;
  const former = resource.get(String(replaces));
  if (former === undefined) return;
  const was = changes.find(({ table, before }) => table === 'resource' && before?.['id'] === replaces)?.before ?? former;
  const isAsked = was['forced'] !== null || was['unhealthy'] !== null;
  if (former['nested'] === 0 && isImported(former) && !isAsked)
    world.report('I-19', `${name}, which was imported, is replaced unasked`);
  if (former['definition'] === null) return;
  const change = changes.find(({ table, before }) => table === 'stack' && before?.['id'] === stack_id);
  const { goal: number } = change?.before ?? stack.get(String(stack_id))!;
  const goal = world.goalNumbered(Number(stack_id), Number(number));
  if (goal.resources.find((r) => r.name === name)?.restricted?.includes('replace'))
    world.report('I-19', `${name} is replaced, which its environment forbids`);
}

/** Somebody else made it, and it never was as a goal wants it. */
const isImported = (row: Row): boolean =>
  row['physical_id'] !== null && row['token'] === null && row['definition'] === null && row['external'] === 0;

/** What requires it sleeps already. */
function checkGoingToSleep(world: World, row: Row): void {
  for (const requirement of world.mirror.rows.requirement.values()) {
    if (requirement['required_id'] !== row['id']) continue;
    const requirer = world.mirror.rows.resource.get(String(requirement['resource_id']));
    if (requirer !== undefined && requirer['marked'] === null && canSleep(requirer) && isSuspended(requirer) !== true)
      world.report(
        'I-08',
        `${row['name']}#${row['id']} is suspended while ${requirer['name']}#${requirer['id']}, which requires it, is not`,
      );
  }
}

/** What it requires, and was made with, is awake. */
function checkWaking(world: World, row: Row): void {
  const stack = world.mirror.rows.stack.get(String(row['stack_id']))!;
  const declared = world.goalNumbered(Number(stack['id']), Number(stack['goal'])).resources.find((r) => r.name === row['name']);
  const names = declared === undefined ? [] : usedNames(declared);
  for (const requirement of world.mirror.rows.requirement.values()) {
    if (requirement['resource_id'] !== row['id']) continue;
    const required = world.mirror.rows.resource.get(String(requirement['required_id']));
    if (required === undefined || required['marked'] !== null || !names.includes(String(required['name']))) continue;
    if (canSleep(required) && isSuspended(required) !== false)
      world.report(
        'I-07',
        `${row['name']}#${row['id']} is resumed while ${required['name']}#${required['id']}, which it requires, is not`,
      );
  }
}

/** An object of the stack's own. */
const canSleep = (row: Row): boolean =>
  row['nested'] === 0 && row['external'] === 0 && row['physical_id'] !== null && kindOf(String(row['type'])).suspends;

function checkDeleting(
  world: World,
  row: Row,
  claim: TurnRequest['intents'][number]['claim'],
  deleting: ReadonlySet<number>,
): void {
  const { rows } = world.mirror;
  if (row['deletion_policy'] === 'retain' || row['external'] === 1)
    world.report('I-19', `${row['name']}#${row['id']} is to be kept, and is being deleted`);
  const node = rows.node.get(`${claim.stackId}/${claim.traversal}/${claim.nodeId}`);
  if (node !== undefined && node['victim'] === row['id'] && mustGoFirst(world, row, Number(node['resource_id']))) {
    if (kindOf(String(row['type'])).identity) world.reach('made way for its name');
    return;
  }
  for (const requirement of rows.requirement.values()) {
    if (requirement['required_id'] !== row['id']) continue;
    const requirer = rows.resource.get(String(requirement['resource_id']));
    if (requirer !== undefined && (requirer['physical_id'] !== null || requirer['token'] !== null))
      world.report(
        'I-08',
        `${row['name']}#${row['id']} is being deleted while ${requirer['name']}#${requirer['id']} requires it`,
      );
  }
  const why = deleting.has(Number(row['id'])) ? null : whyKept(world, row);
  if (why !== null) world.report('I-09', `${row['name']}#${row['id']} is being deleted, but ${why}`);
}

/** The last complete goal stands until a newer one is, and what is nested in it, unless all of a stack goes. */
function whyKept(world: World, row: Row): string | null {
  const { rows } = world.mirror;
  const stack = rows.stack.get(String(row['stack_id']))!;
  if (isEmptied(world, stack)) return null;
  const { complete_goal: complete, goal, name } = stack;
  if (complete != null && [...members(world, Number(stack['id']), Number(complete)).values()].includes(Number(row['id'])))
    return `${row['name']} belongs to the last complete goal ${complete} of ${name}, and goal ${goal} is not`;
  if (isNestedStack(stack) && complete !== goal) return `goal ${goal} of ${name}, which is nested, has not passed the barrier`;
  return null;
}

/** Its successor can't exist beside it. */
function mustGoFirst(world: World, row: Row, successor: number): boolean {
  const next = world.mirror.rows.resource.get(String(successor));
  return (
    next !== undefined &&
    (kindOf(String(next['type'])).deleteFirst || (kindOf(String(row['type'])).identity && next['type'] !== undefined))
  );
}

/** Reality's own view: nothing that lives, or is on its way, names the object. */
function checkDeletion(world: World, call: ProviderCall): void {
  const id = call.physicalId;
  if (id === null || !world.reality.live.has(id)) return;
  const phys = world.reality.live.get(id)!;
  if (phys.foreign) {
    world.report('I-19', `${id} is somebody else's, and is deleted`);
    return;
  }
  if (isSearch(call)) {
    if (phys.token !== call.token) world.report('I-02', `a tombstone of ${call.token} deletes ${id} of ${phys.token}`);
    return;
  }
  const owner = ownerOf(world, call.resource.version);
  if (owner === null) return;
  for (const other of world.reality.live.values()) {
    if (other === phys || !names(other.properties, id)) continue;
    const row = [...world.mirror.rows.resource.values()].find((r) => r['physical_id'] === other.id || r['token'] === other.token);
    if (row === undefined || isFreed(world, row, owner)) continue;
    world.report('I-08', `${id} (${call.resource.name}) is deleted while ${other.id} (${other.name}) refers to it`);
  }
}

/** One of them was retained or forgotten with the stack that it is in: from then on nobody knows that they belong together. */
function isFreed(world: World, row: Row, owner: Row): boolean {
  const root = (of: Row) => Number(world.mirror.rows.stack.get(String(of['stack_id']))?.['root_id']);
  return root(row) !== root(owner) && (world.freed.has(root(row)) || world.freed.has(root(owner)));
}

const ownerOf = (world: World, version: number): Row | null => world.mirror.rows.resource.get(String(version)) ?? null;

function names(properties: unknown, id: string): boolean {
  return (JSON.stringify(properties) ?? '').match(new RegExp(`"${id}[":]`)) !== null;
}

function checkRollbackPoint(world: World): void {
  for (const stack of world.mirror.rows.stack.values()) {
    if (stack['deleted_at'] !== null || stack['complete_goal'] === null) continue;
    if (!world.mirror.rows.goal.has(`${stack['id']}/${stack['complete_goal']}`))
      world.report('I-09', `goal ${stack['complete_goal']}, the last complete one of ${stack['name']}, is not kept`);
  }
}
