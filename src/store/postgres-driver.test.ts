/** What only PostgreSQL's driver does. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { findServer, noServer } from './fixtures/postgres-server.ts';
import { readPostgresAddress } from './postgres-address.ts';
import { openPostgres } from './postgres-driver.ts';
import { queryOne } from './sql.ts';

const server = await findServer();
if (server) after(() => server.stop());

/** One connection, and all that was said over it. */
async function openTraced() {
  const traced: string[] = [];
  const address = { ...readPostgresAddress(await server!.createDatabase()), pool: 1 };
  return { driver: openPostgres({ address, trace: (text) => traced.push(text) }), traced };
}

test('behind a pooler that does not know the names of prepared statements, these are given up', {
  skip: server === null && noServer,
}, async () => {
  const { driver, traced } = await openTraced();
  const act = () => queryOne<{ n: number }>('select ? + 1 as n', 1);
  assert.equal((await driver.write(act))?.n, 2);
  // Another connection than the one that prepared it.
  await driver.ask('deallocate all');
  assert.equal((await driver.write(act))?.n, 2);
  assert.equal(traced.length, 3, 'the transaction that found it out was run again');
  await driver.ask('deallocate all');
  assert.equal((await driver.write(act))?.n, 2);
  assert.equal(traced.length, 4, 'once is enough');
  await driver.close();
});

test('plans are thrown away while a connection is young, each time after four times as many transactions', {
  skip: server === null && noServer,
}, async () => {
  const { driver, traced } = await openTraced();
  for (let i = 0; i < 250; i++) await driver.write(() => queryOne('select ? + 1 as n', i));
  assert.deepEqual(
    traced.flatMap((text, i) => (text === 'discard plans' ? [i] : [])),
    [49, 200],
  );
  await driver.close();
});
