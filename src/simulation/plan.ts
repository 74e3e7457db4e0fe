/**
 * A run as data: engines, fault mix and requests, all drawn from the seed. A plan can be made smaller (shrink.ts) and still replays.
 */

import type { Retention } from '../engine/ports/store.ts';
import { HOOKS, type Hook, type Restriction } from '../template/resource-rules.ts';
import { drawFaults, type FaultMix, type PlantedFault } from './faults.ts';
import {
  drawGoal,
  drawTaste,
  type GoalTaste,
  hasNested,
  mutate,
  type SimGoal,
  type SimResource,
  type SinkTarget,
} from './goals.ts';
import { kindOf, kinds } from './kinds.ts';
import { addPeople } from './plan-people.ts';
import { createPrng, type Prng } from './prng.ts';

export type RequestKind =
  | 'submit'
  | 'delete'
  | 'abandon'
  | 'rollback'
  | 'rollback-to'
  | 'cancel'
  | 'carry'
  | 'unhealthy'
  | 'healthy'
  | 'replace'
  | 'forget'
  | 'suspend'
  | 'resume'
  | 'check'
  /** A person says what became of something that nobody knows. */
  | 'resolve'
  /** A person takes an object that exists for a resource of the goal in force. */
  | 'import';

/** An object of other people's that may be taken for a resource. */
export interface Import {
  readonly id: string;
  readonly type: string;
}

export interface SimRequest {
  /** Virtual milliseconds from the run's begin. */
  readonly at: number;
  readonly stack: string;
  /** Which of the stacks nested in it is meant, modulo how many there are; null: the stack itself. */
  readonly child: number | null;
  readonly kind: RequestKind;
  readonly goal: SimGoal | null;
  /** Which resource or goal, modulo how many there are. */
  readonly which: number;
  readonly rollback: boolean | null;
  readonly timeoutMs: number | null;
  /** The machine that whoever asks is on; any when left out. */
  readonly from?: string;
  /** Objects that exist, taken for resources of the goal. */
  readonly imports?: readonly { readonly name: string; readonly id: string }[];
}

export interface Plan {
  readonly seed: number;
  /** Another order of events for the same plan. */
  readonly schedule: number;
  readonly engines: number;
  /** That the engines run on; one when left out. */
  readonly machines?: number;
  /** Types that the engines of each machine do not offer; whatever one lacks another offers. */
  readonly lacks?: readonly (readonly string[])[];
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly maxAttempts: number;
  /** Provider calls that an engine makes at once; as many as engines do by themselves when left out. */
  readonly calls?: number;
  /** Resources name provider settings, and operators change these (accounts.ts). */
  readonly accounts?: boolean;
  /** Engines have two versions of every type (type-versions.ts). */
  readonly upgrades?: boolean;
  /** What is older is purged; nothing when left out. */
  readonly retention?: Retention;
  /** Per mille of commits that other processes hear of. */
  readonly hintRate: number;
  readonly driftMs: number;
  readonly jumpRate: number;
  readonly faults: FaultMix;
  readonly planted: PlantedFault | null;
  readonly foreignPaths: readonly string[];
  /** Objects of other people that goals may adopt by external_id. */
  readonly externals: readonly { readonly id: string; readonly type: string }[];
  readonly imports: readonly Import[];
  readonly requests: readonly SimRequest[];
  /** Of what else is in some walks: what is certainly in this one. */
  readonly certain?: readonly Seldom[];
}

export const calmPlan: Plan = {
  seed: 1,
  schedule: 0,
  engines: 2,
  leaseMs: 9_000,
  pollMs: 5_000,
  maxAttempts: 5,
  hintRate: 1000,
  driftMs: 1,
  jumpRate: 0,
  faults: {},
  planted: null,
  foreignPaths: [],
  externals: [],
  imports: [],
  requests: [],
};

interface Size {
  readonly resources: number;
  readonly requests: number;
}

/**
 * Most mistakes show with two or three resources and as many requests; the others need many. Small walks find as much in the same time, and are
 * easier to read.
 */
const sizes: readonly Size[] = [
  { resources: 1, requests: 2 },
  { resources: 2, requests: 2 },
  { resources: 2, requests: 3 },
  { resources: 3, requests: 2 },
  { resources: 3, requests: 3 },
  { resources: 3, requests: 3 },
  { resources: 4, requests: 4 },
  { resources: 6, requests: 6 },
];

/** Few resources and many requests: what comes of what came before. */
const longSizes: readonly Size[] = [
  { resources: 3, requests: 6 },
  { resources: 2, requests: 6 },
  { resources: 2, requests: 8 },
  { resources: 4, requests: 7 },
];

/** What is in some walks only, and can be asked for in each. */
export const seldom = [
  'stacks',
  'hooks',
  'imports',
  'externals',
  'sinks',
  'purges',
  'limits',
  'operators',
  'names',
  'machines',
  'roots',
  'requests',
  'actions',
  'sleep',
  'accounts',
  'upgrades',
  'restrictions',
  'previews',
] as const;
export type Seldom = (typeof seldom)[number];

/** Per mille of the walks that have it. */
type Rate = (what: Seldom, usual: number) => number;

export const rateOf = ({ certain = [] }: Pick<Plan, 'certain'>, what: Seldom, usual: number): number =>
  certain.includes(what) ? 1_000 : usual;

export interface PlanOptions {
  /** Of which the older may do what came late in another way: without nested stacks, event sinks and purges. */
  readonly twoVersions?: boolean;
  readonly often?: readonly Seldom[];
}

export function drawPlan(seed: number, { twoVersions = false, often: asked = [] }: PlanOptions = {}): Plan {
  const often = asked.length > 0 || twoVersions ? asked : drawFocus(createPrng(seed, 'focus'));
  const rate: Rate = (what, usual) => rateOf({ certain: often }, what, usual);
  const prng = createPrng(seed, 'plan');
  const size = prng.pick(often.includes('requests') ? longSizes : sizes);
  const anyTaste = drawTaste(prng, size.resources, rate('externals', 100));
  const drawn = twoVersions ? withOlderTypes(anyTaste) : anyTaste;
  const named = often.includes('names') ? withNames(drawn) : drawn;
  const plain = often.includes('sleep') ? { ...named, types: ['Sim::Awake', ...named.types] } : named;
  const places = createPrng(seed, 'machines');
  const machines = twoVersions ? {} : drawMachines(places, rate);
  const bound = machines.machines === undefined ? plain : withBound(plain);
  const taste = twoVersions ? bound : withStacks(seed, bound, rate);
  const externals = taste.externals.map((id) => ({ id, type: 'Sim::Full' }));
  const single = prng.chance(850);
  const stacks = single && !often.includes('roots') ? ['s1'] : ['s1', 's2'];
  const wanted = stacks.flatMap((stack) => drawRequests(prng, taste, stack, size.requests)).sort((x, y) => x.at - y.at);
  const requests = withActions(createPrng(seed, 'actions'), wanted, often);
  const paths = requests.flatMap(
    (r) => r.goal?.resources.filter((x) => kindOf(x.type).unique === 'path').map((x) => x.own) ?? [],
  );
  const accounts = twoVersions ? null : addAccounts(createPrng(seed, 'accounts'), requests, rate);
  const restricted = twoVersions ? null : addRestrictions(createPrng(seed, 'restrictions'), accounts ?? requests, rate);
  const plan: Plan = {
    ...calmPlan,
    seed,
    engines: prng.pick([1, 2, 2, 3]),
    leaseMs: prng.pick([9_000, 9_000, 30_000]),
    pollMs: prng.pick([5_000, 10_000, 30_000]),
    maxAttempts: prng.pick([3, 5]),
    ...machines,
    ...(machines.machines === undefined || often.includes('previews') ? {} : drawLacks(places, taste.stackRate > 0)),
    ...drawCalls(createPrng(seed, 'calls')),
    hintRate: prng.pick([0, 50, 200, 600]),
    driftMs: prng.pick([0, 1, 3, 50]),
    jumpRate: prng.pick([0, 0, 0, 5, 20]),
    faults: twoVersions ? olderFaults(drawFaults(prng)) : drawFaults(prng),
    externals,
    foreignPaths: paths.length > 0 && prng.chance(200) ? [prng.pick(paths)] : [],
    ...(twoVersions ? {} : drawRetention(createPrng(seed, 'retention'), rate)),
    requests: addSinks(
      twoVersions ? null : createPrng(seed, 'sinks'),
      addHooks(createPrng(seed, 'hooks'), restricted ?? accounts ?? requests, rate),
      rate,
    ),
    ...(accounts === null ? {} : { accounts: true }),
    ...(!twoVersions && createPrng(seed, 'upgrades').chance(rate('upgrades', 80)) ? { upgrades: true } : {}),
  };
  return addPeople(often.length === 0 ? plan : { ...plan, certain: often });
}

/**
 * In some walks one or two of these are certain: what each is in by chance is seldom in one walk, and what is wrong between two was never found by
 * chance alone.
 */
function drawFocus(prng: Prng): readonly Seldom[] {
  if (!prng.chance(350)) return [];
  const some = seldom.filter((what) => what !== 'previews');
  return [...new Set([prng.pick(some), prng.pick(some)])];
}

/** Versions before this one had dead ends with these. */
const withOlderTypes = (taste: GoalTaste): GoalTaste => {
  const types = taste.types.filter((name) => !['Sim::Awake', 'Sim::Wait', 'Sim::Password'].includes(name));
  return { ...taste, types: types.length > 0 ? types : ['Sim::Full'] };
};

const olderFaults = ({ lookHangs: _, replaceMeToo: _too, ...mix }: FaultMix): FaultMix => mix;

/** Where they are asked for, half of the requests after the first are something else than new goals. */
function withActions(prng: Prng, requests: readonly SimRequest[], often: readonly Seldom[]): readonly SimRequest[] {
  const kinds: readonly RequestKind[] = [
    ...(often.includes('actions') ? requestKinds : []),
    ...(often.includes('sleep') ? (['suspend', 'suspend', 'suspend', 'resume', 'resume', 'check'] as const) : []),
  ];
  if (kinds.length === 0) return requests;
  const first = new Map(requests.map((request) => [request.stack, request] as const).reverse());
  return requests.map((request) => {
    if (request === first.get(request.stack) || !prng.chance(500)) return request;
    return { ...request, kind: prng.pick(kinds), goal: null };
  });
}

/** In some walks engines make few calls at once, so that what was claimed ahead waits. Drawn apart, so that the others are what they were. */
const drawCalls = (prng: Prng): Pick<Plan, 'calls'> => (prng.chance(200) ? { calls: prng.pick([1, 2, 3]) } : {});

/** In some walks what is old is purged, and little is old enough to be kept. */
function drawRetention(prng: Prng, rate: Rate): Pick<Plan, 'retention'> {
  if (!prng.chance(rate('purges', 130))) return {};
  const age = (): number => prng.pick([0, 0, 60_000, 600_000]);
  return { retention: { eventsMs: age(), traversalsMs: age(), deletedStacksMs: age(), goalsMs: prng.pick([0, 60_000, null]) } };
}

/** In some walks goals have event sinks; more often where there are nested stacks, which have those of their root. */
function addSinks(prng: Prng | null, requests: readonly SimRequest[], rate: Rate): readonly SimRequest[] {
  const usual = requests.some(({ goal }) => goal !== null && hasNested(goal)) ? 300 : 120;
  if (!prng?.chance(rate('sinks', usual))) return requests;
  const draw = (): readonly SinkTarget[] => prng.pick([[], ['lasting'], ['lasting'], ['brief'], ['lasting', 'brief']] as const);
  let sinks = draw();
  return requests.map((request) => {
    if (request.goal === null || request.child !== null) return request;
    if (prng.chance(500)) sinks = draw();
    return sinks.length === 0 ? request : { ...request, goal: { ...request.goal, sinks } };
  });
}

/** In some walks engines run on two machines, and some resources are bound to one. */
const drawMachines = (prng: Prng, rate: Rate): Pick<Plan, 'machines'> =>
  prng.chance(rate('machines', 120)) ? { machines: 2 } : {};

/** In half of these the machines do not offer the same; what is made of stacks wants an engine that offers all of it. */
function drawLacks(prng: Prng, nests: boolean): Pick<Plan, 'lacks'> {
  if (prng.chance(500)) return {};
  const lacking = kinds.map(({ name }) => ({ name, by: prng.pick([0, 1, 2, 2]) }));
  const lacks = [0, 1].map((machine) => lacking.filter(({ by }) => by === machine).map(({ name }) => name));
  return { lacks: nests ? lacks.with(prng.below(2), []) : lacks };
}

const withBound = (taste: GoalTaste): GoalTaste => ({
  ...taste,
  types: ['Sim::Local', 'Sim::Place', ...taste.types.slice(0, 3)],
});

/** Most resources are called something in the world, and are often called otherwise. */
const withNames = (taste: GoalTaste): GoalTaste => ({
  ...taste,
  types: ['Sim::Named', 'Sim::Named', 'Sim::Path', taste.types[0]!],
  names: true,
});

/** In one walk of four some resources are stacks of their own. Drawn apart, so that the others are what they were. */
function withStacks(seed: number, taste: GoalTaste, rate: Rate): GoalTaste {
  const prng = createPrng(seed, 'stacks');
  if (!prng.chance(rate('stacks', 250))) return taste;
  const mostResources = Math.min(taste.mostResources, 3);
  return { ...taste, mostResources, stackRate: prng.pick([300, 500]), levels: prng.pick([1, 1, 2]) };
}

/** In some runs goals have hooks; the others are what they were without. */
function addHooks(prng: Prng, requests: readonly SimRequest[], rate: Rate): readonly SimRequest[] {
  if (!prng.chance(rate('hooks', 170))) return requests;
  const usual = new Map<string, readonly Hook[]>();
  return requests.map((request) =>
    request.goal === null || prng.chance(250) ? request : { ...request, goal: hookGoal(prng, usual, '', request.goal) },
  );
}

/** In some walks resources name provider settings; null where they do not. */
function addAccounts(prng: Prng, requests: readonly SimRequest[], rate: Rate): readonly SimRequest[] | null {
  if (!prng.chance(rate('accounts', 120))) return null;
  const usual = new Map<string, string | undefined>();
  const draw = (): string | undefined => prng.pick([undefined, 'default', 'other', 'other']);
  const named = (path: string, { resources, ...goal }: SimGoal): SimGoal => ({
    ...goal,
    resources: resources.map((r): SimResource => {
      const place = `${path}/${r.name}`;
      if (!usual.has(place)) usual.set(place, draw());
      const account = prng.chance(300) ? draw() : usual.get(place);
      if (r.nested !== null) return { ...r, nested: named(place, r.nested) };
      return r.external !== null || account === undefined ? r : { ...r, account };
    }),
  });
  return requests.map((request) => (request.goal === null ? request : { ...request, goal: named('', request.goal) }));
}

const someRestrictions: readonly (readonly Restriction[])[] = [['update'], ['replace'], ['update', 'replace']];

/** In some walks the environment forbids to change or to replace some resources; null where it does not. */
function addRestrictions(prng: Prng, requests: readonly SimRequest[], rate: Rate): readonly SimRequest[] | null {
  if (!prng.chance(rate('restrictions', 80))) return null;
  const restrict = (r: SimResource): SimResource => ({
    ...r,
    nested: r.nested === null ? null : restrictAll(r.nested),
    ...(prng.chance(350) ? { restricted: prng.pick(someRestrictions) } : {}),
  });
  const restrictAll = (goal: SimGoal): SimGoal => ({ ...goal, resources: goal.resources.map(restrict) });
  return requests.map(({ goal, ...request }) => ({ ...request, goal: goal === null ? null : restrictAll(goal) }));
}

const drawHooks = (prng: Prng): readonly Hook[] => [...new Set([prng.pick(HOOKS), prng.pick(HOOKS)])];

/** `usual` are those that a name has most of the time, by its path. */
function hookGoal(prng: Prng, usual: Map<string, readonly Hook[]>, path: string, goal: SimGoal): SimGoal {
  const resources = goal.resources.map((r): SimResource => {
    const place = `${path}/${r.name}`;
    if (!usual.has(place)) usual.set(place, prng.chance(450) ? drawHooks(prng) : []);
    const hooks = prng.chance(150) ? drawHooks(prng) : usual.get(place)!;
    const nested = r.nested && hookGoal(prng, usual, place, r.nested);
    return { ...r, nested, ...(hooks.length === 0 ? {} : { hooks }) };
  });
  return { resources, ...(prng.chance(150) ? { everywhere: [prng.pick(HOOKS)] } : {}) };
}

/** All but to submit. */
export const requestKinds: readonly Exclude<RequestKind, 'submit'>[] = [
  'delete',
  'rollback',
  'rollback-to',
  'cancel',
  'carry',
  'unhealthy',
  'healthy',
  'replace',
  'forget',
  'suspend',
  'resume',
  'check',
  'abandon',
];

/** The same with those that are drawn apart. */
export const everyKind: readonly Exclude<RequestKind, 'submit'>[] = [...requestKinds, 'resolve', 'import'];

function drawRequests(prng: Prng, taste: GoalTaste, stack: string, most: number): SimRequest[] {
  const allowed = requestKinds.filter(() => prng.chance(450));
  const submitRate = prng.pick([400, 650, 900]);
  const requests: SimRequest[] = [];
  const goals: SimGoal[] = [drawGoal(prng, taste)];
  let at = 0;
  for (let n = prng.between(1, most); n > 0; n--) {
    const child = requests.length > 0 && prng.chance(taste.stackRate / 2) ? prng.below(1_000) : null;
    const kind = drawKind(prng, { first: requests.length === 0, nests: taste.stackRate > 0, child, allowed, submitRate });
    if (kind === 'submit' && requests.length > 0)
      goals.push(prng.chance(150) ? prng.pick(goals) : mutate(prng, taste, goals.at(-1)!));
    requests.push({
      at,
      stack,
      child,
      kind,
      goal: kind === 'submit' ? goals.at(-1)! : null,
      which: prng.below(1_000),
      rollback: prng.chance(300) ? prng.chance(500) : null,
      timeoutMs: prng.chance(60) ? prng.between(1_000, 200_000) : null,
    });
    const gaps = taste.stackRate > 0 && prng.chance(500) ? longGaps : anyGaps;
    at += prng.pick(gaps) + prng.below(500);
  }
  return requests;
}

const anyGaps = [0, 1, 20, 200, 1_000, 3_000, 10_000, 60_000];
/** So that something is complete before it is changed again: only then is there anything to roll back to. */
const longGaps = [10_000, 60_000];

interface KindTaste {
  readonly first: boolean;
  readonly nests: boolean;
  readonly child: number | null;
  readonly allowed: readonly Exclude<RequestKind, 'submit'>[];
  readonly submitRate: number;
}

function drawKind(prng: Prng, { first, nests, child, allowed, submitRate }: KindTaste): RequestKind {
  if (first) return 'submit';
  if (nests && child === null && prng.chance(150)) return prng.pick(['rollback', 'rollback-to', 'rollback-to', 'cancel']);
  const rate = child === null ? submitRate : submitRate / 8;
  return allowed.length === 0 || prng.chance(rate) ? 'submit' : prng.pick(allowed);
}
