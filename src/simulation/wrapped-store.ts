/**
 * The real store behind points: each call of a process waits to be picked, acts in one step, and may lose its answer, its connection or its
 * process before or after the act. Checkers are told of every commit.
 */
import { DatabaseLost, type Store } from '../engine/ports/store.ts';
import type { Operating } from '../store/operating.ts';
import type { Caller } from './sim-types.ts';
import type { World } from './world.ts';

/** A database that can't be reached, or an answer that never came. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

const methods = [
  'registerEngine',
  'renewLease',
  'freeDead',
  'disown',
  'listEngines',
  'retireEngine',
  'putSettings',
  'startTraversal',
  'turn',
  'clearHooks',
  'saveProgress',
  'sweep',
  'purge',
  'takeTombstones',
  'holderOf',
  'endTombstone',
] as const satisfies readonly (keyof Store)[];

/** What versions before this one have in their place. */
const former = ['listTombstones', 'settleTombstone'] as const;

export const isLost = (error: unknown): boolean => error instanceof ConnectionLost || error instanceof DatabaseLost;

/** An engine outlives the loss of a server, not that of its file. */
function lost({ shared }: World, what: string): Error {
  return shared ? new DatabaseLost(what) : new ConnectionLost(what);
}

/** What a sender of events asks of the database. */
const sending = ['takeSinks', 'noteSent'] as const satisfies readonly (keyof Operating)[];

export type Sending = Pick<Operating, (typeof sending)[number]>;
export type StoreMethod = (typeof methods)[number] | (typeof former)[number] | keyof Sending;
type Methods = { readonly [method: string]: (...args: unknown[]) => Promise<unknown> };

export function wrapStore(world: World, caller: Caller, store: Store, mayCrash: boolean): Store {
  return wrapped(world, caller, store, [...methods, ...former], mayCrash) as unknown as Store;
}

export function wrapSending(world: World, caller: Caller, store: Sending): Sending {
  return wrapped(world, caller, store, sending, true) as unknown as Sending;
}

function wrapped(world: World, caller: Caller, store: unknown, names: readonly StoreMethod[], mayCrash: boolean): Methods {
  return Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => callStore(world, caller, store as Methods, name, args, mayCrash)]),
  );
}

const never = (): Promise<never> => new Promise(() => {});

async function callStore(
  world: World,
  caller: Caller,
  store: Methods,
  method: StoreMethod,
  args: readonly unknown[],
  mayCrash: boolean,
): Promise<unknown> {
  const { kernel, faults } = world;
  await kernel.wait(caller, method);
  const planted = mayCrash ? faults.plantedAt('store') : null;
  if (planted === 'before' || (mayCrash && faults.happens('crashBeforeStore'))) return die(world, caller);
  if (faults.happens('storeLost')) throw lost(world, 'the connection was lost before anything was sent');
  const answer = await world.act(caller, method, args, () => store[method]!(...args));
  if (planted === 'all die') return dieTogether(world);
  if (planted === 'after' || (mayCrash && faults.happens('crashAfterStore'))) return die(world, caller);
  if (planted === 'zombie' || (mayCrash && faults.happens('pause'))) world.pause(caller);
  if (planted === 'zombie' || faults.happens('split'))
    await kernel.wait(caller, `${method} answer`, world.chance.pick([0, 0, 1, 20]));
  if (planted === 'answer lost' || faults.happens('answerLost')) throw lost(world, 'the answer was lost');
  return answer;
}

/** What was committed so far is all that fresh engines will find. */
function dieTogether(world: World): Promise<never> {
  for (const process of world.running) world.crash(process, false);
  return never();
}

function die(world: World, caller: Caller): Promise<never> {
  caller.die(world.faults.happens('machineDies'));
  return never();
}
