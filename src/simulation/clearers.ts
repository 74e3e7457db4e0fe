/**
 * People who clear hooks: whatever rests at one is let go on at some random step after, by a request that may be lost, or come too late.
 *
 * They draw only where something rests, from a stream of their own, so that runs without hooks are what they were.
 */
import type { Row } from './mirror.ts';
import type { Prng } from './prng.ts';
import type { Caller } from './sim-types.ts';
import { cameWith } from './versions.ts';
import type { World } from './world.ts';
import { isLost, wrapStore } from './wrapped-store.ts';

export interface Clearers {
  /** Per mille of steps at which somebody clears something. */
  rate: number;
  /** After each step. */
  maybe(): void;
  /** Clears what a resource of the name rests at, or anything where none is named. */
  clear(name: string | null): Promise<void>;
}

const caller: Caller = { name: 'clearer', alive: true, pausedUntil: 0, die: () => {} };

export function createClearers(world: World): Clearers {
  let drawn: Prng | null = null;
  const prng = (): Prng => {
    drawn ??= world.stream('clearers');
    return drawn;
  };
  const clearers: Clearers = {
    rate: 40,
    maybe() {
      if (world.resting.size === 0 || !(world.versions.migrated || world.versions.allKnow(cameWith.hooks))) return;
      // Under faults they take their time; once these have ceased nothing else is left to do.
      if (prng().chance(world.kernel.calm ? 5 * clearers.rate : clearers.rate)) void clearers.clear(null);
    },
    async clear(name) {
      const nodes = [...world.resting.values()].filter((node) => name === null || node['subject'] === name);
      if (nodes.length > 0) await ask(world, prng(), nodes[prng().below(nodes.length)]!);
    },
  };
  return clearers;
}

async function ask(world: World, prng: Prng, node: Row): Promise<void> {
  const stack = world.mirror.rows.stack.get(String(node['stack_id']));
  if (stack === undefined) return;
  const request = {
    stack: { uuid: String(stack['uuid']) },
    resource: String(node['subject']),
    hooks: prng.chance(500) ? null : [node['hook'] as 'pre-create'],
    now: world.clock.now(),
    wallTime: world.clock.wallTime(),
  };
  try {
    const store = world.versions.allKnow(cameWith.hooks) ? world.versions.ofUser().store : world.acts;
    const answer = await wrapStore(world, caller, store, false).clearHooks(request);
    world.reach(answer.kind === 'cleared' ? 'hook cleared' : 'hook cleared too late');
    world.hint();
  } catch (error) {
    if (!isLost(error)) throw error;
  }
}
