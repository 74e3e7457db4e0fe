/** What people put right when faults have ceased: they say what no engine can know, and ask to go on. */
import type { Edit, ResourceId, StartRequest } from '../engine/ports/store.ts';
import { kindOf } from './kinds.ts';
import type { Row } from './mirror.ts';
import { isNestedStack, treeOf } from './tree.ts';
import type { World } from './world.ts';

/**
 * A person tells the truth about what ended UNKNOWN, or can't be looked for, in the stack and in those nested in it, and asks to go on; of what
 * was to be imported and is not there, or not as it can be taken over, that another may be made. What was left half made where no engine can see
 * that is removed by hand first. Gives how much was said.
 */
export async function settleUnknown(world: World, root: Row): Promise<number> {
  let said = 0;
  for (const stack of treeOf(world.mirror.rows, root)) {
    const edits = [...unknownOf(world, stack).map((row) => truthAbout(world, row)), ...giveUpImports(world, stack)];
    said += edits.length;
    if (edits.length > 0) world.reach('person settled unknown');
    if (edits.length > 0 || !isNestedStack(stack)) await goOn(world, stack, edits);
  }
  world.hint();
  return said;
}

export function unknownOf(world: World, stack: Row): Row[] {
  return world
    .resourcesOf(Number(stack['id']))
    .filter((row) => row['nested'] === 0 && (row['status'] === 'UNKNOWN' || (row['doubt'] === 1 && row['physical_id'] === null)));
}

export function truthAbout(world: World, row: Row): Edit {
  const id = row['physical_id'];
  const phys = id === null ? world.reality.byToken.get(String(row['token'])) : world.reality.live.get(String(id));
  const resourceId = Number(row['id']) as ResourceId;
  if (phys?.half && !kindOf(phys.kind).read) {
    world.reality.remove(phys.id);
    return { kind: 'absent', resourceId };
  }
  return phys ? { kind: 'adopt', resourceId, physicalId: phys.id } : { kind: 'absent', resourceId };
}

function giveUpImports(world: World, stack: Row): Edit[] {
  return world.resourcesOf(Number(stack['id'])).flatMap((row): Edit[] => {
    const imported = row['physical_id'] !== null && row['token'] === null && row['definition'] === null && row['external'] === 0;
    if (!imported || row['nested'] === 1 || row['marked'] !== null || row['status'] === 'UNKNOWN') return [];
    const resourceId = Number(row['id']) as ResourceId;
    if (!world.reality.live.has(String(row['physical_id'])))
      return [{ kind: row['doubt'] === 1 ? 'absent' : 'forget', resourceId }];
    return row['status'] === 'FAILED' ? [{ kind: 'replace', resourceId, reason: 'it is not as wanted' }] : [];
  });
}

/** What carries on a deletion is one; of a nested stack its parent says that. */
export async function goOn(world: World, stack: Row, edits: readonly Edit[] = []): Promise<void> {
  const deletes = stack['action'] === 'DELETE' || stack['action'] === 'ABANDON';
  await startAs(world, {
    stack: { uuid: String(stack['uuid']) },
    action: deletes ? (stack['action'] as 'DELETE') : 'UPDATE',
    goal: { kind: 'carry' },
    edits,
    timeoutMs: null,
  });
}

export async function startAs(world: World, asked: Omit<StartRequest, 'now' | 'wallTime'>): Promise<void> {
  const request: StartRequest = { ...asked, now: world.clock.now(), wallTime: world.clock.wallTime() };
  const person = { name: 'person', alive: true, pausedUntil: 0, die: () => {} };
  await world.finish(world.act(person, 'startTraversal', [request], () => world.acts.startTraversal(request)));
}
