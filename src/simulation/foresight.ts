/**
 * What a preview says that a goal would do, held against what engines then do with it: a person asks for a preview of a goal when all is at rest,
 * and then for the goal.
 *
 * Held is what is decided for each resource, not what becomes of the calls: these may fail for reasons that nobody can foresee.
 */
import type { StackId } from '../engine/ports/store.ts';
import { type Preview, type PreviewAction, type PreviewEntry, previewGoal } from '../main/preview.ts';
import type { SimGoal, SimResource } from './goals.ts';
import { kindOf } from './kinds.ts';
import type { Change, Row } from './mirror.ts';
import type { SimRequest } from './plan.ts';
import { type Caller, createSimTypes } from './sim-types.ts';
import { aboveOf, isNestedStack, treeOf } from './tree.ts';
import { simulatedGoal, tenantOf } from './users.ts';
import type { World } from './world.ts';

/** What is seen to be decided for a resource. */
type Seen = 'create' | 'update' | 'replace' | 'adopt' | 'fail' | 'nothing';

/** What a preview said of a goal that somebody asked for after that, and what came of it. */
export interface Foretold {
  readonly stackId: number;
  /** Null until it is answered. */
  preview: Preview | null;
  readonly goal: SimGoal;
  /** Something was done to the stack between the two. */
  disturbed: boolean;
  /** Nothing was under way when it was asked for. */
  readonly calm: boolean;
  /** Set once it is accepted. */
  traversal: number | null;
  /** Names, by their nodes. */
  readonly nodes: Map<string, string>;
  /** The first thing that was done for a name. */
  readonly seen: Map<string, Seen>;
  /** The version that was there already, and that a name took instead of its own. */
  readonly taken: Map<string, number>;
  /** Hooks at which somebody was waited for, by name. */
  readonly paused: Map<string, Set<string>>;
  /** Versions that stood before. */
  readonly stood: ReadonlyMap<number, Row>;
  /** What was not tried, because of something that failed. */
  readonly skipped: Set<string>;
}

export const foretoldOf = (world: World, stackId: number, goal: SimGoal): Foretold => ({
  stackId,
  preview: null,
  disturbed: false,
  goal,
  calm: world.atRest,
  traversal: null,
  nodes: new Map(),
  seen: new Map(),
  taken: new Map(),
  paused: new Map(),
  stood: new Map(world.resourcesOf(stackId).map((row) => [Number(row['id']), row])),
  skipped: new Set(),
});

/** The same of the stacks nested in it that are there, as far as anything was said of what is within. */
export function foretoldWithin(world: World, root: Row, { preview, goal, disturbed }: Foretold): Foretold[] {
  const { rows } = world.mirror;
  return treeOf(rows, root).flatMap((child) => {
    const path = pathOf(world, child);
    const own = path === null ? undefined : path.reduce<SimGoal | null | undefined>((at, name) => nestedIn(at, name), goal);
    const prefix = `${path?.join('/')}/`;
    const entries = preview!.entries.flatMap((e) =>
      e.name.startsWith(prefix) ? [{ ...e, name: e.name.slice(prefix.length) }] : [],
    );
    const above = (path ?? []).map((_, i) => preview!.entries.find((e) => e.name === path!.slice(0, i + 1).join('/')));
    // What is said within a replacement is of a stack that is not there yet.
    if (own == null || entries.length === 0 || above.some((e) => e?.action === 'replace')) return [];
    return [{ ...foretoldOf(world, Number(child['id']), own), preview: { ...preview!, entries }, disturbed }];
  });
}

const nestedIn = (goal: SimGoal | null | undefined, name: string): SimGoal | null | undefined =>
  goal?.resources.find((r) => r.name === name)?.nested;

/** The names that lead to it; null for a root, and for what only a former version stands for. */
function pathOf({ mirror: { rows } }: World, stack: Row): string[] | null {
  const path: string[] = [];
  for (let at = aboveOf(rows, stack), of = stack; isNestedStack(of); of = at.stack, at = aboveOf(rows, of)) {
    if (at === null || at.resource['marked'] !== null) return null;
    path.unshift(String(at.resource['name']));
  }
  return path.length === 0 ? null : path;
}

/** He is on a machine, as whoever runs a command is. */
const personOn = (host: string): Caller => ({ name: 'foreseer', alive: true, pausedUntil: 0, die: () => {}, host });

/** The preview of a goal for a stack that there is. */
export async function foretell(world: World, stack: Row, request: SimRequest): Promise<Preview> {
  const found = await world.acts.findStackByUuid(String(stack['uuid']));
  const names = { uuid: found!.uuid, name: found!.name, tenant: tenantOf(found!.name) };
  const { declared, rules, documents } = simulatedGoal(world, request, names);
  return previewGoal({
    desk: {
      types: createSimTypes(world, personOn(world.hosts[0]!)),
      clock: world.clock,
      random: { token: () => 'none', uuid: () => 'none', int: () => 0 },
      callEnvironment: { now: () => world.clock.wallTime(), sleep: () => new Promise(() => {}), randomInt: () => 0 },
      log: world.log,
      observer: null,
      host: world.hosts[0]!,
      digestKey: world.store.vault.digestKey,
      settings: world.accounts.read(),
      intend: () => Promise.reject(new Error('a preview intends nothing')),
      saveProgress: () => Promise.resolve(false),
      openCall: () => ({ signal: new AbortController().signal, begin: async () => true, limit: () => {}, close: () => {} }),
    },
    stack: found,
    facts: await world.acts.readPlanningFacts(found!),
    declared,
    asked: true,
    rules,
    rollbackMembers: null,
    empty: false,
    hidden: [],
    documents,
    tenant: names.tenant,
    loadChild: async (uuid) => {
      const child = await world.acts.findStackByUuid(uuid);
      if (child === null || child.deletedAt !== null) return null;
      const goal = await world.acts.findGoal(child.id, child.goal);
      const facts = await world.acts.readPlanningFacts(child);
      return { stack: child, goal: goal!, facts, stale: await world.acts.readStale(child.id), hidden: [] };
    },
    loadHolder: (identity) => world.acts.findNamed(identity),
    loadInside: (row, within) => world.acts.readInside(row.id, within),
  });
}

/** Takes note of what a commit of an engine decides. */
export function noteDecisions(world: World, foretold: Foretold, changes: readonly Change[]): void {
  const { stackId } = foretold;
  const own = changes.filter(({ before, after }) => (after ?? before)!['stack_id'] === stackId);
  const begun = own.find(({ table, before }) => table === 'traversal' && before === null);
  if (begun !== undefined) foretold.traversal ??= Number(begun.after!['number']);
  if (foretold.traversal === null && own.some(({ table }) => table === 'resource' || table === 'operation'))
    foretold.disturbed = true;
  const quiet = new Map(own.flatMap((change) => withoutCall(change)));
  for (const { table, before, after } of own) {
    if (after === null || after['traversal'] !== foretold.traversal) continue;
    if (table === 'node' && after['state'] === 'hooked') notePause(foretold, after);
    if (table === 'node' && after['phase'] === 'converge') noteNode(world, foretold, before, after, quiet);
    if (table === 'operation' && before === null) noteOperation(foretold, after);
  }
}

/** What is done to a version without asking anybody. */
function withoutCall({ table, before, after }: Change): [unknown, Seen][] {
  if (table !== 'resource' || before === null || after === null) return [];
  if (after['external'] === 1 && before['physical_id'] !== after['physical_id']) return [[after['id'], 'adopt']];
  if (after['nested'] === 1 || kindOf(String(after['type'])).effects) return [];
  if (before['revision'] === after['revision'] && before['inputs_sha'] === after['inputs_sha']) return [];
  return [[after['id'], before['physical_id'] === null ? 'create' : 'update']];
}

function noteOperation({ nodes, seen }: Foretold, operation: Row): void {
  const name = nodes.get(String(operation['node_id']));
  const kind = String(operation['kind']);
  if (name !== undefined && !seen.has(name) && (kind === 'create' || kind === 'update')) seen.set(name, kind);
}

function notePause({ paused }: Foretold, node: Row): void {
  const name = String(node['subject']);
  paused.set(name, (paused.get(name) ?? new Set()).add(String(node['hook'])));
}

function noteNode(
  world: World,
  { nodes, seen, taken, skipped }: Foretold,
  before: Row | null,
  after: Row,
  quiet: ReadonlyMap<unknown, Seen>,
): void {
  const id = String(after['id']);
  const row = world.mirror.rows.resource.get(String(after['resource_id']));
  if (before === null) nodes.set(id, String(row?.['name']));
  const name = nodes.get(id)!;
  if (seen.has(name)) return;
  if (before !== null && before['resource_id'] !== after['resource_id']) {
    if (row?.['replaces'] === before['resource_id'] && row?.['action'] === 'INIT') seen.set(name, 'replace');
    else taken.set(name, Number(after['resource_id']));
  } else if (after['state'] === 'nested') seen.set(name, row?.['action'] === 'CREATE' ? 'create' : 'update');
  else if (after['state'] === 'skipped') skipped.add(name);
  else if (after['state'] === 'failed') seen.set(name, 'fail');
  else if (after['state'] === 'done' || String(after['hook']).startsWith('post-'))
    seen.set(name, quiet.get(after['resource_id']) ?? 'nothing');
}

const fitting: { readonly [action in PreviewAction]: readonly Seen[] } = {
  create: ['create'],
  update: ['update'],
  replace: ['replace'],
  reuse: ['nothing'],
  adopt: ['adopt'],
  keep: ['nothing'],
  none: ['nothing'],
  fail: ['fail'],
  delete: [],
  retain: [],
};

/** What was done otherwise than foretold, of what came to anything. */
export function complaints({ preview, disturbed, traversal, goal, calm, nodes, seen, taken, skipped }: Foretold): string[] {
  if (preview === null || disturbed || traversal === null) return [];
  const visited = new Set(nodes.values());
  return preview.entries.flatMap((entry) => {
    const { name, action, version, reason, perhaps, after } = entry;
    if (after !== null || action === 'delete' || action === 'retain' || name.includes('/') || skipped.has(name)) return [];
    const was = seen.get(name) ?? (visited.has(name) ? null : 'nothing');
    const declared = goal.resources.find((r) => r.name === name)!;
    if (was === null || perhaps || (was === 'fail' && declared.bad)) return [];
    // What looks as if it was not made may be listed a moment later.
    if (!calm && action === 'create' && version !== null && was === 'nothing') return [];
    const took = taken.get(name);
    const told = `${name} was foretold: ${action} (${reason})`;
    if (took !== undefined && took !== version && action !== 'reuse') return [`${told}; and took version ${took} over`];
    if (action === 'reuse' && took === undefined) return [`${told}; and was: ${was}`];
    return fitting[action].some((seen) => isAlike(declared, seen, was)) ? [] : [`${told}; and was: ${was}`];
  });
}

/** What went otherwise than foretold, once a goal is reached. */
export function lateComplaints(world: World, foretold: Foretold): string[] {
  const { stackId, preview, disturbed, traversal, skipped } = foretold;
  if (preview === null || disturbed || traversal === null || skipped.size > 0) return [];
  if (world.mirror.rows.stack.get(String(stackId))?.['status'] !== 'COMPLETE') return [];
  const own = preview.entries.filter(({ name }) => !name.includes('/'));
  return [...complaintsOfGoing(world, foretold, own), ...complaintsOfWaiting(foretold, own)];
}

const isUnsure = ({ perhaps, after }: PreviewEntry): boolean => perhaps || after !== null;

/** Of versions that went, or stand, and of their objects. */
function complaintsOfGoing(world: World, { stackId, stood }: Foretold, own: readonly PreviewEntry[]): string[] {
  const standing = new Set(world.resourcesOf(stackId as StackId).map((row) => Number(row['id'])));
  const unsure = new Set(own.filter(isUnsure).map(({ version }) => version));
  const goes = new Map(own.filter(({ action }) => action === 'delete' || action === 'retain').map((e) => [e.version, e]));
  return [...stood].flatMap(([id, row]) => {
    if (unsure.has(id)) return [];
    const entry = goes.get(id);
    const name = `${row['name']}#${id}`;
    if (entry === undefined)
      return standing.has(id) || row['physical_id'] === null ? [] : [`${name} went, and nothing foretold it`];
    if (standing.has(id)) return [`${name} was foretold: ${entry.action}; and stands`];
    const object = String(row['physical_id']);
    const isSeen = row['physical_id'] !== null && row['nested'] === 0 && kindOf(String(row['type'])).effects;
    const lives = world.reality.live.has(object);
    if (!isSeen || lives === (entry.action === 'retain') || world.vanished.has(object)) return [];
    return [`${name} was foretold: ${entry.action}; and its object ${lives ? 'lives' : 'is gone'}`];
  });
}

/** Of hooks at which a person was waited for. */
function complaintsOfWaiting({ paused }: Foretold, own: readonly PreviewEntry[]): string[] {
  const names = new Set([...own.map(({ name }) => name), ...paused.keys()]);
  return [...names].flatMap((name) => {
    const entries = own.filter((e) => e.name === name);
    if (entries.some(isUnsure)) return [];
    const foretold = [...new Set(entries.flatMap(({ pauses }) => pauses))].sort().join(', ');
    const was = [...(paused.get(name) ?? [])].sort().join(', ');
    return foretold === was ? [] : [`${name} was foretold to wait at [${foretold}]; and waited at [${was}]`];
  });
}

/** Values are made again without anybody being called, which leaves no trace where they come out as they were. */
function isAlike({ type, nested }: SimResource, foretold: Seen, was: Seen): boolean {
  if (foretold === was) return true;
  const quiet: readonly Seen[] = ['update', 'nothing'];
  return nested === null && !kindOf(type).effects && quiet.includes(foretold) && quiet.includes(was);
}
