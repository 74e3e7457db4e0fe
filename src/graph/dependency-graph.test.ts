import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { criticalPath } from './critical-path.ts';
import {
  cycleText,
  type DependencyGraph,
  dependantsOf,
  findCycle,
  topologicalOrder,
  transitiveDependants,
  transitiveRequirements,
} from './dependency-graph.ts';
import { writeDot } from './write-dot.ts';
import { toJsonGraph } from './write-json.ts';
import { writeMermaid } from './write-mermaid.ts';
import { writeTree } from './write-tree.ts';

const graphOf = (requires: { readonly [node: string]: readonly string[] }): DependencyGraph => new Map(Object.entries(requires));

/** Any graph, cycles and strangers included. */
const anyGraph = fc
  .array(fc.array(fc.nat(12), { maxLength: 4 }), { maxLength: 12 })
  .map((lists): DependencyGraph => new Map<string, string[]>(lists.map((list, i) => [`n${i}`, list.map((j) => `n${j}`)])));

/** Nodes that require only nodes with a smaller number, in any order. */
const acyclicGraph = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 15 })
  .map((lists) => lists.map((list, i) => [`n${i}`, i === 0 ? [] : list.map((j) => `n${j % i}`)] as const))
  .chain((entries) => fc.shuffledSubarray([...entries], { minLength: entries.length }))
  .map((entries): DependencyGraph => new Map<string, string[]>(entries));

test('the order keeps to the graph where it can', () => {
  assert.deepEqual(topologicalOrder(graphOf({ a: [], b: ['a'], c: [] })), ['a', 'b', 'c']);
  assert.deepEqual(topologicalOrder(graphOf({ c: ['b', 'a'], b: [], a: ['b'] })), ['b', 'a', 'c']);
  assert.deepEqual(topologicalOrder(graphOf({ a: ['stranger'] })), ['a']);
  assert.equal(topologicalOrder(graphOf({ a: ['b'], b: ['a'] })), undefined);
});

test('a cycle is given as a path', () => {
  const cycle = findCycle(graphOf({ x: ['a'], a: ['b'], b: ['c'], c: ['a'] }));
  assert.equal(cycleText(cycle ?? []), 'a → b → c → a');
  assert.deepEqual(findCycle(graphOf({ a: ['a'] })), ['a', 'a']);
  assert.equal(findCycle(graphOf({ a: [], b: ['a'] })), undefined);
});

test('every node comes after what it requires', () => {
  fc.assert(
    fc.property(acyclicGraph, (graph) => {
      const order = topologicalOrder(graph) ?? [];
      const place = new Map(order.map((node, i) => [node, i]));
      assert.equal(order.length, graph.size);
      for (const [node, requires] of graph) for (const required of requires) assert.ok(place.get(required)! < place.get(node)!);
    }),
  );
});

test('there is an order or a cycle, and a cycle is made of edges', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const cycle = findCycle(graph);
      assert.equal(topologicalOrder(graph) === undefined, cycle !== undefined);
      for (const [i, node] of (cycle ?? []).slice(0, -1).entries()) assert.ok(graph.get(node)?.includes(cycle![i + 1]!));
      assert.equal(cycle?.[0], cycle?.at(-1));
    }),
  );
});

test('dependants and requirements mirror each other', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      for (const node of graph.keys()) {
        for (const other of transitiveDependants(graph, [node])) assert.ok(transitiveRequirements(graph, [other]).has(node));
      }
      const edges = (one: DependencyGraph) => [...one.values()].reduce((sum, list) => sum + new Set(list).size, 0);
      const held = new Map([...graph].map(([node, list]) => [node, list.filter((other) => graph.has(other))] as const));
      assert.equal(edges(dependantsOf(graph)), edges(held));
    }),
  );
});

test('the critical path is a chain, and no node ends later', () => {
  fc.assert(
    fc.property(acyclicGraph, fc.array(fc.nat(100), { minLength: 15, maxLength: 15 }), (graph, weights) => {
      const weightOf = (node: string) => weights[Number(node.slice(1))] ?? 0;
      const { nodes, weight } = criticalPath(graph, weightOf);
      assert.equal(
        nodes.reduce((sum, node) => sum + weightOf(node), 0),
        weight,
      );
      for (const [i, node] of nodes.slice(1).entries()) assert.ok(graph.get(node)?.includes(nodes[i]!));
      assert.equal(weight, longest(graph, weightOf));
    }),
  );
});

/** The slow and plain way. */
function longest(graph: DependencyGraph, weightOf: (node: string) => number): number {
  const end = (node: string): number => weightOf(node) + Math.max(0, ...(graph.get(node) ?? []).map(end));
  return Math.max(0, ...[...graph.keys()].map(end));
}

test('a hundred thousand nodes in a chain are no trouble', () => {
  const size = 100_000;
  const chain = new Map(Array.from({ length: size }, (_, i) => [`n${i}`, i + 1 < size ? [`n${i + 1}`] : []]));
  assert.equal(topologicalOrder(chain)?.[0], `n${size - 1}`);
  assert.equal(criticalPath(chain).weight, size);
  assert.equal(transitiveDependants(chain, [`n${size - 1}`]).size, size);
  const round = new Map(chain).set(`n${size - 1}`, ['n0']);
  assert.equal(findCycle(round)?.length, size + 1);
});

const DIAMOND = graphOf({ net: [], 'a"b': ['net'], web: ['net'], top: ['a"b', 'web'] });

test('a tree', () => {
  assert.equal(writeTree(DIAMOND), ['top', '├─ a"b', '│  └─ net', '└─ web', '   └─ net', ''].join('\n'));
  const shared = graphOf({ z: [], base: ['z'], a: ['base'], b: ['base'] });
  assert.equal(writeTree(shared), ['a', '└─ base', '   └─ z', 'b', '└─ base …', ''].join('\n'));
  assert.equal(writeTree(new Map()), '');
});

test('DOT, Mermaid and JSON', () => {
  assert.match(writeDot(DIAMOND), / {2}"a\\"b" -> "net";\n/);
  assert.match(writeMermaid(DIAMOND), /n1\["a#34;b"\]\n(?:.*\n)*.*n3 --> n1\n/);
  assert.deepEqual(toJsonGraph(graphOf({ a: [], b: ['a'] })), {
    nodes: [{ id: 'a' }, { id: 'b' }],
    edges: [{ from: 'b', to: 'a' }],
  });
});
