/** What an operator does to a database at work: pause, stop one stack, mark it restored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../../store/fixtures/test-databases.ts';
import { openScenario, type Scenario } from './harness.ts';

const databases = await testDatabases();

const scenario = (name: string, body: (s: Scenario) => Promise<void>): void => {
  for (const database of databases)
    test(`${name} (${database.name})`, { skip: database.skip }, async () => {
      const s = await openScenario(database);
      try {
        await body(s);
      } finally {
        await s.close();
      }
    });
};

const two = {
  a: { properties: { value: 'a1' } },
  b: { properties: { value: 'b1' }, depends_on: 'a' },
};

const timesOf = (s: Scenario) => ({ now: s.time.now(), wallTime: s.time.wallTime() });

async function stop(s: Scenario) {
  const { stack } = await s.view();
  const answer = await s.store.stopStack(stack.uuid, timesOf(s), 'by hand');
  s.hint();
  return answer;
}

/** Lets engines do whatever they would do by themselves within that time. */
async function letPass(s: Scenario, ms: number): Promise<void> {
  const until = s.time.now() + ms;
  await s.until(`${ms} ms have passed`, () => s.time.now() >= until);
}

scenario('paused, nothing is claimed and what is under way ends; then it goes on, and no deadline has come nearer', async (s) => {
  s.world.hold('create', 'a');
  await s.up(two);
  await s.until('a is being made', () => s.world.isHeld('create', 'a'));
  assert.equal(await s.store.pause(timesOf(s), 'maintenance'), true);
  assert.equal(await s.store.pause(timesOf(s), 'again'), false);
  s.world.release('create', 'a');
  await s.until('a is made', async () => (await s.current('a')).status === 'COMPLETE');
  await letPass(s, 120_000);
  assert.deepEqual(s.world.names(), ['a']);
  const gate = await s.store.readGate();
  assert.equal(gate.state, 'paused');
  assert.equal(gate.state === 'paused' && gate.reason, 'maintenance');
  assert.equal(await s.store.unpause(timesOf(s)), true);
  assert.equal(await s.store.unpause(timesOf(s)), false);
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b']);
});

scenario('a traversal with a deadline does not time out while all is paused', async (s) => {
  await s.store.pause(timesOf(s), '');
  await s.up(two, { timeoutMs: 60_000 });
  await letPass(s, 200_000);
  assert.equal((await s.view()).stack.status, 'IN_PROGRESS');
  await s.store.unpause(timesOf(s));
  assert.equal((await s.rest()).status, 'COMPLETE');
});

scenario('stopped by force, a stack does nothing more until the next request; what was made is found and kept', async (s) => {
  s.world.hold('create', 'a');
  await s.up(two);
  await s.until('a is being made', () => s.world.isHeld('create', 'a'));
  const answer = await stop(s);
  assert.equal(answer.kind, 'stopped');
  assert.equal(answer.kind === 'stopped' && answer.operations, 1);
  const stopped = await s.view();
  assert.deepEqual([stopped.stack.status, stopped.nodes.length], ['FAILED', 0]);
  assert.match(stopped.stack.reason, /^Stopped: by hand/);
  await letPass(s, 60_000);
  assert.deepEqual(s.world.calls, ['create a']);
  assert.equal((await s.view()).operations[0]?.engineId, null, 'given back');
  s.world.release('create', 'a');
  await s.start('UPDATE', { kind: 'carry' });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b'], 'each once');
  assert.deepEqual(await s.store.checkRows(), []);
});

scenario('a call of a stopped stack that ends all the same is recorded, and starts nothing', async (s) => {
  s.world.hold('create', 'a');
  await s.up(two, { rollback: true });
  await s.until('a is being made', () => s.world.isHeld('create', 'a'));
  await stop(s);
  s.world.release('create', 'a');
  await s.until('its result is there', async () => (await s.view()).operations.length === 0);
  await letPass(s, 60_000);
  const { stack, resources } = await s.view();
  assert.equal(stack.status, 'FAILED');
  assert.equal(stack.traversal, 1, 'no rollback by itself');
  assert.equal(resources.find((r) => r.name === 'a')?.status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a']);
  await s.start('DELETE', { kind: 'empty' });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), []);
});

scenario('an operation that slept when its stack was stopped goes on asleep, with the time that it had left', async (s) => {
  s.world.plan('create', 'a', () => ({ kind: 'ask-again', afterMs: 1_000, progress: null }));
  await s.up(two);
  await s.until('a sleeps', async () => (await s.view()).operations[0]?.state === 'sleeping');
  await stop(s);
  const asked = s.world.calls.length;
  await letPass(s, 600_000);
  assert.equal(s.world.calls.length, asked, 'nobody asks');
  s.world.plan('create', 'a', null);
  await s.start('UPDATE', { kind: 'carry' });
  assert.equal((await s.rest()).status, 'COMPLETE');
});

for (const [what, action, goal] of [
  ['rollback', 'ROLLBACK', { kind: 'rollback', to: null }],
  ['delete', 'DELETE', { kind: 'empty' }],
  ['check', 'CHECK', { kind: 'carry' }],
] as const) {
  scenario(`after a forced stop of an update, ${what} is accepted and ends`, async (s) => {
    await s.up(two);
    await s.rest();
    s.world.hold('update', 'a');
    await s.up({ ...two, a: { properties: { value: 'a2' } } });
    await s.until('a is being changed', () => s.world.isHeld('update', 'a'));
    await stop(s);
    await letPass(s, 10_000);
    s.world.release('update', 'a');
    assert.equal((await s.start(action, goal)).kind, 'started');
    await s.rest();
    assert.deepEqual(await s.store.checkRows(), []);
  });
}

scenario('at rest there is nothing to stop', async (s) => {
  await s.up(two);
  await s.rest();
  const answer = await stop(s);
  assert.equal(answer.kind === 'refused' && answer.code, 'NOTHING_TO_STOP');
});

scenario('restored: every object is read before anything is decided by its row, and only what differs is touched', async (s) => {
  await s.up({
    ...two,
    blind: { type: 'World::Blind', properties: { value: 'x' } },
    gone: {},
    other: { properties: { value: 'o1' } },
  });
  await s.rest();
  s.world.objects.delete(s.world.one('gone').id);
  s.world.one('other').properties = { value: 'changed since', key: '', path: '' };
  s.world.calls.length = 0;
  assert.equal(await s.store.markRestored(timesOf(s), 'second life'), 5);
  assert.equal(await s.store.readMeta('incarnation'), 'second life');
  await s.start('UPDATE', { kind: 'carry' });
  const stack = await s.rest();
  assert.equal(stack.status, 'COMPLETE', stack.reason);
  assert.deepEqual(s.world.calls.sort(), ['create gone', 'update other']);
  assert.deepEqual(s.world.one('other').properties['value'], 'o1');
  const { resources } = await s.view();
  assert.deepEqual(
    resources.filter((r) => r.unread).map((r) => r.name),
    [],
  );
  s.world.calls.length = 0;
  await s.start('UPDATE', { kind: 'carry' });
  await s.rest();
  assert.deepEqual(s.world.calls, [], 'read once is enough');
});

scenario('restored: a check reads, too', async (s) => {
  await s.up(two);
  await s.rest();
  await s.store.markRestored(timesOf(s), 'second life');
  s.world.objects.delete(s.world.one('b').id);
  await s.start('CHECK', { kind: 'carry' });
  const stack = await s.rest();
  assert.equal(stack.status, 'FAILED');
  assert.match(stack.reason, /resources\.b: it is gone/);
  assert.deepEqual(
    (await s.view()).resources.filter((r) => r.unread),
    [],
  );
});

scenario('what an engine of the former life still does settles nothing', async (s) => {
  s.world.hold('create', 'a');
  await s.up(two);
  await s.until('a is being made', () => s.world.isHeld('create', 'a'));
  await s.store.markRestored(timesOf(s), 'second life');
  s.world.release('create', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b'], 'each once');
});

// ── nested stacks ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const files = (more: object = {}) => ({
  'child.yaml': {
    parameters: { value: { type: 'string' } },
    resources: { inner: { properties: { value: { get_param: 'value' } } }, ...more },
  },
});
const nest = (value: string) => ({ nest: { type: 'child.yaml', properties: { value } } });

scenario('stopped by force, a stack takes what is nested in it with it; a retry goes on', async (s) => {
  s.world.hold('create', 'inner');
  await s.up({ ...nest('one'), after: { depends_on: 'nest' } }, { files: files() });
  await s.until('inner is being made', () => s.world.isHeld('create', 'inner'));
  assert.equal((await stop(s)).kind, 'stopped');
  await letPass(s, 60_000);
  assert.deepEqual(await s.store.checkRows(), []);
  s.world.release('create', 'inner');
  await s.start('UPDATE', { kind: 'carry' });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['after', 'inner']);
  assert.deepEqual(await s.store.checkRows(), []);
});

scenario('stopped while what is nested is cleaned up, the next request cleans it up', async (s) => {
  await s.up(nest('one'), { files: files({ extra: {} }) });
  await s.rest();
  s.world.hold('delete', 'extra');
  await s.up(nest('one'), { files: files() });
  await s.until('extra is being deleted', () => s.world.isHeld('delete', 'extra'));
  assert.equal((await stop(s)).kind, 'stopped');
  await letPass(s, 10_000);
  s.world.release('delete', 'extra');
  await s.start('UPDATE', { kind: 'carry' });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['inner']);
  assert.deepEqual(await s.store.checkRows(), []);
});

scenario('restored: nested objects are read, too, and once is enough', async (s) => {
  await s.up(nest('one'), { files: files() });
  await s.rest();
  s.world.objects.delete(s.world.one('inner').id);
  await s.store.markRestored(timesOf(s), 'second life');
  await s.start('UPDATE', { kind: 'carry' });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['inner']);
  s.world.calls.length = 0;
  const again = await s.start('UPDATE', { kind: 'carry' });
  await s.rest();
  assert.deepEqual(s.world.calls, []);
  assert.equal(again.kind === 'started' && again.walked, 0);
});

const addressed = {
  a: {},
  b: { properties: { value: { get_attr: ['a', 'address'] } } },
  c: { properties: { value: { get_attr: ['b', 'value'] } } },
};

scenario('a check that finds other outputs carries the goal on to what uses them, and to nothing else', async (s) => {
  await s.up({ ...addressed, d: {} });
  await s.rest();
  s.world.one('a').address = 'elsewhere';
  s.world.calls.length = 0;
  await s.start('CHECK', { kind: 'carry' });
  await s.until('the goal is carried on', async () => (await s.view()).stack.action === 'UPDATE');
  const stack = await s.rest();
  assert.equal(stack.status, 'COMPLETE');
  assert.deepEqual(s.world.calls, ['update b', 'update c']);
  assert.equal(s.world.one('c').properties['value'], 'elsewhere');
  await s.start('CHECK', { kind: 'carry' });
  assert.equal((await s.rest()).action, 'CHECK', 'once is enough');
});

scenario('a check that finds something wrong carries nothing on', async (s) => {
  await s.up({ ...addressed, d: {} });
  await s.rest();
  s.world.one('a').address = 'elsewhere';
  s.world.objects.delete(s.world.one('d').id);
  s.world.calls.length = 0;
  await s.start('CHECK', { kind: 'carry' });
  const stack = await s.rest();
  assert.deepEqual([stack.action, stack.status], ['CHECK', 'FAILED']);
  assert.deepEqual(s.world.calls, []);
  await s.start('UPDATE', { kind: 'carry' });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('c').properties['value'], 'elsewhere', 'the next traversal of the goal brings it there');
});

scenario('a check of the root carries on a nested stack whose outputs have changed', async (s) => {
  const files = { 'inner.yaml': { resources: addressed, outputs: { seen: { value: { get_attr: ['c', 'value'] } } } } };
  await s.up({ inner: { type: 'inner.yaml' }, outer: { properties: { value: { get_attr: ['inner', 'seen'] } } } }, { files });
  await s.rest();
  s.world.one('a').address = 'elsewhere';
  await s.start('CHECK', { kind: 'carry' });
  await s.until(
    'what uses the output of the nested stack has it',
    () => s.world.one('outer').properties['value'] === 'elsewhere',
  );
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(await s.store.checkRows(), []);
});

scenario('an export that is given up opens the gate that it closed, never that of another', async (s) => {
  const { store } = s;
  const first = await store.beginMoving(timesOf(s), 'first');
  assert.equal(await store.reopen(), true);
  const second = await store.beginMoving(timesOf(s), 'second');
  assert.equal(await store.reopen(first!), false);
  assert.equal((await store.readGate()).state, 'moving');
  assert.equal(await store.reopen(second!), true);
  assert.equal((await store.readGate()).state, 'open');
});
