/** What is over goes when it is old; what is still meant stays, and the rows agree afterwards. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Retention } from '../../engine/ports/store.ts';
import { type TestDatabase, testDatabases } from '../../store/fixtures/test-databases.ts';
import { openScenario, type Scenario } from './harness.ts';

const databases = await testDatabases();
const hour = 3_600_000;
const anHour: Retention = { eventsMs: hour, traversalsMs: hour, deletedStacksMs: hour, goalsMs: hour };
const thing = (value: string) => ({ a: { properties: { value } } });

async function purgeAll(s: Scenario, retention: Retention, limit = 1_000) {
  const total = { events: 0, traversals: 0, goals: 0, stacks: 0, tombstones: 0 };
  let steps = 0;
  // A tree that the engine has locked would be left for the next round.
  await s.quiet();
  for (let after: number | null = 0; after !== null; steps++) {
    const purged = await s.store.purge({ after, retention, limit, now: s.time.now(), wallTime: s.time.wallTime() });
    for (const kind of Object.keys(total) as (keyof typeof total)[]) total[kind] += purged[kind];
    after = purged.next;
  }
  return { ...total, steps };
}

async function tellOf(s: Scenario) {
  const { stack } = await s.view();
  const numbers = (rows: readonly { readonly number: number }[]) => rows.map((row) => row.number);
  return {
    goals: numbers(await s.store.listGoals(stack.id)),
    traversals: numbers(await s.store.listTraversals(stack.id)),
    firstEvent: (await s.store.listEvents(stack.id, 0))[0]?.seq,
    lastEvent: (await s.store.listEvents(stack.id, 0)).at(-1)?.seq,
    change: stack.eventSeq,
  };
}

async function withHistory(database: TestDatabase): Promise<Scenario> {
  const s = await openScenario(database);
  for (const value of ['one', 'two', 'three']) {
    await s.up(thing(value));
    await s.rest();
  }
  s.world.fail('update', 'a');
  for (const value of ['four', 'five']) {
    await s.up(thing(value));
    await s.rest();
  }
  return s;
}

const onEach = (name: string, body: (s: Scenario) => Promise<void>): void => {
  for (const database of databases)
    test(`${name} (${database.name})`, { skip: database.skip }, async () => {
      const s = await withHistory(database);
      try {
        await body(s);
      } finally {
        await s.close();
      }
    });
};

onEach('old goals, traversals and events go; the current goal, the rollback point and what they need stay', async (s) => {
  const before = await tellOf(s);
  assert.deepEqual(before.goals, [1, 2, 3, 4, 5]);
  assert.deepEqual((await purgeAll(s, anHour)).events, 0, 'nothing is old yet');
  s.time.advance(2 * hour);
  const purged = await purgeAll(s, anHour);
  assert.equal(purged.goals, 3);
  const after = await tellOf(s);
  assert.deepEqual(after.goals, [3, 5]);
  assert.deepEqual(after.traversals, [3, 5], 'those that kept goals belong to');
  assert.ok(after.firstEvent! > 1, 'old events are gone');
  assert.equal(after.lastEvent, before.change, 'without a gap up to the last one');
  assert.deepEqual(await s.store.checkRows(), []);
  s.world.plan('update', 'a', null);
  assert.equal((await s.start('ROLLBACK', { kind: 'rollback', to: null })).kind, 'started');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('a').properties['value'], 'three');
  assert.deepEqual(await s.store.checkRows(), []);
});

onEach('goals of any age are kept unless it is asked for', async (s) => {
  s.time.advance(1_000 * hour);
  assert.equal((await purgeAll(s, { ...anHour, goalsMs: null })).goals, 0);
  assert.equal((await s.start('ROLLBACK', { kind: 'rollback', to: 1 })).kind, 'started');
});

onEach('a deleted stack goes with all that is left of it, a few rows at a time', async (s) => {
  await s.start('DELETE', { kind: 'empty' });
  await s.rest();
  assert.equal((await purgeAll(s, anHour)).stacks, 0);
  assert.equal((await s.store.listStacks('t', { deleted: true })).length, 1);
  s.time.advance(2 * hour);
  const { events, stacks, steps } = await purgeAll(s, anHour, 3);
  assert.equal(stacks, 1);
  assert.ok(steps > events / 3, 'in small steps');
  assert.deepEqual(await s.store.listStacks('t', { deleted: true }), []);
  assert.deepEqual(await s.store.checkRows(), []);
});

/** To goal 6, until its update is released. */
async function beginChange(s: Scenario): Promise<void> {
  s.world.plan('update', 'a', null);
  s.world.hold('update', 'a');
  await s.up(thing('six'));
  await s.until('a is being changed', () => s.world.isHeld('update', 'a'));
}

onEach('while work is under way nothing it needs is purged', async (s) => {
  await beginChange(s);
  s.time.advance(2 * hour);
  await purgeAll(s, anHour);
  assert.deepEqual((await tellOf(s)).goals, [3, 6]);
  s.world.release('update', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(await s.store.checkRows(), []);
});

onEach('a definition that was in use when its goal was purged goes when that use is over', async (s) => {
  await beginChange(s);
  await s.up(thing('seven'));
  s.time.advance(2 * hour);
  await purgeAll(s, anHour);
  assert.deepEqual((await tellOf(s)).goals, [3, 7]);
  s.world.release('update', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(await s.store.checkRows(), []);
});

for (const database of databases)
  test(`a deleted stack waits for those nested in it, and fsck does not mind (${database.name})`, {
    skip: database.skip,
  }, async () => {
    const s = await openScenario(database);
    try {
      await s.up({ n: { type: 'in.yaml' } }, { files: { 'in.yaml': { resources: { b: {} } } } });
      await s.rest();
      await s.start('DELETE', { kind: 'empty' });
      await s.rest();
      s.time.advance(2 * hour);
      assert.equal((await purgeAll(s, anHour)).stacks, 1, 'the nested one');
      assert.deepEqual(await s.store.checkRows(), []);
      assert.equal((await purgeAll(s, anHour)).stacks, 1);
      assert.deepEqual(await s.store.listStacks('t', { deleted: true }), []);
    } finally {
      await s.close();
    }
  });

onEach('an engine purges by itself, and rests once it is round', async (s) => {
  s.time.advance(2 * hour);
  await s.until('the engine has purged', async () => (await tellOf(s)).firstEvent! > 1);
});
