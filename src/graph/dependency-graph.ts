/**
 * The dependency graph: each node with the nodes it requires.
 *
 * Plain functions over a map; nothing is kept between calls and nothing recurses, so depth costs no stack. What a node requires but the
 * graph does not hold is passed over: callers that mind check it themselves. Nodes keep the order in which the map holds them.
 */

/** Node → what it requires. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

/**
 * Every node after what it requires, otherwise in the graph's own order; undefined when there is a cycle. Repeated edges do no harm.
 */
export function topologicalOrder(graph: DependencyGraph): readonly string[] | undefined {
  const walk = startWalk();
  for (const node of graph.keys()) if (visit(graph, walk, node) !== undefined) return undefined;
  return walk.order;
}

/** A cycle as a path that ends where it begins, `[a, b, c, a]`: a requires b, b requires c, c requires a. */
export function findCycle(graph: DependencyGraph): readonly string[] | undefined {
  const walk = startWalk();
  for (const node of graph.keys()) {
    const again = visit(graph, walk, node);
    if (again !== undefined) return cycleOf(walk, again);
  }
  return undefined;
}

/** `a → b → c → a`. */
export function cycleText(cycle: readonly string[]): string {
  return cycle.join(' → ');
}

/** The graph turned round: each node with those that require it, in the graph's order. */
export function dependantsOf(graph: DependencyGraph): DependencyGraph {
  const dependants = new Map<string, string[]>();
  for (const node of graph.keys()) dependants.set(node, []);
  for (const [node, requires] of graph) for (const required of new Set(requires)) dependants.get(required)?.push(node);
  return dependants;
}

/** Everything that can be reached from `nodes` along the edges, they themselves included. */
export function closure(graph: DependencyGraph, nodes: Iterable<string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting: string[] = [];
  const reach = (node: string) => {
    if (reached.has(node) || !graph.has(node)) return;
    reached.add(node);
    waiting.push(node);
  };
  for (const node of nodes) reach(node);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) for (const next of graph.get(node) ?? []) reach(next);
  return reached;
}

/** All that directly or not requires one of `nodes`; they themselves are included. */
export function transitiveDependants(graph: DependencyGraph, nodes: Iterable<string>): ReadonlySet<string> {
  return closure(dependantsOf(graph), nodes);
}

/** All that `nodes` directly or not require; they themselves are included. */
export function transitiveRequirements(graph: DependencyGraph, nodes: Iterable<string>): ReadonlySet<string> {
  return closure(graph, nodes);
}

interface Frame {
  readonly node: string;
  next: number;
}

interface Walk {
  readonly order: string[];
  readonly done: Set<string>;
  /** The nodes of the stack, to see at once that one comes up again. */
  readonly open: Set<string>;
  readonly stack: Frame[];
}

function startWalk(): Walk {
  return { order: [], done: new Set(), open: new Set(), stack: [] };
}

/** Depth first from `root`; gives the node that was met again on its own path, which leaves the stack as it was then. */
function visit(graph: DependencyGraph, walk: Walk, root: string): string | undefined {
  if (walk.done.has(root)) return undefined;
  open(walk, root);
  for (let frame = walk.stack.at(-1); frame !== undefined; frame = walk.stack.at(-1)) {
    const next = graph.get(frame.node)?.[frame.next++];
    if (next === undefined) close(walk);
    else if (walk.open.has(next)) return next;
    else if (graph.has(next) && !walk.done.has(next)) open(walk, next);
  }
  return undefined;
}

function open(walk: Walk, node: string): void {
  walk.open.add(node);
  walk.stack.push({ node, next: 0 });
}

function close(walk: Walk): void {
  const frame = walk.stack.pop();
  if (frame === undefined) return;
  walk.open.delete(frame.node);
  walk.done.add(frame.node);
  walk.order.push(frame.node);
}

function cycleOf(walk: Walk, again: string): readonly string[] {
  const path = walk.stack.map((frame) => frame.node);
  return [...path.slice(path.indexOf(again)), again];
}
