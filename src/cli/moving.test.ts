/** Moving a database from outside: export, import, refusal, undo; and backups that are copied back. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CliBench, openCliBench } from './fixtures/cli-bench.ts';

const template = (bench: CliBench, content: string) => `
heat_template_version: 2021-04-16
parameters: { password: { type: string, hidden: true, default: canary-1234 } }
resources:
  folder: { type: Setpoint::Local::Directory, properties: { path: ${bench.path('site')} } }
  page: { type: Setpoint::Local::File, properties: { path: { list_join: [/, [{ get_attr: [folder, path] }, p.txt]] }, content: ${content} } }
  secret: { type: OS::Heat::Value, properties: { value: { get_param: password } } }
  random: { type: OS::Heat::RandomString }
outputs:
  random: { value: { get_attr: [random, value] } }
  secret: { value: { get_attr: [secret, value] } }
`;

async function refusal(bench: CliBench, ...args: string[]): Promise<string> {
  const { code, stderr } = await bench.run(...args, '--json');
  assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
  return (JSON.parse(stderr.trimEnd().split('\n').at(-1)!) as { error: { code: string } }).error.code;
}

test('a database is exported, refuses work, and goes on where it was imported, with its history and its secrets', async (t) => {
  const bench = openCliBench(t);
  bench.write('site.yaml', template(bench, 'one'));
  assert.equal((await bench.run('up', 'site.yaml')).code, 0);
  bench.write('site.yaml', template(bench, 'two'));
  assert.equal((await bench.run('up', 'site.yaml')).code, 0);
  const before = await bench.json('outputs', '--show-secrets');
  const exported = (await bench.json('export-database', 'all.jsonl')) as { kind: string; rows: number; unfinished: number };
  assert.deepEqual([exported.kind, exported.unfinished], ['exported', 0]);
  assert.ok(exported.rows > 20);
  assert.doesNotMatch(bench.read('all.jsonl'), /canary/, 'what is sealed stays sealed');
  assert.equal(statSync(bench.path('all.jsonl')).mode & 0o777, 0o600);

  assert.equal(await refusal(bench, 'up', 'site.yaml'), 'DATABASE_MOVED');
  assert.equal(await refusal(bench, 'down'), 'DATABASE_MOVED');
  assert.equal(await refusal(bench, 'engine'), 'DATABASE_MOVED');
  assert.equal(await refusal(bench, 'export-database', 'again.jsonl'), 'DATABASE_MOVED');
  assert.match((await bench.run('up', 'site.yaml')).stderr, /use the database that it was imported into.*mark-restored/s);
  assert.equal((await bench.run('show')).code, 0, 'looking is allowed');

  const there = ['--database', 'sqlite:there.db'];
  assert.equal(await refusal(bench, ...there, 'import-database', 'all.jsonl'), 'BAD_EXPORT', 'no keys');
  assert.equal(await refusal(bench, ...there, 'import-database', 'all.jsonl', '--keys', 'site.yaml'), 'INVALID', 'no key file');
  assert.deepEqual([existsSync(bench.path('there.db')), existsSync(bench.path('there.db.key'))], [false, false]);
  const full = ['--database', 'sqlite:full.db'];
  assert.equal((await bench.run(...full, 'engine', '--until-idle')).code, 0);
  const keys = ['--keys', '.setpoint/state.db.key'];
  assert.equal(await refusal(bench, ...full, 'import-database', 'all.jsonl', ...keys), 'BAD_EXPORT', 'it has keys of its own');
  const imported = await bench.run(...there, 'import-database', 'all.jsonl', '--keys', '.setpoint/state.db.key');
  assert.equal(imported.code, 0, imported.stderr);
  assert.deepEqual(await bench.json(...there, 'outputs', '--show-secrets'), before);
  assert.equal(((await bench.json(...there, 'history')) as unknown[]).length, 2);
  assert.equal((await bench.run(...there, 'fsck')).code, 0);
  assert.equal(await refusal(bench, ...there, 'import-database', 'all.jsonl'), 'NOT_EMPTY');

  rmSync(bench.path('site/p.txt'));
  const check = await bench.run(...there, 'check');
  assert.equal(check.code, 1);
  assert.match(check.stdout, /page/);
  const back = await bench.run(...there, 'rollback', '1');
  assert.equal(back.code, 0, back.stdout + back.stderr);
  assert.equal(bench.read('site/p.txt'), 'one');
  assert.deepEqual(await bench.json(...there, 'outputs', '--show-secrets'), before);
});

test('an export that was never imported is undone by mark-restored', async (t) => {
  const bench = openCliBench(t);
  bench.write('site.yaml', template(bench, 'one'));
  await bench.run('up', 'site.yaml');
  assert.equal((await bench.run('export-database', 'all.jsonl')).code, 0);
  assert.equal((await bench.run('mark-restored')).code, 0);
  assert.equal((await bench.run('up', 'site.yaml')).code, 0);
});

test('a file that was cut short or changed is refused as a whole', async (t) => {
  const bench = openCliBench(t);
  bench.write('site.yaml', template(bench, 'one'));
  await bench.run('up', 'site.yaml');
  await bench.run('export-database', 'all.jsonl');
  const lines = bench.read('all.jsonl').trimEnd().split('\n');
  bench.write('short.jsonl', `${lines.slice(0, -1).join('\n')}\n`);
  bench.write('changed.jsonl', `${lines.join('\n').replace('folder', 'falter')}\n`);
  bench.write('fewer.jsonl', `${[...lines.slice(0, -3), lines.at(-1)].join('\n')}\n`);
  bench.write('other.jsonl', 'not one of ours\n');
  for (const file of ['short.jsonl', 'changed.jsonl', 'fewer.jsonl', 'other.jsonl', 'site.yaml'])
    assert.equal(
      await refusal(bench, '--database', 'sqlite:there.db', 'import-database', file, '--keys', '.setpoint/state.db.key'),
      'BAD_EXPORT',
      file,
    );
  assert.deepEqual(await bench.json('--database', 'sqlite:there.db', 'list'), []);
});

test('work under way moves along: what was begun there is looked for here, and made once', async (t) => {
  const bench = openCliBench(t);
  bench.write(
    'demo.yaml',
    `
heat_template_version: 2021-04-16
resources:
  a:
    type: Setpoint::Local::Command
    properties:
      create: 'echo "$SETPOINT_TOKEN" >> ${bench.path('made')}; while [ ! -e ${bench.path('go')} ]; do sleep 0.05; done; echo "$SETPOINT_TOKEN"'
      find: 'grep -sx "$SETPOINT_TOKEN" ${bench.path('made')} || exit 1'
      read: 'grep -x "$SETPOINT_ID" ${bench.path('made')}'
  b: { type: OS::Heat::TestResource, depends_on: a }
`,
  );
  const up = bench.start('up', 'demo.yaml');
  await up.until(/ a\s+CREATE IN_PROGRESS/);
  while (!bench.exists('made')) await new Promise(setImmediate);
  const exported = (await bench.json('export-database', 'all.jsonl', '--drain', '0')) as { unfinished: number };
  assert.equal(exported.unfinished, 1);
  bench.write('go', '');
  assert.notEqual((await up.ended).code, 0, 'its engine is told that the database has moved');
  const there = ['--database', 'sqlite:there.db'];
  await bench.run(...there, 'import-database', 'all.jsonl', '--keys', '.setpoint/state.db.key');
  assert.equal((await bench.run(...there, 'engine', '--until-idle')).code, 0);
  assert.equal(((await bench.json(...there, 'show')) as { status: string }).status, 'COMPLETE');
  assert.equal(bench.read('made').trimEnd().split('\n').length, 1);
});

test('a backup that is copied back is noticed, and everything is read before anything is decided', async (t) => {
  const bench = openCliBench(t);
  bench.write('site.yaml', template(bench, 'one'));
  await bench.run('up', 'site.yaml');
  copyFileSync(bench.path('.setpoint/state.db'), bench.path('backup.db'));
  bench.write('site.yaml', template(bench, 'two'));
  await bench.run('up', 'site.yaml');
  assert.equal(bench.read('site/p.txt'), 'two');
  for (const more of ['', '-wal', '-shm']) rmSync(bench.path(`.setpoint/state.db${more}`), { force: true });
  copyFileSync(bench.path('backup.db'), bench.path('.setpoint/state.db'));
  bench.write('site.yaml', template(bench, 'one'));
  const up = await bench.run('up', 'site.yaml');
  assert.equal(up.code, 0, up.stdout + up.stderr);
  assert.match(up.stderr, /the database's file is another one than when it was opened last/);
  assert.equal(bench.read('site/p.txt'), 'one', 'the backup knew it as one already; only a look tells that it is not');
  assert.doesNotMatch((await bench.run('list')).stderr, /another one/, 'once');
});

test('a key file that is gone, damaged or another one is said before anything is done, and none is made in its place', async (t) => {
  const bench = openCliBench(t);
  bench.write('site.yaml', template(bench, 'one'));
  assert.equal((await bench.run('up', 'site.yaml')).code, 0);
  const key = bench.path('.setpoint/state.db.key');
  const before = await bench.json('outputs', '--show-secrets');
  copyFileSync(key, bench.path('kept'));
  const said = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await bench.run(...args);
    assert.equal(code, 2, stderr);
    return stderr;
  };
  rmSync(key);
  assert.match(
    await said('up', 'site.yaml'),
    /its key is not here: there is no file .*state\.db\.key.*put the copy of it there/s,
  );
  assert.equal(existsSync(key), false);
  for (const text of ['', '{"cipher": "c2VjcmV0', '{"cipher": "c2VjcmV0", "digest": "c2VjcmV0"}', '[]']) {
    writeFileSync(key, text);
    const told = await said('outputs');
    assert.match(told, /state\.db\.key is no key file, or is damaged/);
    assert.doesNotMatch(told, /c2VjcmV0/);
  }
  assert.equal((await bench.run('--database', 'sqlite:other.db', 'engine', '--until-idle')).code, 0);
  copyFileSync(bench.path('other.db.key'), key);
  assert.match(await said('outputs'), /is not the key that it was first used with/);
  copyFileSync(bench.path('kept'), key);
  assert.deepEqual(await bench.json('outputs', '--show-secrets'), before);
});
