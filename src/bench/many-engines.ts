/**
 * Several engines on one PostgreSQL: a stack of things that take 50 ms a call, 20 calls at once for each engine; and many stacks by many
 * clients at once; before that, what the database alone gives for the same rows. Engines are in this process, each with connections of its own, so what is measured is the database and not the cores.
 *
 *   node src/bench/many-engines.ts [--engines 1,2,4] [--count 1200] [--stacks 1000] [--clients 20]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openSetpoint, type Setpoint } from '../main/setpoint.ts';
import { defineResource } from '../providers/sdk.ts';
import { findServer, noServer } from '../store/fixtures/postgres-server.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { measureBareRows } from './bare-rows.ts';

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: '1,2,4' },
    count: { type: 'string', default: '1200' },
    stacks: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '20' },
  },
});

const slow = defineResource({
  type: 'Bench::Slow',
  description: 'takes 50 ms a call',
  properties: {},
  attributes: {},
  create: async (call) => {
    await pause(50);
    return { kind: 'done' as const, physicalId: call.token };
  },
  delete: async () => ({ kind: 'deleted' as const }),
});

const template = (count: number, type: string): GoalDocuments => {
  const resources = Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, { type }]));
  const text = JSON.stringify({ heat_template_version: '2021-04-16', resources });
  return { template: { name: 'bench.json', text }, files: {}, environments: [], parameters: {} };
};

const folder = mkdtempSync(join(tmpdir(), 'setpoint-bench-'));
const server = await findServer({ durable: true, own: true });
if (server === null) throw new Error(noServer);

const bare = await server.createDatabase();
await (await openSetpoint({ database: `${bare}?keyfile=${join(folder, 'bare')}`, allowLocal: false })).close();
console.log(`the database alone, the rows of trivial resources: ${(await measureBareRows(bare, 10_000)).toFixed(0)} resources/s`);

async function withEngines(count: number, body: (client: Setpoint) => Promise<void>): Promise<void> {
  const database = `${await server!.createDatabase()}?keyfile=${join(folder, `key${count}-${Date.now()}`)}`;
  const client = await openSetpoint({ database, allowLocal: false, types: [slow] });
  const engines = await Promise.all(
    Array.from({ length: count }, () =>
      openSetpoint({ database, allowLocal: false, types: [slow], engine: { concurrency: 20 } }),
    ),
  );
  for (const engine of engines) engine.startEngine();
  await body(client);
  for (const setpoint of [...engines, client]) await setpoint.close();
}

for (const engines of values.engines.split(',').map(Number)) {
  await withEngines(engines, async (client) => {
    for (const [what, type, count] of [
      ['50 ms a call', 'Bench::Slow', Number(values.count)],
      ['trivial', 'OS::Heat::TestResource', 2_000],
    ] as const) {
      const accepted = await client.submit(what.replaceAll(' ', '-').replace(/^\d/, 'x'), template(count, type));
      const began = performance.now();
      const ended = await client.watch(accepted.stack, accepted.traversal);
      const seconds = (performance.now() - began) / 1000;
      console.log(`${engines} engines, ${what}: ${(count / seconds).toFixed(0)} resources/s, ${ended?.outcome}`);
    }
  });
}

await withEngines(2, async (client) => {
  const total = Number(values.stacks);
  const delays: number[] = [];
  let next = 0;
  let complete = 0;
  const began = performance.now();
  const one = async (): Promise<void> => {
    for (let i = next++; i < total; i = next++) {
      const asked = performance.now();
      const accepted = await client.submit(`s${i}`, template(10, 'OS::Heat::TestResource'));
      const ended = await client.watch(accepted.stack, accepted.traversal);
      delays.push(performance.now() - asked);
      if (ended?.outcome === 'complete') complete++;
    }
  };
  await Promise.all(Array.from({ length: Number(values.clients) }, one));
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(sorted.length * part)]!.toFixed(0);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${total} stacks of 10 by ${values.clients} clients, 2 engines: ${seconds} s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${complete} complete`,
  );
});
await server.stop();
rmSync(folder, { recursive: true });
