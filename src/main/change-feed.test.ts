/** Watchers of stacks: one look for all, none woken in vain, no commit missed. Time is stepped by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackId } from '../engine/ports/store.ts';
import { followChanges } from './change-feed.ts';

const [first, second] = [1 as StackId, 2 as StackId];

function makeFeed() {
  const changes = new Map([
    [first, 1],
    [second, 1],
  ]);
  const asleep = new Set<() => void>();
  const looks: StackId[][] = [];
  let hear = () => {};
  let closed = false;
  const feed = followChanges({
    hints: {
      version() {
        assert.equal(closed, false, 'the database is closed');
        return 0;
      },
      comeByThemselves: true,
      onChange(listener) {
        hear = listener;
        return () => {};
      },
    },
    timers: {
      wait: (_ms, signal) =>
        new Promise((resolve) => {
          const wake = () => {
            asleep.delete(wake);
            resolve();
          };
          asleep.add(wake);
          if (signal?.aborted) wake();
          signal?.addEventListener('abort', wake, { once: true });
        }),
    },
    readChanges: async (ids) => {
      looks.push([...ids]);
      return new Map(changes);
    },
    commitsUnseen: () => false,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    feed,
    looks,
    closeDatabase() {
      closed = true;
    },
    /** Time goes on for whoever sleeps. */
    async step() {
      for (const wake of [...asleep]) wake();
      await settle();
    },
    async commit(stackId: StackId) {
      changes.set(stackId, changes.get(stackId)! + 1);
      hear();
      await settle();
    },
  };
}

/** Whether it has resolved by now. */
const isOver = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);

test('one look tells all who wait; only those whose stack has changed are woken', async () => {
  const { feed, looks, commit, step } = makeFeed();
  const [one, other] = [feed.watch(first), feed.watch(second)];
  const [waits, waitsStill] = [one.next(1), other.next(1)];
  await commit(first);
  assert.deepEqual(looks, [[first, second]]);
  assert.equal(await isOver(waits), true);
  assert.equal(await isOver(waitsStill), false);
  await step();
  await commit(second);
  assert.equal(await isOver(waitsStill), true);
  one.close();
  other.close();
  await step();
  await step();
  const before = looks.length;
  await step();
  assert.equal(looks.length, before, 'nobody watches, nobody looks');
});

test('a commit that comes while a watcher is busy reading is not missed', async () => {
  const { feed, commit, step } = makeFeed();
  const watcher = feed.watch(first);
  await commit(first);
  assert.equal(await isOver(watcher.next(1)), true);
  await step();
  const later = watcher.next(2);
  assert.equal(await isOver(later), false);
  for (let tick = 0; tick < 3; tick++) await step();
  await commit(first);
  assert.equal(await isOver(later), true);
  watcher.close();
  await step();
});

test('without any hint there is a look now and then', async () => {
  const { feed, looks, step } = makeFeed();
  const watcher = feed.watch(first);
  for (let tick = 0; tick < 25; tick++) await step();
  assert.ok(looks.length >= 2 && looks.length <= 3, `${looks.length} looks`);
  watcher.close();
  await step();
});

test('the database may be closed as soon as nobody watches', async () => {
  const { feed, looks, step, closeDatabase } = makeFeed();
  feed.watch(first).close();
  closeDatabase();
  for (let tick = 0; tick < 15; tick++) await step();
  assert.deepEqual(looks, []);
});

test('a signal ends the waiting', async () => {
  const { feed, step } = makeFeed();
  const watcher = feed.watch(first);
  const stop = new AbortController();
  const waits = watcher.next(5, stop.signal);
  stop.abort();
  assert.equal(await isOver(waits), true);
  watcher.close();
  await step();
});
