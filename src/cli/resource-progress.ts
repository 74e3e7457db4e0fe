/** How far each version of a stack is in the traversal under way: one word for its state, since when, and why. Pure. */
import type { NodeRow, OperationRow, ResourceId, ResourceRow } from '../engine/ports/store.ts';
import type { StackView } from '../store/reads/reads.ts';

export type ProgressState = 'failed' | 'unknown' | 'working' | 'retrying' | 'paused' | 'ready' | 'waiting' | 'skipped' | 'done';

export interface ResourceProgress {
  readonly state: ProgressState;
  /** What is being or was done: `create`, `CREATE COMPLETE` … */
  readonly doing: string;
  /** Wall-clock milliseconds at which the operation began; null when none is under way. */
  readonly since: number | null;
  readonly reason: string;
}

/** `now` is of the database's clock. */
export function progressOf(view: StackView, now: number): ReadonlyMap<ResourceId, ResourceProgress> {
  const operations = new Map(view.operations.map((operation) => [operation.resourceId, operation]));
  const nodes = nodesByResource(view.nodes);
  const waitsFor = namesWaitedFor(view);
  return new Map(
    view.resources.map((row) => {
      const node = nodes.get(row.id);
      const operation = operations.get(row.id);
      return [row.id, operation ? underOperation(operation, now) : node ? atNode(row, node, waitsFor, now) : atRest(row)];
    }),
  );
}

/** The node that is still to be done, if a version has several. */
function nodesByResource(nodes: readonly NodeRow[]): Map<ResourceId, NodeRow> {
  const found = new Map<ResourceId, NodeRow>();
  for (const node of nodes) {
    const known = found.get(node.resourceId);
    if (known === undefined || known.state === 'done') found.set(node.resourceId, node);
  }
  return found;
}

function underOperation(operation: OperationRow, now: number): ResourceProgress {
  const pause =
    operation.state === 'sleeping' && operation.wakeAt !== null ? `asked again in ${secondsUntil(operation.wakeAt, now)} s` : '';
  const reason = [operation.reason, pause, operation.cancel ? 'not wanted any more' : '']
    .filter((part) => part !== '')
    .join('; ');
  return { state: 'working', doing: operation.kind, since: operation.startedAt, reason };
}

function atNode(row: ResourceRow, node: NodeRow, waitsFor: (node: NodeRow) => readonly string[], now: number): ResourceProgress {
  const verb = node.phase === 'cleanup' || node.phase === 'aside' ? 'delete' : 'converge';
  switch (node.state) {
    case 'waiting':
      return {
        state: 'waiting',
        doing: verb,
        since: null,
        reason: waitsFor(node).length > 0 ? `for ${listSome(waitsFor(node))}` : 'for an operation to end',
      };
    case 'nested':
      return { state: 'working', doing: verb, since: null, reason: 'waits for its own stack' };
    case 'hooked':
      return { state: 'paused', doing: verb, since: null, reason: `until its hook ${node.hook} is cleared` };
    case 'ready':
    case 'claimed':
    case 'working':
      return { state: 'ready', doing: verb, since: null, reason: '' };
    case 'sleeping':
      return {
        state: 'retrying',
        doing: verb,
        since: null,
        reason: `in ${secondsUntil(node.wakeAt ?? now, now)} s: ${node.reason}`,
      };
    case 'failed':
      return {
        state: row.status === 'UNKNOWN' ? 'unknown' : 'failed',
        doing: `${row.action} ${row.status}`,
        since: null,
        reason: node.reason,
      };
    case 'skipped':
      return { state: 'skipped', doing: verb, since: null, reason: node.reason };
    case 'done':
      return atRest(row);
  }
}

function atRest(row: ResourceRow): ResourceProgress {
  const state =
    row.status === 'UNKNOWN' ? 'unknown' : row.status === 'FAILED' ? 'failed' : row.action === 'INIT' ? 'waiting' : 'done';
  return { state, doing: `${row.action} ${row.status}`, since: null, reason: row.reason };
}

/** The names of what a node waits for. */
export function namesWaitedFor(view: StackView): (node: NodeRow) => readonly string[] {
  const nodes = new Map(view.nodes.map((node) => [node.id, node]));
  const names = new Map(view.resources.map((row) => [row.id, row.name]));
  const required = Map.groupBy(view.edges, (edge) => edge.requirer);
  return (node) => {
    const open = (required.get(node.id) ?? [])
      .map((edge) => nodes.get(edge.required))
      .filter((n) => n !== undefined && n.state !== 'done');
    return open.map((n) => names.get(n!.resourceId) ?? `version ${n!.resourceId}`);
  };
}

export function listSome(names: readonly string[], most = 3): string {
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.ceil((at - now) / 1000));
}
