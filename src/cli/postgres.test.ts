/** What only concerns PostgreSQL: addresses that lead nowhere, schema versions, and work handed from one process to another. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ask, findServer, noServer } from '../store/fixtures/postgres-server.ts';
import { openCliBench } from './fixtures/cli-bench.ts';

const server = await findServer();
if (server) after(() => server.stop());
const options = { skip: server === null && noServer };

const template = `
heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource, properties: { value: x } }
`;

async function address(params = ''): Promise<string> {
  return `${await server!.createDatabase()}?keyfile=key${params}`;
}

test('a server that is not there is an error with a hint, and the password is not printed', options, async (t) => {
  const bench = openCliBench(t);
  const { code, stderr } = await bench.run('list', '--database', 'postgres://me:hunter2@127.0.0.1:1/db');
  assert.equal(code, 2);
  assert.match(stderr, /can't be reached/);
  assert.match(stderr, /postgres:\/\/me@127\.0\.0\.1:1\/db/);
  assert.doesNotMatch(stderr, /hunter2/);
});

test('a database or a user that is not there, too', options, async (t) => {
  const bench = openCliBench(t);
  const base = await address();
  const noDatabase = await bench.run('list', '--database', base.replace(/\/t\d\w+/, '/nowhere'));
  assert.match(noDatabase.stderr, /there is no such database/);
  const noUser = await bench.run('list', '--database', base.replace('//setpoint@', '//nobody:hunter2@'));
  assert.match(noUser.stderr, /refused the user or the password/);
  assert.doesNotMatch(noUser.stderr, /hunter2/);
  assert.equal(noUser.code, 2);
});

test('an older schema waits for setpoint migrate, a newer one for a newer Setpoint', options, async (t) => {
  const bench = openCliBench(t);
  const database = await address();
  const made = (await bench.json('migrate', '--database', database)) as { from: number; to: number };
  assert.equal(made.from, 0);
  await ask(database.replace(/\?.*/, ''), `update schema_version set version = ${made.to + 1}`);
  for (const command of ['list', 'migrate'])
    assert.match((await bench.run(command, '--database', database)).stderr, /use a newer Setpoint/);
  await ask(database.replace(/\?.*/, ''), `update schema_version set version = ${made.to - 1}`);
  const older = await bench.run('list', '--database', database);
  assert.equal(older.code, 2);
  assert.match(older.stderr, /setpoint migrate/);
});

test('many may race to migrate', options, async (t) => {
  const bench = openCliBench(t);
  const database = await address();
  const all = await Promise.all([1, 2, 3].map(() => bench.json('migrate', '--database', database)));
  assert.equal((all as { from: number }[]).filter(({ from }) => from === 0).length, 1);
});

test('another key is refused before anything is sealed with it', options, async (t) => {
  const bench = openCliBench(t);
  const database = await address();
  assert.equal((await bench.run('list', '--database', database)).code, 0);
  const missing = await bench.run('list', '--database', database.replace('keyfile=key', 'keyfile=other'));
  assert.match(missing.stderr, /its key is not here/);
  assert.equal(missing.code, 2);
  const elsewhere = openCliBench(t);
  await elsewhere.run('list', '--database', await address());
  const wrong = await elsewhere.run('list', '--database', database);
  assert.match(wrong.stderr, /is not the key/);
});

test(
  '--no-engine waits for the engine of another process, also without listening and without named statements',
  options,
  async (t) => {
    for (const params of ['', '&listen=off&prepare=off&pool=1']) {
      const bench = openCliBench(t);
      const database = await address(params);
      bench.write('t.yaml', template);
      const engine = bench.start('engine', '--database', database);
      await engine.until(/works on/);
      const up = await bench.run('up', 't.yaml', '--no-engine', '--database', database);
      assert.equal(up.code, 0, up.stderr);
      engine.child.kill('SIGTERM');
      assert.equal((await engine.ended).code, 0);
    }
  },
);

const moving = `
heat_template_version: 2021-04-16
parameters: { password: { type: string, hidden: true, default: canary-1234 } }
resources:
  secret: { type: OS::Heat::Value, properties: { value: { get_param: password } } }
  random: { type: OS::Heat::RandomString }
outputs:
  random: { value: { get_attr: [random, value] } }
  secret: { value: { get_attr: [secret, value] } }
`;

test('everything moves from SQLite to PostgreSQL and back, from one to the other, and goes on there', options, async (t) => {
  const bench = openCliBench(t);
  bench.write('m.yaml', moving);
  assert.equal((await bench.run('up', 'm.yaml')).code, 0);
  const before = await bench.json('outputs', '--show-secrets');
  const move = async (from: string[], to: string[], file: string, keys: string) => {
    const exported = await bench.run(...from, 'export-database', file);
    assert.equal(exported.code, 0, exported.stderr);
    const imported = await bench.run(...to, 'import-database', file, '--keys', keys);
    assert.equal(imported.code, 0, imported.stderr);
    assert.deepEqual(await bench.json(...to, 'outputs', '--show-secrets'), before);
    assert.equal((await bench.run(...to, 'fsck')).code, 0);
    const refused = await bench.run(...from, 'up', 'm.yaml');
    assert.match(refused.stderr, /is not worked on any more/);
    const carried = await bench.run(...to, 'up', 'm.yaml');
    assert.equal(carried.code, 0, carried.stderr);
    assert.deepEqual(await bench.json(...to, 'outputs', '--show-secrets'), before, 'nothing was made anew');
  };
  const postgres = ['--database', await address()];
  await move([], postgres, 'one.jsonl', '.setpoint/state.db.key');
  await move(postgres, ['--database', 'sqlite:back.db'], 'two.jsonl', 'key');
});
