import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonMap } from '../../std/json.ts';
import { openScratch } from '../fixtures/local-scratch.ts';
import { startProcess } from '../processes.ts';
import { assertConforms, openBench, settle, withDefaults } from '../testing.ts';
import { command } from './command.ts';

const filled = (given: JsonMap) => withDefaults(command.properties, given);

/** A thing is a file named by the token that holds a text. */
function thing(directory: string): JsonMap {
  const at = `"${directory}/$SETPOINT_TOKEN"`;
  return {
    create: `cat > ${at}`,
    find: `test -f ${at}`,
    read: `test -f ${at} && cat ${at}`,
    update: `cat > ${at}`,
    delete: `rm -f ${at}`,
    stdin: '{"n": 1}',
  };
}

describe('Setpoint::Local::Command', () => {
  it('conforms with every command', async () => {
    const scratch = openScratch();
    const properties = thing(scratch.path('.'));
    await assertConforms(command, { properties, changed: { ...properties, stdin: '2' }, inventory: scratch.inventory });
  });

  it('conforms when it is idempotent and can not be found', async () => {
    const scratch = openScratch();
    const { find: _find, update: _update, ...rest } = thing(scratch.path('.'));
    const properties = { ...rest, idempotent: true };
    await assertConforms(command, { properties, inventory: scratch.inventory });
  });

  it('waits for a create that outlived its engine before it looks for what that makes', async () => {
    const scratch = openScratch();
    const bench = openBench(command);
    const kept = bench.newObject();
    const file = scratch.path(kept.token);
    const orphan = await startProcess(`read go; echo made > "${file}"`, {
      cwd: undefined,
      environment: { SETPOINT_TOKEN: kept.token },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const finding = bench.find(kept, filled(thing(scratch.path('.'))));
    assert.equal(existsSync(file), false);
    orphan.stdin?.end('go\n');
    assert.equal((await finding).presence, 'present');
  });

  it('says that it does not know whether an interrupted create ran', async () => {
    const bench = openBench(command);
    const seen = await bench.find(bench.newObject(), filled({ create: 'true' }));
    assert.equal(seen.presence, 'unknown');
  });

  it('gives output, and JSON where it is some', async () => {
    const bench = openBench(command);
    const properties = filled({ create: ['/bin/echo', ' {"a": [1]} '] });
    const outcome = await bench.create(bench.newObject(), properties);
    assert.ok(outcome.kind === 'done');
    assert.deepEqual(outcome.attributes, { stdout: '{"a": [1]}', json: { a: [1] }, exit_code: 0 });
  });

  it('tells commands who they are for, and none of the secrets of the engine', async () => {
    process.env['SETPOINT_TEST_SECRET'] = 'canary';
    const bench = openBench(command, { resourceName: 'fish' });
    const kept = bench.newObject();
    const properties = filled({ create: 'env', environment: { MINE: 'x', SETPOINT_TOKEN: 'forged' } });
    const outcome = await bench.create(kept, properties);
    delete process.env['SETPOINT_TEST_SECRET'];
    assert.ok(outcome.kind === 'done');
    const lines = String(outcome.attributes?.['stdout']).split('\n');
    for (const line of ['MINE=x', `SETPOINT_TOKEN=${kept.token}`, 'SETPOINT_RESOURCE=fish', 'SETPOINT_ACTION=create']) {
      assert.ok(lines.includes(line), line);
    }
    assert.ok(!lines.some((line) => line.includes('canary')));
  });

  it('is half made after a create with a bad exit status: resumed, or deleted', async () => {
    const scratch = openScratch();
    const bench = openBench(command);
    const kept = bench.newObject();
    const properties = filled({ ...thing(scratch.path('.')), create: 'cat > /dev/null; echo oh no >&2; exit 2', read: null });
    await assert.rejects(bench.create(kept, properties), { retry: 'never', changed: null, message: /exit status 2:\noh no/ });
    for (const seen of [await bench.find(kept, properties), await bench.read(kept, properties)]) {
      assert.ok(seen.presence === 'present' && seen.complete === false);
    }
    const good = filled(thing(scratch.path('.')));
    settle(kept, good, await bench.create(kept, good));
    await bench.delete(kept, good);
  });

  const failures = [
    { given: { create: 'exit 2', atomic: true }, expected: { retry: 'never', changed: false } },
    { given: { create: 'exit 75' }, expected: { retry: 'later', changed: null } },
    { given: { create: ['/no/such/program'] }, expected: { retry: 'never', changed: false } },
    { given: { create: 'kill -TERM $$' }, expected: { retry: 'never', changed: null, message: /was ended by SIGTERM/ } },
    {
      given: { create: 'sleep 1000 & sleep 1000', timeout: 0.2 },
      expected: { retry: 'never', message: /ran too long and was killed/ },
    },
  ];
  for (const { given, expected } of failures) {
    it(`fails: ${JSON.stringify(given)}`, async () => {
      const bench = openBench(command);
      await assert.rejects(bench.create(bench.newObject(), filled(given)), expected);
    });
  }

  it('kills the whole group when it is aborted', async () => {
    const scratch = openScratch();
    const bench = openBench(command);
    const controller = new AbortController();
    const pidFile = scratch.path('pid');
    const create = `sleep 1000 & echo $! > ${pidFile}; wait`;
    const running = bench.create(bench.newObject(), filled({ create }), { signal: controller.signal });
    for (let tries = 0; tries < 6_000 && !(existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim()); tries++) await wait(10);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    controller.abort();
    await assert.rejects(running, /was aborted/);
    for (let tries = 0; tries < 6_000 && isAlive(pid); tries++) await wait(10);
    assert.equal(isAlive(pid), false);
  });

  it('is replaced when what makes it changes and there is no update command', () => {
    const reason = (previous: JsonMap, desired: JsonMap) => command.replaceReason?.(filled(previous), filled(desired)) ?? null;
    const base = { create: 'true', triggers: { a: 1 } };
    assert.match(reason(base, { ...base, triggers: { a: 2 } }) ?? '', /triggers changed/);
    assert.match(reason(base, { ...base, create: 'false' }) ?? '', /create changed/);
    assert.equal(reason(base, { ...base, delete: 'true' }), null);
    assert.equal(reason(base, { ...base, triggers: 2, update: 'true' }), null);
  });

  it('runs update whenever it is asked to, and keeps what create said where there is none', async () => {
    const scratch = openScratch();
    const bench = openBench(command);
    const kept = bench.newObject();
    const plain = filled({ create: 'echo made' });
    settle(kept, plain, await bench.create(kept, plain));
    const outcome = await bench.update(kept, { ...plain, delete: 'true' });
    assert.ok(outcome.kind === 'done' && outcome.attributes?.['stdout'] === 'made');
    const updatable = filled({ create: 'echo made', update: `echo >> ${scratch.path('count')}` });
    for (let n = 0; n < 2; n++) settle(kept, updatable, await bench.update(kept, updatable));
    assert.equal(readFileSync(scratch.path('count'), 'utf8'), '\n\n');
  });

  it('is half made, not unknown, when create ran too long', async () => {
    const bench = openBench(command);
    const kept = bench.newObject();
    const properties = filled({ create: 'sleep 1000', timeout: 0.1 });
    await assert.rejects(bench.create(kept, properties), /ran too long/);
    const seen = await bench.read(kept, properties);
    assert.ok(seen.presence === 'present' && seen.complete === false);
  });

  it('does not wait for what a command leaves in the background', async () => {
    const bench = openBench(command);
    const outcome = await bench.create(bench.newObject(), filled({ create: 'sleep 5 & echo done' }));
    assert.ok(outcome.kind === 'done' && outcome.attributes?.['stdout'] === 'done');
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
