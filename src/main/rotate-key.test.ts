/** The key is rotated while an engine works: afterwards nothing in the database is sealed with the old one, wherever secrets may be. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { nameOf } from '../store/vault.ts';
import { prepareKey } from './keys.ts';
import { forgetKeys, rotateKey } from './rotate-key.ts';
import { openSetpoint, type Setpoint } from './setpoint.ts';

const template = (path: string, value: string) => `
heat_template_version: 2021-04-16
parameters: { password: { type: string, hidden: true } }
resources:
  generated: { type: OS::Heat::RandomString, properties: { length: 24 } }
  carried: { type: OS::Heat::TestResource, properties: { value: { get_param: password } } }
  stored: { type: Setpoint::Local::File, properties: { path: ${path}, content: { get_attr: [carried, output] } } }
  plain: { type: OS::Heat::TestResource, properties: { value: ${value} } }
outputs: { told: { value: { get_attr: [carried, output] } }, random: { value: { get_attr: [generated, value] } } }
`;

async function up(setpoint: Setpoint, path: string, value: string): Promise<void> {
  const documents = {
    template: { name: 't.yaml', text: template(path, value) },
    files: {},
    environments: [],
    parameters: { password: 'hush-hush' },
  };
  const { stack, traversal } = await setpoint.submit('demo', documents);
  const ended = await setpoint.watch(stack, traversal);
  assert.equal(ended?.outcome, 'complete', ended?.traversal.reason);
}

const told = async (setpoint: Setpoint) =>
  (await setpoint.outputs(await setpoint.loadStack('demo'))).map((output) => output.value);

/** Names of keys in every text of every table. */
function keysInUse(path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = (database.prepare(`select name from sqlite_schema where type = 'table'`).all() as { name: string }[]).map(
    (t) => t.name,
  );
  const texts = tables.flatMap((table) =>
    database
      .prepare(`select * from ${table}`)
      .all()
      .flatMap((row) => Object.values(row)),
  );
  database.close();
  return [...new Set(texts.flatMap((text) => /^v2\.([0-9a-f]+)\./.exec(String(text))?.[1] ?? []))];
}

const cipherOf = (file: string): string =>
  nameOf(Buffer.from((JSON.parse(readFileSync(file, 'utf8')) as { cipher: string }).cipher, 'base64'));

test('rotate, twice, and forget', async (t) => {
  const realNow = performance.now.bind(performance);
  let passed = 0;
  t.mock.method(performance, 'now', () => realNow() + passed);
  const pass = async (ms: number): Promise<void> => {
    passed += ms;
  };
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-keys-'));
  const path = join(folder, 'state.db');
  const settings = { shop: { default: { key: 'hush-hush' } } };
  const setpoint = await openSetpoint({ database: `sqlite:${path}`, allowLocal: true, settings });
  const other = await openSetpoint({ database: `sqlite:${path}`, allowLocal: true });
  try {
    other.startEngine();
    await up(setpoint, join(folder, 'out'), 'one');
    const first = cipherOf(setpoint.keyFile);
    assert.deepEqual(keysInUse(path), [first]);
    const before = await told(setpoint);
    const running = up(setpoint, join(folder, 'out'), 'two');
    const values = await rotateKey(setpoint, pass);
    await running;
    assert.ok(values > 5);
    const second = cipherOf(setpoint.keyFile);
    assert.notEqual(second, first);
    assert.deepEqual(keysInUse(path), [second]);
    await up(other, join(folder, 'out'), 'three');
    assert.deepEqual(keysInUse(path), [second], 'the other process seals with the new key, too');
    assert.deepEqual(await told(other), before);
    assert.equal(prepareKey(setpoint.keyFile), true);
    assert.equal(prepareKey(setpoint.keyFile), false);
    assert.equal(await forgetKeys(setpoint), 1);
    await rotateKey(setpoint, pass);
    assert.equal(keysInUse(path).length, 1);
    assert.notEqual(keysInUse(path)[0], second);
    assert.equal(await forgetKeys(setpoint), 1);
    assert.deepEqual(await told(setpoint), before);
    await up(setpoint, join(folder, 'out'), 'four');
  } finally {
    await other.close();
    await setpoint.close();
  }
  const again = await openSetpoint({ database: `sqlite:${path}`, allowLocal: true });
  assert.equal((await told(again))[0], 'hush-hush');
  await again.close();
  rmSync(folder, { recursive: true, force: true });
});
