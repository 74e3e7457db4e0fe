/**
 * Several engines on one PostgreSQL, each a process of its own: a stack of things that take 50 ms a call, 20 calls at once for each engine, and N
 * times as many of them for N engines; trivial things; and many stacks by many clients at once. Before that, what the database alone gives for
 * the same rows.
 *
 *   node src/bench/many-engines.ts [--engines 1,2,4] [--count 3000] [--trivial 4000] [--stacks 1000] [--clients 20]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openSetpoint, type Setpoint } from '../main/setpoint.ts';
import { findServer, noServer } from '../store/fixtures/postgres-server.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { measureBareRows } from './bare-rows.ts';
import { slow } from './slow-type.ts';

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: '1,2,4' },
    count: { type: 'string', default: '3000' },
    trivial: { type: 'string', default: '4000' },
    stacks: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '20' },
  },
});
const callsAtOnce = 20;

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

async function startEngine(database: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'engine-process.ts'), [database, String(callsAtOnce)]);
  await once(child, 'message');
  return child;
}

async function stopEngine(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.send('stop');
  await gone;
}

/** Milliseconds of processor time that the engines took so far. */
async function usageOf(engines: readonly ChildProcess[]): Promise<number> {
  const answers = engines.map(async (engine) => {
    const answer = once(engine, 'message');
    engine.send('usage');
    return ((await answer)[0] as { ms: number }).ms;
  });
  return (await Promise.all(answers)).reduce((sum, ms) => sum + ms, 0);
}

/** Milliseconds that all cores together were busy since the machine started. */
const busyMs = (): number => cpus().reduce((sum, { times }) => sum + times.user + times.sys + times.nice + times.irq, 0);

async function withEngines(
  count: number,
  body: (client: Setpoint, engines: readonly ChildProcess[]) => Promise<void>,
): Promise<void> {
  const database = `${await server!.createDatabase()}?keyfile=${join(folder, `key${count}-${Date.now()}`)}`;
  const client = await openSetpoint({ database, allowLocal: false, types: [slow] });
  const engines: ChildProcess[] = [];
  for (let i = 0; i < count; i++) engines.push(await startEngine(database));
  await body(client, engines);
  for (const engine of engines) await stopEngine(engine);
  await client.close();
}

async function create(
  client: Setpoint,
  name: string,
  type: string,
  count: number,
): Promise<{ seconds: number; outcome: string }> {
  const accepted = await client.submit(name, template(count, type));
  const began = performance.now();
  const ended = await client.watch(accepted.stack, accepted.traversal);
  return { seconds: (performance.now() - began) / 1000, outcome: ended?.outcome ?? 'unknown' };
}

for (const count of values.engines.split(',').map(Number)) {
  await withEngines(count, async (client, engines) => {
    await create(client, 'warm-up', 'OS::Heat::TestResource', 500);
    await create(client, 'warm-up-calls', 'Bench::Slow', 200 * count);
    for (const [what, type, resources] of [
      ['50 ms a call', 'Bench::Slow', Number(values.count) * count],
      ['trivial', 'OS::Heat::TestResource', Number(values.trivial)],
    ] as const) {
      const [used, busy] = [await usageOf(engines), busyMs()];
      const name = what.replaceAll(' ', '-').replace(/^\d/, 'x');
      const { seconds, outcome } = await create(client, name, type, resources);
      const machine = (busyMs() - busy) / 10 / seconds / cpus().length;
      const engineMs = ((await usageOf(engines)) - used) / resources;
      console.log(
        `${count} engines, ${what}: ${resources} in ${seconds.toFixed(2)} s, ${(resources / seconds).toFixed(0)} resources/s, ${outcome}; ` +
          `${engineMs.toFixed(2)} ms of processor time each in the engines, all cores ${machine.toFixed(0)} % busy`,
      );
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
