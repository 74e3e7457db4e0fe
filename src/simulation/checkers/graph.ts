/** I-12 one acyclic graph whose edges have both ends, I-13 no lost wake-up, I-14 counters agree with nodes. */
import type { Change, Row } from '../mirror.ts';
import { childOf, currentTraversal } from '../tree.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

const finished = new Set(['done', 'failed', 'skipped']);

export function checkGraph(): Checker {
  let edgesChanged = false;
  return {
    invariants: ['I-12', 'I-13', 'I-14'],
    commit(world, { changes }) {
      if (changes.some(beginsToWait)) world.reach('waits for a name');
      if (changes.some((change) => change.table === 'edge')) edgesChanged = true;
    },
    always(world) {
      for (const stack of world.mirror.rows.stack.values()) checkStack(world, stack, edgesChanged);
      checkOperations(world);
      edgesChanged = false;
    },
  };
}

/** Whoever is at work and goes back to waiting, though no operation holds it up. */
function beginsToWait({ table, before, after }: Change): boolean {
  return (
    table === 'node' &&
    after?.['phase'] === 'converge' &&
    before?.['state'] === 'claimed' &&
    after['state'] === 'waiting' &&
    after['awaits'] === 0
  );
}

interface Graph {
  readonly nodes: ReadonlyMap<number, Row>;
  readonly edges: readonly Row[];
}

function checkStack(world: World, stack: Row, edgesChanged: boolean): void {
  const traversal = world.mirror.rows.traversal.get(`${stack['id']}/${stack['traversal']}`);
  if (traversal === undefined) return;
  const graph = graphOf(world, stack);
  if (edgesChanged) checkShape(world, stack, graph);
  if (traversal['ended_at'] !== null) return;
  checkCounters(world, traversal, graph);
  for (const node of graph.nodes.values()) if (!finished.has(String(node['state']))) checkNode(world, node, graph);
}

function graphOf(world: World, stack: Row): Graph {
  const nodes = new Map<number, Row>();
  for (const node of world.mirror.rows.node.values()) {
    if (node['stack_id'] !== stack['id']) continue;
    if (node['traversal'] !== stack['traversal'])
      world.report('I-12', `node ${node['id']} of superseded traversal ${node['traversal']} still stands`);
    nodes.set(Number(node['id']), node);
  }
  return { nodes, edges: [...world.mirror.rows.edge.values()].filter((edge) => edge['stack_id'] === stack['id']) };
}

function checkShape(world: World, stack: Row, { nodes, edges }: Graph): void {
  const waits = new Map<number, Set<number>>();
  for (const edge of edges) {
    const [required, requirer] = [Number(edge['required']), Number(edge['requirer'])];
    if (!nodes.has(required) && nodes.get(requirer)?.['phase'] !== 'aside' && nodes.has(requirer))
      world.report('I-12', `an edge of ${stack['name']} from ${requirer} leads to no node ${required}`);
    const set = waits.get(requirer) ?? new Set();
    waits.set(requirer, set.add(required));
  }
  const state = new Map<number, 'open' | 'done'>();
  const visit = (node: number): boolean => {
    if (state.get(node) === 'done') return true;
    if (state.get(node) === 'open') return false;
    state.set(node, 'open');
    for (const next of waits.get(node) ?? []) if (!visit(next)) return false;
    state.set(node, 'done');
    return true;
  };
  for (const node of waits.keys())
    if (!visit(node)) {
      world.report('I-12', `the graph of ${stack['name']} has a circle through node ${node}`);
      return;
    }
}

function checkCounters(world: World, traversal: Row, { nodes }: Graph): void {
  const left: { [phase: string]: number } = { converge: 0, aside: 0, cleanup: 0, action: 0 };
  for (const node of nodes.values()) if (!finished.has(String(node['state']))) left[String(node['phase'])]!++;
  const where = `traversal ${traversal['number']} (${traversal['state']})`;
  for (const phase of Object.keys(left)) {
    if (left[phase] !== traversal[`${phase}_left`])
      world.report('I-14', `${where}: ${left[phase]} ${phase} nodes are open, ${traversal[`${phase}_left`]} are counted`);
  }
  const total = Object.values(left).reduce((sum, n) => sum + n, 0);
  if (total === 0 && traversal['state'] !== 'converged')
    world.report('I-13', `${where} has not ended and has nothing left to do`);
}

function checkNode(world: World, node: Row, { nodes, edges }: Graph): void {
  const { rows } = world.mirror;
  const name = `node ${node['traversal']}/${node['id']} (${node['phase']} ${node['state']})`;
  const open = edges
    .filter((edge) => edge['requirer'] === node['id'])
    .filter((edge) => !finished.has(String(nodes.get(Number(edge['required']))?.['state'] ?? 'done'))).length;
  const failed = edges.some(
    (edge) =>
      edge['requirer'] === node['id'] && ['failed', 'skipped'].includes(String(nodes.get(Number(edge['required']))?.['state'])),
  );
  const operation = rows.operation.get(String(node['resource_id']));
  const victimOperation = node['victim'] === null ? undefined : rows.operation.get(String(node['victim']));
  if (Number(node['awaits']) === 1 && operation === undefined && victimOperation === undefined)
    world.report('I-13', `${name} awaits an operation that is over`);
  switch (node['state']) {
    case 'waiting':
      if (Number(node['unmet']) !== open + Number(node['awaits']))
        world.report(
          'I-13',
          `${name} counts ${node['unmet']} unmet, but ${open} requirements and ${node['awaits']} operations are open`,
        );
      if (Number(node['unmet']) === 0) world.report('I-13', `${name} waits for nothing`);
      if (failed) world.report('I-13', `${name} waits although what it requires failed`);
      return;
    case 'ready':
      if (open > 0) world.report('I-07', `${name} is ready before what it requires`);
      return;
    case 'claimed':
      if (isStray(world, node['engine_id'])) world.report('I-13', `${name} is claimed by ${node['engine_id']}, who is no engine`);
      return;
    case 'working': {
      const isOwn = (one: Row | undefined) => one?.['node_id'] === node['id'] && one?.['traversal'] === node['traversal'];
      if (!isOwn(operation) && !isOwn(victimOperation)) world.report('I-13', `${name} has no operation of its own`);
      return;
    }
    case 'nested':
      checkNested(world, node, name);
      return;
    case 'hooked':
      if (node['hook'] === null || node['subject'] === null)
        world.report('I-13', `${name} rests at a hook that nobody can clear`);
      if (node['engine_id'] !== null || operation !== undefined) world.report('I-13', `${name} rests, and somebody is at it`);
      return;
    case 'sleeping':
      if (node['wake_at'] === null) world.report('I-13', `${name} sleeps for ever`);
  }
}

/** It waits for a stack that is still at it; one that has ended its part must have woken it. */
function checkNested(world: World, node: Row, name: string): void {
  const { rows } = world.mirror;
  const child = childOf(rows, Number(node['victim'] ?? node['resource_id']));
  if (child === undefined) {
    world.report('I-13', `${name} waits for a stack that does not exist`);
    return;
  }
  const traversal = currentTraversal(rows, child);
  if (traversal === undefined || traversal['ended_at'] !== null || traversal['state'] === 'converged')
    world.report('I-13', `${name} waits for ${child['name']}, which is ${traversal?.['state']}`);
}

/**
 * Where acts run beside each other, an engine may be struck off while it claims; what it has then is freed with the next heartbeat of whoever is there,
 * without which nothing comes to rest.
 */
function isStray({ mirror, shared }: World, engineId: string | number | null | undefined): boolean {
  if (engineId === null || engineId === undefined) return true;
  return shared === null && !mirror.rows.engine.has(String(engineId));
}

function checkOperations(world: World): void {
  const { rows } = world.mirror;
  for (const operation of rows.operation.values()) {
    const name = `the ${operation['kind']} of ${operation['resource_id']}`;
    if (!rows.resource.has(String(operation['resource_id']))) world.report('I-12', `${name} is on no resource`);
    if (operation['state'] === 'sleeping' && operation['wake_at'] === null) world.report('I-13', `${name} sleeps for ever`);
    if (operation['state'] === 'running' && operation['engine_id'] !== null && isStray(world, operation['engine_id']))
      world.report('I-13', `${name} is held by ${operation['engine_id']}, who is no engine`);
  }
}
