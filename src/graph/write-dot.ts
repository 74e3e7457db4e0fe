/** Graphviz: an arrow goes from a node to what it requires. */
import type { DependencyGraph } from './dependency-graph.ts';

/** The text of a DOT digraph; `labelOf` may say more of a node than its name. */
export function writeDot(graph: DependencyGraph, labelOf: (node: string) => string = (node) => node): string {
  const lines = ['digraph stack {', '  rankdir=LR;', '  node [shape=box];'];
  for (const node of graph.keys()) lines.push(`  ${quote(node)} [label=${quote(labelOf(node))}];`);
  for (const [node, requires] of graph) for (const required of requires) lines.push(`  ${quote(node)} -> ${quote(required)};`);
  return `${lines.join('\n')}\n}\n`;
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
