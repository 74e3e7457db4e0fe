/** Limits and priorities, as claims keep them: the same on either database. */
import assert from 'node:assert/strict';
import type { WorkLimit } from '../engine/limits.ts';
import type { EngineId, Served, Settlement, StartRequest, WorkItem } from '../engine/ports/store.ts';
import type { DatabaseStore } from './create-store.ts';
import { create, done, enlist, makeGoal, manyAlone, takeTurn } from './fixtures/made-goal.ts';
import { onEachOf } from './fixtures/on-each.ts';
import { testDatabases } from './fixtures/test-databases.ts';

const databases = await testDatabases();
const effectTypes = ['Http::Request', 'Http::Page', 'Disk::File'];

const onEach = onEachOf(databases);

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const set = (store: DatabaseStore, kind: WorkLimit['kind'], pattern: string, most: number): Promise<void> =>
  store.setLimit({ kind, pattern, most }, { now: 1_000, wallTime: 1_000 });
const files = (name: string): string => (name.startsWith('file') ? 'Disk::File' : 'Http::Request');
const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, []]));
const of = (tenant: string, name: string, request: Partial<StartRequest> = {}): StartRequest => ({
  ...create(name, makeGoal(manyAlone(6), 'v', files)),
  stack: { uuid: `uuid-${name}`, tenant, name },
  ...request,
});
const turn = (
  store: DatabaseStore,
  engineId: EngineId,
  settlements: readonly Settlement[],
  calls: number,
  more: { readonly after?: Served; readonly turn?: number } = {},
) => takeTurn(store, engineId, settlements, calls, { effectTypes, ...more });
const namesOf = (items: readonly WorkItem[]): string[] => items.map((item) => item.resource.name);

onEach('a limit on a family of types holds, and nothing else waits behind what it holds back', async (store) => {
  const shape = named(...range(200).map((i) => `call${i}`), ...range(5).map((i) => `file${i}`));
  await store.startTraversal(create('s', makeGoal(shape, 'v', files)));
  await set(store, 'type', 'Http::*', 3);
  const engineId = await enlist(store, 'e');
  const first = await turn(store, engineId, [], 20);
  assert.deepEqual(namesOf(first.claimed), ['call0', 'call1', 'call2', ...range(5).map((i) => `file${i}`)]);
  assert.deepEqual((await turn(store, engineId, [], 20)).claimed, []);
  const next = await turn(store, engineId, first.claimed.slice(0, 2).map(done), 20);
  assert.deepEqual(namesOf(next.claimed), ['call3', 'call4'], 'the turn that makes room uses it');
  const [use] = await store.readLimitUse([]);
  assert.deepEqual(use!.inFlight.map(({ resource }) => resource).sort(), ['call2', 'call3', 'call4']);
  assert.equal(await store.countHeldBack([]), 195);
  assert.equal(await store.removeLimit({ kind: 'type', pattern: 'Http::*' }), true);
  assert.equal(await store.removeLimit({ kind: 'type', pattern: 'Http::*' }), false);
  assert.equal((await turn(store, engineId, [], 20)).claimed.length, 20);
});

onEach('a limit of each tenant counts each one by itself, and one of its own comes before it', async (store) => {
  for (const tenant of ['a', 'b', 'c']) for (const i of range(2)) await store.startTraversal(of(tenant, `${tenant}${i}`));
  await set(store, 'tenant', '*', 2);
  await set(store, 'tenant', 'c', 5);
  const engineId = await enlist(store, 'e');
  const { claimed } = await turn(store, engineId, [], 100);
  const tenants = claimed.map((item) => item.stack.name[0]!).sort();
  assert.equal(tenants.join(''), 'aabbccccc');
  const again = await turn(store, engineId, claimed.filter((item) => item.stack.name.startsWith('b')).map(done), 100);
  assert.deepEqual(
    again.claimed.map((item) => item.stack.name[0]),
    ['b', 'b'],
  );
  const use = (await store.readLimitUse([])).map((one) => `${one.pattern} ${one.tenant} ${one.inFlight.length}`);
  assert.deepEqual(use.sort(), ['* a 2', '* b 2', 'c c 5']);
});

onEach('what a thousand stacks of a full tenant have ready keeps nobody else from being seen', async (store) => {
  await set(store, 'tenant', 'a', 1);
  for (const i of range(150)) await store.startTraversal(of('a', `a${i}`));
  await store.startTraversal(of('b', 'b'));
  const engineId = await enlist(store, 'e');
  const first = await turn(store, engineId, [], 1);
  assert.equal(first.claimed.length, 1);
  const { claimed } = await turn(store, engineId, [], 10, { after: first.served });
  assert.equal(claimed.filter((item) => item.stack.name === 'b').length, first.claimed[0]!.stack.name === 'b' ? 5 : 6);
});

onEach('what a dead engine had in flight counts until it is free, and no longer', async (store) => {
  await store.startTraversal(of('t', 's'));
  await set(store, 'type', '*', 2);
  const dead = await enlist(store, 'dead', 5_000);
  const engineId = await enlist(store, 'e');
  assert.equal((await turn(store, dead, [], 10)).claimed.length, 2);
  assert.equal((await turn(store, engineId, [], 10)).claimed.length, 0);
  await store.freeDead([dead], 4_000);
  assert.equal((await turn(store, engineId, [], 10)).claimed.length, 2);
});

onEach('four engines at once never have more in flight than a limit says, and do all of it', async (store) => {
  // More stacks than one turn looks at, so that engines work in different trees at the same time.
  for (const i of range(130))
    await store.startTraversal(of('t', `s${i}`, { goal: { kind: 'new', goal: makeGoal(named('call'), 'v', files) } }));
  const ids = (await store.listStacks('t')).map((stack) => stack.id).sort((a, b) => a - b);
  await set(store, 'type', 'Http::*', 3);
  let inFlight = 0;
  let most = 0;
  let finished = 0;
  const work = async (engineId: EngineId, from: number): Promise<void> => {
    let after: Served = from === 0 ? {} : { normal: ids[from - 1]! };
    let working: readonly WorkItem[] = [];
    let settlements: readonly Settlement[] = [];
    for (let idle = 0; idle < 300 && finished < ids.length; ) {
      const answer = await turn(store, engineId, settlements, 2, { after });
      const { settlements: postponed } = answer.postponed;
      finished += settlements.length - postponed.length;
      inFlight += answer.claimed.length;
      most = Math.max(most, inFlight);
      if (answer.claimed.length > 0) after = answer.served;
      // What was begun with the last turn has ended by now; what was begun with this one goes on for a turn.
      inFlight -= working.length;
      settlements = [...postponed, ...working.map(done)];
      working = answer.claimed;
      idle = settlements.length + working.length > 0 ? 0 : idle + 1;
    }
  };
  // Enlisted at once, so that as many connections are open when they begin to claim.
  const engines = await Promise.all(range(4).map((i) => enlist(store, `e${i}`)));
  await Promise.all(engines.map((engineId, i) => work(engineId, i % 2 === 0 ? 0 : 65)));
  await work(await enlist(store, 'late'), 0);
  assert.equal(finished, ids.length);
  assert.ok(most <= 3, `${most} were in flight at once`);
  for (const stack of await store.listStacks('t')) assert.equal(stack.status, 'COMPLETE', stack.reason);
});

onEach('a large stack does not keep fifty small ones waiting, within a limit either', async (store) => {
  await set(store, 'type', 'Http::*', 20);
  const large = { kind: 'new', goal: makeGoal(manyAlone(6_000), 'v', files) } as const;
  await store.startTraversal(of('t', 'large', { goal: large }));
  for (const i of range(50))
    await store.startTraversal(of('t', `small${i}`, { goal: { kind: 'new', goal: makeGoal(manyAlone(2), 'v', files) } }));
  const engineId = await enlist(store, 'e');
  let after: Served = {};
  let settlements: Settlement[] = [];
  let small = 0;
  for (let i = 0; i < 10; i++) {
    const answer = await turn(store, engineId, settlements, 64, { after });
    after = answer.served;
    assert.equal(answer.claimed.length, 20);
    small += answer.claimed.filter((item) => item.stack.name !== 'large').length;
    settlements = answer.claimed.map(done);
  }
  assert.equal(small, 100, 'ten turns of twenty claims are enough for the fifty');
});

onEach('stacks of high priority come first, those of low priority last, and none waits for ever', async (store) => {
  for (const name of ['low', 'normal', 'high'] as const)
    for (const i of range(2))
      await store.startTraversal(
        of('t', `${name}${i}`, { priority: name, goal: { kind: 'new', goal: makeGoal(manyAlone(60)) } }),
      );
  const engineId = await enlist(store, 'e');
  const got: string[] = [];
  let after: Served = {};
  for (let i = 0; i < 16; i++) {
    const answer = await takeTurn(store, engineId, [], 4, { after, turn: i });
    after = answer.served;
    got.push(answer.claimed.map((item) => item.stack.name).join(' '));
  }
  const both = (name: string): string => `${name}0 ${name}0 ${name}1 ${name}1`;
  const [high, normal, low] = [both('high'), both('normal'), both('low')];
  const sorted = got.map((names) => names.split(' ').sort().join(' '));
  assert.deepEqual(sorted, [high, high, high, normal, high, high, high, low, high, high, high, normal, high, high, high, low]);
  const rest = await takeTurn(store, engineId, [], 100, { after, turn: 16 });
  const counts = Map.groupBy(rest.claimed, (item) => item.stack.name.slice(0, -1));
  assert.equal(rest.claimed.length, 100);
  assert.deepEqual([...counts].map(([priority, items]) => `${priority} ${items.length}`).sort(), ['high 72', 'normal 28']);
});

onEach('a priority is kept, and changed with the next request, in the whole tree', async (store) => {
  await store.startTraversal(of('t', 's', { priority: 'high' }));
  assert.equal((await store.findStack('t', 's'))!.priority, 'high');
  await store.startTraversal(of('t', 's', { action: 'UPDATE' }));
  assert.equal((await store.findStack('t', 's'))!.priority, 'high');
  await store.startTraversal(of('t', 's', { action: 'UPDATE', priority: 'low' }));
  assert.equal((await store.findStack('t', 's'))!.priority, 'low');
});
