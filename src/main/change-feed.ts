/**
 * Who in this process waits for changes of stacks: however many wait, one look tells which of the stacks have changed.
 *
 * A stack's `change` rises with every transaction that concerns it. Hints say when a look is worth while; where they say nothing, a look is
 * taken now and then all the same. A commit that comes after what somebody has read is never missed: looks cover all stacks that are watched,
 * those included whose watchers are busy reading just now.
 */
import type { Timers } from '../engine/ports/environment.ts';
import type { StackId } from '../engine/ports/store.ts';
import type { Hints } from '../store/hints.ts';

export interface ChangeFeed {
  watch(stackId: StackId): Watcher;
  /** Something that concerns somebody has just been committed by this process. */
  hurry(): void;
}

export interface Watcher {
  /** Resolves when the stack's `change` is higher than what is known of it, or when the signal aborts. */
  next(known: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

export interface FeedSources {
  readonly hints: Hints;
  readonly timers: Timers;
  /** By stack; one that is gone is left out. */
  readChanges(stackIds: readonly StackId[]): Promise<ReadonlyMap<StackId, number>>;
  /** Whether engines of this process commit what the hints do not tell. */
  commitsUnseen(): boolean;
}

/** Hints are looked at so often where they do not come by themselves; between two looks at the database so long at least: milliseconds. */
const tickMs = 20;
const paceMs = 20;
/** After so many ticks without a hint there is a look all the same. */
const patience = 10;

interface Watching {
  readonly stackId: StackId;
  latest: number;
  wake: AbortController;
}

export function followChanges(sources: FeedSources): ChangeFeed {
  const { hints, timers } = sources;
  const watching = new Set<Watching>();
  let alarm = new AbortController();
  let following = false;

  const look = async (): Promise<void> => {
    const watched = [...watching];
    const changes = await sources.readChanges([...new Set(watched.map((one) => one.stackId))]);
    for (const one of watched) {
      const latest = changes.get(one.stackId) ?? Number.POSITIVE_INFINITY;
      if (latest > one.latest) one.wake.abort('changed');
      one.latest = Math.max(latest, one.latest);
    }
  };
  const follow = async (): Promise<void> => {
    let version = hints.version();
    for (let ticks = 0; watching.size > 0; ticks++) {
      await timers.wait(tickMs, alarm.signal);
      // Whoever has nobody left that watches may have closed the database.
      if (watching.size === 0) break;
      const now = hints.version();
      if (now === version && !alarm.signal.aborted && !sources.commitsUnseen() && ticks < patience) continue;
      [version, ticks, alarm] = [now, 0, new AbortController()];
      // Who reads meets a lost database by itself, and waits for it.
      await look().catch(() => {});
      await timers.wait(paceMs);
    }
    following = false;
  };
  hints.onChange(() => alarm.abort('changed'));
  return {
    hurry: () => alarm.abort('changed'),
    watch(stackId) {
      const own: Watching = { stackId, latest: 0, wake: new AbortController() };
      watching.add(own);
      if (!following) {
        following = true;
        void follow();
      }
      return {
        async next(known, signal) {
          while (own.latest <= known && signal?.aborted !== true) {
            own.wake = new AbortController();
            await untilAborted(signal ? AbortSignal.any([own.wake.signal, signal]) : own.wake.signal);
          }
        },
        close: () => void watching.delete(own),
      };
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
