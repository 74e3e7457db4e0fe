/**
 * Creates, updates and deletes N independent or layered TestResources on a real database file, and prints times by phase.
 *
 *   node src/bench/create-many.ts [--count 1000] [--shape independent|chain|layered] [--postgres | --database NAME]
 *
 * "engine" is from the acceptance to the end of the traversal; "parse" is the compiling before it; memory is the process's peak.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSetpoint, type Setpoint } from '../main/setpoint.ts';
import { findServer, noServer } from '../store/fixtures/postgres-server.ts';
import type { SqliteStore } from '../store/sqlite-store.ts';
import type { GoalDocuments } from '../template/definition.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    shape: { type: 'string', default: 'independent' },
    postgres: { type: 'boolean', default: false },
    database: { type: 'string' },
  },
});
const count = Number(values.count);

function template(value: string, oneChanged = false): GoalDocuments {
  const resources: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const requires =
      values.shape === 'chain' && i > 0
        ? { depends_on: `r${i - 1}` }
        : values.shape === 'layered' && i >= 100
          ? { depends_on: [`r${i - 100}`, `r${i - 100 + ((i * 7) % 10) - (i % 100 > 90 ? 9 : 0)}`] }
          : {};
    resources[`r${i}`] = {
      type: 'OS::Heat::TestResource',
      properties: { value: oneChanged && i !== count - 1 ? 'a' : value },
      ...requires,
    };
  }
  return {
    template: { name: 'bench.json', text: JSON.stringify({ heat_template_version: '2021-04-16', resources }) },
    files: {},
    environments: [],
    parameters: {},
  };
}

const folder = mkdtempSync(join(tmpdir(), 'setpoint-bench-'));
const server = values.postgres ? await findServer({ durable: true, own: true }) : null;
if (values.postgres && server === null) throw new Error(noServer);
const database =
  values.database ??
  (server ? `${await server.createDatabase()}?keyfile=${join(folder, 'key')}` : `sqlite:${join(folder, 'state.db')}`);
const setpoint = await openSetpoint({ database, allowLocal: false });
setpoint.startEngine();

async function measure(label: string, request: () => ReturnType<Setpoint['submit']>): Promise<void> {
  const driver = (setpoint.store as Partial<SqliteStore>).driver?.database;
  const rows = () => Number((driver?.prepare('select total_changes() as n').get() as { n: number } | undefined)?.n ?? 0);
  const before = rows();
  const started = performance.now();
  const accepted = await request();
  const accept = performance.now();
  const ended = await setpoint.watch(accepted.stack, accepted.traversal, { after: accepted.stack.eventSeq + 1 });
  const done = performance.now();
  const written = rows() - before;
  console.log(
    `${label.padEnd(22)} accept ${(accept - started).toFixed(0).padStart(6)} ms   engine ${(done - accept).toFixed(0).padStart(6)} ms   rows ${String(written).padStart(7)}   ${ended?.outcome}`,
  );
}

console.log(
  `${count} TestResources, ${values.shape}; node ${process.version}, ${cpus().length} cores, ${server || values.database ? 'PostgreSQL, durable' : 'SQLite WAL synchronous=FULL'}`,
);
await measure('create', () => setpoint.submit('bench', template('a')));
await measure('no-op update', () => setpoint.submit('bench', template('a')));
await measure('update one', () => setpoint.submit('bench', template('b', true)));
await measure('update all in place', () => setpoint.submit('bench', template('c')));
await measure('rollback', () => setpoint.rollback('bench', 1));
await measure('delete', () => setpoint.remove('bench'));
console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
await setpoint.close();
await server?.stop();
rmSync(folder, { recursive: true });
