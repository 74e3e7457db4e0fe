/**
 * The versions of a stack as a tree: what nothing requires at the left, what it requires below it, each version on one line. Pure.
 */

import type { ResourceRow } from '../engine/ports/store.ts';
import { type DependencyGraph, dependantsOf } from '../graph/dependency-graph.ts';
import { writeTree } from '../graph/write-tree.ts';
import type { StackView } from '../store/reads/reads.ts';

/** By logical name: what the goal says each resource requires. */
export type RequiresByName = ReadonlyMap<string, readonly string[]>;

export interface TreeLine {
  readonly resource: ResourceRow;
  /** Branches, to be printed before the name. */
  readonly prefix: string;
}

export function treeOf(view: Pick<StackView, 'resources' | 'recorded'>, requires: RequiresByName): readonly TreeLine[] {
  const byId = new Map(view.resources.map((row) => [String(row.id), row]));
  const order: string[] = [];
  const text = writeTree(spanningForest(versionGraph(view, requires)), (id) => {
    order.push(id);
    return id;
  });
  const lines = text.split('\n');
  return order.map((id, i) => ({ resource: byId.get(id)!, prefix: lines[i]!.slice(0, lines[i]!.length - id.length) }));
}

/** Wanted versions require what the goal says, the others what was recorded. */
function versionGraph(view: Pick<StackView, 'resources' | 'recorded'>, requires: RequiresByName): DependencyGraph {
  const wanted = new Map(view.resources.filter((row) => row.marked === null).map((row) => [row.name, String(row.id)]));
  const recorded = Map.groupBy(view.recorded, (record) => record.resourceId);
  const requiredBy = (row: ResourceRow): string[] => {
    const names = row.marked === null ? requires.get(row.name) : undefined;
    if (names) return names.flatMap((name) => wanted.get(name) ?? []);
    return (recorded.get(row.id) ?? []).map((record) => String(record.requiredId));
  };
  return new Map(view.resources.map((row) => [String(row.id), requiredBy(row)]));
}

/** Each node below the first that requires it, and nowhere else. */
function spanningForest(graph: DependencyGraph): DependencyGraph {
  const dependants = dependantsOf(graph);
  const taken = new Set<string>();
  const forest = new Map<string, string[]>([...graph.keys()].map((node) => [node, []]));
  const waiting = [...graph.keys()].filter((node) => dependants.get(node)?.length === 0);
  for (const root of waiting) taken.add(root);
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    const fresh = [...new Set(graph.get(node))].filter((required) => graph.has(required) && !taken.has(required));
    for (const required of fresh) taken.add(required);
    forest.get(node)!.push(...fresh);
    waiting.push(...fresh);
  }
  return forest;
}
