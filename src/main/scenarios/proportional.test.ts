/** An update writes what it changes, not what the stack holds. Counted in rows, so no clock is involved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inMemory } from '../../store/fixtures/test-databases.ts';
import { openScenario, type Resources } from './harness.ts';

const many = (count: number, changed: string): Resources =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `r${i}`,
      { type: 'OS::Heat::TestResource', properties: { value: i === 0 ? changed : 'same' } },
    ]),
  );

async function rowsFor(count: number): Promise<{ noop: number; one: number; rows: number }> {
  const { database, driver } = inMemory();
  const s = await openScenario(database);
  const total = () => Number((driver.database.prepare('select total_changes() as n').get() as { n: number }).n);
  const measure = async (changed: string): Promise<number> => {
    const before = total();
    await s.up(many(count, changed));
    assert.equal((await s.rest()).status, 'COMPLETE');
    return total() - before;
  };
  const rows = await measure('a');
  const noop = await measure('a');
  const one = await measure('b');
  await s.close();
  return { noop, one, rows };
}

test('a no-op and an update of one write the same number of rows whatever the size of the stack', async () => {
  const small = await rowsFor(20);
  const large = await rowsFor(400);
  assert.ok(Math.abs(large.noop - small.noop) <= 6, `no-op: ${small.noop} rows for 20, ${large.noop} for 400`);
  assert.ok(Math.abs(large.one - small.one) <= 8, `one: ${small.one} rows for 20, ${large.one} for 400`);
  assert.ok(large.noop < 30 && large.one < 50);
  assert.ok(large.rows < 400 * 10, `a create writes less than ten rows a resource: ${large.rows}`);
});
