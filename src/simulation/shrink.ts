/**
 * Makes a failing plan smaller while it still breaks the same promise: fewer requests, engines, faults, resources. As every cut changes the
 * order of events, each smaller plan gets several schedules to fail in.
 */
import { type Json, sameJson } from '../std/json.ts';
import { withoutAccounts } from './accounts.ts';
import type { Breakage } from './breakage.ts';
import type { FaultKind } from './faults.ts';
import { isRestrictedGoal, removeResource, type SimGoal, type SimResource, unrestricted, withInner } from './goals.ts';
import type { Plan } from './plan.ts';
import type { SharedServer } from './shared/shared-server.ts';
import { runWalk } from './walk.ts';

export interface Shrunk {
  readonly plan: Plan;
  readonly invariant: string;
  readonly message: string;
  readonly tries: number;
}

const schedulesPerCut = 12;

/** Null when the plan breaks nothing. */
export async function shrinkPlan(
  plan: Plan,
  how: { readonly breakage?: Breakage; readonly shared?: SharedServer } = {},
): Promise<Shrunk | null> {
  let tries = 0;
  const fails = async (candidate: Plan): Promise<string | null> => {
    tries++;
    const { violations } = await runWalk(candidate, how);
    return violations[0] ? `${violations[0].invariant} ${violations[0].message}` : null;
  };
  let message = await fails(plan);
  if (message === null) return null;
  const invariant = message.split(' ')[0]!;
  let smallest = plan;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const cut of cutsOf(smallest)) {
      if (sameJson(cut as unknown as Json, smallest as unknown as Json)) continue;
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
  const { retention, calls, ...plain } = plan;
  if (retention !== undefined) yield { ...plain, ...(calls === undefined ? {} : { calls }) };
  if (calls !== undefined) yield { ...plain, ...(retention === undefined ? {} : { retention }) };
  if (plan.requests.some((r) => r.goal && isRestrictedGoal(r.goal))) yield withGoals(plan, unrestricted);
  if (plan.upgrades) yield { ...plan, upgrades: false };
  if (plan.accounts) yield withoutAccounts(plan);
  if (plan.requests.some((r) => r.goal?.sinks)) yield withGoals(plan, ({ sinks: _, ...goal }) => goal);
  if (plan.jumpRate > 0) yield { ...plan, jumpRate: 0 };
  if (plan.driftMs > 1) yield { ...plan, driftMs: 1 };
  if (plan.foreignPaths.length > 0) yield { ...plan, foreignPaths: [] };
  for (const [index, request] of plan.requests.entries())
    if (request.child !== null)
      yield { ...plan, requests: plan.requests.map((r, i) => (i === index ? { ...r, child: null } : r)) };
  if (plan.externals.length > 0 && !plan.requests.some((r) => r.goal?.resources.some((x) => x.external !== null)))
    yield { ...plan, externals: [] };
  if (plan.imports.length > 0)
    yield { ...plan, imports: [], requests: plan.requests.map(({ imports: _, ...request }) => request) };
  const names = new Set(plan.requests.flatMap((r) => r.goal?.resources.map((x) => x.name) ?? []));
  for (const name of names) yield withGoals(plan, (goal) => removeResource(goal, name));
  for (const file of filesIn(plan)) for (const cut of cutsOfTemplate(file)) yield withGoals(plan, cut);
  yield* cutHooks(plan, names);
  for (const [index, request] of plan.requests.entries()) {
    if (request.at > 0)
      yield {
        ...plan,
        requests: plan.requests.map((r, i) => (i === index ? { ...r, at: Math.floor(r.at / 4) } : r)).sort((x, y) => x.at - y.at),
      };
  }
}

/** Templates by their names, in all goals. */
function filesIn({ requests }: Plan): Set<string> {
  const files = new Set<string>();
  const add = ({ resources }: SimGoal): void => {
    for (const r of resources) {
      if (r.nested === null) continue;
      files.add(r.type);
      add(r.nested);
    }
  };
  for (const request of requests) if (request.goal !== null) add(request.goal);
  return files;
}

/** A stack becomes a plain resource, or has one resource or parameter less. */
function cutsOfTemplate(file: string): ((goal: SimGoal) => SimGoal)[] {
  const change =
    (to: (r: SimResource, nested: SimGoal) => Partial<SimResource>) =>
    (goal: SimGoal): SimGoal => ({
      resources: goal.resources.map((r): SimResource => {
        if (r.nested === null) return r;
        return r.type === file ? { ...r, ...to(r, r.nested) } : { ...r, nested: change(to)(r.nested) };
      }),
    });
  const within = (cut: (goal: SimGoal) => SimGoal) => change((_, nested) => ({ nested: cut(nested) }));
  const ungiven = ({ resources }: SimGoal): SimGoal => ({ resources: resources.map((r) => ({ ...r, given: [] })) });
  return [
    change((r) => ({ type: 'Sim::Full', nested: null, own: `${r.own}-${r.name}` })),
    ...['A', 'B', 'C', 'D'].map((name) => within((goal) => removeResource(goal, name))),
    within(ungiven),
  ];
}

/** One hook less, or none. */
function* cutHooks(plan: Plan, names: ReadonlySet<string>): Generator<Plan> {
  const goals = plan.requests.flatMap((r) => r.goal ?? []);
  const within = (goal: SimGoal): readonly SimGoal[] => [
    goal,
    ...goal.resources.flatMap((r) => (r.nested ? within(r.nested) : [])),
  ];
  const all = goals.flatMap(within);
  const bare = ({ everywhere: _, ...goal }: SimGoal, which: (name: string) => boolean): SimGoal => ({
    ...goal,
    resources: goal.resources.map(({ hooks, ...r }) => ({
      ...r,
      ...(hooks === undefined || which(r.name) ? {} : { hooks }),
      nested: r.nested ? bare(r.nested, which) : null,
    })),
  });
  if (all.some((goal) => goal.everywhere)) yield withGoals(plan, (goal) => bare(goal, () => false));
  if (!all.some((goal) => goal.resources.some((r) => r.hooks))) return;
  yield withGoals(plan, (goal) => bare(goal, () => true));
  for (const one of names) yield withGoals(plan, (goal) => bare(goal, (name) => name === one));
}

const withGoals = (plan: Plan, change: (goal: SimGoal) => SimGoal): Plan => ({
  ...plan,
  requests: plan.requests.map((r) => (r.goal === null ? r : { ...r, goal: withInner(change(r.goal)) })),
});

/** The plan for people. */
export function describePlan(plan: Plan): string {
  const { requests, ...rest } = plan;
  const lines = requests.map((r) => {
    const extras = [
      r.rollback === null ? '' : `rollback ${r.rollback}`,
      r.timeoutMs === null ? '' : `timeout ${r.timeoutMs}`,
      r.kind === 'submit' ? '' : `which ${r.which}`,
      ...(r.imports ?? []).map(({ name, id }) => `${name} is ${id}`),
    ]
      .filter((x) => x !== '')
      .join(', ');
    const child = r.child === null ? '' : `/${r.child}`;
    return `  at ${r.at} ${r.stack}${child} ${r.kind} ${extras} ${r.goal === null ? '' : describeGoal(r.goal)}`.trimEnd();
  });
  return `${JSON.stringify(rest)}\n${lines.join('\n')}`;
}

const describeGoal = ({ resources, everywhere, sinks }: SimGoal): string =>
  [
    ...resources.map(describeResource),
    ...(everywhere ? [`everywhere ${everywhere.join()}`] : []),
    ...(sinks ? [`to ${sinks.join()}`] : []),
  ].join(' ');

function describeResource(r: SimResource): string {
  const extras = [
    `a=${r.a} b=${r.b}`,
    ...(r.given.length > 0 ? [`given ${r.given.join()}`] : []),
    ...(r.retain ? ['retain'] : []),
    ...(r.bad ? ['bad'] : []),
    ...r.uses.map((u) => `${u.use}→${u.name}${u.inner ? `.${u.inner}` : ''}`),
    ...(r.hooks ? [`hooks ${r.hooks.join()}`] : []),
  ];
  const type = r.nested === null ? r.type.slice(5) : `${r.type}[${describeGoal(r.nested)}]`;
  return `${r.name}:${type}(${extras.join(' ')})`;
}
