/** Engines that never look by themselves: what another process does reaches them because it is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findServer, noServer } from '../store/fixtures/postgres-server.ts';
import type { Hooked } from '../store/reads/hooked.ts';
import { openSetpoint, type Setpoint } from './setpoint.ts';

const server = await findServer();
if (server) after(() => server.stop());
const never = 2_000_000_000;

const template = `
heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource, properties: { value: x } }
  b: { type: OS::Heat::TestResource, properties: { value: y }, depends_on: a }
`;

const hooked = { name: 'env', text: 'resource_registry: { resources: { b: { hooks: [pre-create, post-create] } } }' };

/** Two processes, of which the first has an engine, that neither polls nor renews its lease as long as the test lasts. */
async function together(tell: (asking: Setpoint) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-'));
  const database = `${await server!.createDatabase()}?keyfile=${join(folder, 'key')}`;
  const open = () => openSetpoint({ database, allowLocal: false, engine: { pollMs: never, leaseMs: never } });
  const working = await open();
  const asking = await open();
  try {
    working.startEngine();
    await tell(asking);
  } finally {
    await asking.close();
    await working.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const submit = (setpoint: Setpoint, environments = [hooked]) =>
  setpoint.submit('s', { template: { name: 't.yaml', text: template }, environments, files: {}, parameters: {} });

test('a request, and the clearing of hooks', { skip: server === null && noServer, timeout: 60_000 }, () =>
  together(async (asking) => {
    const { stack, traversal } = await submit(asking);
    const cleared: Promise<readonly Hooked[]>[] = [];
    const ended = await asking.watch(stack, traversal, {
      onEvents(events) {
        for (const { reason } of events)
          if (reason.includes('paused until Hook')) cleared.push(asking.clearHooks(stack, ['b'], null));
      },
    });
    assert.equal(ended?.outcome, 'complete');
    assert.deepEqual(
      (await Promise.all(cleared)).flatMap((some) => some.map(({ hook }) => hook)),
      ['pre-create', 'post-create'],
    );
  }),
);

test('the end of a pause', { skip: server === null && noServer, timeout: 60_000 }, () =>
  together(async (asking) => {
    await asking.store.pause(asking.times(), 'maintenance');
    const { stack, traversal } = await submit(asking, []);
    await asking.store.unpause(asking.times());
    assert.equal((await asking.watch(stack, traversal))?.outcome, 'complete');
  }),
);
