/**
 * A walk with people's own goals: simulated types in place of the real ones, crashes, failures, and competing requests, then rest.
 *
 * It asks what an operator asks: is the last goal reached, by itself or only with help, and how many objects of each resource stood at once
 * at worst. The engine's invariants are checked as in every walk; what the objects are made of is compared with the rows, for goals of
 * people are opaque here.
 */

import type { TypeRegistry } from '../engine/ports/provider.ts';
import type { NewGoal } from '../engine/ports/store.ts';
import type { JsonMap } from '../std/json.ts';
import { sameJson } from '../std/json.ts';
import { checkAtRest } from './checkers/at-rest.ts';
import { checkFences } from './checkers/fences.ts';
import { checkGraph } from './checkers/graph.ts';
import { checkOrder } from './checkers/order.ts';
import { checkTracked } from './checkers/tracked.ts';
import { checkTransitions } from './checkers/transitions.ts';
import { checkTree } from './checkers/tree.ts';
import { drawFaults, type FaultMix } from './faults.ts';
import { kindOf } from './kinds.ts';
import type { Row } from './mirror.ts';
import { settleUnknown } from './people.ts';
import { calmPlan, type Plan, type RequestKind, type SimRequest } from './plan.ts';
import { createPrng } from './prng.ts';
import type { Caller } from './sim-types.ts';
import { aboveOf, childOf, treeOf } from './tree.ts';
import { createUsers, type Users } from './users.ts';
import type { Violation } from './violation.ts';
import { ask, asking, beUnsafe, comeToRest, rest } from './walk.ts';
import { World } from './world.ts';

export interface Subject {
  /** In the order in which people would submit them; the last one is where it ends. */
  readonly goals: readonly NewGoal[];
  /** Other people's objects that the goals adopt. */
  readonly externals: readonly { readonly type: string; readonly id: string }[];
  readonly createTypes: (world: World, caller: Caller) => TypeRegistry;
}

export const stackName = 's1';

/** How the last goal was reached. */
export type Reached = 'by itself' | 'after a retry' | 'after a person said what is there' | 'never';

export interface TemplateWalk {
  readonly seed: number;
  readonly reached: Reached;
  /** Why it was not reached. */
  readonly reason: string;
  readonly violations: readonly Violation[];
  readonly steps: number;
  readonly faults: ReadonlyMap<string, number>;
  /** The most objects of a resource that stood at once. */
  readonly copies: ReadonlyMap<string, number>;
  /** Resources that became another version on the way. */
  readonly replaced: ReadonlySet<string>;
}

export function openTemplateWorld(subject: Subject, plan: Plan): { world: World; users: Users } {
  const world = new World({
    plan,
    createTypes: subject.createTypes,
    settings: { findSettings: (_family, name) => ({ id: 1, name, values: {} }) },
    checkers: [
      checkTransitions(),
      checkGraph(),
      checkTracked(),
      checkOrder({ goals: false }),
      checkFences(),
      checkAtRest({ goals: false }),
      checkTree({ goals: false }),
    ],
  });
  const users = createUsers(world, (request) => subject.goals[request.which]!);
  for (const { type, id } of subject.externals) if (kindOf(type).effects) world.reality.placeForeign(kindOf(type), {}, id);
  for (let i = 0; i < plan.engines; i++) world.start();
  return { world, users };
}

export function submitting(which: number, more: Partial<SimRequest> = {}): SimRequest {
  return { ...asking(stackName, 'submit'), which, rollback: false, ...more };
}

export async function walkTemplate(subject: Subject, seed: number): Promise<TemplateWalk> {
  const { world, users } = openTemplateWorld(subject, drawTemplatePlan(seed, subject.goals.length));
  const watch = watchReality(world);
  let reached: Reached = 'never';
  try {
    await beUnsafe(world, users);
    await comeToRest(world);
    reached = await reachLast(world, users, subject);
    if (reached !== 'never') checkWhole(world);
    if (reached !== 'never') await removeStack(world, users);
  } finally {
    for (const process of world.running) world.kernel.kill(process);
  }
  return {
    seed,
    reached,
    reason: String(world.findStack(stackName)?.['reason'] ?? ''),
    violations: world.violations,
    steps: world.kernel.steps,
    faults: world.reached,
    ...watch,
  };
}

// ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Everything but other people's deeds: they would make every answer a matter of luck. */
function faultsFor(prng: ReturnType<typeof createPrng>): FaultMix {
  const { meddledChange: _change, meddledDelete: _delete, nameTaken: _name, ...mix } = drawFaults(prng);
  return mix;
}

const between: readonly RequestKind[] = ['submit', 'submit', 'rollback', 'cancel', 'carry'];

function drawTemplatePlan(seed: number, goals: number): Plan {
  const prng = createPrng(seed, 'template plan');
  const requests: SimRequest[] = [submitting(0, { rollback: prng.chance(200) })];
  let at = 0;
  const later = (request: SimRequest): void => {
    at += prng.pick([0, 20, 500, 3_000, 30_000, 300_000]) + prng.below(500);
    requests.push({ ...request, at });
  };
  for (let n = prng.below(3); n > 0; n--) {
    const kind = prng.pick(between);
    later(kind === 'submit' ? submitting(prng.below(goals), { rollback: prng.chance(300) }) : asking(stackName, kind));
  }
  if (goals > 1 || requests.at(-1)!.kind !== 'submit') later(submitting(goals - 1));
  return {
    ...calmPlan,
    seed,
    engines: prng.pick([1, 2, 2, 3]),
    hintRate: prng.pick([0, 50, 200, 600]),
    driftMs: prng.pick([0, 1, 3, 50]),
    jumpRate: prng.pick([0, 0, 0, 5, 20]),
    faults: faultsFor(prng),
    requests,
  };
}

// ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The last goal is asked for again where it was lost or rolled back; then people help as they would. */
async function reachLast(world: World, users: Users, subject: Subject): Promise<Reached> {
  const last = subject.goals.length - 1;
  if (!isInForce(world, subject.goals[last]!)) {
    await ask(world, users, submitting(last));
    if (!(await rest(world, 'after the last goal'))) return 'never';
  }
  let helped = false;
  for (let tries = 0; tries < 4; tries++) {
    const stack = world.findStack(stackName);
    if (stack?.['status'] === 'COMPLETE' && isInForce(world, subject.goals[last]!))
      return helped ? 'after a person said what is there' : tries > 0 ? 'after a retry' : 'by itself';
    if (stack === undefined || world.violations.length > 0) return 'never';
    if ((await settleUnknown(world, stack)) > 0) helped = true;
    if (!(await rest(world, 'after a retry'))) return 'never';
  }
  return 'never';
}

function isInForce(world: World, goal: NewGoal): boolean {
  const stack = world.findStack(stackName);
  return stack !== undefined && world.mirror.rows.goal.get(`${stack['id']}/${stack['goal']}`)?.['sha'] === goal.sha;
}

/** Exactly one whole object for each resource, as its row says, in the stack and in those nested in it. */
function checkWhole(world: World): void {
  const tree = new Set(treeOf(world.mirror.rows, world.findStack(stackName)!).map((stack) => stack['uuid']));
  const rows = [...wantedRows(world).values()].filter((row) => kindOf(String(row['type'])).effects && row['external'] !== 1);
  const ids = new Set(rows.map((row) => row['physical_id']));
  for (const row of rows) checkObject(world, row);
  for (const phys of world.reality.live.values())
    if (tree.has(phys.stack) && !ids.has(phys.id) && !world.isLetGo(phys))
      world.report('I-01', `${phys.id} (${phys.name}) is of no resource of the complete stack`);
  world.checkQuiet();
}

function checkObject(world: World, row: Row): void {
  const phys = world.reality.live.get(String(row['physical_id']));
  if (phys === undefined || phys.half) {
    world.report('I-01', `${row['name']} is complete and its object is ${phys ? 'half made' : 'not there'}`);
    return;
  }
  const stored = world.store.driver.database.prepare('select properties from resource where id = ?').get(Number(row['id']));
  const properties = world.store.vault.open(String(stored?.['properties']), `resource/${row['id']}/properties`) as JsonMap;
  if (!sameJson(phys.properties, properties)) world.report('I-01', `${row['name']} is not as its row says`);
}

/** By path: `web/page` is in the stack nested as `web`. */
export function wantedRows(world: World): Map<string, Row> {
  const root = world.findStack(stackName);
  const wanted = new Map<string, Row>();
  const visit = (stack: Row, prefix: string): void => {
    for (const row of world.resourcesOf(Number(stack['id']))) {
      if (row['marked'] !== null) continue;
      wanted.set(`${prefix}${row['name']}`, row);
      const child = row['nested'] === 1 ? childOf(world.mirror.rows, Number(row['id'])) : undefined;
      if (child !== undefined) visit(child, `${prefix}${row['name']}/`);
    }
  };
  if (root !== undefined) visit(root, '');
  return wanted;
}

async function removeStack(world: World, users: Users): Promise<void> {
  if (world.violations.length > 0) return;
  await ask(world, users, asking(stackName, 'delete'));
  if (!(await rest(world, 'after deleting'))) return;
  const left = world.findStack(stackName);
  if (left !== undefined) await settleUnknown(world, left);
  if (!(await rest(world, 'after deleting again'))) return;
  if (world.findStack(stackName)) world.report('I-18', `it can not be deleted: ${world.findStack(stackName)!['reason']}`);
  else world.checkQuiet();
}

// ── what is watched ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** By path, as wantedRows. */
export function watchReality(world: World): {
  readonly copies: ReadonlyMap<string, number>;
  readonly replaced: ReadonlySet<string>;
} {
  const copies = new Map<string, number>();
  const replaced = new Set<string>();
  const prefixes = watchPrefixes(world);
  let seen = -1;
  const look = (): void => {
    for (const row of world.mirror.rows.resource.values())
      if (row['replaces'] !== null) replaced.add(`${prefixes.ofId(Number(row['stack_id']))}${row['name']}`);
    if (world.reality.version === seen) return;
    seen = world.reality.version;
    const now = new Map<string, number>();
    const all = prefixes.all();
    for (const phys of world.reality.live.values()) {
      if (phys.foreign) continue;
      const path = `${all.get(phys.stack) ?? ''}${phys.name}`;
      now.set(path, (now.get(path) ?? 0) + 1);
    }
    for (const [path, count] of now) copies.set(path, Math.max(count, copies.get(path) ?? 0));
  };
  world.onStep = look;
  return { copies, replaced };
}

/** What leads to the resources of a stack, as it was called last: an object may outlive the rows that say it. */
function watchPrefixes(world: World) {
  const { rows } = world.mirror;
  const last = new Map<string, string>();
  const prefixOf = (stack: Row): string => {
    const above = aboveOf(rows, stack);
    const uuid = String(stack['uuid']);
    if (above !== null) last.set(uuid, `${prefixOf(above.stack)}${above.resource['name']}/`);
    return last.get(uuid) ?? '';
  };
  return {
    ofId: (id: number): string => prefixOf(rows.stack.get(String(id))!),
    all: (): ReadonlyMap<string, string> => {
      for (const stack of rows.stack.values()) prefixOf(stack);
      return last;
    },
  };
}
