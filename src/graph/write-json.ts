/** The graph as JSON: nodes in order and edges from a node to what it requires. */
import type { DependencyGraph } from './dependency-graph.ts';

export interface JsonGraph {
  readonly nodes: readonly { readonly id: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** Plain data, ready for JSON.stringify. */
export function toJsonGraph(graph: DependencyGraph): JsonGraph {
  const nodes = [...graph.keys()].map((id) => ({ id }));
  const edges = [...graph].flatMap(([from, requires]) => requires.map((to) => ({ from, to })));
  return { nodes, edges };
}
