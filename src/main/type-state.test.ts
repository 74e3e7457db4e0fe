/** A type is upgraded: what its former version kept comes in the present form, and an engine that is not upgraded yet leaves it alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defineResource } from '../providers/sdk.ts';
import type { JsonMap } from '../std/json.ts';
import { openSetpoint, type Setpoint } from './setpoint.ts';

/** `given` is what its calls have found as state. Only what makes an object, or sends it to sleep, gives state back. */
const typeOf = (schemaVersion: number, given: unknown[]) =>
  defineResource({
    type: 'Shop::Thing',
    description: 'Keeps a state.',
    schemaVersion,
    ...(schemaVersion > 1 ? { migrate: (state, from) => ({ ...(state as JsonMap), form: schemaVersion, from }) } : {}),
    properties: { text: { type: 'string', update: 'in-place' } },
    create: (call) => ({ physicalId: call.token, state: { form: schemaVersion } }),
    update(call) {
      given.push(call.state);
      return { physicalId: call.physicalId! };
    },
    suspend(call) {
      given.push(call.state);
      return { physicalId: call.physicalId!, state: { form: schemaVersion, asleep: true } };
    },
    resume(call) {
      given.push(call.state);
      return { physicalId: call.physicalId! };
    },
    delete(call) {
      given.push(call.state);
    },
  });

const goal = (text: string) => ({
  template: {
    name: 't.yaml',
    text: `
heat_template_version: 2021-04-16
resources: { it: { type: Shop::Thing, properties: { text: ${text} } } }
`,
  },
  files: {},
  environments: [],
  parameters: {},
});

async function withTypes(
  work: (using: (version: number, use: (setpoint: Setpoint) => Promise<unknown>) => Promise<unknown[]>) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-state-'));
  try {
    await work(async (version, use) => {
      const given: unknown[] = [];
      const database = `sqlite:${join(folder, 'state.db')}`;
      const setpoint = await openSetpoint({
        database,
        allowLocal: false,
        types: [typeOf(version, given)],
        engine: { maxAttempts: 1 },
      });
      setpoint.startEngine();
      try {
        await use(setpoint);
        return given;
      } finally {
        await setpoint.close();
      }
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ended(setpoint: Setpoint, asked: ReturnType<Setpoint['submit']>) {
  const { stack, traversal } = await asked;
  const { outcome, traversal: last } = (await setpoint.watch(stack, traversal))!;
  return outcome === 'complete' ? 'complete' : last.reason;
}

test('what a type kept is migrated once, whether or not later calls give it back', () =>
  withTypes(async (using) => {
    await using(1, async (s) => assert.equal(await ended(s, s.submit('demo', goal('a'))), 'complete'));
    const second = await using(2, async (s) => {
      for (const text of ['b', 'c']) assert.equal(await ended(s, s.submit('demo', goal(text))), 'complete');
      for (const action of ['SUSPEND', 'RESUME'] as const) assert.equal(await ended(s, s.act('demo', action)), 'complete');
    });
    const migrated = { form: 2, from: 1 };
    assert.deepEqual(second, [migrated, migrated, migrated, { form: 2, asleep: true }]);
    const third = await using(3, async (s) => assert.equal(await ended(s, s.remove('demo')), 'complete'));
    assert.deepEqual(third, [{ form: 3, asleep: true, from: 2 }]);
  }));

test('an engine whose type is older than what was kept calls nobody, and says why', () =>
  withTypes(async (using) => {
    await using(2, (s) => ended(s, s.submit('demo', goal('a'))));
    const given = await using(1, async (s) => {
      assert.match(await ended(s, s.submit('demo', goal('b'))), /kept about it can't be read by this engine's \(1\): upgrade/);
    });
    assert.deepEqual(given, []);
    await using(2, async (s) => {
      assert.equal(await ended(s, s.submit('demo', goal('b'))), 'complete');
      assert.equal(await ended(s, s.remove('demo')), 'complete');
    });
  }));
