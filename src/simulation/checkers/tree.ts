/**
 * Stacks within stacks: I-09 a nested goal is complete only when all goals above it are, I-01 what is nested is what the goal above says, I-20
 * no complete stack holds a failed one, I-26 no nested stack is left that nothing stands for.
 */
import { canonicalJson, type Json } from '../../std/json.ts';
import { emptySha } from '../../store/acts/start.ts';
import { toDefinition } from '../goals.ts';
import type { Change, Row } from '../mirror.ts';
import { expectedProperties } from '../specification.ts';
import { isMadeAlike, placeIn, tellerOf, withParameters } from '../templates.ts';
import { aboveOf, childOf, isNestedStack, looksIntoDoubt } from '../tree.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

/** `goals`: they are known as the simulator's users wrote them. */
export function checkTree({ goals }: { readonly goals: boolean } = { goals: true }): Checker {
  return {
    invariants: ['I-01', 'I-09', 'I-20', 'I-26'],
    commit(world, { changes }) {
      for (const change of changes) noteBranch(world, change);
      for (const { table, before, after } of changes)
        if (
          table === 'stack' &&
          after !== null &&
          isNestedStack(after) &&
          (before?.['complete_goal'] ?? null) !== after['complete_goal']
        )
          checkBarrier(world, after, changes);
    },
    quiet(world) {
      for (const stack of world.mirror.rows.stack.values()) {
        if (stack['deleted_at'] !== null) continue;
        if (isNestedStack(stack)) checkStandsFor(world, stack);
        // One that has converged waits for a barrier, and is under way itself.
        if (stack['status'] !== 'IN_PROGRESS')
          for (const row of world.resourcesOf(Number(stack['id']))) if (row['nested'] === 1) checkUnderWay(world, stack, row);
        if (stack['status'] !== 'COMPLETE') continue;
        for (const row of world.resourcesOf(Number(stack['id']))) if (row['nested'] === 1) checkNested(world, stack, row, goals);
      }
    },
  };
}

/** Once the goal of a nested stack is complete its former versions go: a rollback above would miss them. */
function checkBarrier(world: World, stack: Row, changes: readonly Change[]): void {
  if (isEmptied(world, stack) || world.mirror.rows.stack.get(String(stack['id']))?.['deleted_at'] !== null) return;
  for (let above = aboveOf(world.mirror.rows, stack); above !== null; above = aboveOf(world.mirror.rows, above.stack)) {
    const { stack: parent, resource } = above;
    if (!wasComplete(parent, changes))
      world.report(
        'I-09',
        `goal ${stack['complete_goal']} of ${stack['name']} is complete before goal ${parent['goal']} of ${parent['name']}, in which it is nested`,
      );
    if (resource['marked'] !== null)
      world.report(
        'I-09',
        `goal ${stack['complete_goal']} of ${stack['name']} is complete, but nobody wants ${resource['name']}#${resource['id']} any more`,
      );
  }
}

/** At some time in this commit: a newer goal may have been begun since. */
function wasComplete(stack: Row, changes: readonly Change[]): boolean {
  const rows = changes.flatMap(({ table, before, after }) =>
    table === 'stack' && after?.['id'] === stack['id'] ? [before, after] : [],
  );
  return [...rows, stack].some((row) => row !== null && row['complete_goal'] === row['goal']);
}

/** Its goal is the empty one: all of it is to go. */
export function isEmptied(world: World, stack: Row): boolean {
  return world.mirror.rows.goal.get(`${stack['id']}/${stack['goal']}`)?.['sha'] === emptySha;
}

function checkStandsFor(world: World, stack: Row): void {
  const above = aboveOf(world.mirror.rows, stack);
  if (above === null || above.stack['deleted_at'] !== null)
    world.report('I-26', `${stack['name']} is nested in nothing that stands`);
}

function checkUnderWay(world: World, stack: Row, row: Row): void {
  if (row['status'] === 'IN_PROGRESS')
    world.report(
      'I-20',
      `${row['name']}#${row['id']} of ${stack['name']} is ${row['action']} IN_PROGRESS, and nothing is under way`,
    );
}

/** `stack` is complete, and `row` is a stack of its own in it. */
function checkNested(world: World, stack: Row, row: Row, goals: boolean): void {
  const name = `${row['name']}#${row['id']} of ${stack['name']}`;
  const child = childOf(world.mirror.rows, Number(row['id']));
  if (child === undefined || child['uuid'] !== row['physical_id']) {
    world.report('I-01', `${name} is complete and its stack ${row['physical_id']} does not stand`);
    return;
  }
  // What was asked of it alone may have failed: the goal above looks at it next.
  if (child['status'] === 'FAILED' && row['doubt'] === 1) return;
  if (child['status'] !== 'COMPLETE')
    world.report('I-20', `${name} is complete, but its stack is ${child['action']} ${child['status']}: ${child['reason']}`);
  else if (goals && row['marked'] === null) checkMadeOf(world, stack, row, child);
}

/** The template is the goal's, its parameters are what the resources used offer now, and so are the outputs. */
function checkMadeOf(world: World, stack: Row, row: Row, child: Row): void {
  const declared = world.goalNumbered(Number(stack['id']), Number(stack['goal'])).resources.find((r) => r.name === row['name']);
  // What suspending brought to light is passed on when the stack is resumed.
  const waits = (stack['suspended'] === 1 || child['suspended'] === 1) && world.touched.size > 0;
  if (declared?.nested == null || waits) return;
  const find = (id: number, name: string) => world.resourcesOf(id).find((r) => r['name'] === name && r['marked'] === null);
  const offeredIn = (id: number, name: string) => world.offeredBy(find(id, name));
  if (looksIntoDoubt(declared, (name) => find(Number(stack['id']), name))) return;
  const parameters = expectedProperties(toDefinition(declared), (name) => offeredIn(Number(stack['id']), name));
  const wanted = placeIn(withParameters(declared.nested, parameters), String(child['uuid']));
  const actual = world.goalNumbered(Number(child['id']), Number(child['goal']));
  if (!isMadeAlike(wanted, actual))
    world.report(
      'I-01',
      `${row['name']} is made of ${canonicalJson(actual as unknown as Json)}, not of ${canonicalJson(wanted as unknown as Json)}`,
    );
  const teller = tellerOf(declared.nested);
  const inside = teller === null ? undefined : find(Number(child['id']), teller);
  if (inside?.['nested'] === 1 && inside['doubt'] === 1) return;
  const told = teller === null ? { a: 'nothing', tag: 'nothing' } : pick(offeredIn(Number(child['id']), teller)?.attributes);
  const tells = world.offeredBy(row)?.attributes ?? {};
  if (canonicalJson(told) !== canonicalJson(tells))
    world.report('I-01', `${row['name']} tells ${canonicalJson(tells)}, its stack ${canonicalJson(told)}`);
}

const pick = (attributes: { readonly [name: string]: Json } = {}): { readonly [name: string]: Json } => ({
  a: attributes['a'] ?? null,
  tag: attributes['tag'] ?? null,
});

/** What every campaign must have seen. */
function noteBranch(world: World, { table, before, after }: Change): void {
  if (after === null) return;
  if (table === 'stack' && before === null && Number(after['depth']) > 1) world.reach('stack two levels deep');
  if (table === 'stack' && before?.['parent_resource'] != null && after['parent_resource'] === null)
    world.reach('nested stack became a root');
  if (table === 'resource' && before === null && after['replaces'] !== null) noteReplacement(world, after);
  if (table === 'traversal' && isNestedStack(world.mirror.rows.stack.get(String(after['stack_id']))!))
    noteTraversal(world, before?.['state'] ?? null, after);
}

function noteReplacement(world: World, row: Row): void {
  const was = world.mirror.rows.resource.get(String(row['replaces']))?.['nested'];
  if (was === 0 && row['nested'] === 1) world.reach('resource became a stack');
  if (was === 1) world.reach(row['nested'] === 1 ? 'stack was replaced' : 'stack became a plain resource');
}

function noteTraversal(world: World, from: unknown, { stack_id, goal, state, rollback_of, held }: Row): void {
  if (from === null && rollback_of !== null) world.reach('nested stack rolled back');
  if (from === null && held === 1) world.reach('nested stack deleted in part');
  if (from === state) return;
  if (state === 'converged') {
    world.reach('nested stack converged');
    if (world.goalNumbered(Number(stack_id), Number(goal)).resources.length === 0) world.reach('nested stack of nothing');
  }
  if (from === 'converge' && state === 'superseded') world.reach('nested stack retargeted');
  if (from === 'converged')
    world.reach(state === 'superseded' ? 'converged nested stack retargeted' : 'nested stack passed the barrier');
  if (state === 'failed') world.reach('nested stack failed');
  if (state === 'complete' && world.mirror.rows.stack.get(String(stack_id))!['deleted_at'] !== null)
    world.reach('nested stack deleted');
}
