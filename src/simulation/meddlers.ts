/**
 * Other people: they change and delete objects, and take names that a goal wants, without telling anybody.
 *
 * What they did is remembered until an engine has had the chance to see it: until then rows and reality may differ.
 */
import { kindOf } from './kinds.ts';
import type { Phys } from './reality.ts';
import type { World } from './world.ts';

/** At most one deed before a step. */
export function meddle(world: World): void {
  if (world.faults.happens('meddledChange')) changeOne(world);
  else if (world.faults.happens('meddledDelete')) deleteOne(world);
  else if (world.faults.happens('meddledBreak')) breakOne(world);
  else if (world.faults.happens('nameTaken')) takeName(world);
}

const ours = (world: World) => [...world.reality.live.values()].filter((phys) => !phys.foreign);

function touch(world: World, id: string): void {
  world.touched.add(id);
  world.unseen.add(id);
  for (const process of world.processes) world.looks.delete(`${process.name}/${id}`);
}

const changeOne = (world: World): void => harmOne(world, 'change', () => true);

/** What nobody can look at, nobody could mend. */
const breakOne = (world: World): void => harmOne(world, 'break', (phys) => kindOf(phys.kind).read);

const harms = {
  change: { done: 'changed', harm: (world: World, id: string) => world.reality.meddle(id) },
  break: { done: 'broken', harm: (world: World, id: string) => world.reality.break(id) },
} as const;

function harmOne(world: World, how: keyof typeof harms, mayBe: (phys: Phys) => boolean): void {
  const victims = ours(world).filter((phys) => !phys.half && mayBe(phys));
  if (victims.length === 0) return;
  const phys = world.chance.pick(victims);
  harms[how].harm(world, phys.id);
  touch(world, phys.id);
  world.reach(`object ${harms[how].done} by others`);
  world.trace?.line(`  others ${how} ${phys.id} (${phys.name})`);
}

/** Where nobody could ever find out what became of a lost create, nobody deletes it. */
function deleteOne(world: World): void {
  const recorded = new Set([...world.mirror.rows.resource.values()].map((row) => row['physical_id']));
  const victims = ours(world).filter((phys) => kindOf(phys.kind).find || recorded.has(phys.id));
  if (victims.length === 0) return;
  const phys = world.chance.pick(victims);
  world.reality.remove(phys.id);
  world.vanished.add(phys.id);
  touch(world, phys.id);
  world.reach('object deleted by others');
  world.trace?.line(`  others delete ${phys.id} (${phys.name})`);
}

function takeName(world: World): void {
  const wanted = world.plan.requests.flatMap((request) => request.goal?.resources ?? []);
  const free = wanted.filter((r) => {
    const kind = kindOf(r.type);
    return kind.unique !== null && r.external === null && !world.reality.isTaken(kind, r.own);
  });
  if (free.length === 0) return;
  const { type, own } = world.chance.pick(free);
  world.reality.placeForeign(kindOf(type), { [kindOf(type).unique!]: own });
  world.reach('name taken by others');
  world.trace?.line(`  others take ${own} of ${type}`);
}
