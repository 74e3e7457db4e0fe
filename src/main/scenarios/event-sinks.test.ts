/** Events on their way to sinks, told by hand on both databases: the real engine, virtual time, receivers that are down, couriers that are killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackRow } from '../../engine/ports/store.ts';
import type { JsonMap } from '../../std/json.ts';
import { testDatabases } from '../../store/fixtures/test-databases.ts';
import { type Courier, createCourier } from '../sinks/courier.ts';
import type { EventSinkType, SentEvent } from '../sinks/event-sink.ts';
import { openScenario, type Scenario } from './harness.ts';

const hour = 3_600_000;

/** A sink for any target, which keeps what it is sent, unless it is down, or holds it back. */
class Receiver implements EventSinkType {
  readonly type = 'webhook';
  readonly received: { readonly target: string; readonly event: SentEvent }[] = [];
  isDown = false;
  attempts = 0;
  /** Answers to nothing from now on. */
  hangs = false;
  refuse = (): null => null;

  async send(target: string, event: SentEvent): Promise<void> {
    this.attempts++;
    if (this.isDown) throw new Error('down');
    this.received.push({ target, event });
    if (this.hangs) await new Promise(() => {});
  }

  /** Stack → numbers of its events, in the order in which they came. */
  numbers(target?: string): { [stack: string]: number[] } {
    const found: { [stack: string]: number[] } = {};
    for (const one of this.received) {
      if (target !== undefined && one.target !== target) continue;
      const [stack = '', seq] = one.event.id.split('.');
      found[stack] ??= [];
      found[stack].push(Number(seq));
    }
    return found;
  }
}

interface Bench extends Scenario {
  readonly receiver: Receiver;
  courier(name?: string): Courier & { kill(): void };
}

const sink = (target: string, more: JsonMap = {}): JsonMap => ({ type: 'webhook', target, ...more });
const thing = (value: string) => ({ a: { properties: { value } } });
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const databases = await testDatabases();

const onEach = (name: string, body: (s: Bench) => Promise<void>): void => {
  for (const database of databases)
    test(`${name} (${database.name})`, { skip: database.skip }, async () => {
      const scenario = await openScenario(database);
      const receiver = new Receiver();
      const running: { stop(): Promise<void>; dead: boolean }[] = [];
      const bench: Bench = { ...scenario, receiver, courier: (name = 'c') => startCourier(name) };
      function startCourier(holder: string) {
        const state = { dead: false, stop: () => courier.stop(0) };
        const unless = async <T>(answer: Promise<T>): Promise<T> => (state.dead ? new Promise<T>(() => {}) : answer);
        const { store, time } = scenario;
        const courier = createCourier({
          store: { takeSinks: (request) => unless(store.takeSinks(request)), noteSent: (note) => unless(store.noteSent(note)) },
          types: [receiver],
          clock: time,
          timers: time,
          random: { uuid: () => holder, token: () => holder, int: () => 0 },
          log: { debug: () => {}, info: () => {}, warn: () => {} },
        });
        void courier.run();
        running.push(state);
        const kill = (): void => {
          state.dead = true;
        };
        return Object.assign(courier, { kill });
      }
      try {
        await body(bench);
        for (const one of running.filter(({ dead }) => !dead)) await one.stop();
        assert.deepEqual(await scenario.store.checkRows(), [], 'the rows contradict nothing');
      } finally {
        await scenario.close();
      }
    });
};

const allSent = (s: Bench, stack: StackRow) =>
  s.until('all is sent', async () => (await s.store.listSinks(stack.id)).every(({ waiting }) => waiting === 0));

onEach('every event is sent once, in order, from the first to the last of a stack that is deleted', async (s) => {
  s.courier();
  const stack = await s.up(thing('one'), { sinks: [sink('here')] });
  await s.rest();
  await s.start('DELETE', { kind: 'empty' });
  await s.rest();
  const last = (await s.view()).stack.eventSeq;
  await s.until('nothing is left of its sink', async () => (await s.store.listSinks(stack.id)).length === 0);
  assert.deepEqual(s.receiver.numbers(), { [stack.uuid]: range(1, last) });
  const { event } = s.receiver.received.at(-1)!;
  assert.deepEqual(
    [event.payload.resource_name, event.payload.resource_action, event.payload.resource_status, event.payload.stack_id],
    ['s', 'DELETE', 'COMPLETE', stack.uuid],
  );
});

onEach('a receiver that is down is tried again, later each time, and misses nothing', async (s) => {
  s.courier();
  s.receiver.isDown = true;
  const stack = await s.up(thing('one'), { sinks: [sink('here')] });
  await s.rest();
  await s.until('it was tried five times', () => s.receiver.attempts === 5);
  await s.quiet();
  const [standing] = await s.store.listSinks(stack.id);
  assert.deepEqual([standing!.attempts, standing!.reason, standing!.sent], [5, 'down', 0]);
  s.receiver.isDown = false;
  s.time.advance(1_000);
  await s.quiet();
  assert.equal(s.receiver.attempts, 5, 'not before its time');
  await allSent(s, stack);
  assert.deepEqual(s.receiver.numbers()[stack.uuid], range(1, (await s.view()).stack.eventSeq));
  assert.deepEqual((await s.store.listSinks(stack.id))[0]!.attempts, 0);
});

onEach('what is older than the ttl is given up, and counted', async (s) => {
  const stack = await s.up(thing('one'), { sinks: [sink('here', { ttl: 60 })] });
  await s.rest();
  const old = (await s.view()).stack.eventSeq;
  s.time.advance(61_000);
  await s.up(thing('two'), { sinks: [sink('here', { ttl: 60 })] });
  await s.rest();
  s.courier();
  await allSent(s, stack);
  const { eventSeq } = (await s.view()).stack;
  assert.deepEqual(s.receiver.numbers()[stack.uuid], range(old + 1, eventSeq));
  assert.deepEqual((await s.store.listSinks(stack.id))[0]!.dropped, old);
});

onEach('another courier takes over from one that was killed, once its time is over; nothing is lost', async (s) => {
  s.receiver.hangs = true;
  const first = s.courier('first');
  const stack = await s.up(thing('one'), { sinks: [sink('here')] });
  await s.rest();
  await s.until('it sends', () => s.receiver.received.length === 1);
  first.kill();
  s.receiver.hangs = false;
  s.courier('second');
  s.time.advance(2_000);
  await s.quiet();
  assert.equal(s.receiver.received.length, 1, 'the sink is still the first one’s');
  await allSent(s, stack);
  const { eventSeq } = (await s.view()).stack;
  assert.deepEqual(s.receiver.numbers()[stack.uuid], [1, ...range(1, eventSeq)], 'the one that nobody noted comes twice');
});

onEach('two couriers never send one sink’s events at once', async (s) => {
  s.courier('first');
  s.courier('second');
  const stack = await s.up(thing('one'), { sinks: [sink('here'), sink('there')] });
  await s.rest();
  for (const value of ['two', 'three']) {
    await s.up(thing(value), { sinks: [sink('here'), sink('there')] });
    await s.rest();
  }
  await allSent(s, stack);
  const all = range(1, (await s.view()).stack.eventSeq);
  assert.deepEqual([s.receiver.numbers('here'), s.receiver.numbers('there')], [{ [stack.uuid]: all }, { [stack.uuid]: all }]);
});

onEach('a receiver that never answers is given up after a while, and holds up no other', async (s) => {
  const send = s.receiver.send.bind(s.receiver);
  s.receiver.send = (target, event) => (target === 'deaf' ? new Promise(() => {}) : send(target, event));
  s.courier();
  const stack = await s.up(thing('one'), { sinks: [sink('deaf'), sink('here')] });
  await s.rest();
  const standing = async () => (await s.store.listSinks(stack.id)).filter(({ reason }) => reason !== '');
  await s.until('it is told', async () => (await standing()).length > 0);
  assert.deepEqual((await standing())[0]!.reason, 'it did not answer in time');
  assert.deepEqual(s.receiver.numbers('here')[stack.uuid], range(1, (await s.view()).stack.eventSeq));
});

onEach('each goal has its own sinks; a rollback turns back to those of the goal that it restores', async (s) => {
  s.courier();
  const stack = await s.up(thing('one'), { sinks: [sink('first')] });
  await s.rest();
  await allSent(s, stack);
  const one = (await s.view()).stack.eventSeq;
  s.world.fail('update', 'a');
  await s.up(thing('two'), { sinks: [sink('second')] });
  await s.rest();
  await allSent(s, stack);
  const two = (await s.view()).stack.eventSeq;
  await s.start('ROLLBACK', { kind: 'rollback', to: null });
  await s.rest();
  await allSent(s, stack);
  const three = (await s.view()).stack.eventSeq;
  assert.deepEqual(s.receiver.numbers('second')[stack.uuid], range(one + 1, two));
  assert.deepEqual(s.receiver.numbers('first')[stack.uuid], [...range(1, one), ...range(two + 1, three)]);
});

const nested = { 'in.yaml': { resources: { b: { properties: { value: 'x' } } } } };
const nest = { n: { type: 'in.yaml' } };

onEach('what is told of nested stacks goes there, too, also when only the sinks change', async (s) => {
  s.courier();
  const root = await s.up(nest, { files: nested, sinks: [sink('first')] });
  await s.rest();
  await allSent(s, root);
  const child = (await s.store.findStackByUuid((await s.current('n')).physicalId!))!;
  await allSent(s, child);
  assert.deepEqual(s.receiver.numbers('first')[child.uuid], range(1, child.eventSeq));
  await s.up(nest, { files: nested, sinks: [sink('second')] });
  await s.rest();
  await s.start('DELETE', { kind: 'empty' });
  await s.rest();
  const gone = (await s.store.findStackByUuid(child.uuid))!;
  await s.until('nothing is left', async () => (await s.store.listSinks(child.id)).length === 0);
  assert.deepEqual(s.receiver.numbers('second')[child.uuid], range(child.eventSeq + 1, gone.eventSeq));
});

onEach('retention leaves what a sink still waits for, and no more', async (s) => {
  const stack = await s.up(thing('one'), { sinks: [sink('here', { ttl: 7_200 })] });
  await s.rest();
  await s.start('DELETE', { kind: 'empty' });
  await s.rest();
  const purge = async () => {
    await s.quiet();
    const retention = { eventsMs: 0, traversalsMs: 0, deletedStacksMs: 0, goalsMs: 0 };
    return s.store.purge({ after: 0, retention, limit: 1_000, now: s.time.now(), wallTime: s.time.wallTime() });
  };
  s.time.advance(hour);
  assert.deepEqual([(await purge()).events, (await s.store.listSinks(stack.id)).length], [0, 1]);
  s.time.advance(2 * hour);
  assert.ok((await purge()).events > 0);
  assert.deepEqual(await s.store.listSinks(stack.id), []);
});

onEach('what retention took before it was sent is counted, and what comes after it is sent', async (s) => {
  const sinks = [sink('here', { ttl: 1 })];
  const stack = await s.up(thing('one'), { sinks });
  await s.rest();
  await s.up(thing('two'), { sinks });
  await s.rest();
  s.time.advance(hour);
  await s.quiet();
  const retention = { eventsMs: 0, traversalsMs: 0, deletedStacksMs: 0, goalsMs: null };
  await s.store.purge({ after: 0, retention, limit: 1_000, now: s.time.now(), wallTime: s.time.wallTime() });
  const kept = (await s.store.listEvents(stack.id, 0))[0]!.seq;
  assert.ok(kept > 1);
  s.courier();
  await allSent(s, stack);
  const { eventSeq } = (await s.view()).stack;
  assert.equal((await s.store.listSinks(stack.id))[0]!.dropped, eventSeq, 'the purged, and those that are too old by now');
});
