/**
 * Plans a traversal: which version each name of the goal works on, what is dirty, and the nodes and edges to walk.
 *
 * Pure: facts in, plan out; the store loads the one and writes the other in one transaction under the root lock, and the preview runs the
 * very same function. It keeps three promises: a version whose deletion has begun is never chosen (I-18); a version that is member of the
 * last complete goal never gets an early cleanup node (I-09); only the dirty and what requires them are walked, so an update costs what it
 * changes. It deliberately decides nothing about create, update or replace: that is decide.ts, when the inputs are known.
 */
import type { Sha } from '../std/digest.ts';
import { type Choice, chooseVersions } from './choose-versions.ts';
import { isStillTaken } from './hooks.ts';
import { type PlannedEdge, type PlannedNode, planCleanup } from './plan-cleanup.ts';
import type { Deed, ResourceId } from './ports/store.ts';
import type { OperationKind, ResourceAction, ResourceStatus } from './states.ts';

/** What planning needs to know of one live version. */
export interface VersionFacts {
  readonly id: ResourceId;
  readonly name: string;
  readonly type: string;
  readonly action: ResourceAction;
  readonly status: ResourceStatus;
  readonly definition: Sha | null;
  readonly revision: number;
  readonly marked: boolean;
  readonly doubt: boolean;
  readonly unhealthy: boolean;
  readonly forced: boolean;
  readonly nested: boolean;
  /** Its object is suspended; null: nobody knows. False of what is never suspended: what was only adopted, and stacks, which know of themselves. */
  readonly suspended: boolean | null;
  /** A person or an engine may have brought something into the world for it. */
  readonly made: boolean;
  readonly deletionPolicy: string;
  readonly identities: readonly string[];
  readonly operation: { readonly kind: OperationKind; readonly definition: Sha | null } | null;
  /** The version that must go before this one is made. */
  readonly victim: ResourceId | null;
  /** What was begun on it, and no node has had done. */
  readonly acted: Exclude<Deed, 'delete'> | null;
  /** The definition that it had when a name that is being made took it over from another one. */
  readonly taken: Sha | null;
  /** Its making was asked for, so that its object, if any, is ours. */
  readonly asked: boolean;
}

/** What planning needs to know of one declared resource. */
export interface DeclaredFacts {
  readonly name: string;
  readonly sha: Sha;
  readonly type: string;
  /** It is a stack of its own. */
  readonly nested: boolean;
  readonly requires: readonly string[];
  readonly deletionPolicy: string;
  readonly identity: string | null;
  /** Its type can't be updated while it is suspended. */
  readonly resumeToUpdate: boolean;
}

export interface Recorded {
  readonly resourceId: ResourceId;
  readonly requiredId: ResourceId;
  readonly revision: number;
}

export interface StartFacts {
  readonly versions: readonly VersionFacts[];
  readonly declared: readonly DeclaredFacts[];
  readonly recorded: readonly Recorded[];
  /** Of a rollback: the versions that made up its target goal, by name. */
  readonly rollbackMembers: ReadonlyMap<string, ResourceId> | null;
  readonly completeMembers: ReadonlySet<ResourceId>;
  /** The stack is nested: it cleans up nothing before the barrier of its root. */
  readonly child: boolean;
  /** The stack is to be asleep when the goal is reached. */
  readonly suspended: boolean;
  /** Whether work on the resource stops at a hook although nothing of it is to change; `acted` is what was done to it and not taken note of. */
  readonly stops: (name: string, acted: VersionFacts['acted']) => boolean;
  /** The goal is empty, so that everything is cleaned up from the start. */
  readonly empty: boolean;
  /** Where the goal is empty: what nested stacks are recorded to require and require no more. */
  readonly former?: readonly Pick<Recorded, 'resourceId' | 'requiredId'>[];
  /** Where the goal is empty: what stays for now, because something outside may still refer to it. */
  readonly kept?: ReadonlySet<ResourceId> | null;
  /** The ids that new versions shall get, at least one for each declared name without a version. */
  readonly allocate: () => ResourceId;
}

export type DirtyReason =
  | 'new'
  | 'not complete'
  | 'in doubt'
  | 'unhealthy'
  | 'replacement asked for'
  | 'under an operation'
  | 'definition changed'
  | 'requirements changed'
  | 'stops at a hook'
  | 'requires what is walked'
  | 'to be resumed';

export interface StartPlan {
  readonly refusal: { readonly code: 'IDENTITY_TAKEN'; readonly message: string } | null;
  readonly chosen: ReadonlyMap<string, ResourceId>;
  readonly created: readonly { readonly id: ResourceId; readonly declared: DeclaredFacts }[];
  /** Never made and not wanted: their rows just go. */
  readonly discarded: readonly ResourceId[];
  readonly mark: readonly ResourceId[];
  readonly unmark: readonly ResourceId[];
  readonly rename: readonly { readonly id: ResourceId; readonly name: string }[];
  readonly policies: readonly { readonly id: ResourceId; readonly policy: string }[];
  readonly dirty: ReadonlyMap<string, DirtyReason>;
  readonly nodes: readonly PlannedNode[];
  readonly edges: readonly PlannedEdge[];
  /** Versions whose operation the goal does not want. */
  readonly cancel: readonly ResourceId[];
  /** Versions that are not walked, so that nobody else takes note of what was done to them. */
  readonly noted: readonly ResourceId[];
  /** What versions that come back before they were ever made are part of, as hooks see it, where something else was noted on them. */
  readonly deeds: ReadonlyMap<ResourceId, Exclude<Deed, 'delete'>>;
}

export function planStart(facts: StartFacts): StartPlan {
  const choice = chooseVersions(facts);
  const created: { id: ResourceId; declared: DeclaredFacts }[] = [];
  for (const declared of facts.declared) {
    if (choice.chosen.has(declared.name)) continue;
    const id = facts.allocate();
    choice.chosen.set(declared.name, id);
    created.push({ id, declared });
  }
  const fate = sortOut(facts, choice.chosen);
  const dirty = findDirty(facts, choice.chosen);
  const graph = facts.empty
    ? planCleanup({
        versions: fate.unwanted.filter((v) => !fate.discarded.has(v.id) && !facts.kept?.has(v.id)),
        recorded: facts.recorded,
        firstNode: 1,
        phase: 'cleanup',
        ...(facts.former ? { former: facts.former } : {}),
      })
    : planWalk(facts, choice, dirty, fate);
  return {
    refusal: choice.refusal,
    chosen: choice.chosen,
    created,
    discarded: [...fate.discarded],
    mark: fate.unwanted.filter((v) => !v.marked && !fate.discarded.has(v.id)).map((v) => v.id),
    unmark: fate.wanted.filter(({ version }) => version.marked).map(({ version }) => version.id),
    rename: fate.wanted
      .filter(({ version, declared }) => version.name !== declared.name)
      .map(({ version, declared }) => ({ id: version.id, name: declared.name })),
    policies: fate.wanted
      .filter(({ version, declared }) => version.deletionPolicy !== declared.deletionPolicy)
      .map(({ version, declared }) => ({ id: version.id, policy: declared.deletionPolicy })),
    dirty,
    nodes: graph.nodes,
    edges: graph.edges,
    cancel: unwantedOperations(fate),
    noted: fate.wanted
      .filter(({ version, declared }) => version.acted !== null && !dirty.has(declared.name))
      .map((w) => w.version.id),
    deeds: deedsOf(facts, fate, created),
  };
}

/**
 * What comes back unmade takes part in what is being done to its name by now: its making, where the name was in no goal meanwhile or the version
 * whose place it takes is still being made, too; a change, where that one stood. So does what is new in the place of one that goes first. What was
 * imported is no new thing, and nothing of a making.
 */
function deedsOf(
  { versions }: StartFacts,
  { wanted }: Fate,
  created: StartPlan['created'],
): Map<ResourceId, Exclude<Deed, 'delete'>> {
  const movedOn = new Set(wanted.filter(({ version: v, declared }) => v.name !== declared.name).map(({ version }) => version.id));
  const inForce = new Map(versions.filter((v) => !v.marked && !movedOn.has(v.id)).map((v) => [v.name, v]));
  const deeds = new Map<ResourceId, Exclude<Deed, 'delete'>>();
  for (const { version: v } of wanted) {
    if (!v.marked || isMade(v) || wasNeverAskedFor(v)) continue;
    const former = inForce.get(v.name);
    const deed = former !== undefined && isBeyondItsMaking(former) ? 'update' : 'create';
    if (v.acted !== deed) deeds.set(v.id, deed);
  }
  for (const { id, declared } of created) {
    const former = inForce.get(declared.name);
    if (former !== undefined && isBeyondItsMaking(former)) deeds.set(id, 'update');
  }
  return deeds;
}

/** Nobody asked for its making: what it has, if anything, was there before. A nested stack is never imported. */
function wasNeverAskedFor(version: VersionFacts): boolean {
  return !version.asked && !version.nested;
}

const isMade = (version: VersionFacts): boolean => version.definition !== null && !isStillTaken(version);

function isBeyondItsMaking(version: VersionFacts): boolean {
  return isMade(version) || version.acted === 'update' || (version.acted === null && version.made && wasNeverAskedFor(version));
}

interface Fate {
  readonly wanted: readonly { readonly version: VersionFacts; readonly declared: DeclaredFacts }[];
  readonly unwanted: readonly VersionFacts[];
  readonly discarded: ReadonlySet<ResourceId>;
}

function sortOut(facts: StartFacts, chosen: ReadonlyMap<string, ResourceId>): Fate {
  const declaredOf = new Map<ResourceId, DeclaredFacts>();
  for (const declared of facts.declared) declaredOf.set(chosen.get(declared.name)!, declared);
  const wanted: { version: VersionFacts; declared: DeclaredFacts }[] = [];
  const unwanted: VersionFacts[] = [];
  const discarded = new Set<ResourceId>();
  for (const version of facts.versions) {
    const declared = declaredOf.get(version.id);
    if (declared) wanted.push({ version, declared });
    else {
      unwanted.push(version);
      if (!version.made && version.operation === null) discarded.add(version.id);
    }
  }
  return { wanted, unwanted, discarded };
}

function unwantedOperations(fate: Fate): ResourceId[] {
  const unwanted = fate.unwanted.filter((v) => v.operation !== null && v.operation.kind !== 'delete').map((v) => v.id);
  const changed = fate.wanted.filter(
    ({ version, declared }) => version.operation !== null && version.operation.definition !== declared.sha,
  );
  return [...unwanted, ...changed.map(({ version }) => version.id)];
}

function findDirty(facts: StartFacts, chosen: ReadonlyMap<string, ResourceId>): Map<string, DirtyReason> {
  const byId = new Map(facts.versions.map((v) => [v.id, v]));
  const recorded = Map.groupBy(facts.recorded, (r) => r.resourceId);
  const dirty = new Map<string, DirtyReason>();
  for (const declared of facts.declared) {
    const version = byId.get(chosen.get(declared.name)!);
    const reason =
      dirtyReason(declared, version, recorded, byId, chosen) ??
      (!facts.suspended && version?.suspended !== false ? 'to be resumed' : null);
    if (reason) dirty.set(declared.name, reason);
    else if (facts.stops(declared.name, version?.acted ?? null)) dirty.set(declared.name, 'stops at a hook');
  }
  spread(facts.declared, dirty);
  if (facts.versions.some(isSuspended)) spread(facts.declared, addResumed(facts, chosen, dirty));
  return dirty;
}

const isSuspended = (version: VersionFacts): boolean => version.suspended !== false;

/** What a suspended resource requires is resumed with it, when its type can't be updated otherwise. */
function addResumed(
  facts: StartFacts,
  chosen: ReadonlyMap<string, ResourceId>,
  dirty: Map<string, DirtyReason>,
): Map<string, DirtyReason> {
  for (const name of namesToResume(facts, chosen, dirty)) if (!dirty.has(name)) dirty.set(name, 'to be resumed');
  return dirty;
}

function namesToResume(
  facts: StartFacts,
  chosen: ReadonlyMap<string, ResourceId>,
  dirty: ReadonlyMap<string, DirtyReason>,
): Set<string> {
  const suspended = new Set(facts.versions.filter(isSuspended).map((v) => v.id));
  const byName = new Map(facts.declared.map((d) => [d.name, d]));
  const isAsleep = (name: string): boolean => suspended.has(chosen.get(name)!);
  const names = new Set<string>();
  const queue = facts.declared.filter((d) => d.resumeToUpdate && dirty.has(d.name) && isAsleep(d.name)).map((d) => d.name);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (names.has(name)) continue;
    if (isAsleep(name)) names.add(name);
    queue.push(...byName.get(name)!.requires);
  }
  return names;
}

function dirtyReason(
  declared: DeclaredFacts,
  version: VersionFacts | undefined,
  recorded: ReadonlyMap<ResourceId, readonly Recorded[]>,
  byId: ReadonlyMap<ResourceId, VersionFacts>,
  chosen: ReadonlyMap<string, ResourceId>,
): DirtyReason | null {
  if (version === undefined) return 'new';
  if (version.operation !== null) return 'under an operation';
  if (version.unhealthy) return 'unhealthy';
  if (version.forced) return 'replacement asked for';
  if (version.doubt) return 'in doubt';
  if (version.action === 'INIT' || version.status !== 'COMPLETE') return 'not complete';
  if (version.definition !== declared.sha) return 'definition changed';
  const rows = recorded.get(version.id) ?? [];
  if (rows.length !== new Set(declared.requires.map((name) => chosen.get(name))).size) return 'requirements changed';
  const revisions = new Map(rows.map((row) => [row.requiredId, row.revision]));
  for (const name of declared.requires) {
    const required = byId.get(chosen.get(name)!);
    if (required === undefined || revisions.get(required.id) !== required.revision) return 'requirements changed';
  }
  return null;
}

/** The dirty and all that requires them, transitively. */
function spread(declared: readonly DeclaredFacts[], dirty: Map<string, DirtyReason>): Map<string, DirtyReason> {
  if (dirty.size === 0) return dirty;
  const requirers = new Map<string, string[]>();
  for (const { name, requires } of declared) {
    for (const required of requires) {
      const list = requirers.get(required);
      if (list) list.push(name);
      else requirers.set(required, [name]);
    }
  }
  const queue = [...dirty.keys()];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const requirer of requirers.get(name) ?? []) {
      if (dirty.has(requirer)) continue;
      dirty.set(requirer, 'requires what is walked');
      queue.push(requirer);
    }
  }
  return dirty;
}

/** Converge nodes for what is dirty, early cleanup for what is no rollback material. */
function planWalk(
  facts: StartFacts,
  choice: Choice,
  dirty: ReadonlyMap<string, DirtyReason>,
  fate: Fate,
): { nodes: PlannedNode[]; edges: PlannedEdge[] } {
  const operations = new Set(facts.versions.filter((v) => v.operation !== null).map((v) => v.id));
  const nodes: PlannedNode[] = [];
  const edges: PlannedEdge[] = [];
  const nodeOf = new Map<string, number>();
  const walked = facts.declared.filter((d) => dirty.has(d.name));
  const resumed = facts.versions.some(isSuspended) ? namesToResume(facts, choice.chosen, dirty) : new Set<string>();
  for (const declared of walked) nodeOf.set(declared.name, nodeOf.size + 1);
  for (const declared of walked) {
    const id = nodeOf.get(declared.name)!;
    let unmet = 0;
    const after = choice.after.get(declared.name);
    for (const name of new Set(after === undefined ? declared.requires : [...declared.requires, after])) {
      const required = nodeOf.get(name);
      if (required === undefined) continue;
      edges.push({ required, requirer: id });
      unmet++;
    }
    const resourceId = choice.chosen.get(declared.name)!;
    const victim = choice.victims.get(declared.name) ?? null;
    const awaits = operations.has(resourceId) || (victim !== null && operations.has(victim));
    nodes.push({
      id,
      phase: 'converge',
      resourceId,
      unmet: unmet + (awaits ? 1 : 0),
      awaits,
      victim,
      resume: resumed.has(declared.name),
    });
  }
  if (!facts.child) addEarlyCleanup(facts, choice, fate, nodes, edges);
  return { nodes, edges };
}

function addEarlyCleanup(facts: StartFacts, choice: Choice, fate: Fate, nodes: PlannedNode[], edges: PlannedEdge[]): void {
  const victims = new Set(choice.victims.values());
  const convergeNode = new Map(nodes.map((node) => [node.resourceId, node.id]));
  const early = new Map(
    fate.unwanted
      .filter((v) => !facts.completeMembers.has(v.id) && !fate.discarded.has(v.id) && !victims.has(v.id))
      .map((v) => [v.id, v]),
  );
  if (early.size === 0) return;
  const requirersOf = Map.groupBy(facts.recorded, (r) => r.requiredId);
  for (let shrunk = true; shrunk; ) {
    shrunk = false;
    for (const id of early.keys()) {
      const kept = (requirersOf.get(id) ?? []).some(
        ({ resourceId }) => !early.has(resourceId) && !convergeNode.has(resourceId) && !fate.discarded.has(resourceId),
      );
      if (kept) shrunk = early.delete(id) || shrunk;
    }
  }
  const cleanup = planCleanup({
    versions: [...early.values()],
    recorded: facts.recorded,
    firstNode: nodes.length + 1,
    phase: 'aside',
  });
  for (const node of cleanup.nodes) {
    const waitsFor = (requirersOf.get(node.resourceId) ?? [])
      .map((r) => convergeNode.get(r.resourceId))
      .filter((id) => id !== undefined);
    for (const required of waitsFor) edges.push({ required, requirer: node.id });
    nodes.push({ ...node, unmet: node.unmet + waitsFor.length });
  }
  edges.push(...cleanup.edges);
}
