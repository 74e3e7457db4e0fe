/**
 * What is in flight is never more than a limit says, unless it was so before the limit was set: counted anew after every transaction, from the
 * rows alone.
 */
import { countByBound, type InFlight } from '../../engine/limits.ts';
import { kindOf } from '../kinds.ts';
import type { Row } from '../mirror.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function checkLimits(): Checker {
  let before = new Map<string, number>();
  let known = 0;
  return {
    invariants: ['I-25'],
    commit(world) {
      if (world.limits.size === 0) return;
      const counts = countByBound([...world.limits.values()], inFlight(world));
      for (const [name, count] of known === world.limits.size ? counts : []) {
        const { most } = limitOf(world, name);
        if (count === most) world.reach('limit full');
        if (count > most && count > (before.get(name) ?? 0))
          world.report('I-25', `${count} are in flight of ${name}, at most ${most} may be`);
      }
      [before, known] = [counts, world.limits.size];
    },
  };
}

const limitOf = ({ limits }: World, name: string) => limits.get(name) ?? limits.get('tenant *')!;

/** Nothing is called for what is only let go. */
function isLetGo({ mirror: { rows } }: World, { phase, resource_id }: Row): boolean {
  const row = rows.resource.get(String(resource_id));
  return (phase === 'aside' || phase === 'cleanup') && (row?.['deletion_policy'] === 'retain' || row?.['external'] === 1);
}

function inFlight(world: World): InFlight[] {
  const { rows } = world.mirror;
  const claimed = [...rows.node.values()].filter((node) => node['state'] === 'claimed' && !isLetGo(world, node));
  const ids = [
    ...claimed.map((node) => Number(node['victim'] ?? node['resource_id'])),
    ...[...rows.operation.values()].map((operation) => Number(operation['resource_id'])),
  ];
  return ids.flatMap((id) => {
    const row = rows.resource.get(String(id));
    if (row === undefined || row['nested'] === 1 || !kindOf(String(row['type'])).effects) return [];
    const stack = rows.stack.get(String(row['stack_id']));
    return [{ type: String(row['type']), tenant: String(stack?.['tenant']), count: 1 }];
  });
}
