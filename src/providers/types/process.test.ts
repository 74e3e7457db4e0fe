import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonMap } from '../../std/json.ts';
import { openScratch } from '../fixtures/local-scratch.ts';
import { findByToken, findProcess, signalGroup } from '../processes.ts';
import { assertConforms, type Bench, type Kept, openBench, settle, withDefaults } from '../testing.ts';
import { localProcess } from './process.ts';

const pause = () => wait(15);
const filled = (given: JsonMap) => withDefaults(localProcess.properties, given);
const tokens: string[] = [];

/** Whatever a failed test leaves running is ended by its own token. */
after(async () => {
  for (const token of tokens) for (const { session } of await findByToken(token)) signalGroup(session, 'SIGKILL');
});

function newObject(bench: Bench): Kept {
  const kept = bench.newObject();
  tokens.push(kept.token);
  return kept;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const serve = (port: number, status = 200) => [
  process.execPath,
  '-e',
  `require('http').createServer((q, r) => { r.statusCode = ${status}; r.end(process.env.HELLO); }).listen(${port}, '127.0.0.1')`,
];

describe('Setpoint::Local::Process', () => {
  it('conforms', async () => {
    const { settings, inventory } = openScratch();
    const command = ['/bin/sleep', '1000'];
    const changed = { command, stop_timeout: 3 };
    await assertConforms(localProcess, { properties: { command }, changed, settings, pause, inventory });
  });

  it('is complete when its health check passes, by TCP and by HTTP', async () => {
    const scratch = openScratch();
    const bench = openBench(localProcess, { ...scratch, pause });
    for (const kind of ['tcp', 'http'] as const) {
      const port = await freePort();
      const check = kind === 'tcp' ? { tcp: { port } } : { http: { url: `http://127.0.0.1:${port}/` } };
      const health_check = { ...check, interval: 0.1, timeout: 600 };
      const properties = filled({ command: serve(port), environment: { HELLO: 'world' }, health_check });
      const kept = newObject(bench);
      settle(kept, properties, await bench.create(kept, properties));
      assert.equal(await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text(), 'world');
      const seen = await localProcess.check?.(bench.call(kept, properties));
      assert.ok(seen?.presence === 'present' && seen.healthy);
      await bench.delete(kept, properties);
      assert.deepEqual(await bench.read(kept, properties), { presence: 'absent' });
    }
  });

  it('fails when it does not become healthy in time, with the reason and its log', async () => {
    const bench = openBench(localProcess, { ...openScratch(), pause });
    const port = await freePort();
    const health_check = { tcp: { port }, interval: 1, timeout: 3 };
    const properties = filled({ command: 'echo no luck today; exec sleep 1000', health_check });
    const kept = newObject(bench);
    await assert.rejects(bench.create(kept, properties), {
      retry: 'never',
      message: /not healthy after 3 s: 127\.0\.0\.1.*no luck today/s,
    });
    assert.match(kept.physicalId ?? '', /^\d+:\d+$/);
    await bench.delete(kept, properties);
    assert.deepEqual(await findByToken(kept.token), []);
  });

  it('fails when the program ends early, with the last lines of its log only', async () => {
    const scratch = openScratch();
    const bench = openBench(localProcess, { ...scratch, pause });
    const log_file = scratch.path('app.log');
    writeFileSync(log_file, 'from another day\n');
    const properties = filled({ command: 'echo went wrong >&2; exit 3', log_file });
    await assert.rejects(bench.create(newObject(bench), properties), (error: Error) => {
      assert.match(error.message, /ended early; the last it wrote:\nwent wrong/);
      assert.doesNotMatch(error.message, /another day/);
      return true;
    });
    assert.match(readFileSync(log_file, 'utf8'), /another day/);
  });

  it('fails at once, unchanged, when it can not be run', async () => {
    const bench = openBench(localProcess, { ...openScratch(), pause });
    for (const given of [{ command: ['/no/such/program'] }, { command: 'true', working_directory: '/no/such' }]) {
      await assert.rejects(bench.create(newObject(bench), filled(given)), { retry: 'never', changed: false });
    }
  });

  it('passes on none of the secrets in the environment of the engine', async () => {
    const scratch = openScratch();
    const bench = openBench(localProcess, { ...scratch, pause });
    process.env['SETPOINT_TEST_SECRET'] = 'canary';
    const log_file = scratch.path('env');
    const kept = newObject(bench);
    const properties = filled({ command: 'env | sort -r; exec sleep 1000', log_file });
    settle(kept, properties, await bench.create(kept, properties));
    delete process.env['SETPOINT_TEST_SECRET'];
    const written = () => readFileSync(log_file, 'utf8');
    while (!written().includes('SETPOINT_TOKEN')) await wait(10);
    await bench.delete(kept, properties);
    const text = written();
    assert.match(text, new RegExp(`SETPOINT_TOKEN=${kept.token}`));
    assert.doesNotMatch(text, /canary/);
  });

  it('is ended with its children, by SIGKILL when it does not listen', async () => {
    const bench = openBench(localProcess, { ...openScratch(), pause });
    const properties = filled({
      command: "trap '' TERM; (trap '' TERM; sleep 1000) & while :; do sleep 1; done",
      stop_timeout: 2,
    });
    const kept = newObject(bench);
    settle(kept, properties, await bench.create(kept, properties));
    while ((await findByToken(kept.token)).length < 2) await wait(10);
    const start = bench.environment.now();
    await bench.delete(kept, properties);
    assert.ok(bench.environment.now() - start >= 2000);
    assert.deepEqual(await findByToken(kept.token), []);
  });

  it('never signals a process that only has its pid', async () => {
    const bench = openBench(localProcess, { ...openScratch(), pause });
    const properties = filled({ command: ['/bin/sleep', '1000'] });
    const stranger = newObject(bench);
    settle(stranger, properties, await bench.create(stranger, properties));
    const pid = Number(stranger.physicalId?.split(':')[0]);
    const kept = newObject(bench);
    kept.physicalId = `${pid}:1`;
    kept.state = { token: kept.token, startedAt: 0, boot: null };
    assert.deepEqual(await bench.read(kept, properties), { presence: 'absent' });
    await bench.delete(kept, properties);
    assert.ok(await findProcess(pid));
    await bench.delete(stranger, properties);
  });

  it('survives the end of its engine, and is found again', async () => {
    const scratch = openScratch();
    const bench = openBench(localProcess, { ...scratch, pause });
    const kept = newObject(bench);
    const properties = filled({ command: 'echo started; exec sleep 1000', log_file: scratch.path('log') });
    const input = { state: scratch.settings.state_directory, token: kept.token, properties, physicalId: null, objectState: null };
    const program = join(import.meta.dirname, '../fixtures/killed-child.ts');
    const child = spawnSync(
      process.execPath,
      [program, '../types/process.ts', 'localProcess', 'create', '1000', JSON.stringify(input)],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(child.status, 0, child.stderr);
    const seen = await bench.find(kept, properties);
    assert.ok(seen.presence === 'present' && seen.complete === false);
    settle(kept, properties, await bench.create(kept, properties));
    assert.equal(kept.physicalId, seen.physicalId);
    while (!readFileSync(scratch.path('log'), 'utf8').includes('started')) await pause();
    assert.equal(readFileSync(scratch.path('log'), 'utf8'), 'started\n');
    await bench.delete(kept, properties);
    assert.ok(existsSync(scratch.path('log')));
  });

  it('refuses a health check of no kind or of two', () => {
    assert.equal(localProcess.validate?.({ command: 'x', health_check: {} }).length, 1);
    assert.equal(localProcess.validate?.({ command: 'x', health_check: { tcp: { port: 1 }, http: { url: 'x' } } }).length, 1);
    assert.equal(localProcess.validate?.({ command: ['a', 1] }).length, 1);
    assert.deepEqual(localProcess.validate?.({ command: 'x', health_check: { tcp: { port: 1 } } }), []);
  });
});
