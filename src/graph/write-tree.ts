/**
 * The graph as a text tree for people: what nothing requires stands at the left, what it requires below it. A node that was shown before is
 * named again with `…` in place of its branches, so that the text stays as long as the graph is large.
 */
import { type DependencyGraph, dependantsOf } from './dependency-graph.ts';

interface Line {
  readonly node: string;
  readonly prefix: string;
  readonly last: boolean;
  readonly top: boolean;
}

/** One node a line; `labelOf` may say more of a node than its name. */
export function writeTree(graph: DependencyGraph, labelOf: (node: string) => string = (node) => node): string {
  const shown = new Set<string>();
  const lines: string[] = [];
  const waiting = rootsOf(graph).reverse();
  for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
    const again = shown.has(line.node);
    const below = again ? [] : branchesOf(graph, line);
    lines.push(textOf(line, labelOf(line.node), again && (graph.get(line.node)?.length ?? 0) > 0));
    shown.add(line.node);
    waiting.push(...below.reverse());
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Those that nothing requires; all of them if the graph is only cycles. */
function rootsOf(graph: DependencyGraph): Line[] {
  const dependants = dependantsOf(graph);
  const roots = [...graph.keys()].filter((node) => dependants.get(node)?.length === 0);
  const nodes = roots.length > 0 ? roots : [...graph.keys()];
  return nodes.map((node) => ({ node, prefix: '', last: true, top: true }));
}

function branchesOf(graph: DependencyGraph, line: Line): Line[] {
  const requires = (graph.get(line.node) ?? []).filter((node) => graph.has(node));
  const prefix = line.top ? '' : line.prefix + (line.last ? '   ' : '│  ');
  return requires.map((node, i) => ({ node, prefix, last: i === requires.length - 1, top: false }));
}

function textOf(line: Line, label: string, cut: boolean): string {
  const branch = line.top ? '' : line.prefix + (line.last ? '└─ ' : '├─ ');
  return `${branch}${label}${cut ? ' …' : ''}`;
}
