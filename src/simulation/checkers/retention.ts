/**
 * What a purge may remove: I-22 only the oldest events, old enough, never of the current traversal; I-09 never the goal in force nor the last
 * complete one; and of stacks only those that were deleted. Everything else that a purge should have kept shows elsewhere, where it is missed.
 */
import type { Row } from '../mirror.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function checkRetention(): Checker {
  return {
    invariants: ['I-09', 'I-18', 'I-22'],
    commit(world, { method, changes }) {
      if (method !== 'purge') return;
      for (const { table, before, after } of changes) {
        if (before === null || after !== null) continue;
        if (table === 'event') checkEvent(world, before);
        else if (table === 'goal') checkGoal(world, before);
        else if (table === 'traversal') checkTraversal(world, before);
        else if (table === 'stack') checkStack(world, before);
      }
    },
  };
}

const youngest = ({ plan, clock }: World, of: 'eventsMs' | 'traversalsMs' | 'deletedStacksMs' | 'goalsMs'): number =>
  clock.wallTime() - (plan.retention?.[of] ?? Number.POSITIVE_INFINITY);

/** The stack, if it stands. */
function standing({ mirror }: World, row: Row): Row | undefined {
  const stack = mirror.rows.stack.get(String(row['stack_id']));
  return stack?.['deleted_at'] === null ? stack : undefined;
}

function checkEvent(world: World, event: Row): void {
  const [stackId, seq] = [event['stack_id'], Number(event['seq'])];
  world.reach('event purged');
  if (world.mirror.rows.event.has(`${stackId}/${seq - 1}`))
    world.report('I-22', `event ${seq} of stack ${stackId} was purged before the one before it`);
  const stack = standing(world, event);
  if (stack === undefined) return;
  if (Number(event['traversal']) >= Number(stack['traversal']))
    world.report('I-22', `event ${seq} of ${stack['name']} was purged, and is of the current traversal`);
  if (Number(event['at']) >= youngest(world, 'eventsMs'))
    world.report('I-22', `event ${seq} of ${stack['name']} was purged too early`);
}

function checkGoal(world: World, goal: Row): void {
  const stack = standing(world, goal);
  world.reach('goal purged');
  if (stack === undefined) return;
  const { number } = goal;
  if (number === stack['goal'] || number === stack['complete_goal'])
    world.report('I-09', `goal ${number} of ${stack['name']} was purged, and is in force or the last complete one`);
}

function checkTraversal(world: World, traversal: Row): void {
  const stack = standing(world, traversal);
  world.reach('traversal purged');
  if (stack === undefined) return;
  if (Number(traversal['number']) >= Number(stack['traversal']) || traversal['ended_at'] === null)
    world.report('I-12', `traversal ${traversal['number']} of ${stack['name']} was purged while it is under way`);
  else if (Number(traversal['ended_at']) >= youngest(world, 'traversalsMs'))
    world.report('I-12', `traversal ${traversal['number']} of ${stack['name']} was purged too early`);
  const isOf = (row: Row): boolean => row['stack_id'] === stack['id'] && row['traversal'] === traversal['number'];
  for (const table of ['operation', 'node', 'goal'] as const)
    if ([...world.mirror.rows[table].values()].some(isOf))
      world.report('I-12', `traversal ${traversal['number']} of ${stack['name']} was purged, and a ${table} is of it`);
}

function checkStack(world: World, stack: Row): void {
  world.reach('stack purged');
  if (stack['deleted_at'] === null || Number(stack['deleted_at']) >= youngest(world, 'deletedStacksMs'))
    world.report('I-18', `${stack['name']} was purged ${stack['deleted_at'] === null ? 'though it stands' : 'too early'}`);
}
