/**
 * Runs a scenario: fault-free, or with one fault planted at one point of it.
 *
 * A planted fault may fail the stack honestly (an answer that was lost, with a type that can't look); so with one, expectations are held only
 * after a person carried on, and identity of objects only without.
 */
import type { Breakage } from './breakage.ts';
import type { PlantedFault } from './faults.ts';
import type { SimGoal } from './goals.ts';
import { kindOf } from './kinds.ts';
import { calmPlan, type Plan, type RequestKind, type SimRequest } from './plan.ts';
import type { Phys } from './reality.ts';
import type { Scenario, ScenarioAct } from './scenarios.ts';
import { sameGoal } from './specification.ts';
import type { Trace } from './trace.ts';
import { currentTraversal } from './tree.ts';
import { createUsers, type Users } from './users.ts';
import { asking, isReachable, type RunResult, restBound } from './walk.ts';
import { World } from './world.ts';

/** A request that a user makes between two steps of a scenario. */
export interface InjectedRequest {
  readonly step: number;
  readonly kind: Exclude<RequestKind, 'submit'>;
  /** Of a stack that is nested, by its place among them. */
  readonly child: number | null;
}

export interface ScenarioOptions {
  readonly planted?: PlantedFault | null;
  readonly injected?: InjectedRequest | null;
  readonly plan?: Partial<Plan>;
  readonly trace?: Trace | null;
  readonly breakage?: Breakage;
}

interface Running {
  readonly world: World;
  readonly users: Users;
  readonly calm: boolean;
  readonly remembered: Map<string, string>;
  injected: InjectedRequest | null;
}

export async function runScenario(scenario: Scenario, options: ScenarioOptions = {}): Promise<RunResult> {
  const plan: Plan = { ...calmPlan, ...options.plan, planted: options.planted ?? null };
  const world = new World({ plan, trace: options.trace ?? null, ...(options.breakage ? { breakage: options.breakage } : {}) });
  const running: Running = {
    world,
    users: createUsers(world),
    calm: plan.planted === null && !options.injected,
    remembered: new Map(),
    injected: options.injected ?? null,
  };
  // In a calm run everything is cleared by the acts alone.
  world.clearers.rate = running.calm ? 0 : 40;
  for (let i = 0; i < plan.engines; i++) world.start();
  try {
    for (const act of scenario.acts) {
      if (world.violations.length > 0) break;
      await carryOut(running, act);
    }
    if (world.violations.length === 0 && (await untilTrue(running, () => world.onlyWaits, 'at the end'))) world.checkQuiet();
  } finally {
    for (const process of world.running) world.kernel.kill(process);
  }
  return {
    violations: world.violations,
    steps: world.kernel.steps,
    reached: world.reached,
    counts: world.faults.counts,
    requests: world.history.count(),
  };
}

async function carryOut(on: Running, act: ScenarioAct): Promise<void> {
  const { world } = on;
  const ours = (): Phys[] => [...world.reality.live.values()].filter((p) => !p.foreign);
  const named = (name: string): Phys[] => ours().filter((p) => p.name === name);
  switch (act.do) {
    case 'until':
      await untilTrue(on, () => ours().length >= act.made || world.onlyWaits, `until ${act.made} are made`);
      return;
    case 'until-named':
      await untilTrue(
        on,
        () => named(act.name).length >= act.count || world.onlyWaits,
        `until ${act.count} of ${act.name} are made`,
      );
      return;
    case 'until-converged':
      await untilTrue(on, () => waiting(world) >= act.count || world.onlyWaits, `until ${act.count} have converged`);
      return;
    case 'until-hooked':
      await untilHooked(on, act.name, act.hook);
      return;
    case 'clear':
      await clear(on, act.name);
      return;
    case 'none':
      if (on.calm && named(act.name).length > 0) world.report('SCENARIO', `${act.name} lives already, or still`);
      return;
    case 'until-died':
      await untilTrue(on, () => world.reached.has('process died') || world.onlyWaits, 'until an engine has died');
      return;
    case 'rest':
      await untilTrue(on, () => world.onlyWaits, 'until rest');
      return;
    case 'plant':
      world.faults.plantNext(act.site, act.what);
      return;
    case 'remember':
      on.remembered.set(act.name, named(act.name)[0]?.id ?? '');
      return;
    case 'same':
      if (on.calm && named(act.name)[0]?.id !== on.remembered.get(act.name))
        world.report('SCENARIO', `${act.name} is another object than before`);
      return;
    case 'different':
      if (on.calm && named(act.name)[0]?.id === on.remembered.get(act.name))
        world.report('SCENARIO', `${act.name} is the same object as before`);
      return;
    case 'at-least':
      if (on.calm && named(act.name).length < act.count)
        world.report('SCENARIO', `${named(act.name).length} of ${act.name} live, not ${act.count}`);
      return;
    case 'expect-status':
      if (on.calm && world.findStack('s1')?.['status'] !== act.status)
        world.report('SCENARIO', `the stack is ${world.findStack('s1')?.['status']}, not ${act.status}`);
      return;
    case 'expect':
      await expectGoal(on, act.goal);
      return;
    default:
      await ask(on, toRequest(act));
  }
}

function toRequest(act: Extract<ScenarioAct, { do: SimRequest['kind'] }>): SimRequest {
  const base: SimRequest = {
    at: 0,
    stack: 's1',
    child: 'child' in act ? (act.child ?? null) : null,
    kind: act.do,
    goal: null,
    which: 'which' in act ? (act.which ?? 0) : 0,
    rollback: null,
    timeoutMs: Number.POSITIVE_INFINITY,
  };
  return act.do === 'submit'
    ? { ...base, goal: act.goal, rollback: act.rollback ?? false, timeoutMs: act.timeoutMs ?? Number.POSITIVE_INFINITY }
    : base;
}

async function ask(on: Running, request: SimRequest): Promise<string> {
  let answer: string | null = null;
  void on.users.ask(request).then((given) => (answer = given));
  while (answer === null && (await step(on)));
  if (answer === 'lost') return ask(on, request);
  return answer ?? '';
}

/** Where a fault or another request came between, it may have been let go already, or never come. */
async function untilHooked(on: Running, name: string, hook: string): Promise<void> {
  const { world } = on;
  const isThere = () => [...world.resting.values()].some((node) => node['subject'] === name && node['hook'] === hook);
  await untilTrue(on, () => isThere() || world.onlyWaits, `until ${name} rests at ${hook}`);
  if (on.calm && world.violations.length === 0 && !isThere()) world.report('SCENARIO', `${name} never rested at ${hook}`);
}

async function clear(on: Running, name: string): Promise<void> {
  let done = false;
  void on.world.clearers.clear(name).finally(() => (done = true));
  while (!done && (await step(on)));
}

/** Dead engines are replaced, as a supervisor does. */
function step(on: Running): Promise<boolean> {
  while (on.world.running.length < on.world.plan.engines) on.world.start();
  if (on.injected !== null && on.world.kernel.steps >= on.injected.step) {
    void on.users.ask({ ...asking('s1', on.injected.kind), which: on.injected.step, child: on.injected.child });
    on.injected = null;
  }
  return on.world.step();
}

async function untilTrue(on: Running, condition: () => boolean, what: string): Promise<boolean> {
  const { world } = on;
  for (const bound = world.kernel.steps + restBound; !condition(); ) {
    if (!(await step(on))) return false;
    if (world.kernel.steps > bound) {
      world.report('I-11', `${what}: not within ${restBound} steps`);
      return false;
    }
  }
  return world.violations.length === 0;
}

async function expectGoal(on: Running, goal: SimGoal): Promise<void> {
  const { world } = on;
  const stack = world.findStack('s1');
  if (!on.calm && stack !== undefined && stack['status'] === 'FAILED') {
    await ask(on, toRequest({ do: 'carry' }));
    if (!(await untilTrue(on, () => world.onlyWaits, 'after carrying on'))) return;
  }
  const now = world.findStack('s1');
  // Another request may have asked for what can't be.
  const excused = !on.calm && now?.['status'] === 'FAILED' && !isReachable(world, now);
  if (now !== undefined && now['status'] !== 'COMPLETE' && !excused) {
    world.report('SCENARIO', `the stack is ${now['action']} ${now['status']}: ${now['reason']}`);
    return;
  }
  if (!on.calm) return checkLast(on, now === undefined ? null : Number(now['id']));
  const names = [...world.reality.live.values()].map((p) => p.name).sort();
  const wanted = namesOf(goal).sort();
  if (JSON.stringify(names) !== JSON.stringify(wanted))
    world.report('SCENARIO', `${names.join(' ')} live, not ${wanted.join(' ')}`);
  world.checkQuiet();
}

/** Of the objects of a goal, in whatever stack. */
function namesOf({ resources }: SimGoal): string[] {
  return resources.flatMap((r) => (r.nested === null ? (kindOf(r.type).effects ? [r.name] : []) : namesOf(r.nested)));
}

/** Nested stacks that have converged. */
function waiting({ mirror }: World): number {
  const stacks = [...mirror.rows.stack.values()];
  return stacks.filter((stack) => currentTraversal(mirror.rows, stack)?.['state'] === 'converged').length;
}

/** A fault shifts what comes first; the last goal that was accepted is what must be. */
function checkLast({ world }: Running, stackId: number | null): void {
  if (stackId !== null) {
    const last = world.history.last(stackId)!;
    const now = world.goalNumbered(stackId, Number(world.mirror.rows.stack.get(String(stackId))!['goal']));
    if (!last.rollbackOn && !sameGoal(now, last.goal))
      world.report('I-17', 'another goal than the last one accepted is in force');
  }
  world.checkQuiet();
}
