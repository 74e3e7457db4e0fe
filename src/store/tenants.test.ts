/** Tenants in turn, as claims keep them: the same on either database. */
import assert from 'node:assert/strict';
import type { EngineId, Served, StartRequest, WorkItem } from '../engine/ports/store.ts';
import type { Priority } from '../engine/priorities.ts';
import type { DatabaseStore } from './create-store.ts';
import { create, done, enlist, makeGoal, manyAlone, takeTurn } from './fixtures/made-goal.ts';
import { onEachOf } from './fixtures/on-each.ts';
import { testDatabases } from './fixtures/test-databases.ts';

const onEach = onEachOf(await testDatabases());
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A stack of some resources; its name begins with its tenant's. */
const of = (tenant: string, name: string, count: number, priority?: Priority): StartRequest => ({
  ...create(`${tenant}${name}`, makeGoal(manyAlone(count))),
  stack: { uuid: `uuid-${tenant}${name}`, tenant, name: `${tenant}${name}` },
  ...(priority && { priority }),
});
const countOf = (items: readonly WorkItem[], tenant: string): number =>
  items.filter(({ stack }) => stack.name.startsWith(tenant)).length;

/** What so many turns claim, of which each goes on where the last one ended; what was claimed before is settled. */
async function turns(store: DatabaseStore, engineId: EngineId, count: number, calls: number): Promise<readonly WorkItem[]> {
  const all: WorkItem[] = [];
  let after: Served = {};
  let last: readonly WorkItem[] = [];
  for (const i of range(count)) {
    const answer = await takeTurn(store, engineId, last.map(done), calls, { after, turn: i });
    [after, last] = [answer.served, answer.claimed];
    all.push(...last);
  }
  return all;
}

onEach('a tenant with a hundred stacks gets no more than one with a single stack', async (store) => {
  for (const i of range(100)) await store.startTraversal(of('a', `${i}`, 5));
  await store.startTraversal(of('b', '0', 60));
  const engineId = await enlist(store, 'e');
  const { claimed } = await takeTurn(store, engineId, [], 20);
  assert.deepEqual([countOf(claimed, 'a'), countOf(claimed, 'b')], [10, 10]);
  assert.equal(new Set(claimed.map(({ stack }) => stack.name)).size, 11, 'and of the hundred each gets the same');
});

onEach('turns that have one call to give go round the tenants, and round the stacks of each', async (store) => {
  for (const i of range(3)) await store.startTraversal(of('a', `${i}`, 9));
  for (const i of range(2)) await store.startTraversal(of('b', `${i}`, 9));
  await store.startTraversal(of('c', '0', 9));
  const got = await turns(store, await enlist(store, 'e'), 9, 1);
  assert.deepEqual(
    got.map(({ stack }) => stack.name),
    ['a0', 'b0', 'c0', 'a1', 'b1', 'c0', 'a2', 'b0', 'c0'],
  );
});

onEach('what a tenant leaves of its share the others get', async (store) => {
  for (const i of range(3)) await store.startTraversal(of('a', `${i}`, 30));
  await store.startTraversal(of('b', '0', 2));
  const { claimed } = await takeTurn(store, await enlist(store, 'e'), [], 40);
  assert.deepEqual([countOf(claimed, 'a'), countOf(claimed, 'b')], [38, 2]);
});

onEach('more tenants than a turn looks at: each has its turn', async (store) => {
  for (const i of range(150)) await store.startTraversal(of(`t${String(i).padStart(3, '0')}-`, '0', 2));
  const got = await turns(store, await enlist(store, 'e'), 8, 20);
  assert.equal(new Set(got.map(({ stack }) => stack.name)).size, 150, 'eight turns of twenty reach all');
  assert.equal(got.length, 160);
});

onEach('tenants in turn within each priority, and within limits', async (store) => {
  for (const i of range(10)) await store.startTraversal(of('a', `${i}`, 4, 'high'));
  await store.startTraversal(of('b', '0', 40, 'high'));
  await store.startTraversal(of('c', '0', 40));
  await store.setLimit({ kind: 'tenant', pattern: 'b', most: 6 }, { now: 1_000, wallTime: 1_000 });
  const engineId = await enlist(store, 'e');
  const first = await takeTurn(store, engineId, [], 10);
  assert.deepEqual([countOf(first.claimed, 'a'), countOf(first.claimed, 'b'), countOf(first.claimed, 'c')], [5, 5, 0]);
  const second = await takeTurn(store, engineId, [], 10, { after: first.served, turn: 1 });
  assert.deepEqual([countOf(second.claimed, 'a'), countOf(second.claimed, 'b'), countOf(second.claimed, 'c')], [9, 1, 0]);
});
