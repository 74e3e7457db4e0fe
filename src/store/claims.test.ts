/** What a claim finds among many ready nodes, and whom it waits for: the same on either database where nothing else is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import type { WorkItem } from '../engine/ports/store.ts';
import { create, enlist, makeGoal, manyAlone, takeTurn, testVault } from './fixtures/made-goal.ts';
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
