/**
 * A failing walk as a file: a plan with a name, which `npm run simulate -- --scenario FILE` replays and which, dropped into `regressions/`, a
 * test runs for ever. As every change of the engine moves the order of events, each is run in several schedules.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { SimGoal } from './goals.ts';
import { resource } from './goals.ts';
import { calmPlan, type Plan } from './plan.ts';

export interface Regression {
  readonly name: string;
  /** What was broken, and how. */
  readonly about: string;
  readonly plan: Plan;
}

export const regressionSchedules = 4;

/** What a file leaves out is as in a calm plan. */
export function readRegression(path: string): Regression {
  const { name, about, plan } = JSON.parse(readFileSync(path, 'utf8')) as Regression;
  const requests = plan.requests.map((r) => ({ ...r, child: r.child ?? null, goal: r.goal === null ? null : completed(r.goal) }));
  return { name, about, plan: { ...calmPlan, ...plan, requests } };
}

const completed = (goal: SimGoal): SimGoal => ({
  ...goal,
  resources: goal.resources.map((r) => resource(r.name, { ...r, ...(r.nested ? { nested: completed(r.nested) } : {}) })),
});

export function writeRegression(path: string, regression: Regression): void {
  writeFileSync(path, `${JSON.stringify(regression, null, 2)}\n`);
}

export function listRegressions(): readonly Regression[] {
  const directory = new URL('./regressions/', import.meta.url);
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readRegression(new URL(name, directory).pathname));
}

/** In its own order of events, and in some others. */
export function schedulesOf(plan: Plan): Plan[] {
  return Array.from({ length: regressionSchedules }, (_, i) => ({ ...plan, schedule: plan.schedule + i }));
}
