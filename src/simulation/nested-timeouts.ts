/**
 * Nested stacks that have a time of their own, as `OS::Heat::Stack` has: in some walks a nested stack is given one when its goal is begun. Templates of
 * the simulator can't say so themselves; what an engine settles is as if theirs did.
 */
import type { NestedBegin, Settlement, Store } from '../engine/ports/store.ts';
import type { World } from './world.ts';

export function withNestedTimeouts(world: World, store: Store): Store {
  const chance = world.stream('nested timeouts');
  // A scenario asks for what it says and nothing else.
  if (world.plan.requests.length === 0 || !chance.chance(400)) return store;
  const limited = (begin: NestedBegin): NestedBegin => {
    const begins = begin.kind === 'create' || (begin.kind === 'start' && begin.goal.kind === 'new');
    if (!begins || world.kernel.calm || !chance.chance(600)) return begin;
    world.reach('nested stack with a timeout');
    return { ...begin, timeoutMs: chance.pick([500, 3_000, 15_000, 60_000, 200_000]) };
  };
  const settled = (settlement: Settlement): Settlement =>
    settlement.kind === 'nest' ? { ...settlement, begin: limited(settlement.begin) } : settlement;
  return { ...store, turn: (request) => store.turn({ ...request, settlements: request.settlements.map(settled) }) };
}
