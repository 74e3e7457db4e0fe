/**
 * Couriers, and those they send to: in walks whose goals have event sinks one or two processes send the events, each by production's courier.
 * They die and are replaced, pause, and are stopped in good order; a receiver may fail before it has an event or after, or never answer.
 *
 * They draw from a stream of their own, so that walks without sinks are what they were.
 */
import { type Courier, createCourier } from '../main/sinks/courier.ts';
import type { EventSinkType, SentEvent } from '../main/sinks/event-sink.ts';
import { sinkType } from './goals.ts';
import type { Prng } from './prng.ts';
import { sleep } from './process.ts';
import type { Caller } from './sim-types.ts';
import type { World } from './world.ts';
import { wrapSending } from './wrapped-store.ts';

/** Starts them, where any goal has sinks. */
export function createCouriers(world: World): void {
  if (!world.plan.requests.some((request) => request.goal?.sinks)) return;
  const prng = world.stream('couriers');
  for (let pid = prng.pick([1, 1, 2]); pid > 0; pid--) startCourier(world, prng, `courier${pid}`);
}

/** When it is over another one starts, at once or after a while. */
function startCourier(world: World, prng: Prng, name: string): void {
  const after = (): void => {
    world.kernel.open(supervisor, `starts ${name}`, prng.pick([0, 1_000, 60_000]), () => startCourier(world, prng, name));
  };
  const caller: Caller = {
    name,
    alive: true,
    pausedUntil: 0,
    die() {
      if (!caller.alive) return;
      world.reach('courier died');
      world.trace?.line(`  ${name} dies`);
      for (const effect of world.kernel.kill(caller)) if (prng.chance(500)) effect();
      world.nudged.delete(nudge);
      after();
    },
  };
  let serial = 0;
  const id = `${name}-${prng.below(0x10000).toString(16)}${prng.below(0x10000).toString(16)}`;
  const courier: Courier = createCourier({
    store: wrapSending(world, caller, world.breakage.sending?.(world.acts) ?? world.acts),
    types: [simulatedSink(world, caller)],
    clock: world.clock,
    timers: { wait: (ms, signal) => sleep(world.kernel, caller, ms, signal) },
    random: { token: () => `${id}-${++serial}`, uuid: () => `${id}-${++serial}`, int: (limit) => prng.below(limit) },
    log: world.log,
    pollMs: prng.pick([30_000, 120_000]),
  });
  const nudge = (): void => courier.nudge();
  world.nudged.add(nudge);
  void courier.run().then(() => {
    world.reach('courier stopped in good order');
    world.nudged.delete(nudge);
    world.kernel.kill(caller);
    after();
  });
  if (prng.chance(250))
    world.kernel.open(caller, 'is stopped', prng.below(120_000), () => void courier.stop(prng.pick([0, 5_000])));
}

const supervisor: Caller = { name: 'supervisor', alive: true, pausedUntil: 0, die: () => {} };

function simulatedSink(world: World, caller: Caller): EventSinkType {
  return { type: sinkType, refuse: () => null, send: (target, event, signal) => send(world, caller, target, event, signal) };
}

/** Once it is on its way it may be there although its sender is dead. */
async function send(world: World, caller: Caller, target: string, event: SentEvent, signal: AbortSignal): Promise<void> {
  const { kernel, faults } = world;
  const receive = (): void => world.tellSent(target, event);
  if (faults.happens('hang')) {
    world.reach('receiver never answers');
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    throw new Error('it was given up');
  }
  await new Promise<void>((resolve) => {
    kernel.open(caller, `send to ${target}`, faults.happens('slowAnswer') ? 20_000 : 0, resolve, receive);
  });
  if (faults.happens('errorBefore')) throw new Error('it can not be reached');
  receive();
  if (faults.happens('crashAfterEffect')) caller.die(false);
  if (faults.happens('pause')) world.pause(caller);
  if (faults.happens('split')) await kernel.wait(caller, 'sent');
  if (faults.happens('errorAfter')) throw new Error('its answer was lost');
}
