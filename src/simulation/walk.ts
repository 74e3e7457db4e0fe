/**
 * A random walk: phase one, safety under faults while users ask; phase two, faults cease, dead engines get one fresh successor, and everything
 * must come to rest within a bound of steps; then people settle what nobody can know, and every stack must reach its goal, hold still, and go.
 */
import { sameJson } from '../std/json.ts';
import type { Breakage } from './breakage.ts';
import { createCouriers } from './couriers.ts';
import { complaints, foretell, foretoldOf, foretoldWithin, lateComplaints } from './foresight.ts';
import { calledFor, isRestrictedGoal, type SimGoal, type SimResource, unrestricted, usedNames } from './goals.ts';
import { kindOf } from './kinds.ts';
import { createLimiters } from './limiters.ts';
import type { Row } from './mirror.ts';
import type { OlderVersion } from './older-version.ts';
import { createOperators, type Operators } from './operators.ts';
import { settleUnknown, startAs } from './people.ts';
import { type Plan, rateOf, type SimRequest } from './plan.ts';
import type { SharedServer } from './shared/shared-server.ts';
import { allowedEnds, type Facts, impossible } from './specification.ts';
import { ownId } from './templates.ts';
import type { Trace } from './trace.ts';
import { childOf, isNestedStack, treeOf } from './tree.ts';
import { createUsers, type Users } from './users.ts';
import type { Violation } from './violation.ts';
import { World } from './world.ts';

export interface RunResult {
  readonly violations: readonly Violation[];
  readonly steps: number;
  readonly reached: ReadonlyMap<string, number>;
  readonly counts: { readonly store: number; readonly effect: number };
  readonly requests: number;
}

/** Steps of phase one after the last request, those of them in which nothing is under way, and the bound of each phase two. */
const restlessSteps = 250;
const idleSteps = 8;
export const restBound = 6_000;

export async function runWalk(
  plan: Plan,
  options: {
    readonly breakage?: Breakage;
    readonly trace?: Trace | null;
    readonly older?: OlderVersion | null;
    readonly shared?: SharedServer | null;
  } = {},
): Promise<RunResult> {
  await options.shared?.empty();
  const world = new World({ plan, ...options });
  const users = createUsers(world);
  const operators = createOperators(world);
  createLimiters(world);
  createCouriers(world);
  await world.finish(world.accounts.begin());
  for (let i = 0; i < plan.engines; i++) world.start();
  try {
    await beUnsafe(world, users);
    await comeToRest(world, async () => {
      await undoOperators(world, users, operators);
      await liftRestrictions(world, users);
      // What is under way is about to end, and its end is as good as foretold.
      if (!plan.accounts && !plan.upgrades && world.wires === 0) await foresee(world, users, 1);
    });
    await finish(world, users);
  } finally {
    for (const process of world.running) world.kernel.kill(process);
    await world.shared?.conversations.endAll();
  }
  return {
    violations: world.violations,
    steps: world.kernel.steps,
    reached: world.reached,
    counts: world.faults.counts,
    requests: world.history.count(),
  };
}

/**
 * Phase one. Where nothing is under way, little is to be learnt from engines that poll: after a few idle steps the next request comes early,
 * and after the last one the phase ends.
 */
export async function beUnsafe(world: World, users: Users): Promise<void> {
  const starts = world.stream('restarts');
  let idle = 0;
  for (let restless = 0; restless < restlessSteps && idle < idleSteps; ) {
    if (world.running.length === 0 || (world.running.length < world.plan.engines && starts.chance(20))) world.start();
    if (!(await world.step())) return;
    idle = world.onlyWaits ? idle + 1 : 0;
    if (idle === idleSteps && users.hasten()) idle = 0;
    if (users.waiting === 0) restless++;
    if (world.kernel.steps > restBound) {
      world.report('I-11', 'phase one does not end');
      return;
    }
    if (users.waiting === 0 && world.atRest) return;
  }
}

/** Phase two; `undo` is what people put right first. */
export async function comeToRest(world: World, undo: () => Promise<void> = async () => {}): Promise<void> {
  if (world.violations.length > 0) return;
  world.faults.cease();
  world.kernel.calm = true;
  world.versions.migrateBy(Number.POSITIVE_INFINITY);
  world.startWhereNone(slow);
  await undo();
  await renew(world);
  if (await rest(world, 'when faults ceased')) world.checkQuiet();
}

/** The configuration is whole again, and no engine has an older one, or older types. */
async function renew(world: World): Promise<void> {
  const { accounts, upgrades } = world.plan;
  if (!accounts && !upgrades) return;
  if (accounts) await world.finish(world.accounts.settle());
  for (const process of world.running) world.crash(process, false);
  world.startWhereNone(slow);
}

/** What operators stopped goes on when somebody asks for it. */
async function undoOperators(world: World, users: Users, operators: Operators): Promise<void> {
  for (const name of await operators.settle())
    if (world.findStack(name) !== undefined) await ask(world, users, asking(name, 'carry'));
}

/** Whether a goal with restrictions can be reached depends on what was made before: people ask for it without them. */
async function liftRestrictions(world: World, users: Users): Promise<void> {
  for (const stack of liveStacks(world)) {
    const last = world.history.last(Number(stack['id']));
    if (last === undefined || world.freed.has(Number(stack['id'])) || last.action === 'DELETE' || last.action === 'ABANDON')
      continue;
    if ([last.goal, world.goalNumbered(Number(stack['id']), Number(stack['goal']))].some(isRestrictedGoal))
      await askAgain(world, users, stack, unrestricted(last.goal));
  }
}

/** Wakes seldom, so that waiting for tombstones is a matter of a few steps. */
const slow = { leaseMs: 900_000, pollMs: 300_000 } as const;

export async function rest(world: World, when: string): Promise<boolean> {
  const until = world.kernel.steps + restBound;
  while (!world.atRest) {
    if (world.onlyWaits && !world.waitsCheaply) waitCheaply(world);
    world.startWhereNone(slow);
    if (!(await world.step())) {
      if (world.violations.length === 0) world.report('I-11', `${when}, nothing moves any more`);
      return false;
    }
    if (world.kernel.steps > until) {
      world.report('I-11', `${when}, no rest within ${restBound} steps: ${unrest(world)}`);
      return false;
    }
  }
  return world.violations.length === 0;
}

/** Nothing is left but to wait for tombstones to lapse: the engines stop, and one that wakes seldom goes on. */
function waitCheaply(world: World): void {
  world.waitsCheaply = true;
  for (const process of world.running) world.crash(process, false);
  world.startWhereNone(slow);
}

function unrest(world: World): string {
  const { rows } = world.mirror;
  const nodes = [...rows.node.values()]
    .filter((n) => !['done', 'failed', 'skipped'].includes(String(n['state'])))
    .map((n) => `node ${n['traversal']}/${n['id']} ${n['phase']} ${n['state']}`);
  const operations = [...rows.operation.values()].map(
    (o) => `${o['kind']} of ${o['resource_id']} ${o['state']} by ${o['engine_id']}`,
  );
  return [...nodes, ...operations, `${rows.tombstone.size} tombstones`, `${world.wires} on the wire`].join('; ');
}

// ── the end of a run ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function finish(world: World, users: Users): Promise<void> {
  if (world.violations.length > 0) return;
  for (const stack of liveStacks(world)) checkEnd(world, stack, true);
  if (!(await foresee(world, users, 3))) return;
  if (world.violations.length > 0 || !(await lookAround(world, users))) return;
  endTwins(world);
  if (!(await carryOn(world, users))) return;
  if (world.sampled(2) && world.touched.size === 0 && !(await holdStill(world, users))) return;
  await removeAll(world, users);
}

/** Goals that were asked for before are asked for again, with a preview before. */
async function foresee(world: World, users: Users, times: number): Promise<boolean> {
  const chance = world.stream(`foresight ${times}`);
  if (world.violations.length > 0 || !chance.chance(rateOf(world.plan, 'previews', 0))) return true;
  for (let left = times; left > 0; left--)
    for (const stack of liveStacks(world)) {
      const goals = world.plan.requests.filter((r) => r.stack === stack['name'] && r.child === null && r.goal !== null);
      if (goals.length === 0 || world.freed.has(Number(stack['id']))) continue;
      const request = {
        ...asking(String(stack['name']), 'submit'),
        goal: chance.pick(goals).goal,
        rollback: false,
        from: world.hosts[0]!,
      };
      if (!(await askForeseen(world, users, stack, request))) return false;
    }
  return true;
}

async function askForeseen(world: World, users: Users, stack: Row, request: SimRequest): Promise<boolean> {
  const foretold = foretoldOf(world, Number(stack['id']), request.goal!);
  world.foretold = [foretold];
  let asked = false;
  void foretell(world, stack, request)
    .then((answer) => (foretold.preview = answer))
    .catch((error) => world.report('ASSERT', `a preview fails: ${error.stack.split('\n').slice(0, 6).join(' | ')}`))
    .finally(() => (asked = true));
  while (!asked && (await world.step()));
  if (foretold.preview === null) return false;
  world.reach('foretold');
  world.foretold = [foretold, ...foretoldWithin(world, stack, foretold)];
  await ask(world, users, request);
  if (!(await rest(world, 'after what was foretold'))) return false;
  for (const one of world.foretold)
    for (const complaint of [...complaints(one), ...lateComplaints(world, one)]) world.report('PREVIEW', complaint);
  world.foretold = [];
  return world.violations.length === 0;
}

/** Two engines with one id are a fault, too, that ceases: what the one makes from here on, the other is not to take for lost. */
function endTwins(world: World): void {
  const ids = new Set<string>();
  for (const process of world.running) {
    if (ids.has(process.engine.id)) world.crash(process, false);
    ids.add(process.engine.id);
  }
}

/** Not those that are nested: these follow. */
export const liveStacks = (world: World): Row[] =>
  [...world.mirror.rows.stack.values()].filter((row) => row['deleted_at'] === null && !isNestedStack(row));

/** Held against the specification. */
function checkEnd(world: World, stack: Row, trouble: boolean): void {
  const id = Number(stack['id']);
  if (world.freed.has(id)) return;
  const last = world.history.last(id);
  if (last === undefined) {
    world.report('I-21', `${stack['name']} exists, though no request for it was accepted`);
    return;
  }
  const allowed = allowedEnds(
    { action: last.action, goal: last.goal, rollbackOn: last.rollbackOn },
    completeGoals(world, id),
    factsOf(world, id, taken(world)),
    trouble,
  );
  const goal = world.goalNumbered(id, Number(stack['goal']));
  const complaint = allowed.complaint({ deleted: false, status: stack['status'] as 'COMPLETE', goal });
  if (complaint !== null)
    world.report(
      'I-17',
      `${stack['name']} (${stack['action']} ${stack['status']}, goal ${stack['goal']}): ${complaint}: ${stack['reason']}`,
    );
}

/** The goal in force can be reached, by whomever. */
export function isReachable(world: World, stack: Row): boolean {
  const id = Number(stack['id']);
  return impossible(world.goalNumbered(id, Number(stack['goal'])), factsOf(world, id, taken(world))).size === 0;
}

function factsOf(world: World, stackId: number, held: ReadonlySet<string>): Facts {
  return {
    taken: held,
    perhaps: world.unseen.size > 0 || hasUnread(world, stackId),
    within(name) {
      const row = world.resourcesOf(stackId).find((r) => r['name'] === name && r['nested'] === 1 && r['marked'] === null);
      const child = row && childOf(world.mirror.rows, Number(row['id']));
      return child ? { uuid: String(child['uuid']), facts: factsOf(world, Number(child['id']), held) } : null;
    },
  };
}

/** A nested stack was changed on its own, and did not get there: nobody above has looked at it since. */
function hasUnread(world: World, stackId: number): boolean {
  return world.resourcesOf(stackId).some((row) => {
    const child = row['nested'] === 1 ? childOf(world.mirror.rows, Number(row['id'])) : undefined;
    return child !== undefined && (row['doubt'] === 1 || hasUnread(world, Number(child['id'])));
  });
}

function taken(world: World): ReadonlySet<string> {
  const ours = [...world.mirror.rows.resource.values()].filter((r) => r['marked'] === null || r['deletion_policy'] !== 'retain');
  const ids = new Set(ours.map((row) => row['physical_id']));
  const others = [...world.reality.live.values()].filter((p) => p.foreign || !ids.has(p.id));
  return new Set(
    others.flatMap((p) => {
      const { unique, hostBound } = kindOf(p.kind);
      // What is taken on one machine may be free on another.
      return unique === null || hostBound ? [] : [`${unique} ${String(p.properties[unique])}`];
    }),
  );
}

function completeGoals(world: World, stackId: number): SimGoal[] {
  return [...world.mirror.rows.goal.values()]
    .filter((row) => row['stack_id'] === stackId && row['outcome'] === 'complete')
    .map((row) => world.history.goalOf(String(row['sha'])));
}

export const asking = (stack: string, kind: SimRequest['kind']): SimRequest => ({
  at: 0,
  stack,
  child: null,
  kind,
  goal: null,
  which: 0,
  rollback: null,
  timeoutMs: Number.POSITIVE_INFINITY,
});

/** Where other people did something, a person checks the stacks: whoever can be looked at is seen now. */
async function lookAround(world: World, users: Users): Promise<boolean> {
  if (world.touched.size === 0) return true;
  for (const stack of liveStacks(world)) await ask(world, users, asking(String(stack['name']), 'check'));
  if (!(await rest(world, 'after checking'))) return false;
  for (const stack of liveStacks(world))
    if (stack['status'] === 'COMPLETE' && stack['action'] === 'CHECK') world.reach('checked and well');
  return true;
}

/** No dead ends: people settle what is not known, and ask for the same goal again. */
async function carryOn(world: World, users: Users): Promise<boolean> {
  const carried = new Set<string>();
  for (const stack of liveStacks(world)) {
    if (isWhole(world, stack)) continue;
    carried.add(String(stack['uuid']));
    if (stack['suspended'] === 1) await ask(world, users, asking(String(stack['name']), 'resume'));
    else await settleUnknown(world, stack);
    await resumeWithin(world, stack);
  }
  if (!(await rest(world, 'after carrying on'))) return false;
  for (const stack of liveStacks(world)) {
    if (!isWhole(world, stack)) await settleUnknown(world, stack);
  }
  if (!(await rest(world, 'after carrying on again'))) return false;
  if (!(await makeWay(world, users))) return false;
  for (const stack of liveStacks(world)) if (carried.has(String(stack['uuid']))) checkEnd(world, stack, mayRefuse(world, stack));
  if (world.violations.length === 0) world.checkQuiet();
  return world.violations.length === 0;
}

/**
 * What other people deleted may have come back by late calls, and stood in the way until its tombstone found it: one after the other, as often as
 * they deleted something.
 */
async function makeWay(world: World, users: Users): Promise<boolean> {
  const stuck = (stack: Row): boolean => !isWhole(world, stack);
  let again = liveStacks(world).filter((stack) => stuck(stack) || gaveWay(world, stack));
  for (let left = world.touched.size; left > 0; left--) {
    for (const stack of again) {
      if (stuck(stack)) await settleUnknown(world, stack);
      else await askAgain(world, users, stack);
    }
    if (!(await rest(world, 'after carrying on once more'))) return false;
    again = liveStacks(world).filter((stack) => (stuck(stack) ? hasGone(world, stack['reason']) : gaveWay(world, stack)));
    if (again.length === 0) break;
  }
  return true;
}

/** It was rolled back, as it was asked to be, because something of its own stood in its way that is gone by now. */
function gaveWay(world: World, stack: Row): boolean {
  const last = world.history.last(Number(stack['id']));
  if (stack['action'] !== 'ROLLBACK' || last === undefined || last.action === 'ROLLBACK') return false;
  return hasGone(world, world.mirror.rows.traversal.get(`${stack['id']}/${last.traversal}`)?.['reason']);
}

/** It failed because of something of its own that stood in its way, and is gone by now. */
function hasGone(world: World, reason: unknown): boolean {
  const inTheWay = /(\S+) is there already/.exec(String(reason))?.[1];
  return inTheWay !== undefined && !world.reality.foreigners.has(inTheWay) && !world.reality.live.has(inTheWay);
}

async function askAgain(world: World, users: Users, stack: Row, given?: SimGoal): Promise<void> {
  const goal = given ?? world.history.last(Number(stack['id']))!.goal;
  await ask(world, users, { ...asking(String(stack['name']), 'submit'), goal, rollback: false });
}

/** It is complete and awake, and so is all that is nested in it. */
function isWhole({ mirror }: World, root: Row): boolean {
  return treeOf(mirror.rows, root).every((stack) => stack['status'] === 'COMPLETE' && stack['suspended'] === 0);
}

/** Nested stacks that were suspended by themselves are resumed by themselves. */
async function resumeWithin(world: World, root: Row): Promise<void> {
  for (const stack of treeOf(world.mirror.rows, root))
    if (stack['suspended'] === 1 && isNestedStack(stack))
      await startAs(world, { stack: { uuid: String(stack['uuid']) }, action: 'RESUME', goal: { kind: 'carry' } });
}

/** What is retained can not be deleted first: such a replacement is refused. A request that came late may have brought restrictions back. So is what wants a place that is taken on the machine where it is made. */
function mayRefuse(world: World, stack: Row): boolean {
  const isIn = (goal: SimGoal, isSo: (r: SimResource) => boolean): boolean =>
    goal.resources.some((r) => isSo(r) || (r.nested !== null && isIn(r.nested, isSo)));
  const inForce = world.goalNumbered(Number(stack['id']), Number(stack['goal']));
  const asked = world.history.last(Number(stack['id']))?.goal ?? inForce;
  const isKept = ({ retain, type }: SimResource): boolean => retain && (kindOf(type).deleteFirst || kindOf(type).identity);
  return (
    [inForce, asked].some(isRestrictedGoal) ||
    isIn(inForce, isKept) ||
    [inForce, asked].some((goal) => isIn(goal, (r) => isPlaceTaken(world, r))) ||
    mayClash(world, stack)
  );
}

/** On some machine, by what is not this resource's object. */
function isPlaceTaken(world: World, { type, own, name }: SimResource): boolean {
  if (!kindOf(type).hostBound) return false;
  const rows = [...world.mirror.rows.resource.values()].filter((r) => r['name'] === name && r['marked'] === null);
  const its = new Set(rows.map((r) => r['physical_id']));
  // As a template writes it, the stack's id is still to come.
  const written = own.replace(ownId, '');
  return [...world.reality.live.values()].some((p) => String(p.properties['place']).startsWith(written) && !its.has(p.id));
}

/**
 * Names that are known only when the objects are made: who wants that of a resource which waits for it, by what it requires or by the name that it
 * wants itself, is refused.
 */
function mayClash(world: World, stack: Row): boolean {
  const id = Number(stack['id']);
  const last = world.history.last(id)?.goal ?? world.goalNumbered(id, Number(stack['goal']));
  const rows = world.resourcesOf(id);
  const former = [...world.mirror.rows.goal.values()]
    .filter((row) => row['stack_id'] === id)
    .flatMap((row) => world.goalNumbered(id, Number(row['number'])).resources);
  const namesOf = ({ type, own }: SimResource): string[] => world.hosts.map((host) => calledFor(kindOf(type), own, host));
  // What has been rolled back since holds nothing any more.
  const holderOf = (r: SimResource): string | undefined => {
    const names = namesOf(r);
    const held = names.map((name) => world.mirror.rows.identity.get(name)?.['resource_id']);
    const row = rows.find((one) => held.includes(one['id']) && one['marked'] === null);
    if (row !== undefined) return String(row['name']);
    const isOf = (one: SimResource) => kindOf(one.type).identity && namesOf(one).some((name) => names.includes(name));
    return former.find((one) => one.name !== r.name && isOf(one))?.name;
  };
  const waitsFor = (r: SimResource): string[] => {
    const holder = kindOf(r.type).identity ? holderOf(r) : undefined;
    return [...usedNames(r), ...(holder === undefined || holder === r.name ? [] : [holder])];
  };
  const byName = new Map(last.resources.map((r) => [r.name, r]));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (byName.has(from) ? waitsFor(byName.get(from)!) : []).some((next) => reaches(next, to, seen));
  };
  return last.resources.some((r) => r.late && waitsFor(r).some((next) => reaches(next, r.name)));
}

export async function ask(world: World, users: Users, request: SimRequest): Promise<void> {
  let asked = false;
  void users.ask(request).finally(() => (asked = true));
  while (!asked && (await world.step()));
}

/** I-11: converging a complete stack again calls nobody. */
async function holdStill(world: World, users: Users): Promise<boolean> {
  const before = world.callsBegun;
  const stacks = liveStacks(world).filter((row) => row['status'] === 'COMPLETE');
  for (const stack of stacks) await ask(world, users, asking(String(stack['name']), 'carry'));
  if (!(await rest(world, 'after converging again'))) return false;
  if (world.violations.length === 0) world.checkQuiet();
  if (world.callsBegun !== before) world.report('I-11', 'converging a complete stack again called somebody');
  for (const stack of liveStacks(world))
    if (stacks.some((s) => s['id'] === stack['id']) && stack['status'] !== 'COMPLETE')
      world.report('I-11', `${stack['name']} was complete and is not any more`);
  return world.violations.length === 0;
}

/** I-18: deleted means gone. */
async function removeAll(world: World, users: Users): Promise<void> {
  for (const stack of liveStacks(world)) await ask(world, users, asking(String(stack['name']), 'delete'));
  if (!(await rest(world, 'after deleting'))) return;
  for (const stack of liveStacks(world)) await settleUnknown(world, stack);
  if (!(await rest(world, 'after deleting again'))) return;
  // Nested stacks that were retained are stacks of their own now; some may hold others that are retained.
  for (let left = 3; left > 0 && liveStacks(world).some((stack) => world.freed.has(Number(stack['id']))); left--) {
    for (const stack of liveStacks(world)) await ask(world, users, asking(String(stack['name']), 'delete'));
    if (!(await rest(world, 'after deleting what was retained'))) return;
  }
  if (world.violations.length === 0) world.checkQuiet();
  for (const stack of liveStacks(world)) world.report('I-18', `${stack['name']} can not be deleted: ${stack['reason']}`);
  for (const [id, properties] of world.reality.foreigners)
    if (!sameJson(world.reality.live.get(id)?.properties ?? null, properties))
      world.report('I-19', `${id}, which is somebody else's, is not as it was`);
}
