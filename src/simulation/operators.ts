/**
 * Operators: in some runs somebody stops a stack by force, pauses all engines for a while, marks the database restored, or moves it to another place
 * (which has the same rows, and an engine that finds them moved has no place in it), or gives that up, at any moment of phase one. Before phase two they let engines go on, and ask for whatever was stopped.
 *
 * They draw from a stream of their own, so that runs without them are what they were.
 */

import { rateOf } from './plan.ts';
import type { Caller } from './sim-types.ts';
import { rootOf } from './tree.ts';
import type { World } from './world.ts';
import type { StoreMethod } from './wrapped-store.ts';

export interface Operators {
  /** Lets engines go on; the names of stacks that were stopped and are to be asked for. */
  settle(): Promise<readonly string[]>;
}

const caller: Caller = { name: 'operator', alive: true, pausedUntil: 0, die: () => {} };
const kinds = ['stop', 'stop', 'pause', 'restore', 'move'] as const;

export function createOperators(world: World): Operators {
  const prng = world.stream('operators');
  const stopped = new Set<string>();
  let lives = 0;
  const times = () => ({ now: world.clock.now(), wallTime: world.clock.wallTime() });
  // None of these is a method of the engine's store; checkers only see what it changed.
  const act = (what: string, run: () => Promise<unknown>) => world.act(caller, what as StoreMethod, [], run);
  const unpause = () => act('unpause', () => world.acts.unpause(times()));
  const acts: { readonly [kind in (typeof kinds)[number]]: () => Promise<unknown> } = {
    async stop() {
      const live = [...world.mirror.rows.stack.values()].filter((row) => row['deleted_at'] === null);
      if (live.length === 0) return;
      const stack = prng.pick(live);
      const answer = await act('stop', () => world.acts.stopStack(String(stack['uuid']), times(), 'by hand'));
      if ((answer as { kind: string }).kind !== 'stopped') return;
      stopped.add(String(rootOf(world.mirror.rows, stack)['name']));
      world.reach('stopped by force');
    },
    async pause() {
      await act('pause', () => world.acts.pause(times(), ''));
      world.reach('paused all engines');
      world.kernel.open(caller, 'unpause', prng.pick([100, 5_000, 60_000]), () => void unpause().then(() => world.hint()));
    },
    async restore() {
      await act('restore', () => world.acts.markRestored(times(), `life ${++lives}`));
      world.reach('marked restored');
    },
    move,
  };
  const later = (what: string, run: () => Promise<unknown>): void =>
    void world.kernel.open(caller, what, prng.pick([0, 100, 5_000, 20_000]), () => void run().then(() => world.hint()));
  /** What is under way may end; then what engines hold is void; then all is copied, or the export is given up. */
  async function move(): Promise<void> {
    if ((await world.acts.readGate()).state === 'moved') return;
    const token = (await act('begin moving', () => world.acts.beginMoving(times(), 'elsewhere'))) as string | null;
    if (token === null) return;
    later('void claims', async () => {
      await act('void claims', () => world.acts.voidClaims(times()));
      later('finish moving', () => (prng.chance(300) ? act('reopen', () => world.acts.reopen(token)) : arrive(token)));
    });
  }
  async function arrive(token: string): Promise<void> {
    if ((await act('finish moving', () => world.acts.finishMoving(token))) !== true) return;
    world.reach('database moved');
    later('import', acts.restore);
  }
  const last = Math.max(0, ...world.plan.requests.map((request) => request.at));
  const events = prng.chance(rateOf(world.plan, 'operators', 120)) ? prng.pick([1, 1, 2, 3]) : 0;
  for (let i = 0; i < events; i++) {
    const kind = prng.pick(kinds);
    world.kernel.open(caller, kind, prng.below(last + 2_000), () => {
      // Phase one may end before its time comes; what they do is done with the present version.
      if (!world.kernel.calm && world.versions.migrated) void acts[kind]().then(() => world.hint());
    });
  }
  async function settleGate(): Promise<void> {
    await unpause();
    await act('reopen', () => world.acts.reopen());
    const readGate = () => world.acts.readGate();
    const gate = await (world.shared ? world.shared.as(caller, readGate) : readGate());
    if (gate.state === 'moved') await acts.restore();
  }
  return {
    async settle() {
      if (events > 0) await world.finish(settleGate());
      return [...new Set([...stopped, ...restingRoots(world)])];
    },
  };
}

/** A nested stack may have been forgotten after it was stopped: what it was at rests in a root of its own now. */
function restingRoots({ mirror: { rows } }: World): string[] {
  return [...rows.operation.values()]
    .filter((operation) => operation['state'] === 'stopped')
    .map((operation) => String(rootOf(rows, rows.stack.get(String(operation['stack_id']))!)['name']));
}
