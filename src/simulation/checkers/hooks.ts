/**
 * Hooks: nothing is done before one that was not cleared in this very traversal, nothing goes on past one that holds it up, none is passed over
 * or met twice, and a clearing wakes who waits for it (I-13).
 *
 * What is being done to a name is worked out here from what stood before and from the calls, not from what the engine notes.
 */
import type { ProviderCall } from '../../engine/ports/provider.ts';
import type { ClearAnswer, ClearRequest, StartRequest } from '../../engine/ports/store.ts';
import { hooksOf, usedNames } from '../goals.ts';
import type { Change, Row } from '../mirror.ts';
import { cameWith } from '../versions.ts';
import type { World } from '../world.ts';
import type { Checker, Commit } from './checker.ts';

type Deed = 'create' | 'update';

/** What happened to the names of stacks, as far as it matters to hooks. Keys are `stack/name` or `stack/traversal/name`, and the hook. */
interface Memory {
  readonly cleared: Set<string>;
  readonly met: Set<string>;
  /** Names of which an object has once been as a goal wanted it. */
  readonly stood: Set<string>;
  /** Versions that new names took over on the way, and that have not been as these want them. */
  readonly taken: Set<number>;
  /** Versions that were imported: their objects stand, whatever was recorded of them since. */
  readonly imported: Set<number>;
  /** Versions on which something was begun. */
  readonly begun: Set<number>;
  /** Names whose first object was begun in that traversal. */
  readonly born: Set<string>;
  /** Names that became another object's in that traversal. */
  readonly renamed: Set<string>;
  /** Names for which something was done that no node has ended with, and the version that it was done to. */
  readonly owed: Map<string, { readonly deed: Deed; readonly version: number }>;
}

export function checkHooks(): Checker {
  const memory: Memory = {
    cleared: new Set(),
    met: new Set(),
    stood: new Set(),
    taken: new Set(),
    imported: new Set(),
    begun: new Set(),
    born: new Set(),
    renamed: new Set(),
    owed: new Map(),
  };
  return {
    invariants: ['I-13', 'HOOK'],
    commit(world, parts) {
      if (!world.versions.allKnow(cameWith.hooks)) return;
      const commit = { ...parts, changes: asOne(parts.changes) };
      // First, as names may be swapped.
      changeNames(memory, commit);
      for (const change of commit.changes) {
        const { before, after } = change;
        if (change.table === 'traversal' && before === null && after !== null) dropUnwalked(world, memory, after);
        if (change.table === 'operation' && before === null && after !== null) noteBegun(world, memory, after);
        if (change.table === 'node') watchNode(world, memory, commit, before, after);
        if (change.table === 'resource') watchResource(world, memory, commit, before, after);
        if (change.table === 'membership') watchMembership(world, memory, before ?? after!);
      }
      if (commit.method === 'clearHooks') checkCleared(world, commit.args[0] as ClearRequest, commit.answer as ClearAnswer);
    },
    call(world, _caller, call, way) {
      if (world.versions.allKnow(cameWith.hooks) && (way === 'create' || way === 'update')) checkDoing(world, memory, call, way);
    },
    deletes(world, call) {
      if (world.versions.allKnow(cameWith.hooks)) checkGoing(world, memory, call);
    },
  };
}

/** Versions as they were before the commit and are after it: on the way they may have been what nobody ever saw. */
function asOne(changes: readonly Change[]): readonly Change[] {
  const idOf = ({ before, after }: Change): unknown => (after ?? before)!['id'];
  const firsts = new Map<unknown, Change>();
  const lasts = new Map<unknown, Change>();
  for (const change of changes) {
    if (change.table !== 'resource') continue;
    if (!firsts.has(idOf(change))) firsts.set(idOf(change), change);
    lasts.set(idOf(change), change);
  }
  return changes.flatMap((change) => {
    if (change.table !== 'resource') return [change];
    const { before } = firsts.get(idOf(change))!;
    const passed = before === null && change.after === null;
    return lasts.get(idOf(change)) === change && !passed ? [{ ...change, before }] : [];
  });
}

// ── what is seen ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function watchNode(world: World, memory: Memory, commit: Commit, before: Row | null, after: Row | null): void {
  if (after === null) return;
  const at = `${after['stack_id']}/${after['traversal']}`;
  if (after['state'] === 'hooked' && before?.['state'] !== 'hooked') meet(world, memory, at, after);
  if (before?.['state'] === 'hooked' && after['state'] !== 'hooked' && commit.method === 'clearHooks')
    memory.cleared.add(`${at}/${before['subject']} ${before['hook']}`);
  if (after['state'] === 'done' && before?.['state'] !== 'done' && after['phase'] === 'converge') end(world, memory, at, after);
}

/** A goal that finds a resource as it wants it, and has no hook for what was done to it, is satisfied; one that has visits it. */
function dropUnwalked(world: World, memory: Memory, traversal: Row): void {
  if (traversal['state'] === 'action') return;
  const stack = `${traversal['stack_id']}/`;
  const goal = world.goalNumbered(Number(traversal['stack_id']), Number(traversal['goal']));
  const walked = new Set<string>();
  for (const node of world.mirror.rows.node.values())
    if (node['stack_id'] === traversal['stack_id'] && node['phase'] === 'converge')
      walked.add(`${stack}${world.mirror.rows.resource.get(String(node['resource_id']))?.['name']}`);
  for (const [name, { deed, version }] of memory.owed) {
    if (!name.startsWith(stack) || walked.has(name)) continue;
    memory.owed.delete(name);
    // What was done to a version that is given up is undone with it.
    if (world.mirror.rows.resource.get(String(version))?.['marked'] !== null) continue;
    const own = name.slice(stack.length);
    if (goal.resources.some((r) => r.name === own) && hooksOf(goal, own).includes(`post-${deed}`))
      world.report('HOOK', `traversal ${traversal['number']} passes by ${name}, which rested at post-${deed}`);
  }
}

function meet(world: World, memory: Memory, at: string, node: Row): void {
  const key = `${at}/${node['subject']} ${node['hook']}`;
  world.reach(`hook ${node['hook']}`);
  // Former versions of a name that leaves go one after the other.
  if (memory.met.has(key) && !String(node['hook']).endsWith('delete'))
    world.report('HOOK', `${node['subject']} rests again at ${node['hook']} in traversal ${node['traversal']}`);
  memory.met.add(key);
}

/** The node is done: was there a hook after what was done? */
function end(world: World, memory: Memory, at: string, node: Row): void {
  const row = world.mirror.rows.resource.get(String(node['resource_id']));
  if (row === undefined) return;
  const name = `${row['stack_id']}/${row['name']}`;
  const owed = memory.owed.get(name);
  memory.owed.delete(name);
  // What was done to another version is undone with it.
  if (owed === undefined || owed.version !== row['id'] || row['external'] === 1 || memory.renamed.has(`${at}/${row['name']}`))
    return;
  const { deed } = owed;
  // By the goal that the node was for: the same commit may have begun another.
  const goal = world.mirror.rows.traversal.get(at)?.['goal'];
  if (!hooksInForce(world, row, Number(goal)).includes(`post-${deed}`)) return;
  if (!memory.cleared.has(`${at}/${row['name']} post-${deed}`))
    world.report('HOOK', `${row['name']} is done in traversal ${node['traversal']} without a rest at post-${deed}`);
}

/**
 * A name whose version goes on under another is a new one, and the other one is as far as that version's name was; a former version of a name takes
 * nothing away.
 */
function changeNames({ stood }: Memory, { changes }: Commit): void {
  const renamed = changes.flatMap(({ table, before, after }) =>
    table === 'resource' && before !== null && after !== null && before['name'] !== after['name'] && before['marked'] === null
      ? [[`${before['stack_id']}/${before['name']}`, `${before['stack_id']}/${after['name']}`] as const]
      : [],
  );
  const carried = renamed.flatMap(([from, to]) => (stood.has(from) ? [to] : []));
  for (const name of renamed.flat()) stood.delete(name);
  for (const name of carried) stood.add(name);
}

function watchResource(world: World, memory: Memory, commit: Commit, before: Row | null, after: Row | null): void {
  const row = after ?? before!;
  const name = `${row['stack_id']}/${row['name']}`;
  // What is imported is no new thing.
  if (before === null && row['action'] === 'ADOPT') memory.imported.add(Number(row['id']));
  if (commit.method === 'startTraversal' && after !== null) noteAbsent(memory, name, after);
  const stands = after !== null && (after['definition'] !== null || memory.imported.has(Number(after['id'])));
  noteTaken(memory, commit, before, after);
  if (stands && after['marked'] === null && !memory.taken.has(Number(after['id']))) memory.stood.add(name);
  if (before !== null && after !== null && before['name'] !== after['name']) {
    const stack = world.mirror.rows.stack.get(String(row['stack_id']));
    memory.renamed.add(`${row['stack_id']}/${stack?.['traversal']}/${after['name']}`);
    for (const old of [before['name'], after['name']]) memory.owed.delete(`${row['stack_id']}/${old}`);
  }
  // A person forgot it: the next object of the name is a first one, unless it was a former version.
  if (after === null && isForgotten(commit, row) && row['marked'] === null) forget(memory, name);
}

/** What was never made and is not wanted any more goes without anybody saying so. */
function isForgotten({ method, args }: Commit, row: Row): boolean {
  if (method !== 'startTraversal') return false;
  const { edits = [] } = args[0] as StartRequest;
  return edits.some((edit) => edit.kind === 'forget' && edit.resourceId === row['id']);
}

function noteTaken({ stood, taken }: Memory, { method }: Commit, before: Row | null, after: Row | null): void {
  if (before === null || after === null) return;
  const id = Number(after['id']);
  if (method === 'turn' && before['name'] !== after['name'] && !stood.has(`${after['stack_id']}/${after['name']}`)) taken.add(id);
  if (after['acted'] === null || before['definition'] !== after['definition']) taken.delete(id);
}

/** A person said that what was to be imported is not there; where something was begun on it, that is what is not there. */
function noteAbsent(memory: Memory, name: string, row: Row): void {
  if (row['physical_id'] !== null || memory.begun.has(Number(row['id'])) || !memory.imported.delete(Number(row['id']))) return;
  if (row['marked'] === null && row['definition'] === null) forget(memory, name);
}

/** A name that leaves the goal is a new one when it comes back, unless its object stands still. */
function watchMembership(world: World, memory: Memory, row: Row): void {
  if (!isWanted(world, row)) forget(memory, `${row['stack_id']}/${row['name']}`);
}

function forget(memory: Memory, name: string): void {
  memory.stood.delete(name);
  memory.owed.delete(name);
}

function checkCleared(world: World, request: ClearRequest, answer: ClearAnswer): void {
  if (answer?.kind !== 'cleared') return;
  for (const node of world.resting.values()) {
    const stack = world.mirror.rows.stack.get(String(node['stack_id']));
    if (
      stack?.['uuid'] === request.stack.uuid &&
      node['subject'] === request.resource &&
      answer.cleared.includes(node['hook'] as never)
    )
      world.report('I-13', `the hook ${node['hook']} of ${node['subject']} was cleared, and its node rests still`);
  }
}

// ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function hooksInForce(world: World, row: Row, goal: number): readonly string[] {
  return hooksOf(world.goalNumbered(Number(row['stack_id']), goal), String(row['name']));
}

/** The version at hand, where its call is of the traversal that rules; null elsewhere. */
function ruled(world: World, call: ProviderCall): { readonly row: Row; readonly at: string; readonly stack: Row } | null {
  const { rows } = world.mirror;
  const row = rows.resource.get(String(call.resource.version));
  const stack = row && rows.stack.get(String(row['stack_id']));
  const operation = rows.operation.get(String(call.resource.version));
  if (row === undefined || stack === undefined || operation?.['traversal'] !== stack['traversal']) return null;
  return { row, stack, at: `${stack['id']}/${stack['traversal']}` };
}

function checkDoing(world: World, memory: Memory, call: ProviderCall, way: Deed): void {
  const found = ruled(world, call);
  if (found === null || found.row['marked'] !== null) return;
  const { row, at, stack } = found;
  const place = `${at}/${row['name']}`;
  const name = `${row['stack_id']}/${row['name']}`;
  if (isFirst(memory, name, row)) memory.born.add(place);
  const deed: Deed = memory.born.has(place) ? 'create' : 'update';
  memory.owed.set(name, { deed, version: Number(row['id']) });
  if (memory.renamed.has(place)) return;
  if (hooksInForce(world, row, Number(stack['goal'])).includes(`pre-${deed}`) && !memory.cleared.has(`${place} pre-${deed}`))
    world.report(
      'HOOK',
      `${way} of ${row['name']}#${row['id']} before its hook pre-${deed} was cleared in traversal ${stack['traversal']}`,
    );
  checkRequired(world, stack, row);
}

/** What is begun for the first object of a name is its making, also where its call is lost and another traversal's making is found instead. */
function noteBegun({ mirror }: World, memory: Memory, operation: Row): void {
  memory.begun.add(Number(operation['resource_id']));
  // The imported object has gone: what is made in its place is as new as any other, where the name is.
  if (operation['kind'] === 'create') memory.imported.delete(Number(operation['resource_id']));
  const row = mirror.rows.resource.get(String(operation['resource_id']));
  const stack = mirror.rows.stack.get(String(operation['stack_id']));
  const makes = operation['kind'] === 'create' || operation['kind'] === 'update';
  if (!makes || row === undefined || row['marked'] !== null || operation['traversal'] !== stack?.['traversal']) return;
  const name = `${row['stack_id']}/${row['name']}`;
  const place = `${operation['stack_id']}/${operation['traversal']}/${row['name']}`;
  if (isFirst(memory, name, row)) memory.born.add(place);
  // It comes after what was done to this version before, also where its call goes out when another traversal rules already.
  if (memory.owed.get(name)?.version === row['id'])
    memory.owed.set(name, { deed: memory.born.has(place) ? 'create' : 'update', version: Number(row['id']) });
}

/** The name has never had an object as a goal wanted it: it is still being made, of nothing or of what it took over. */
function isFirst({ stood, taken }: Memory, name: string, row: Row): boolean {
  return (row['definition'] === null || taken.has(Number(row['id']))) && !stood.has(name);
}

/** Nothing goes on past what rests. */
function checkRequired(world: World, stack: Row, row: Row): void {
  const goal = world.goalNumbered(Number(stack['id']), Number(stack['goal']));
  const declared = goal.resources.find((r) => r.name === row['name']);
  for (const name of declared === undefined ? [] : usedNames(declared))
    for (const node of world.resting.values())
      if (node['stack_id'] === stack['id'] && node['subject'] === name)
        world.report('HOOK', `${row['name']} is worked on while ${name}, which it requires, rests at ${node['hook']}`);
}

function checkGoing(world: World, memory: Memory, call: ProviderCall): void {
  const found = ruled(world, call);
  if (found === null || found.stack['action'] === 'ABANDON') return;
  const { row, at, stack } = found;
  if (isWanted(world, row) || !hooksOf(world.goalWithHooks(Number(stack['id'])), String(row['name'])).includes('pre-delete'))
    return;
  if (!memory.cleared.has(`${at}/${row['name']} pre-delete`))
    world.report(
      'HOOK',
      `${row['name']}#${row['id']} is deleted before its hook pre-delete was cleared in traversal ${stack['traversal']}`,
    );
}

/** The goal in force has the name: a former version only makes room. */
function isWanted(world: World, row: Row): boolean {
  for (const member of world.mirror.rows.membership.values())
    if (member['stack_id'] === row['stack_id'] && member['name'] === row['name'] && member['until'] === null) return true;
  return false;
}
