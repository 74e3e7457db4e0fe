/** What a claim finds among many ready nodes, and whom it waits for: the same on either database where nothing else is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import type { ResourcePatch, Settlement, Store, WorkItem } from '../engine/ports/store.ts';
import { failure } from '../std/failure.ts';
import { create, done, enlist, intentOf, makeGoal, manyAlone, nestedGoal, takeTurn, testVault } from './fixtures/made-goal.ts';
import { onEachOf } from './fixtures/on-each.ts';
import { findServer, noServer } from './fixtures/postgres-server.ts';
import { testDatabases } from './fixtures/test-databases.ts';
import { migrate } from './migrate.ts';
import { readPostgresAddress } from './postgres-address.ts';
import { openPostgres } from './postgres-driver.ts';
import { createPostgresStore } from './postgres-store.ts';

const onEach = onEachOf(await testDatabases());
const types = { freeTypes: ['Test::Value'] } as const;
const namesOf = (items: readonly WorkItem[]): string[] => items.map((item) => item.resource.name).sort();

/** Many that need a call, and behind them some that need none. */
const behind = (count: number) =>
  makeGoal({ ...manyAlone(300), ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`z${i}`, []])) }, 'v', (name) =>
    name.startsWith('z') ? 'Test::Value' : 'Test::Thing',
  );

onEach('what needs no call waits behind many that do, while somebody works on these', async (store) => {
  await store.startTraversal(create('s', behind(1)));
  const { claimed } = await takeTurn(store, await enlist(store, 'e'), [], 5, { free: 100, ...types });
  assert.equal(claimed.length, 5);
  assert.ok(!namesOf(claimed).includes('z0'));
});

onEach('what needs no call is found behind any number that this engine does not offer', async (store) => {
  await store.startTraversal(create('s', behind(1)));
  const { claimed } = await takeTurn(store, await enlist(store, 'e'), [], 5, {
    free: 100,
    ...types,
    effectTypes: ['Test::Other'],
  });
  assert.deepEqual(namesOf(claimed), ['z0']);
});

onEach('what needs no call is found behind any number while all calls hang', async (store) => {
  await store.startTraversal(create('s', behind(1)));
  const { claimed } = await takeTurn(store, await enlist(store, 'e'), [], 0, { free: 100, ...types });
  assert.deepEqual(namesOf(claimed), ['z0']);
});

onEach('where nothing needs a call, one turn gets all that it wants', async (store) => {
  await store.startTraversal(
    create(
      's',
      makeGoal(manyAlone(900), 'v', () => 'Test::Value'),
    ),
  );
  const { claimed } = await takeTurn(store, await enlist(store, 'e'), [], 5, { free: 700, ...types });
  assert.equal(claimed.length, 700);
});

/** Begins to make what is ready, as an engine of that machine does. */
async function beginAll(store: Store, host: string | null): Promise<readonly WorkItem[]> {
  const engineId = await enlist(store, `of ${host}`);
  const { claimed } = await takeTurn(store, engineId, [], 1_000);
  const intents = claimed.map((item) => ({ ...intentOf(item, null), host }));
  await takeTurn(store, engineId, [], 0, { intents });
  await store.retireEngine(engineId, 2_000);
  return claimed;
}

/** Nobody can say what became of its call. */
function unknown({ stack, traversal, resource, operation, node }: WorkItem): Settlement {
  const claim = {
    stackId: stack.id,
    traversal,
    nodeId: node!.id,
    resourceId: resource.id,
    operation: true,
    epoch: operation!.epoch,
  };
  const patch: ResourcePatch = { action: 'CREATE', status: 'UNKNOWN', reason: 'lost', doubt: true };
  return { kind: 'failed', claim, patch, failure: failure('UNKNOWN', 'lost') };
}

onEach('what only another machine can go on with keeps nobody from the rest', async (store) => {
  await store.startTraversal(create('far', makeGoal(manyAlone(300))));
  await beginAll(store, 'far');
  await store.startTraversal(create('near', makeGoal({ a: [] })));
  await beginAll(store, null);
  const { claimed } = await takeTurn(store, await enlist(store, 'e'), [], 500);
  assert.deepEqual(
    claimed.map((item) => [item.stack.name, item.operation?.kind]),
    [['near', 'create']],
  );
  const there = await takeTurn(store, await enlist(store, 'f'), [], 500, { host: 'far' });
  assert.equal(there.claimed.length, 300);
});

onEach('an operation that is late is taken over once, and for a while nobody else takes it', async (store) => {
  const [late, grace] = [10_000, 30_000];
  await store.startTraversal(create('s', makeGoal({ a: [] })));
  const first = await enlist(store, 'first');
  const { claimed } = await takeTurn(store, first, [], 1);
  await takeTurn(store, first, [], 0, { intents: claimed.map((item) => ({ ...intentOf(item, null), deadline: late })) });
  await store.retireEngine(first, late + grace);
  const [second, third] = [await enlist(store, 'second'), await enlist(store, 'third')];
  const claims = async (id: typeof second, now: number) => (await takeTurn(store, id, [], 1, { now })).claimed.length;
  const overdue = late + 10 * grace;
  assert.deepEqual([await claims(second, overdue), await claims(third, overdue)], [1, 0]);
  assert.deepEqual([await claims(third, overdue + grace - 1), await claims(third, overdue + grace)], [0, 1]);
  assert.equal(await claims(second, overdue + grace), 0);
});

onEach('what a lost call made is looked for by an engine that can see it', async (store) => {
  for (const [host, count] of [['far', 30] as const, [null, 1] as const]) {
    await store.startTraversal(create(`s ${host}`, makeGoal(manyAlone(count))));
    await beginAll(store, host);
    const engineId = await enlist(store, `again of ${host}`);
    const { claimed } = await takeTurn(store, engineId, [], 100, { host: host ?? 'near' });
    await takeTurn(store, engineId, claimed.map(unknown), 0);
    const edits = claimed.map(({ resource }) => ({ kind: 'absent', resourceId: resource.id }) as const);
    await store.startTraversal({ ...create(`s ${host}`, makeGoal({})), action: 'UPDATE', edits });
  }
  const seekers = { effectTypes: ['Test::Thing'], freeTypes: [] as string[], host: 'near' };
  const hostsOf = async (offer: typeof seekers) =>
    (await store.takeTombstones({ now: 1e12, next: 1e12, limit: 20 }, offer)).map(({ host }) => host);
  assert.deepEqual(await hostsOf(seekers), [null]);
  assert.deepEqual(await hostsOf({ ...seekers, effectTypes: [] }), []);
  assert.deepEqual(await hostsOf({ ...seekers, effectTypes: [], freeTypes: ['Test::Thing'] }), [null]);
  const far = { ...seekers, host: 'far' };
  assert.equal((await hostsOf(far)).length, 20);
  const taken = await store.takeTombstones({ now: 1e12, next: 2e12, limit: 20 }, far);
  const left = await store.takeTombstones({ now: 1e12, next: 2e12, limit: 20 }, far);
  assert.equal(
    new Set([...taken, ...left].map(({ token }) => token)).size,
    31,
    'what is looked for already keeps nobody waiting',
  );
  assert.deepEqual(await store.takeTombstones({ now: 1e12, next: 2e12, limit: 20 }, far), []);
});

onEach('whose an object is by now: of another, of its own version for certain or perhaps, of nobody', async (store) => {
  await store.startTraversal(create('s', makeGoal({ a: [] })));
  const engineId = await enlist(store, 'e');
  const [item] = (await takeTurn(store, engineId, [], 1)).claimed;
  const { id } = item!.resource;
  const { physicalId } = (done(item!) as { patch: { physicalId: string } }).patch;
  const asked = (resourceId: number, name = physicalId) =>
    store.holderOf({ type: 'Test::Thing', resourceId: resourceId as typeof id }, name);
  assert.equal(await asked(id), 'nobody');
  await takeTurn(store, engineId, [done(item!)], 0);
  assert.deepEqual([await asked(id), await asked(id + 1), await asked(id, 'other')], ['somebody', 'somebody', 'nobody']);
  assert.equal(await store.holderOf({ type: 'Test::Other', resourceId: id }, physicalId), 'nobody');
  const edits = [{ kind: 'unhealthy', resourceId: id, reason: 'x' }] as const;
  await store.startTraversal({ ...create('s', makeGoal({ a: [] }, 'w')), stack: { uuid: 'uuid-s' }, action: 'UPDATE', edits });
  const again = (await takeTurn(store, engineId, [], 1)).claimed[0]!;
  await takeTurn(store, engineId, [], 0, { intents: [{ ...intentOf(again, null), kind: 'update' }] });
  assert.deepEqual([await asked(id), await asked(id + 1)], ['perhaps', 'somebody']);
});

onEach('a stack within is compiled by an engine that offers what it is made of', async (store) => {
  await store.startTraversal(create('s', nestedGoal(['Test::Other', 'Test::Thing'])));
  const lacking = await takeTurn(store, await enlist(store, 'e'), [], 5, { free: 5 });
  assert.deepEqual(lacking.claimed, []);
  const outlook = await store.readOutlook({ effectTypes: ['Test::Thing'], freeTypes: [], host: 'h' });
  assert.deepEqual([outlook.possible, outlook.beyond], [0, ['Test::Other']]);
  const offering = { effectTypes: ['Test::Thing', 'Test::Other'] };
  assert.equal((await store.readOutlook({ ...offering, freeTypes: [], host: 'h' })).possible, 1);
  const { claimed } = await takeTurn(store, await enlist(store, 'f'), [], 5, { free: 5, ...offering });
  assert.deepEqual(namesOf(claimed), ['nest']);
});

const server = await findServer();

test('who has nothing in hand waits for a tree that somebody else holds', { skip: server === null && noServer }, async () => {
  const address = await server!.createDatabase();
  const driver = openPostgres({ address: readPostgresAddress(address) });
  const other = new pg.Client({ connectionString: address });
  try {
    await driver.write(() => migrate('test'));
    const store = createPostgresStore(driver, testVault());
    await store.startTraversal(create('s', makeGoal(manyAlone(1))));
    const engineId = await enlist(store, 'e');
    await other.connect();
    await other.query('begin; select id from stack for update');
    const turn = takeTurn(store, engineId, [], 5);
    for (let waiting = 0; waiting === 0; ) {
      const [row] = await driver.ask('select count(*) as n from pg_locks where not granted');
      waiting = Number(row!['n']);
    }
    await other.query('commit');
    assert.equal((await turn).claimed.length, 1);
  } finally {
    await other.end();
    await driver.close();
    await server!.stop();
  }
});
