/** I-24 no secret in clear: not in any row, not in any log line; costly, so it is done at rest, and between steps of a few walks. I-23 a tenant sees its own only. */
import { findStack, listStacks } from '../../store/reads/reads.ts';
import { query } from '../../store/sql.ts';
import { canary } from '../goals.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

const texts: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ['event', ['reason', 'physical_id']],
  ['stack', ['reason']],
  ['traversal', ['reason']],
  ['node', ['reason']],
  ['operation', ['progress', 'reason']],
  ['resource', ['reason', 'attributes', 'properties', 'pending', 'state', 'reference', 'unhealthy', 'forced']],
  ['definition', ['body', 'requires']],
  ['goal', ['documents', 'parameters', 'outputs', 'description']],
  ['blob', ['body']],
  ['tombstone', ['properties']],
];

const searches = texts.map(([table, columns]) => {
  const where = columns.map((column) => `instr(${column}, '${canary}') > 0`).join(' or ');
  return [table, `select 1 as found from ${table} where ${where} limit 1`] as const;
});

export function checkSecrets(): Checker {
  return {
    invariants: ['I-23', 'I-24'],
    always: (world) => void (world.sampled(16) && world.kernel.steps % 5 === 0 && checkText(world)),
    quiet(world) {
      checkText(world);
      checkTenants(world);
    },
  };
}

/** What is read in the name of one tenant mentions nobody else's. */
function checkTenants(world: World): void {
  const { store, mirror } = world;
  const stacks = [...mirror.rows.stack.values()];
  for (const tenant of new Set(stacks.map((row) => String(row['tenant'])))) {
    const text = JSON.stringify(store.driver.read(listStacks(tenant, true, true)));
    for (const other of stacks) {
      if (other['tenant'] === tenant) continue;
      if (text.includes(String(other['uuid'])) || text.includes(String(other['tenant'])))
        world.report('I-23', `${tenant} sees ${other['name']} of ${other['tenant']}`);
      if (store.driver.read(findStack(tenant, String(other['name']))) !== null)
        world.report('I-23', `${tenant} finds ${other['name']} of ${other['tenant']}`);
    }
  }
}

function checkText(world: World): void {
  if (![...world.mirror.rows.resource.values()].some((row) => row['secret'] === 1) && world.log.lines.length === 0) return;
  for (const [table, text] of searches)
    if (world.store.driver.read(query(text)).length > 0) world.report('I-24', `a secret stands in clear in ${table}`);
  checkLog(world);
}

function checkLog(world: World): void {
  if (world.log.lines.some((line) => line.includes(canary))) world.report('I-24', 'a secret stands in clear in the log');
}
