/**
 * Operators who limit what may be in flight at once, and say which stacks come first: in some runs, at any moment of phase one. What they set
 * stays to the end: everything must come to rest with it.
 *
 * They draw from a stream of their own, so that runs without them are what they were. Where engines of an older version know no limits,
 * nobody sets any.
 */
import type { WorkLimit } from '../engine/limits.ts';
import { priorityNames } from '../engine/priorities.ts';
import { rateOf } from './plan.ts';
import type { Caller } from './sim-types.ts';
import { cameWith } from './versions.ts';
import type { World } from './world.ts';
import type { StoreMethod } from './wrapped-store.ts';

const caller: Caller = { name: 'limiter', alive: true, pausedUntil: 0, die: () => {} };
const patterns = [
  ['type', '*'],
  ['type', 'Sim::F*'],
  ['type', 'Sim::P*'],
  ['tenant', '*'],
] as const;

export function createLimiters(world: World): void {
  const prng = world.stream('limiters');
  if (!world.versions.allKnow(cameWith.limits) || !prng.chance(rateOf(world.plan, 'limits', 120))) return;
  const times = () => ({ now: world.clock.now(), wallTime: world.clock.wallTime() });
  const act = (what: string, run: () => Promise<unknown>) =>
    void world.act(caller, what as StoreMethod, [], run).then(() => world.hint());
  const set = (limit: WorkLimit): void =>
    act('setLimit', async () => {
      await world.versions.ofUser().store.setLimit(limit, times());
      world.limits.set(`${limit.kind} ${limit.pattern}`, limit);
      world.reach('limit set');
    });
  const prefer = (): void => {
    const live = [...world.mirror.rows.stack.values()].filter((row) => row['deleted_at'] === null);
    if (live.length === 0) return;
    const [stack, priority] = [prng.pick(live), prng.pick(priorityNames)];
    act('setPriority', () => world.versions.ofUser().store.setPriority(String(stack['uuid']), priority, times()));
    world.reach('priority changed');
  };
  const last = Math.max(0, ...world.plan.requests.map((request) => request.at));
  for (let i = prng.pick([1, 1, 2, 3]); i > 0; i--) {
    const [kind, pattern] = prng.pick(patterns);
    const limit = { kind, pattern, most: prng.pick([1, 1, 2, 3]) };
    world.kernel.open(caller, 'limits', prng.chance(500) ? 0 : prng.below(last + 2_000), () => world.kernel.calm || set(limit));
  }
  if (prng.chance(500)) world.kernel.open(caller, 'prefers', prng.below(last + 2_000), () => world.kernel.calm || prefer());
}
