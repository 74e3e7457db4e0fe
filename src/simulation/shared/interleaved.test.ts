/** Walks whose acts are interleaved on a PostgreSQL, a statement at a time. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { findServer, noServer } from '../../store/fixtures/postgres-server.ts';
import type { Breakage } from '../breakage.ts';
import { drawPlan } from '../plan.ts';
import { collectTrace } from '../trace.ts';
import { runWalk } from '../walk.ts';
import { lockMutations } from './lock-mutations.ts';
import { openSharedServer, type SharedServer } from './shared-server.ts';

const server = await findServer();
if (server !== null) process.env['SETPOINT_TEST_POSTGRES'] ??= server.url;
const shared: SharedServer | null = server === null ? null : await openSharedServer();
after(async () => {
  await shared?.close();
  await server?.stop();
});
const skip = shared === null && noServer;

/** The first seed whose walk breaks a promise, of so many; 0 for none. */
async function firstFound(seeds: number, breakage?: Breakage): Promise<number> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await runWalk(drawPlan(seed), { shared, ...(breakage ? { breakage } : {}) });
    if (violations.length > 0) return seed;
  }
  return 0;
}

test('engines that wait for each other keep every promise', { skip }, async () => {
  assert.equal(await firstFound(5), 0);
});

test('the same seed is the same walk, and somebody waits for a lock in it', { skip }, async () => {
  const walk = async () => {
    const trace = collectTrace();
    const { reached } = await runWalk(drawPlan(18), { shared, trace });
    const several = reached.get('several wait for locks') ?? 0;
    assert.equal(several, 0, 'another seed is needed: which of several is served first is not ours to say');
    return { lines: trace.lines, waits: reached.get('waited for a lock') ?? 0 };
  };
  const [first, second] = [await walk(), await walk()];
  assert.deepEqual(first.lines, second.lines);
  assert.ok(first.waits > 0);
});

test('engines that do not lock the trees they work on are caught', { skip }, async () => {
  assert.notEqual(await firstFound(30, lockMutations[0]), 0);
});
