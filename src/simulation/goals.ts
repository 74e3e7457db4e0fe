/**
 * Goals as the simulator's users write them: a few resources that refer to each other, and the ways in which people change them.
 */

import type { Declared, NewGoal } from '../engine/ports/store.ts';
import { sha256 } from '../std/digest.ts';
import type { Json, JsonMap } from '../std/json.ts';
import { canonicalJson } from '../std/json.ts';
import type { Definition } from '../template/definition.ts';
import { definitionSha } from '../template/definition-sha.ts';
import type { EventSink } from '../template/event-sinks.ts';
import type { Hook, NameRule, Restriction } from '../template/resource-rules.ts';
import { kindOf, kinds, type SimKind } from './kinds.ts';
import { drawGiven, drawStack, mutateStack } from './nested-goals.ts';
import type { Prng } from './prng.ts';

/**
 * How one resource uses another: only ordered after it; by an attribute it can change with; by one that replaces it; by its reference; by an
 * attribute of a resource within it, which is a stack.
 */
export type Use = 'after' | 'attr' | 'need' | 'ref' | 'inner';

export interface Used {
  readonly name: string;
  readonly use: Use;
  /** The resource within. */
  readonly inner?: string;
}

export interface SimResource {
  readonly name: string;
  readonly type: string;
  /** Changes in place. */
  readonly a: string;
  /** A change replaces. */
  readonly b: string;
  /** A path or a slot, for types that have one. */
  readonly own: string;
  readonly uses: readonly Used[];
  readonly retain: boolean;
  /** Making or changing it fails for good. */
  readonly bad: boolean;
  /** The id of the object that it adopts. */
  readonly external: string | null;
  /** What the stack is made of that it is, as its template says it; null for every other resource. */
  readonly nested: SimGoal | null;
  /** Within a template: properties whose values the template's parameters give. */
  readonly given: readonly Given[];
  /** The same once they are values. */
  readonly values: JsonMap;
  /** What its object is called is known only when it is made. */
  readonly late?: boolean;
  /** The provider settings that it names; none when left out. */
  readonly account?: string;
  /** Where work on it waits for a person; none when left out. */
  readonly hooks?: readonly Hook[];
  /** What its environment forbids to do to it; nothing when left out. */
  readonly restricted?: readonly Restriction[];
}

/** Parameters of every simulated template. */
export type Given = 'a' | 'b' | 'attrs' | 'needs' | 'refs';

export interface SimGoal {
  readonly resources: readonly SimResource[];
  /** Hooks of every name, those that it does not have included. */
  readonly everywhere?: readonly Hook[];
  /** Where its events are sent; nowhere when left out. */
  readonly sinks?: readonly SinkTarget[];
}

/** How long events are worth sending to it, in seconds. */
export const sinkTargets = { lasting: 7 * 86_400, brief: 60 } as const;
export type SinkTarget = keyof typeof sinkTargets;
export const sinkType = 'simulated';

export function sinksOf({ sinks = [] }: SimGoal): EventSink[] {
  return sinks.map((target) => ({ type: sinkType, target, ttlSeconds: sinkTargets[target] }));
}

export function hooksOf(goal: SimGoal, name: string): readonly Hook[] {
  return [...(goal.everywhere ?? []), ...(goal.resources.find((r) => r.name === name)?.hooks ?? [])];
}

function rulesOf({ resources, everywhere = [] }: SimGoal): NameRule[] {
  const own = resources.map(({ name, hooks = [], restricted = [] }) => ({ name, hooks, restrictedActions: restricted }));
  const all = [{ name: '*', hooks: everywhere, restrictedActions: [] }, ...own];
  return all.filter(({ hooks, restrictedActions }) => hooks.length + restrictedActions.length > 0);
}

export const isRestrictedGoal = ({ resources }: SimGoal): boolean =>
  resources.some(({ restricted, nested }) => restricted !== undefined || (nested !== null && isRestrictedGoal(nested)));

export const unrestricted = (goal: SimGoal): SimGoal => ({
  ...goal,
  resources: goal.resources.map(({ restricted: _, ...r }) => ({
    ...r,
    nested: r.nested === null ? null : unrestricted(r.nested),
  })),
});

export const emptyGoal: SimGoal = { resources: [] };
export const canary = 'CANARY-9f3b1c';

export function resource(name: string, more: Partial<SimResource> = {}): SimResource {
  const plain = { retain: false, bad: false, external: null, nested: null, given: [], values: {} };
  return { name, type: 'Sim::Full', a: '1', b: '1', own: name, uses: [], ...plain, ...more };
}

/** As the engine keeps it. */
export const calledFor = ({ hostBound }: Pick<SimKind, 'hostBound'>, own: string, host: string | null): string =>
  `sim|${hostBound ? host : ''}|${own}`;

export function usedNames(r: SimResource): string[] {
  return [...new Set(r.uses.map((u) => u.name))].sort();
}

export function toDefinition(r: SimResource): Definition {
  const kind = kindOf(r.type);
  const of = (use: Use): string[] =>
    r.uses
      .filter((u) => u.use === use)
      .map((u) => u.name)
      .sort();
  const attrs = attrsOf(r);
  const properties: { [name: string]: Json } = { a: r.bad ? `bad-${r.a}` : r.a, b: r.b, ...r.values };
  if (attrs.length > 0) properties['attrs'] = attrs.map((used) => ({ $: ['get_attr', ...pathTo(used)] }));
  if (of('need').length > 0) properties['needs'] = of('need').map((name) => ({ $: ['get_attr', name, 'a'] }));
  if (of('ref').length > 0) properties['refs'] = of('ref').map((name) => ({ $: ['get_resource', name] }));
  if (kind.unique !== null) properties[kind.unique] = r.own;
  if (kind.secret) properties['secret'] = `${canary}-${r.a}`;
  if (r.nested !== null && holdsSecret(r.nested)) properties['secret'] = canary;
  return {
    type: r.type,
    properties,
    metadata: metadataOf(r),
    deletionPolicy: r.retain ? 'retain' : 'delete',
    updatePolicy: null,
    requires: usedNames(r),
    description: '',
    externalId: r.external,
    provider: r.account ?? null,
    secret: kind.secret,
    secretTexts: kind.secret ? [`${canary}-${r.a}`] : [],
  };
}

export function metadataOf({ late, account }: SimResource): JsonMap | null {
  const known = { ...(late ? { late } : {}), ...(account === undefined ? {} : { 'setpoint:provider': account }) };
  return Object.keys(known).length === 0 ? null : known;
}

/** What a resource can change with, in the order of its list. */
export function attrsOf({ uses }: SimResource): Used[] {
  const key = ({ name, inner = '' }: Used): string => `${name} ${inner}`;
  return uses.filter(({ use }) => use === 'attr' || use === 'inner').sort((x, y) => (key(x) < key(y) ? -1 : 1));
}

/** As `get_attr` reads it. */
export const pathTo = ({ name, inner }: Used): string[] => [name, ...(inner === undefined ? [] : [`resource.${inner}`]), 'tag'];

/** Somewhere in it, or in what is nested in it, is a secret. */
export function holdsSecret(goal: SimGoal): boolean {
  return goal.resources.some((r) => kindOf(r.type).secret || (r.nested !== null && holdsSecret(r.nested)));
}

export function hasNested(goal: SimGoal): boolean {
  return goal.resources.some((r) => r.nested !== null);
}

/** As whoever asks for it on that machine knows the names of its objects. */
export function toNewGoal(goal: SimGoal, digestKey: Uint8Array, host = 'h1'): NewGoal {
  const secret = goal.resources.some((r) => kindOf(r.type).secret);
  const text = canonicalJson(goal as unknown as Json);
  const declared = goal.resources.map((r): Declared => {
    const definition = toDefinition(r);
    const kind = kindOf(r.type);
    return {
      name: r.name,
      sha: definitionSha(definition, digestKey),
      definition,
      identity: kind.identity && !r.late ? calledFor(kind, r.own, host) : null,
      resumeToUpdate: kind.wakesToUpdate,
    };
  });
  return {
    sha: sha256(`goal ${text}`),
    documents: {
      template: { name: 'sim', text: secret ? `${text} ${canary}` : text },
      files: {},
      environments: [],
      parameters: {},
    },
    description: '',
    declared,
    outputs: {},
    parameters: secret ? { hidden: canary } : {},
    hidden: secret ? ['hidden'] : [],
    immutable: [],
    rules: rulesOf(goal),
    sinks: sinksOf(goal),
  };
}

// ── drawing and changing goals ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface GoalTaste {
  readonly types: readonly string[];
  /** Per mille of resources that can't be made. */
  readonly badRate: number;
  readonly retainRate: number;
  readonly mostResources: number;
  /** What other people have, to be adopted by its id. */
  readonly externals: readonly string[];
  /** Per mille of resources that are stacks of their own, and how deep these are nested. */
  readonly stackRate: number;
  readonly levels: number;
  /** What has a name of its own is often called otherwise. */
  readonly names: boolean;
  /** It is a template's that is drawn: its parameters may be used. */
  readonly within: boolean;
}

export function drawTaste(prng: Prng, mostResources: number, externalRate: number): GoalTaste {
  const types = kinds.filter(({ hostBound }) => !hostBound && prng.chance(400)).map((kind) => kind.name);
  return {
    types: types.length > 0 ? types : ['Sim::Full'],
    badRate: prng.pick([0, 0, 30, 100]),
    retainRate: prng.pick([0, 0, 0, 100]),
    mostResources,
    externals: prng.chance(externalRate) ? ['ext1', 'ext2'] : [],
    stackRate: 0,
    levels: 0,
    names: false,
    within: false,
  };
}

const letters = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];

export function drawGoal(prng: Prng, taste: GoalTaste): SimGoal {
  const resources: SimResource[] = [];
  for (let n = prng.between(1, taste.mostResources); n > 0; n--) resources.push(drawResource(prng, taste, resources));
  return { resources };
}

function drawResource(prng: Prng, taste: GoalTaste, others: readonly SimResource[]): SimResource {
  const name = letters.find((letter) => !others.some((r) => r.name === letter)) ?? `X${others.length}`;
  const external = taste.externals.find((id) => !others.some((r) => r.external === id));
  if (external !== undefined && prng.chance(300)) return resource(name, { external });
  const uses = others.filter(({ nested }) => prng.chance(nested === null ? 350 : 600)).map((r) => drawUse(prng, r));
  const given = taste.within ? { given: drawGiven(prng) } : {};
  if (prng.chance(taste.stackRate)) return { ...drawStack(prng, taste, name, uses), ...given };
  const type = prng.pick(taste.types);
  return resource(name, {
    ...given,
    ...(kindOf(type).identity && prng.chance(250) ? { late: true } : {}),
    type,
    a: String(prng.below(3)),
    b: String(prng.below(2)),
    own: `own${prng.below(1_000_000)}`,
    uses,
    retain: prng.chance(taste.retainRate),
    bad: prng.chance(taste.badRate),
  });
}

function drawUse(prng: Prng, { name, nested }: SimResource): Used {
  const use = prng.pick<Use>(['after', 'attr', 'attr', 'need', 'ref']);
  if (use !== 'attr' || nested === null || nested.resources.length === 0 || prng.chance(300)) return { name, use };
  return { name, use: 'inner', inner: prng.pick(nested.resources).name };
}

/** One or two changes, as people make them. */
export function mutate(prng: Prng, taste: GoalTaste, goal: SimGoal): SimGoal {
  let changed = goal;
  for (let n = prng.pick([1, 1, 2, 3]); n > 0; n--) changed = mutateOnce(prng, taste, changed);
  return withInner(changed);
}

/** Who looked into a stack at what is not there any more looks at the stack itself. */
export function withInner(goal: SimGoal): SimGoal {
  const has = ({ name, inner }: Used): boolean =>
    goal.resources.some((r) => r.name === name && r.nested?.resources.some((within) => within.name === inner));
  const seen = (used: Used): Used => (used.inner === undefined || has(used) ? used : { name: used.name, use: 'attr' });
  return {
    ...goal,
    resources: goal.resources.map((r) => ({
      ...r,
      uses: r.uses.map(seen),
      nested: r.nested === null ? null : withInner(r.nested),
    })),
  };
}

export function mutateOnce(prng: Prng, taste: GoalTaste, goal: SimGoal): SimGoal {
  const { resources } = goal;
  if (resources.length === 0) return drawGoal(prng, taste);
  const within = taste.stackRate > 0 && prng.chance(600) ? mutateStack(prng, taste, goal) : null;
  if (within !== null) return within;
  const victim = prng.pick(resources);
  const change = (more: Partial<SimResource>): SimGoal => ({
    resources: resources.map((r) => (r === victim ? { ...r, ...more } : r)),
  });
  switch (prng.below(16)) {
    case 0:
    case 1:
      return resources.length <= taste.mostResources ? { resources: [...resources, drawResource(prng, taste, resources)] } : goal;
    case 2:
    case 3:
      return removeResource(goal, victim.name);
    case 4:
      return renameResource(prng, goal, victim);
    case 5:
      return invertEdge(prng, goal);
    case 6:
    case 7:
      return change({ b: String(prng.below(3)) });
    case 8:
    case 9:
      if (kindOf(victim.type).renames && prng.chance(700)) return callOtherwise(prng, goal, victim);
      return change({ a: String(prng.below(4)) });
    case 13:
    case 14:
    case 15:
      if (taste.names && kindOf(victim.type).renames) return callOtherwise(prng, goal, victim);
      return change({ a: String(prng.below(4)) });
    case 10:
      return change(drawOtherType(prng, taste, victim));
    case 11:
      return change({ retain: prng.chance(taste.retainRate * 3), bad: false });
    default:
      return prng.chance(500) ? goal : change({ bad: prng.chance(taste.badRate * 3) && victim.nested === null });
  }
}

/** Another type; a stack may become of it, and of a stack something plain. */
function drawOtherType(prng: Prng, taste: GoalTaste, victim: SimResource): Partial<SimResource> {
  if (prng.chance(taste.stackRate)) {
    const { type, nested } = drawStack(prng, taste, victim.name, []);
    return { type, nested, bad: false, external: null };
  }
  const type = prng.pick(taste.types);
  const stays = kindOf(type).identity && kindOf(victim.type).identity && prng.chance(500);
  return { type, own: stays ? victim.own : `own${prng.below(1_000_000)}`, nested: null };
}

/** Its object gets another name: one of a few that it goes to and fro between, or another one's, which gets its own or a new one. */
function callOtherwise(prng: Prng, { resources }: SimGoal, victim: SimResource): SimGoal {
  const others = resources.filter((r) => r !== victim && kindOf(r.type).identity);
  const isFree = (own: string): boolean => !others.some((r) => r.own === own);
  const late = prng.chance(250);
  const call = (names: ReadonlyMap<SimResource, string>): SimGoal => ({
    resources: resources.map((r) => ({ ...r, own: names.get(r) ?? r.own, ...(r === victim ? { late } : {}) })),
  });
  if (others.length > 0 && prng.chance(500)) {
    const other = prng.pick(others);
    const swaps = prng.chance(500);
    return call(
      new Map([
        [victim, other.own],
        [other, swaps ? victim.own : `own${prng.below(1_000_000)}`],
      ]),
    );
  }
  const names = ['', 'x', 'y'].map((end) => `${victim.own.replace(/[xy]$/, '')}${end}`);
  const free = names.filter((own) => own !== victim.own && isFree(own));
  return call(new Map([[victim, free.length > 0 ? prng.pick(free) : `own${prng.below(1_000_000)}`]]));
}

export function removeResource(goal: SimGoal, name: string): SimGoal {
  return {
    ...goal,
    resources: goal.resources.filter((r) => r.name !== name).map((r) => ({ ...r, uses: r.uses.filter((u) => u.name !== name) })),
  };
}

function renameResource(prng: Prng, goal: SimGoal, victim: SimResource): SimGoal {
  const name = letters.find((letter) => !goal.resources.some((r) => r.name === letter)) ?? `${victim.name}x`;
  const own = kindOf(victim.type).identity ? victim.own : `own${prng.below(1_000_000)}`;
  return {
    resources: goal.resources.map((r) => ({
      ...r,
      ...(r === victim ? { name, own } : {}),
      uses: r.uses.map((u) => (u.name === victim.name ? { ...u, name } : u)),
    })),
  };
}

/** A requires B becomes B requires A, where that closes no circle. */
function invertEdge(prng: Prng, goal: SimGoal): SimGoal {
  const edges = goal.resources.flatMap((r) => r.uses.map((u) => ({ from: r.name, to: u.name, use: u.use })));
  if (edges.length === 0) return goal;
  const edge = prng.pick(edges);
  const turned: SimGoal = {
    resources: goal.resources.map((r) => {
      if (r.name === edge.from) return { ...r, b: `${r.b}'`.slice(0, 4), uses: r.uses.filter((u) => u.name !== edge.to) };
      if (r.name === edge.to) return { ...r, uses: [...r.uses, { name: edge.from, use: edge.use }] };
      return r;
    }),
  };
  return isAcyclic(turned) ? turned : goal;
}

export function isAcyclic(goal: SimGoal): boolean {
  const left = new Map(goal.resources.map((r) => [r.name, new Set(usedNames(r))]));
  for (let free = true; free && left.size > 0; ) {
    free = false;
    for (const [name, uses] of left) {
      if (uses.size > 0) continue;
      left.delete(name);
      for (const other of left.values()) other.delete(name);
      free = true;
    }
  }
  return left.size === 0;
}
