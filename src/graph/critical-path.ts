/**
 * The critical path: the chain of requirements that takes longest, and so bounds how fast the whole can be.
 */
import { type DependencyGraph, topologicalOrder } from './dependency-graph.ts';

export interface CriticalPath {
  /** From the first that must be done to the last. */
  readonly nodes: readonly string[];
  /** The sum of their weights. */
  readonly weight: number;
}

/** `weightOf` is never negative (say, milliseconds); without it each node weighs 1. The graph must have no cycle. */
export function criticalPath(graph: DependencyGraph, weightOf: (node: string) => number = () => 1): CriticalPath {
  const order = topologicalOrder(graph);
  if (order === undefined) throw new RangeError('a graph with a cycle has no critical path');
  const finish = new Map<string, number>();
  const before = new Map<string, string>();
  for (const node of order) finish.set(node, startOf(graph, finish, before, node) + weightOf(node));
  return trace(latest(finish), finish, before);
}

function startOf(graph: DependencyGraph, finish: ReadonlyMap<string, number>, before: Map<string, string>, node: string): number {
  let start = 0;
  for (const required of graph.get(node) ?? []) {
    const end = finish.get(required);
    if (end === undefined || (end <= start && before.has(node))) continue;
    start = Math.max(start, end);
    before.set(node, required);
  }
  return start;
}

function latest(finish: ReadonlyMap<string, number>): string | undefined {
  let last: string | undefined;
  for (const [node, end] of finish) if (last === undefined || end > (finish.get(last) ?? 0)) last = node;
  return last;
}

function trace(last: string | undefined, finish: ReadonlyMap<string, number>, before: ReadonlyMap<string, string>): CriticalPath {
  const nodes: string[] = [];
  for (let node = last; node !== undefined; node = before.get(node)) nodes.push(node);
  return { nodes: nodes.reverse(), weight: last === undefined ? 0 : (finish.get(last) ?? 0) };
}
