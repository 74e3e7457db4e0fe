/**
 * The rules of `setpoint fsck`, every one, on the simulated database: between two steps of some walks, and at rest. What they say of a live
 * database is so proved to be silent on every state that a sound engine passes through.
 */
import { checkRows } from '../../store/reads/fsck-rows.ts';
import { cameWith } from '../versions.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function checkDatabaseRules(): Checker {
  return {
    invariants: ['I-01', 'I-02', 'I-06', 'I-08', 'I-09', 'I-10', 'I-12', 'I-13', 'I-14', 'I-16', 'I-18', 'I-20', 'I-22', 'I-26'],
    always: (world) => void (world.sampled(32) && world.kernel.steps % 5 === 0 && run(world)),
    quiet: (world) => void (world.sampled(8) && run(world)),
  };
}

/** Engines that do not know of it may leave the one asleep that is to be awake. */
const isKnown = ({ versions }: World, what: string): boolean =>
  versions.allKnow(cameWith.sleep) || !/ is (suspended|awake|perhaps suspended), and the stack is /.test(what);

/** The rules are for the present schema. */
function run(world: World): void {
  if (!world.versions.migrated) return;
  const { driver, vault } = world.store;
  for (const { invariant, stack, what } of driver.read(checkRows(vault)))
    if (isKnown(world, what)) world.report(invariant, `fsck: ${stack}: ${what}`);
}
