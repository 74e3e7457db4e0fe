/** I-05 numbers never fall, I-14 counters and single settlement, I-15 every change of state is in the tables, I-22 events are gapless. */
import { mayFollow, transitionTables } from '../../engine/states.ts';
import type { Change, Row } from '../mirror.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

const stateOf = {
  stack: (row: Row) => (row['deleted_at'] === null ? String(row['status']) : 'deleted'),
  traversal: (row: Row) => String(row['state']),
  resource: (row: Row) => `${row['action']}_${row['status']}`,
  node: (row: Row) => String(row['state']),
  operation: (row: Row) => String(row['state']),
} as const;
const ends = { stack: 'deleted', traversal: '', resource: 'gone', node: 'dropped', operation: 'ended' } as const;

export function checkTransitions(): Checker {
  return {
    invariants: ['I-05', 'I-14', 'I-15', 'I-22'],
    commit(world, { method, changes }) {
      for (const change of changes) {
        checkState(world, change);
        checkNumbers(world, change);
        if (change.table === 'event') checkEvent(world, change, method === 'purge');
      }
    },
  };
}

/** Known holes of the tables, reported (B1). */
const tolerated = new Set(['node ready done', 'node ready failed', 'node sleeping failed']);

function checkState(world: World, { table, before, after }: Change): void {
  if (!(table in stateOf)) return;
  const kind = table as keyof typeof stateOf;
  const from = before === null ? '' : stateOf[kind](before);
  const to = after === null ? ends[kind] : stateOf[kind](after);
  if (from === to || to === '') return;
  if (tolerated.has(`${kind} ${from} ${to}`)) return;
  if (!mayFollow(transitionTables[kind], from, to))
    world.report('I-15', `${kind} ${label(kind, (after ?? before)!)}: ${from || '(none)'} → ${to}`);
}

const label = (kind: string, row: Row): string =>
  kind === 'node'
    ? `${row['stack_id']}/${row['traversal']}/${row['id']} (${row['phase']})`
    : String(row['id'] ?? row['resource_id'] ?? row['number']);

function checkNumbers(world: World, { table, before, after }: Change): void {
  const falls = (column: string): boolean => before !== null && after !== null && Number(after[column]) < Number(before[column]);
  const negative = (column: string): boolean => after !== null && Number(after[column]) < 0;
  if (table === 'stack' && (falls('traversal') || falls('goal') || falls('event_seq')))
    world.report('I-05', `a number of stack ${after!['name']} fell`);
  if (table === 'operation' && falls('epoch'))
    world.report('I-06', `the epoch of the operation on ${after!['resource_id']} fell`);
  if (table === 'node') {
    if (falls('epoch')) world.report('I-06', `the epoch of node ${after!['id']} fell`);
    if (negative('unmet')) world.report('I-14', `node ${after!['id']} has ${after!['unmet']} unmet requirements`);
  }
  if (table === 'traversal') {
    for (const column of ['converge_left', 'aside_left', 'cleanup_left', 'action_left'])
      if (negative(column)) world.report('I-14', `${column} of traversal ${after!['number']} is ${after![column]}`);
    if (before !== null && after !== null && before['ended_at'] !== null && before['state'] !== after['state'])
      world.report('I-05', `traversal ${after['number']} had ended`);
  }
  if (table === 'resource' && (falls('revision') || falls('operation_number')))
    world.report('I-05', `a number of resource ${after!['id']} fell`);
}

function checkEvent(world: World, { before, after }: Change, purges: boolean): void {
  if (purges && after === null) return;
  if (before !== null || after === null) {
    world.report('I-22', 'an event was changed or removed');
    return;
  }
  const previous = world.mirror.rows.event.get(`${after['stack_id']}/${Number(after['seq']) - 1}`);
  if (Number(after['seq']) !== 1 && previous === undefined)
    world.report('I-22', `event ${after['seq']} of stack ${after['stack_id']} follows a gap`);
}
