/** I-24 no secret in clear: not in any row, not in any log line. Costly, so it is done at rest. */
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

export function checkSecrets(): Checker {
  return {
    invariants: ['I-24'],
    quiet(world) {
      if (![...world.mirror.rows.resource.values()].some((row) => row['secret'] === 1) && world.log.lines.length === 0) return;
      for (const [table, columns] of texts) {
        const where = columns.map((column) => `instr(${column}, '${canary}') > 0`).join(' or ');
        const row = world.store.driver.database.prepare(`select count(*) as n from ${table} where ${where}`).get() as {
          n: number;
        };
        if (row.n > 0) world.report('I-24', `a secret stands in clear in ${table}`);
      }
      checkLog(world);
    },
  };
}

function checkLog(world: World): void {
  if (world.log.lines.some((line) => line.includes(canary))) world.report('I-24', 'a secret stands in clear in the log');
}
