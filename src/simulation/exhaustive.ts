/**
 * Bounded exhaustive search: two engines, two requests, at most three resources, and every schedule with at most so many preemptions.
 *
 * Left alone, an actor goes on as long as it can. A preemption is one place in the run where another one goes on instead. Each schedule is
 * run from the beginning; a place whose state was met before, with as many preemptions left, is not explored again. A state is what can
 * make a difference later: the rows, reality, and who may go on with what.
 */
import { createHash } from 'node:crypto';
import { type Breakage, noBreakage } from './breakage.ts';
import { resource, type SimGoal } from './goals.ts';
import type { Point } from './kernel.ts';
import { calmPlan, type Plan } from './plan.ts';
import { createUsers } from './users.ts';
import { asking, comeToRest } from './walk.ts';
import { World } from './world.ts';

export interface SmallCase {
  readonly name: string;
  readonly first: SimGoal;
  /** The second request comes while the first is worked on. */
  readonly second: SimGoal | 'delete' | 'rollback';
}

const goal = (...resources: SimGoal['resources'][number][]): SimGoal => ({ resources });
const uses = (name: string, use: 'after' | 'attr' | 'need' | 'ref' = 'attr') => ({ uses: [{ name, use }] });
const pair = (b: string): SimGoal => goal(resource('A', { b }), resource('B', uses('A', 'ref')));

/** A stack with one resource, and one that uses it. */
const nested = (b: string): SimGoal =>
  goal(resource('N', { type: 'n.yaml', b, nested: goal(resource('A', { given: ['b'] })) }), resource('B', uses('N')));

export const smallCases: readonly SmallCase[] = [
  { name: 'create and delete', first: pair('1'), second: 'delete' },
  { name: 'create and replace', first: pair('1'), second: pair('2') },
  { name: 'create and roll back', first: pair('1'), second: 'rollback' },
  {
    name: 'a chain of three, turned round',
    first: goal(resource('A'), resource('B', uses('A')), resource('C', uses('B'))),
    second: goal(resource('A', { b: '2', ...uses('B') }), resource('B', { b: '2', ...uses('C') }), resource('C', { b: '2' })),
  },
  { name: 'a nested stack, and delete', first: nested('1'), second: 'delete' },
  { name: 'a nested stack, and replace within', first: nested('1'), second: nested('2') },
];

export interface SearchResult {
  readonly name: string;
  readonly runs: number;
  readonly states: number;
  /** False when the budget of runs ended first. */
  readonly complete: boolean;
  readonly violation: { readonly message: string; readonly preemptions: readonly Preemption[] } | null;
}

/** At this pick, the candidate of that number goes on. */
export type Preemption = readonly [step: number, candidate: number];

interface Place {
  readonly step: number;
  readonly candidates: number;
  readonly state: string;
}

export async function searchAll(
  one: SmallCase,
  most: number,
  budget: number,
  onRun: (runs: number, states: number) => void = () => {},
  breakage: Breakage = noBreakage,
): Promise<SearchResult> {
  const open: (readonly Preemption[])[] = [[]];
  /** The most preemptions that were left where a state was met. */
  const met = new Map<string, number>();
  let runs = 0;
  for (let next = open.pop(); next !== undefined && runs < budget; next = open.pop()) {
    runs++;
    const { places, violation } = await runOnce(one, next, breakage);
    if (violation !== null)
      return { name: one.name, runs, states: met.size, complete: false, violation: { message: violation, preemptions: next } };
    const left = most - next.length;
    for (const { step, candidates, state } of places) {
      if (step <= (next.at(-1)?.[0] ?? -1)) continue;
      const known = met.get(state) ?? -1;
      if (known >= left) continue;
      met.set(state, left);
      if (left > 0) for (let candidate = 1; candidate < candidates; candidate++) open.push([...next, [step, candidate]]);
    }
    onRun(runs, met.size);
  }
  return { name: one.name, runs, states: met.size, complete: open.length === 0, violation: null };
}

/** One schedule, to its end. */
export async function runOnce(
  one: SmallCase,
  preemptions: readonly Preemption[],
  breakage: Breakage = noBreakage,
): Promise<{ readonly places: readonly Place[]; readonly violation: string | null }> {
  const places: Place[] = [];
  const at = new Map(preemptions);
  let last = '';
  let step = 0;
  const choose = (due: readonly Point[]): Point => {
    const candidates = inTurn(due, last);
    if (!world.kernel.calm) places.push({ step, candidates: candidates.length, state: stateOf(world, last) });
    const chosen = candidates[at.get(step) ?? 0] ?? candidates[0]!;
    step++;
    last = chosen.actor.name;
    return chosen;
  };
  const world = new World({ plan: planOf(one), choose, breakage });
  const users = createUsers(world);
  for (let i = 0; i < world.plan.engines; i++) world.start();
  try {
    for (let n = 0; n < 2_000 && !(users.waiting === 0 && world.atRest); n++) if (!(await world.step())) break;
    if (world.violations.length === 0) await comeToRest(world);
  } finally {
    for (const process of world.running) world.kernel.kill(process);
  }
  const first = world.violations[0];
  return { places, violation: first ? `${first.invariant} ${first.message}` : null };
}

/** What the one who went on last opened first, then the rest of it, then what the others opened. */
function inTurn(due: readonly Point[], last: string): Point[] {
  const rank = (point: Point): string => (point.actor.name === last ? '' : point.actor.name);
  return [...due].sort((x, y) => (rank(x) < rank(y) ? -1 : rank(x) > rank(y) ? 1 : 0));
}

const planOf = ({ first, second }: SmallCase): Plan => ({
  ...calmPlan,
  driftMs: 0,
  hintRate: 1_000,
  requests: [
    { ...asking('s1', 'submit'), goal: first, rollback: false },
    typeof second === 'string'
      ? { ...asking('s1', second), at: 60 }
      : { ...asking('s1', 'submit'), goal: second, rollback: false, at: 60 },
  ],
});

/** Events tell how a state came about, and leases only matter by their order. */
function stateOf(world: World, last: string): string {
  const { rows } = world.mirror;
  const hash = createHash('sha1');
  for (const table of ['stack', 'traversal', 'resource', 'node', 'operation', 'membership', 'requirement', 'tombstone'] as const)
    hash.update(
      JSON.stringify(
        [...rows[table]].map(([key, row]) => [key, { ...row, event_seq: 0, deadline: 0, wake_at: 0, until: 0, look_at: 0 }]),
      ),
    );
  hash.update(JSON.stringify([...world.reality.live.values()].map((p) => [p.id, p.properties, p.operation, p.half])));
  hash.update(
    JSON.stringify(
      world.kernel
        .openPoints()
        .map((p) => [p.actor.name, p.what, p.at <= world.kernel.now])
        .sort(),
    ),
  );
  return hash.update(last).digest('base64');
}
