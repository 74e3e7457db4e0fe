import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from './slots.ts';

const still = new AbortController().signal;

function clocked() {
  const clock = { at: 0, now: () => clock.at, wallTime: () => clock.at };
  return clock;
}

test('as many calls at once as there are places; who waits longest is next', async () => {
  const slots = new Slots(2, clocked());
  const [first] = [await slots.take(still), await slots.take(still)];
  const began: string[] = [];
  const third = slots.take(still).then(() => began.push('third'));
  const fourth = slots.take(still).then(() => began.push('fourth'));
  await Promise.resolve();
  assert.equal(began.join(), '');
  slots.release(first!);
  const fifth = slots.take(still).then(() => began.push('fifth'));
  await third;
  assert.equal(began.join(), 'third', 'a place that is free goes to who waits, not to who asks');
  slots.release(first!);
  await Promise.resolve();
  assert.equal(began.join(), 'third', 'what holds no place any more frees none');
  void [fourth, fifth];
});

test('who is aborted while it waits gets no place, and keeps none from others', async () => {
  const slots = new Slots(1, clocked());
  const held = await slots.take(still);
  const given = new AbortController();
  const aborted = slots.take(given.signal);
  const next = slots.take(still);
  given.abort('cancelled');
  assert.equal(await aborted, null);
  assert.equal(await slots.take(given.signal), null);
  slots.release(held!);
  assert.notEqual(await next, null);
});

test('a call that will not end gives up its place, and more may be in hand by one', async () => {
  const slots = new Slots(1, clocked());
  const deaf = await slots.take(still);
  const next = slots.take(still);
  assert.equal(slots.writeOff(deaf!), true);
  assert.equal(slots.writeOff(deaf!), false, 'once');
  const slot = await next;
  assert.notEqual(slot, null);
  assert.equal(slots.wanted, 2, 'one place, and the call that holds none');
  slots.release(deaf!);
  assert.equal(slots.wanted, 1, 'it has ended after all');
  const third = slots.take(still);
  slots.release(slot!);
  assert.notEqual(await third, null, 'and frees no other place by that');
});

/** Calls of so long, one after the other, and turns of so long. */
async function after(calls: readonly number[], turnMs: number) {
  const clock = clocked();
  const slots = new Slots(20, clock);
  for (let i = 0; i < 100; i++) slots.noteTurn(turnMs);
  for (const ms of calls) {
    const slot = await slots.take(still);
    clock.at += ms;
    slots.release(slot!);
  }
  return { clock, slots };
}

test('as much is claimed ahead as ends between two calls', async () => {
  assert.equal((await after([], 8)).slots.wanted, 20, 'nothing is known of calls yet');
  assert.equal((await after([50, 50], 8)).slots.wanted, 32, 'of 20 calls of 50 ms, 12 end in four turns of 8');
  assert.equal((await after([600_000], 8)).slots.wanted, 20, 'nothing where calls take long');
  assert.equal((await after([0, 0], 8)).slots.wanted, 120, 'never more than five times the calls at once');
});

test('a call that takes long counts at once, also while it goes on', async () => {
  const { slots } = await after([50, 50, 50, 5_000], 8);
  assert.equal(slots.wanted, 20);
  const other = await after([50, 50], 8);
  await other.slots.take(still);
  other.clock.at += 5_000;
  assert.equal(other.slots.wanted, 20);
});
