/**
 * Makes a failing plan smaller while it still breaks the same promise: fewer requests, engines, faults, resources. As every cut changes the
 * order of events, each smaller plan gets several schedules to fail in.
 */
import type { Breakage } from './breakage.ts';
import type { FaultKind } from './faults.ts';
import { removeResource, type SimGoal } from './goals.ts';
import type { Plan } from './plan.ts';
import { runWalk } from './walk.ts';

export interface Shrunk {
  readonly plan: Plan;
  readonly invariant: string;
  readonly message: string;
  readonly tries: number;
}

const schedulesPerCut = 12;

/** Null when the plan breaks nothing. */
export async function shrinkPlan(plan: Plan, breakage?: Breakage): Promise<Shrunk | null> {
  let tries = 0;
  const fails = async (candidate: Plan): Promise<string | null> => {
    tries++;
    const { violations } = await runWalk(candidate, breakage ? { breakage } : {});
    return violations[0] ? `${violations[0].invariant} ${violations[0].message}` : null;
  };
  let message = await fails(plan);
  if (message === null) return null;
  const invariant = message.split(' ')[0]!;
  let smallest = plan;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const cut of cutsOf(smallest)) {
      const found = await failsSomehow(cut, invariant, fails);
      if (found === null) continue;
      smallest = found.plan;
      message = found.message;
      smaller = true;
      break;
    }
  }
  return { plan: smallest, invariant, message: message.slice(invariant.length + 1), tries };
}

async function failsSomehow(
  cut: Plan,
  invariant: string,
  fails: (plan: Plan) => Promise<string | null>,
): Promise<{ plan: Plan; message: string } | null> {
  for (let i = 0; i < schedulesPerCut; i++) {
    const plan = { ...cut, schedule: i === 0 ? cut.schedule : i };
    const message = await fails(plan);
    if (message?.startsWith(`${invariant} `)) return { plan, message };
  }
  return null;
}

function* cutsOf(plan: Plan): Generator<Plan> {
  for (let i = plan.requests.length - 1; i >= 0; i--)
    if (plan.requests.length > 1) yield { ...plan, requests: plan.requests.filter((_, j) => j !== i) };
  if (plan.engines > 1) yield { ...plan, engines: plan.engines - 1 };
  for (const kind of Object.keys(plan.faults) as FaultKind[])
    yield { ...plan, faults: Object.fromEntries(Object.entries(plan.faults).filter(([k]) => k !== kind)) };
  if (plan.jumpRate > 0) yield { ...plan, jumpRate: 0 };
  if (plan.driftMs > 1) yield { ...plan, driftMs: 1 };
  if (plan.foreignPaths.length > 0) yield { ...plan, foreignPaths: [] };
  if (plan.externals.length > 0 && !plan.requests.some((r) => r.goal?.resources.some((x) => x.external !== null)))
    yield { ...plan, externals: [] };
  const names = new Set(plan.requests.flatMap((r) => r.goal?.resources.map((x) => x.name) ?? []));
  for (const name of names) yield withGoals(plan, (goal) => removeResource(goal, name));
  for (const [index, request] of plan.requests.entries()) {
    if (request.at > 0)
      yield {
        ...plan,
        requests: plan.requests.map((r, i) => (i === index ? { ...r, at: Math.floor(r.at / 4) } : r)).sort((x, y) => x.at - y.at),
      };
  }
}

const withGoals = (plan: Plan, change: (goal: SimGoal) => SimGoal): Plan => ({
  ...plan,
  requests: plan.requests.map((r) => (r.goal === null ? r : { ...r, goal: change(r.goal) })),
});

/** The plan for people. */
export function describePlan(plan: Plan): string {
  const { requests, ...rest } = plan;
  const lines = requests.map((r) => {
    const extras = [
      r.rollback === null ? '' : `rollback ${r.rollback}`,
      r.timeoutMs === null ? '' : `timeout ${r.timeoutMs}`,
      r.kind === 'submit' ? '' : `which ${r.which}`,
    ]
      .filter((x) => x !== '')
      .join(', ');
    const goal =
      r.goal?.resources
        .map(
          (x) =>
            `${x.name}:${x.type.slice(5)}(a=${x.a} b=${x.b}${x.retain ? ' retain' : ''}${x.bad ? ' bad' : ''}${x.uses.map((u) => ` ${u.use}→${u.name}`).join('')})`,
        )
        .join(' ') ?? '';
    return `  at ${r.at} ${r.stack} ${r.kind} ${extras} ${goal}`.trimEnd();
  });
  return `${JSON.stringify(rest)}\n${lines.join('\n')}`;
}
