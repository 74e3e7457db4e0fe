/**
 * Plans the deletion of versions that no goal wants: what required a version goes before it, across versions; among versions of one name the
 * newer goes before the older, unless a recorded path says otherwise.
 *
 * Pure. The edges are the recorded requirements turned round; it deliberately looks at no template. The result is acyclic whatever is
 * recorded (I-12): an edge that would close a circle is left out, sibling edges first, then those of nested stacks that stay.
 */
import type { Recorded, VersionFacts } from './plan-start.ts';
import type { ResourceId } from './ports/store.ts';
import type { NodePhase } from './states.ts';

export interface PlannedNode {
  readonly id: number;
  readonly phase: NodePhase;
  readonly resourceId: ResourceId;
  /** Requirements among this plan's nodes, plus one for an operation under way. */
  readonly unmet: number;
  readonly awaits: boolean;
  readonly victim: ResourceId | null;
  /** Resume it before anything else is done with it. */
  readonly resume: boolean;
}

/** `requirer` waits for `required`. */
export interface PlannedEdge {
  readonly required: number;
  readonly requirer: number;
}

export interface CleanupFacts {
  readonly versions: readonly Pick<VersionFacts, 'id' | 'name' | 'operation'>[];
  readonly recorded: readonly Recorded[];
  readonly firstNode: number;
  readonly phase: 'aside' | 'cleanup';
  /** Nested stacks that are wanted: only what they were made of before is cleaned up. */
  readonly staying?: ReadonlySet<ResourceId>;
  /**
   * Of the recorded requirements of nested stacks, those that they don't require any more: what is left in them of former goals does. Of what
   * stays, only they bind what is cleaned up. What goes is visited twice where they close a circle: it gives way when nothing of before is left.
   */
  readonly former?: readonly Pick<Recorded, 'resourceId' | 'requiredId'>[];
}

export function planCleanup(facts: CleanupFacts): { readonly nodes: PlannedNode[]; readonly edges: PlannedEdge[] } {
  const nodeOf = new Map<ResourceId, number>();
  for (const version of facts.versions) nodeOf.set(version.id, facts.firstNode + nodeOf.size);
  const waits = new Map<number, Set<number>>();
  for (const { resourceId, requiredId } of facts.recorded) {
    const requirer = nodeOf.get(resourceId);
    const required = nodeOf.get(requiredId);
    if (requirer !== undefined && required !== undefined && requirer !== required) addWait(waits, required, requirer);
  }
  const staying = new Set([...(facts.staying ?? [])].map((id) => nodeOf.get(id)!));
  const isFormer = formerWaits(facts, nodeOf);
  const again = new Set((facts.former ?? []).flatMap(({ resourceId }) => nodeOf.get(resourceId) ?? []));
  const first = goFirst(
    waits,
    [...again].filter((node) => !staying.has(node)),
  );
  for (const node of staying) giveWay(waits, node, (requirer) => staying.has(requirer) && !isFormer(node, requirer));
  for (const node of staying) giveWay(waits, node, () => true);
  breakCircles(waits);
  addSiblingWaits(facts.versions, nodeOf, waits, first);
  const edges: PlannedEdge[] = [];
  for (const [requirer, requireds] of waits) for (const required of requireds) edges.push({ required, requirer });
  const nodes = facts.versions.map((version): PlannedNode => {
    const id = nodeOf.get(version.id)!;
    const awaits = version.operation !== null;
    return {
      id,
      phase: facts.phase,
      resourceId: version.id,
      unmet: (waits.get(id)?.size ?? 0) + (awaits ? 1 : 0),
      awaits,
      victim: null,
      resume: false,
    };
  });
  return { nodes, edges };
}

function addWait(waits: Map<number, Set<number>>, node: number, waitsFor: number): void {
  const set = waits.get(node);
  if (set) set.add(waitsFor);
  else waits.set(node, new Set([waitsFor]));
}

function addSiblingWaits(
  versions: CleanupFacts['versions'],
  nodeOf: ReadonlyMap<ResourceId, number>,
  waits: Map<number, Set<number>>,
  first: ReadonlySet<number>,
): void {
  for (const siblings of Map.groupBy(versions, (v) => v.name).values()) {
    if (siblings.length < 2) continue;
    const newestFirst = siblings.map((v) => v.id).sort((a, b) => b - a);
    for (let i = 1; i < newestFirst.length; i++) {
      const newer = nodeOf.get(newestFirst[i - 1]!)!;
      const older = nodeOf.get(newestFirst[i]!)!;
      if (!first.has(older) && !reaches(waits, newer, older)) addWait(waits, older, newer);
    }
  }
}

/** Whether `from` waits, directly or not, for `to`. */
function reaches(waits: ReadonlyMap<number, ReadonlySet<number>>, from: number, to: number): boolean {
  const seen = new Set<number>([from]);
  const stack = [from];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === to) return true;
    for (const next of waits.get(node) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return false;
}

/** Whether a wait is for what required the node before, and does not now. */
function formerWaits(
  { former = [] }: CleanupFacts,
  nodeOf: ReadonlyMap<ResourceId, number>,
): (node: number, requirer: number) => boolean {
  const pairs = new Set(former.map(({ resourceId, requiredId }) => `${nodeOf.get(requiredId)}/${nodeOf.get(resourceId)}`));
  return (node, requirer) => pairs.has(`${node}/${requirer}`);
}

/** What is visited again does not wait, at first, for what waits for it: all circles as they are recorded, however many run through one node. */
function goFirst(waits: Map<number, Set<number>>, nodes: readonly number[]): ReadonlySet<number> {
  const circular = nodes.flatMap((node) =>
    [...(waits.get(node) ?? [])].filter((requirer) => reaches(waits, requirer, node)).map((requirer) => ({ node, requirer })),
  );
  for (const { node, requirer } of circular) waits.get(node)!.delete(requirer);
  return new Set(circular.map(({ node }) => node));
}

/**
 * A stack that stays stands for what it was and for what it is. What required it as it is now may go after what it was, and where that was made
 * of this very thing, it must.
 */
function giveWay(waits: Map<number, Set<number>>, node: number, may: (requirer: number) => boolean): void {
  for (const requirer of waits.get(node) ?? [])
    if (may(requirer) && reaches(waits, requirer, node)) waits.get(node)!.delete(requirer);
}

/** Recorded requirements are acyclic by construction, stacks that stay aside; were they not, a stack that can never be deleted would be the worse answer. */
function breakCircles(waits: Map<number, Set<number>>): void {
  const left = new Map([...waits].map(([node, set]) => [node, new Set(set)]));
  const waiters = new Map<number, number[]>();
  const free: number[] = [];
  for (const [node, set] of left) for (const required of set) addTo(waiters, required, node);
  for (const required of waiters.keys()) if (!left.get(required)?.size) free.push(required);
  for (let node = free.pop(); node !== undefined; node = free.pop()) {
    for (const waiter of waiters.get(node) ?? []) {
      const set = left.get(waiter)!;
      set.delete(node);
      if (set.size === 0) free.push(waiter);
    }
  }
  const circular = new Set([...left].filter(([, set]) => set.size > 0).map(([node]) => node));
  if (circular.size === 0) return;
  for (const node of circular)
    for (const required of left.get(node)!) if (circular.has(required) && required > node) waits.get(node)!.delete(required);
}

function addTo(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
