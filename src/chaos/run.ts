/**
 * Chaos: engine processes and clients on PostgreSQL, with a world in a process of its own; engines are killed and stopped, backends ended, the
 * server crashed and started again. Afterwards everything must be as it was last asked for, and nothing else may be there.
 *
 *   node src/chaos/run.ts [--seconds 40] [--engines 3] [--clients 4] [--stacks 8] [--rest 400] [--seed 1]
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openSetpoint, type Setpoint } from '../main/setpoint.ts';
import { findServer, noServer, type TestServer } from '../store/fixtures/postgres-server.ts';
import { type Clients, startClients } from './clients.ts';
import { type Fleet, startFleet, startInventory } from './fleet.ts';
import { chaosThing } from './thing.ts';
import { listThings, verify } from './verify.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '40' },
    engines: { type: 'string', default: '3' },
    clients: { type: 'string', default: '4' },
    stacks: { type: 'string', default: '8' },
    rest: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
  },
});
const leaseMs = 9_000;

/** The same choices for the same seed; what comes of them is up to the machine. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Harm {
  kills: number;
  stalls: number;
  backends: number;
  restarts: number;
}

async function harm(server: TestServer, database: string, fleet: Fleet, until: number, random: () => number): Promise<Harm> {
  const done: Harm = { kills: 0, stalls: 0, backends: 0, restarts: 0 };
  const { default: pg } = await import('pg');
  const endBackends = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: database });
    client.on('error', () => {});
    await client.connect();
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend' and random() < 0.3`,
    );
    await client.end();
  };
  const kills = async (): Promise<void> => {
    while (Date.now() < until) {
      await pause(1_000 + random() * 2_000);
      fleet.kill();
      done.kills++;
    }
  };
  const stalls = async (): Promise<void> => {
    while (Date.now() < until) {
      await pause(2_000 + random() * 6_000);
      fleet.stall(1_000 + random() * 2 * leaseMs);
      done.stalls++;
    }
  };
  const cuts = async (): Promise<void> => {
    while (Date.now() < until) {
      await pause(4_000 + random() * 8_000);
      await endBackends().then(
        () => void done.backends++,
        () => {},
      );
    }
  };
  const crashes = async (): Promise<void> => {
    for (let next = Date.now() + 10_000; next < until; next = Math.max(next + 10_000, Date.now())) {
      await pause(next - Date.now());
      await server.process!.stop('immediate');
      await pause(random() * 2_000);
      await server.process!.start();
      done.restarts++;
    }
  };
  await Promise.all([kills(), stalls(), cuts(), crashes()]);
  return done;
}

/** Every stack at rest, every token looked for; what a lost call may have made late is found within minutes. */
async function settle(setpoint: Setpoint, inventory: string): Promise<boolean> {
  for (let second = 0; second < 240; second++) {
    await pause(1_000);
    const stacks = await setpoint.store.listStacks(setpoint.tenant).catch(() => null);
    if (stacks === null || stacks.some((stack) => stack.status === 'IN_PROGRESS')) continue;
    const owned = new Set<string | null>();
    for (const stack of stacks)
      for (const row of (await setpoint.store.readStack(stack.id))?.resources ?? []) owned.add(row.physicalId);
    if ((await listThings(inventory)).every((thing) => owned.has(thing.id))) return true;
  }
  return false;
}

async function run(): Promise<number> {
  const server = await findServer({ durable: true, own: true });
  if (server?.process == null) {
    console.log(`skipped: ${noServer}`);
    return 0;
  }
  const random = createRandom(Number(values.seed));
  const keyFile = join(tmpdir(), `setpoint-chaos-${process.pid}.key`);
  const url = await server.createDatabase();
  const database = `${url}?keyfile=${keyFile}`;
  const inventory = await startInventory();
  process.env['CHAOS_INVENTORY'] = inventory.url;
  const setpoint = await openSetpoint({ database, allowLocal: false, types: [chaosThing] });
  const fleet = startFleet(Number(values.engines), database, inventory.url, random);
  let clients: Clients | null = null;
  try {
    const began = Date.now();
    clients = startClients(setpoint, {
      clients: Number(values.clients),
      stacksEach: Number(values.stacks),
      restMs: Number(values.rest),
      random,
    });
    const done = await harm(server, url, fleet, began + Number(values.seconds) * 1_000, random);
    await clients.stop();
    const asked = Date.now();
    const settled = await settle(setpoint, inventory.url);
    const wrong = [
      ...(settled ? [] : ['not everything came to rest within four minutes']),
      ...(await verify(setpoint, inventory.url, clients.last)),
    ];
    report(clients, done, fleet, wrong, { asked: asked - began, settled: Date.now() - asked });
    return wrong.length + fleet.deaths.length > 0 ? 1 : 0;
  } finally {
    await fleet.close();
    inventory.close();
    await setpoint.close().catch(() => {});
    await server.stop();
    rmSync(keyFile, { force: true });
  }
}

function report(
  clients: Clients,
  done: Harm,
  fleet: Fleet,
  wrong: readonly string[],
  ms: { asked: number; settled: number },
): void {
  const { accepted, refused, lost } = clients.counts;
  const sorted = clients.delays.toSorted((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(0);
  console.log(
    `${accepted} requests accepted on ${clients.last.size} stacks in ${(ms.asked / 1000).toFixed(0)} s (p50 ${at(0.5)} ms, p99 ${at(0.99)} ms), ${refused} refused, ${lost} answers lost and asked again`,
  );
  console.log(
    `${done.kills} engines killed, ${done.stalls} stopped for up to two leases, ${done.backends} times backends ended, ${done.restarts} server crashes`,
  );
  console.log(
    `at rest after ${(ms.settled / 1000).toFixed(0)} s; ${fleet.deaths.length} engines ended by themselves; ${wrong.length} things wrong`,
  );
  for (const death of fleet.deaths.slice(0, 5)) console.log(`  engine ended: ${death}`);
  for (const what of wrong.slice(0, 40)) console.log(`  ${what}`);
}

process.exitCode = await run();
