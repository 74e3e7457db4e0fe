/**
 * `setpoint simulate`: what becomes of people's own templates. First without faults: what an update does to each resource and what a rollback
 * keeps; then in many walks under crashes, failures and competing requests: whether the goal is reached, and what stood at once at worst.
 */
import type { CompiledRequest } from '../engine/compile-request.ts';
import type { TypeRegistry } from '../engine/ports/provider.ts';
import type { NewGoal } from '../engine/ports/store.ts';
import type { Row } from './mirror.ts';
import { calmPlan } from './plan.ts';
import { usageOf } from './template-usage.ts';
import {
  openTemplateWorld,
  type Reached,
  type Subject,
  stackName,
  submitting,
  type TemplateWalk,
  walkTemplate,
  wantedRows,
  watchReality,
} from './template-walk.ts';
import { createTwinTypes } from './twin-types.ts';
import { ask, asking, rest } from './walk.ts';
import type { World } from './world.ts';

export type Change = 'created' | 'untouched' | 'updated' | 'replaced' | 'deleted' | 'retained';
/** What a rollback makes of a resource of the former goal. */
export type Kept = 'kept' | 'changed back' | 'made anew';

export interface ResourceForecast {
  /** Of a resource in a nested stack, the path of names that leads to it. */
  readonly name: string;
  readonly type: string;
  /** By the update; null without one. */
  readonly update: Change | null;
  /** By a rollback before the update is complete, and after it; null without an update or where the former goal does not have it. */
  readonly rollbackBefore: Kept | null;
  readonly rollbackAfter: Kept | null;
  /** Objects at once, without faults and at worst. */
  readonly copiesCalm: number;
  readonly copiesWorst: number;
  /** Walks in which it became another version. */
  readonly replacedIn: number;
}

export interface Forecast {
  readonly walks: number;
  readonly steps: number;
  readonly reached: { readonly [how in Reached]: number };
  readonly faults: ReadonlyMap<string, number>;
  readonly resources: readonly ResourceForecast[];
  /** Walks that did not reach the goal, or broke a promise. */
  readonly troubles: readonly { readonly seed: number; readonly what: string }[];
}

export interface ForecastOptions {
  readonly types: TypeRegistry;
  readonly goals: readonly CompiledRequest[];
  readonly from: number;
  readonly seeds: number;
  readonly onWalk?: (done: number, troubles: number) => void;
  /** Between walks, so that whoever waits for the event loop gets it. */
  readonly pause?: () => Promise<void>;
}

export async function forecast(options: ForecastOptions): Promise<Forecast> {
  const subject = subjectOf(options);
  const calm = await forecastCalm(subject);
  const walks: TemplateWalk[] = [];
  let troubles = 0;
  for (let seed = options.from; seed < options.from + options.seeds; seed++) {
    const walk = await walkTemplate(subject, seed);
    walks.push(walk);
    if (troubleOf(walk) !== null) troubles++;
    options.onWalk?.(walks.length, troubles);
    await options.pause?.();
  }
  return {
    walks: walks.length,
    steps: walks.reduce((sum, walk) => sum + walk.steps, 0),
    reached: countReached(walks),
    faults: sumFaults(walks),
    resources: describeResources(calm, walks),
    troubles: walks.flatMap((walk) => {
      const what = troubleOf(walk);
      return what === null ? [] : [{ seed: walk.seed, what }];
    }),
  };
}

function subjectOf({ goals, types }: ForecastOptions): Subject {
  const usage = usageOf(goals);
  return {
    // Nobody is told what happens here.
    goals: goals.map(({ goal }) => ({ ...goal, sinks: [] })),
    externals: usage.externals,
    createTypes: createTwinTypes(types, usage),
  };
}

function troubleOf({ violations, reached, reason }: TemplateWalk): string | null {
  if (violations[0]) return `${violations[0].invariant}: ${violations[0].message}`;
  return reached === 'never' ? `not reached: ${reason}` : null;
}

function countReached(walks: readonly TemplateWalk[]): { [how in Reached]: number } {
  const counts = { 'by itself': 0, 'after a retry': 0, 'after a person said what is there': 0, never: 0 };
  for (const walk of walks) counts[walk.reached]++;
  return counts;
}

function sumFaults(walks: readonly TemplateWalk[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const walk of walks) for (const [what, count] of walk.faults) sum.set(what, (sum.get(what) ?? 0) + count);
  return sum;
}

// ── without faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface CalmForecast {
  /** By path, in the order in which they are shown. */
  readonly types: ReadonlyMap<string, string>;
  readonly changes: ReadonlyMap<string, Change>;
  readonly before: ReadonlyMap<string, Kept>;
  readonly after: ReadonlyMap<string, Kept>;
  readonly copies: ReadonlyMap<string, number>;
}

type Standing = ReadonlyMap<string, Row>;

interface CalmRun {
  readonly first: Standing;
  readonly last: Standing;
  readonly updated: ReadonlySet<number>;
}

async function forecastCalm(subject: Subject): Promise<CalmForecast> {
  const copies = new Map<string, number>();
  const { first, last } = await runCalm(subject, copies, async () => {});
  const types = typesOf(subject.goals, [...first.entries(), ...last.entries()]);
  if (subject.goals.length === 1) return { types, changes: new Map(), before: new Map(), after: new Map(), copies };
  const early = await runCalm(subject, copies, async () => {}, true);
  const late = await runCalm(subject, copies, rollBack);
  return {
    types,
    changes: changesOf(first, last),
    before: keptOf(early),
    after: keptOf(late),
    copies,
  };
}

type Then = (world: World, ask: (kind: 'rollback') => Promise<void>) => Promise<void>;
const rollBack: Then = (_world, asked) => asked('rollback');

/** Up with the first goal, up with the last, and then; `early`: rolled back when the last resource of the update is all that is left to do. */
async function runCalm(subject: Subject, copies: Map<string, number>, then: Then, early = false): Promise<CalmRun> {
  const { world, users } = openTemplateWorld(subject, { ...calmPlan, engines: 1 });
  const watch = watchReality(world);
  try {
    await ask(world, users, submitting(0));
    await rest(world, 'after the first goal');
    const first = standing(world);
    if (subject.goals.length > 1) {
      await ask(world, users, submitting(subject.goals.length - 1));
      if (early) {
        while (isConverging(world, 1) && (await world.step()));
        await ask(world, users, asking(stackName, 'rollback'));
      }
      await rest(world, 'after the last goal');
    }
    await then(world, (kind) => ask(world, users, asking(stackName, kind)));
    await rest(world, 'at the end');
    for (const [name, count] of watch.copies) copies.set(name, Math.max(count, copies.get(name) ?? 0));
    return { first, last: standing(world), updated: updatedVersions(world) };
  } finally {
    for (const process of world.running) world.kernel.kill(process);
  }
}

function isConverging(world: World, left: number): boolean {
  const stack = world.findStack(stackName);
  const traversal = world.mirror.rows.traversal.get(`${stack?.['id']}/${stack?.['traversal']}`);
  return traversal !== undefined && traversal['state'] === 'converge' && Number(traversal['converge_left']) > left;
}

const standing = (world: World): Standing => wantedRows(world);

/** Those of the goals, each with what is nested in it as far as it came to be. */
function typesOf(goals: readonly NewGoal[], rows: readonly (readonly [string, Row])[]): Map<string, string> {
  const own = new Map(goals.flatMap((goal) => goal.declared.map((d) => [d.name, d.definition.type] as const)));
  const inside = Map.groupBy(rows, ([path]) => path.slice(0, Math.max(0, path.indexOf('/'))));
  return new Map(
    [...own].flatMap(([name, type]) => [
      [name, type] as const,
      ...(inside.get(name) ?? []).map(([path, row]) => [path, String(row['type'])] as const),
    ]),
  );
}

function changesOf(first: Standing, last: Standing): Map<string, Change> {
  const changes = new Map<string, Change>();
  for (const [name, row] of first) {
    const now = last.get(name);
    if (now === undefined) changes.set(name, row['deletion_policy'] === 'retain' ? 'retained' : 'deleted');
    else if (now['id'] !== row['id']) changes.set(name, 'replaced');
    else changes.set(name, now['inputs_sha'] === row['inputs_sha'] ? 'untouched' : 'updated');
  }
  for (const name of last.keys()) if (!first.has(name)) changes.set(name, 'created');
  return changes;
}

/** Versions that were updated in place after the first goal. */
function updatedVersions(world: World): Set<number> {
  const updates = [...world.mirror.rows.event.values()].filter((e) => e['action'] === 'UPDATE' && Number(e['traversal']) > 1);
  return new Set(updates.map((event) => Number(event['resource_id'])));
}

function keptOf({ first, last, updated }: CalmRun): Map<string, Kept> {
  return new Map(
    [...first].map(([name, row]) => {
      const now = last.get(name);
      if (now === undefined || now['physical_id'] !== row['physical_id']) return [name, 'made anew'];
      return [name, updated.has(Number(row['id'])) ? 'changed back' : 'kept'];
    }),
  );
}

function describeResources({ types, ...calm }: CalmForecast, walks: readonly TemplateWalk[]): ResourceForecast[] {
  return [...types].map(([name, type]) => ({
    name,
    type,
    update: calm.changes.get(name) ?? null,
    rollbackBefore: calm.before.get(name) ?? null,
    rollbackAfter: calm.after.get(name) ?? null,
    copiesCalm: calm.copies.get(name) ?? 0,
    copiesWorst: walks.reduce((most, walk) => Math.max(most, walk.copies.get(name) ?? 0), 0),
    replacedIn: walks.filter((walk) => walk.replaced.has(name)).length,
  }));
}
