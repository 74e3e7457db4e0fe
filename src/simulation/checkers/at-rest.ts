/** I-01 reality is the goal, I-03 inventory and rows agree, I-17 the last request won, I-18 deleted means gone, I-20 no complete stack holds a failed resource, I-22 events replay, I-26 nothing is left over. */
import { canonicalJson } from '../../std/json.ts';
import { kindOf } from '../kinds.ts';
import type { Row } from '../mirror.ts';
import type { Phys } from '../reality.ts';
import { made } from '../sim-types.ts';
import { expectedProperties, objectsOf } from '../specification.ts';
import { looksIntoDoubt, rootOf } from '../tree.ts';
import { cameWith } from '../versions.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

/** `goals`: they are known as the simulator's users wrote them. */
export function checkAtRest({ goals }: { readonly goals: boolean } = { goals: true }): Checker {
  return {
    invariants: ['I-01', 'I-03', 'I-18', 'I-20', 'I-22', 'I-26'],
    commit(world, { changes }) {
      for (const { table, before, after } of changes) {
        if (
          table === 'stack' &&
          after !== null &&
          before?.['status'] !== 'COMPLETE' &&
          after['status'] === 'COMPLETE' &&
          after['deleted_at'] === null
        )
          checkNoFailed(world, after);
        if (table === 'traversal' && after !== null && after['state'] === 'failed' && before?.['state'] !== 'failed')
          checkFailuresListed(world, after);
      }
    },
    quiet(world) {
      for (const stack of world.mirror.rows.stack.values()) {
        if (stack['deleted_at'] !== null) checkGone(world, stack);
        else if (goals && stack['status'] === 'COMPLETE') checkComplete(world, stack);
      }
      checkAgreement(world);
      checkEventReplay(world);
      checkLeftovers(world);
      if (world.sampled(8)) for (const difference of world.mirror.verify()) world.report('MIRROR', difference);
    },
  };
}

function checkNoFailed(world: World, stack: Row): void {
  for (const row of world.resourcesOf(Number(stack['id']))) {
    if (row['marked'] === null && row['status'] !== 'COMPLETE')
      world.report('I-20', `${stack['name']} is complete, but ${row['name']}#${row['id']} is ${row['action']} ${row['status']}`);
  }
}

function checkFailuresListed(world: World, traversal: Row): void {
  const stack = world.mirror.rows.stack.get(String(traversal['stack_id']))!;
  for (const node of world.mirror.rows.node.values()) {
    if (
      node['stack_id'] !== stack['id'] ||
      node['traversal'] !== traversal['number'] ||
      node['state'] !== 'failed' ||
      node['phase'] === 'aside'
    )
      continue;
    const name = world.mirror.rows.resource.get(String(node['resource_id']))?.['name'];
    if (name !== undefined && !String(stack['reason']).includes(String(name)))
      world.report('I-20', `${stack['name']} failed and does not name ${name}: ${stack['reason']}`);
  }
}

function physOf(world: World, row: Row): Phys | undefined {
  return world.reality.live.get(String(row['physical_id']));
}

function checkComplete(world: World, stack: Row): void {
  const rows = world.resourcesOf(Number(stack['id']));
  const goal = world.goalNumbered(Number(stack['id']), Number(stack['goal']));
  const wanted = new Map(rows.filter((row) => row['marked'] === null).map((row) => [String(row['name']), row]));
  for (const row of rows)
    if (row['marked'] !== null) world.report('I-01', `${row['name']}#${row['id']} is not wanted and still there`);
  for (const { name, type, definition, effects } of objectsOf(goal)) {
    const row = wanted.get(name);
    wanted.delete(name);
    if (row === undefined) {
      world.report('I-01', `${stack['name']} is complete without ${name}`);
      continue;
    }
    checkRecorded(
      world,
      row,
      new Map(
        definition.requires
          .map((required) => rows.find((r) => r['name'] === required && r['marked'] === null))
          .flatMap((r) => (r ? [[Number(r['id']), Number(r['revision'])]] : [])),
      ),
      stack['suspended'] === 1 || isOwedAbove(world, stack),
    );
    if (row['type'] !== type) world.report('I-01', `${name} is a ${row['type']}, not a ${type}`);
    if (!effects) continue;
    const phys = physOf(world, row);
    if (phys === undefined && isUnseen(world, row, true)) continue;
    if (phys?.meddled && isUnseen(world, row, false)) continue;
    if (row['external'] === 1) {
      checkExternal(world, row, goal.resources.find((r) => r.name === name)?.external ?? null);
      continue;
    }
    if (phys === undefined) {
      world.report('I-01', `${name}#${row['id']} is complete and has no object (${row['physical_id']})`);
      continue;
    }
    const find = (required: string) => rows.find((r) => r['name'] === required && r['marked'] === null);
    const declared = goal.resources.find((r) => r.name === name)!;
    const expected = expectedProperties(definition, (required) => world.offeredBy(find(required)));
    // What suspending brought to light is passed on when the stack is resumed.
    const asleep = stack['suspended'] === 1 && world.touched.size > 0;
    const waits = asleep || looksIntoDoubt(declared, find) || isOwedAbove(world, stack);
    if (!waits && canonicalJson(phys.properties) !== canonicalJson(expected))
      world.report('I-01', `${name} is ${canonicalJson(phys.properties)}, not ${canonicalJson(expected)}`);
    if (phys.broken) world.report('I-20', `${name} is broken, and ${stack['name']} is complete`);
    if (phys.half) world.report('I-01', `${name} is half made`);
    if (phys.account !== null && phys.account !== (definition.provider ?? 'default'))
      world.report('I-01', `${name} is in the account ${phys.account}, not in ${definition.provider ?? 'the first one'}`);
    const offered = world.offeredBy(row);
    const told = canonicalJson({ attributes: offered?.attributes ?? null, reference: offered?.reference ?? null });
    const its = made(kindOf(type), phys);
    const real = canonicalJson({ attributes: its.attributes ?? null, reference: its.reference ?? phys.id });
    if (kindOf(type).read && !phys.meddled && told !== real) world.report('I-03', `${name} tells ${told}, not ${real}`);
    if (kindOf(type).suspends && world.versions.allKnow(cameWith.sleep) && phys.suspended !== (stack['suspended'] === 1))
      world.report('I-01', `${name} is ${phys.suspended ? 'suspended' : 'awake'}, and ${stack['name']} is not`);
  }
  for (const name of wanted.keys()) world.report('I-01', `${name} is no resource of the goal`);
  const ids = new Set(rows.map((row) => row['physical_id']));
  // A late create of what other people deleted meanwhile: found by its token when the resource goes.
  const revived = new Set(rows.filter((row) => world.vanished.has(String(row['physical_id']))).map((row) => row['token']));
  for (const phys of world.reality.live.values()) {
    if (phys.stack === stack['uuid'] && !ids.has(phys.id) && !world.isLetGo(phys) && !revived.has(phys.token))
      world.report('I-01', `${phys.id} (${phys.name}) is of no resource of the complete ${stack['name']}`);
  }
}

/** Other people did it, and nobody has looked since, or nobody can. */
function isUnseen(world: World, row: Row, gone: boolean): boolean {
  if (gone && !world.vanished.has(String(row['physical_id']))) return false;
  const kind = kindOf(String(row['type']));
  return world.unseen.has(String(row['physical_id'])) || !kind.read || (!gone && !kind.visible);
}

function checkExternal(world: World, row: Row, id: string | null): void {
  if (row['physical_id'] !== id) world.report('I-01', `${row['name']}#${row['id']} is ${row['physical_id']}, not ${id}`);
}

/** A check brought something to light in it, and the goal above, which passes it on, failed before it came there. */
function isOwedAbove(world: World, stack: Row): boolean {
  const { rows } = world.mirror;
  return rows.resource.get(String(stack['parent_resource']))?.['doubt'] === 1 && rootOf(rows, stack)['status'] === 'FAILED';
}

/** What is recorded is what it requires, at the current revision, or what came to light since waits to be passed on. */
function checkRecorded(world: World, row: Row, required: ReadonlyMap<number, number>, waits: boolean): void {
  const recorded = [...world.mirror.rows.requirement.values()].filter((r) => r['resource_id'] === row['id']);
  const same =
    recorded.length === required.size &&
    recorded.every((r) => waits || required.get(Number(r['required_id'])) === Number(r['revision']));
  if (!same)
    world.report(
      'I-01',
      `${row['name']}#${row['id']} is recorded to require ${JSON.stringify(recorded.map((r) => [r['required_id'], r['revision']]))}, not ${JSON.stringify([...required])}`,
    );
}

/** Nothing of a deleted stack remains but what a policy retains. */
function checkGone(world: World, stack: Row): void {
  const { rows } = world.mirror;
  for (const table of [
    'resource',
    'node',
    'edge',
    'operation',
    'requirement',
    'membership',
    'declaration',
    'goal',
    'identity',
  ] as const) {
    for (const row of rows[table].values())
      if (row['stack_id'] === stack['id']) {
        world.report('I-18', `${stack['name']} is deleted, but a ${table} of it is left`);
        return;
      }
  }
  for (const phys of world.reality.live.values()) {
    if (phys.stack === stack['uuid'] && !world.isLetGo(phys))
      world.report('I-18', `${stack['name']} is deleted, but ${phys.id} (${phys.name}) is left`);
  }
}

function checkAgreement(world: World): void {
  for (const row of world.mirror.rows.resource.values()) {
    if (row['status'] !== 'COMPLETE' || row['physical_id'] === null || row['doubt'] === 1 || !kindOf(String(row['type'])).effects)
      continue;
    if (row['action'] !== 'INIT' && physOf(world, row) === undefined && !isUnseen(world, row, true))
      world.report('I-03', `${row['name']}#${row['id']} stands in the database, but there is no ${row['physical_id']}`);
  }
}

/** The last event of each resource tells its state. */
function checkEventReplay(world: World): void {
  const last = new Map<number, Row>();
  for (const event of world.mirror.rows.event.values())
    if (event['resource_id'] !== null) last.set(Number(event['resource_id']), event);
  for (const [id, event] of last) {
    const row = world.mirror.rows.resource.get(String(id));
    if (row === undefined || row['action'] === 'INIT') continue;
    if (row['action'] !== event['action'] || row['status'] !== event['status'])
      world.report(
        'I-22',
        `${row['name']}#${id} is ${row['action']} ${row['status']}, its last event says ${event['action']} ${event['status']}`,
      );
  }
}

function checkLeftovers(world: World): void {
  const { rows } = world.mirror;
  const left = (table: string, row: Row): void =>
    world.report('I-26', `a ${table} is left that nothing refers to: ${JSON.stringify(row)}`);
  for (const row of rows.requirement.values()) if (!rows.resource.has(String(row['resource_id']))) left('requirement', row);
  for (const row of rows.identity.values()) if (!rows.resource.has(String(row['resource_id']))) left('identity', row);
  for (const row of rows.membership.values()) if (!rows.resource.has(String(row['resource_id']))) left('membership', row);
  for (const table of ['node', 'edge'] as const) {
    for (const row of rows[table].values()) {
      const stack = rows.stack.get(String(row['stack_id']))!;
      if (stack['status'] === 'COMPLETE' || row['traversal'] !== stack['traversal']) left(table, row);
    }
  }
}
