/** Mermaid: an arrow goes from a node to what it requires. Nodes are numbered, since Mermaid's ids can't hold every name. */
import type { DependencyGraph } from './dependency-graph.ts';

/** The text of a Mermaid flowchart; `labelOf` may say more of a node than its name. */
export function writeMermaid(graph: DependencyGraph, labelOf: (node: string) => string = (node) => node): string {
  const ids = new Map([...graph.keys()].map((node, i) => [node, `n${i}`]));
  const lines = ['flowchart LR'];
  for (const [node, id] of ids) lines.push(`  ${id}["${escapeText(labelOf(node))}"]`);
  for (const [node, requires] of graph) {
    for (const required of requires) if (ids.has(required)) lines.push(`  ${ids.get(node)} --> ${ids.get(required)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Entities by number, as Mermaid reads them. */
function escapeText(text: string): string {
  return text.replace(/[^\p{L}\p{N} _.,:()-]/gu, (char) => `#${char.codePointAt(0)};`);
}
