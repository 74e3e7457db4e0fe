import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type CliBench, openCliBench } from './fixtures/cli-bench.ts';

/** `wait` is of every resource, `first` of the first one. */
const chain = (wait: number, names: readonly string[], first = wait) => `
heat_template_version: 2021-04-16
resources:
${names.map((name, i) => `  ${name}: { type: OS::Heat::TestResource, properties: { value: ${name}, action_wait_secs: { create: ${i === 0 ? first : wait}, update: ${wait} } }${i === 0 ? '' : `, depends_on: ${names[i - 1]}`} }`).join('\n')}
`;

interface Row {
  readonly name: string;
  readonly status: string;
  readonly wanted: boolean;
  readonly physicalId: string;
}

async function rowsOf(bench: CliBench, stack: string): Promise<Row[]> {
  return (await bench.json('resources', '--all', '-s', stack)) as Row[];
}

test('three commands in one shell: the last goal wins, the first says that it was superseded', async (t) => {
  const bench = openCliBench(t);
  // Long enough that the next one comes while it is still under way, however slow the machine is.
  bench.write('one.yaml', chain(600, ['a', 'b', 'c', 'd'], 0.2));
  bench.write('two.yaml', chain(600, ['c', 'x', 'a']));
  bench.write('three.yaml', chain(0.2, ['x', 'y']));
  const first = bench.start('up', 'one.yaml', '-s', 'demo');
  await first.until(/b\s+CREATE IN_PROGRESS/);
  const second = bench.start('up', 'two.yaml', '-s', 'demo');
  await second.until(/UPDATE accepted as goal 2.*it supersedes CREATE, traversal 1/);
  const third = await bench.run('up', 'three.yaml', '-s', 'demo');
  const [a, b] = [await first.ended, await second.ended];
  assert.equal(a.code, 3, a.stdout + a.stderr);
  assert.match(a.stdout, /CREATE superseded: traversal 1 gave way to UPDATE, goal 2, traversal 2/);
  assert.equal(b.code, 3, b.stdout + b.stderr);
  assert.equal(third.code, 0, third.stdout + third.stderr);
  const rows = await rowsOf(bench, 'demo');
  assert.deepEqual(
    rows.map((row) => `${row.name} ${row.status} ${row.wanted}`),
    ['x COMPLETE true', 'y COMPLETE true'],
  );
  assert.equal((await bench.run('fsck')).code, 0);
});

test('a command whose goal was superseded stays until its call has ended, so that nothing becomes UNKNOWN', async (t) => {
  const bench = openCliBench(t);
  const goal = (value: string) => `
heat_template_version: 2021-04-16
resources:
  command:
    type: Setpoint::Local::Command
    properties: { create: 'echo made >> ${bench.path('made.txt')}; while [ ! -e ${bench.path('open')} ]; do sleep 0.05; done; echo 1' }
  value: { type: OS::Heat::TestResource, properties: { value: ${value} } }
`;
  bench.write('one.yaml', goal('a'));
  bench.write('two.yaml', goal('b'));
  const first = bench.start('up', 'one.yaml', '-s', 'demo');
  await first.until(/command\s+CREATE IN_PROGRESS/);
  assert.equal((await bench.run('up', 'two.yaml', '-s', 'demo', '--detach')).code, 0);
  await first.until(/what is under way here with 1 resource is waited for/);
  bench.write('open', '');
  assert.equal((await first.ended).code, 3);
  assert.equal((await bench.run('engine', '--until-idle')).code, 0);
  assert.deepEqual(
    (await rowsOf(bench, 'demo')).map((row) => row.status),
    ['COMPLETE', 'COMPLETE'],
  );
  assert.equal(readFileSync(bench.path('made.txt'), 'utf8'), 'made\n');
});

test('Ctrl-C leaves the work in the database; the next command goes on with it', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', chain(1, ['a', 'b']));
  const up = bench.start('up', 'demo.yaml');
  await up.until(/a\s+CREATE IN_PROGRESS/);
  up.child.kill('SIGINT');
  const { code, stderr } = await up.ended;
  assert.equal(code, 130);
  assert.match(stderr, /left demo while CREATE \(traversal 1\) is under way; the work is in the database/);
  assert.deepEqual(await bench.json('engines'), []);
  const engine = await bench.run('engine', '--until-idle');
  assert.equal(engine.code, 0);
  assert.deepEqual(
    (await rowsOf(bench, 'demo')).map((row) => row.status),
    ['COMPLETE', 'COMPLETE'],
  );
});

test('--detach hands in only; an engine does the work and leaves on SIGTERM', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', chain(0, ['a', 'b']));
  const up = await bench.run('up', 'demo.yaml', '--detach');
  assert.equal(up.code, 0);
  assert.equal(((await bench.json('show')) as { status: string }).status, 'IN_PROGRESS');
  assert.match((await bench.run('why', 'a')).stdout, /It is ready, but no engine runs/);
  assert.match((await bench.run('why', 'b')).stdout, /Before it is worked on, these must be done: a \(ready\)/);
  const engine = bench.start('engine');
  const follow = bench.start('events', '--follow');
  await follow.until(/demo\s+CREATE COMPLETE/);
  engine.child.kill('SIGTERM');
  assert.equal((await engine.ended).code, 0);
  follow.child.kill('SIGINT');
  assert.equal((await follow.ended).code, 130);
});

/**
 * Each thing appends its token to a ledger when it is made, so that what was made twice or left over can be counted. A create whose engine
 * was killed runs on: find waits for its end before it says that there is nothing. The command ends when the file `open` is there; the process
 * is not well before it was asked three times.
 */
const real = (bench: CliBench, port: number) => `
heat_template_version: 2021-04-16
resources:
  directory: { type: Setpoint::Local::Directory, properties: { path: ${bench.path('made')} } }
  file: { type: Setpoint::Local::File, properties: { path: { list_join: ['/', [{ get_attr: [directory, path] }, f.txt]] }, content: hello } }
  command:
    type: Setpoint::Local::Command
    properties:
      environment: { FILE: { get_attr: [file, path] } }
      create: 'mkdir ${bench.path('lock')}; echo "$SETPOINT_TOKEN" >> ${bench.path('made.txt')}; while [ ! -e ${bench.path('open')} ]; do sleep 0.05; done; rmdir ${bench.path('lock')}; echo "$SETPOINT_TOKEN"'
      find: 'while [ -d ${bench.path('lock')} ]; do sleep 0.05; done; grep -sx "$SETPOINT_TOKEN" ${bench.path('made.txt')} || exit 1'
      read: 'grep -x "$SETPOINT_ID" ${bench.path('made.txt')}'
      delete: 'touch ${bench.path('gone.txt')}; grep -x "$SETPOINT_TOKEN" ${bench.path('made.txt')} >> ${bench.path('gone.txt')}; true'
  process:
    type: Setpoint::Local::Process
    properties:
      command: [${process.execPath}, -e, "require('node:fs').appendFileSync('${bench.path('started.txt')}', process.pid + '\\\\n'); let asked = 0; require('node:http').createServer((q, s) => { s.statusCode = asked++ < 3 ? 503 : 200; s.end(); }).listen(${port}, '127.0.0.1')"]
      stop_timeout: 1
      health_check: { http: { url: 'http://127.0.0.1:${port}/' }, interval: 0.1, timeout: 60 }
  last: { type: OS::Heat::TestResource, depends_on: [command, process], properties: { wait_secs: 0.3 } }
`;

const moments = [
  /accepted/,
  /directory\s+CREATE IN_PROGRESS/,
  /file\s+CREATE COMPLETE/,
  /command\s+CREATE IN_PROGRESS/,
  /process\s+CREATE COMPLETE/,
  /command\s+CREATE COMPLETE/,
  /last\s+CREATE IN_PROGRESS/,
];

for (const [i, moment] of moments.entries()) {
  test(`kill -9 of up at ${moment.source}, then up again: each object once, none left over`, { timeout: 300_000 }, async (t) => {
    const bench = openCliBench(t);
    t.after(() => {
      for (const pid of alive(linesOf(bench, 'started.txt'))) process.kill(Number(pid), 'SIGKILL');
    });
    const port = 21_500 + (process.pid % 2_000) * 10 + i;
    bench.write('demo.yaml', real(bench, port));
    const holds = moment.source.includes('command\\s+CREATE IN_PROGRESS');
    if (!holds) bench.write('open', '');
    const first = bench.start('up', 'demo.yaml');
    await first.until(moment);
    first.child.kill('SIGKILL');
    await first.ended;
    if (holds) assert.match((await bench.run('why', 'command')).stdout, /is gone, and no other engine runs: setpoint engine, or/);
    prolongLeases(bench);
    const next = bench.start('up', 'demo.yaml');
    await next.until(/accepted/);
    bench.write('open', '');
    const again = await next.ended;
    assert.equal(again.code, 0, again.stdout + again.stderr);
    const rows = await rowsOf(bench, 'demo');
    assert.deepEqual(
      rows.map((row) => `${row.name} ${row.status}`),
      ['command', 'directory', 'file', 'last', 'process'].map((name) => `${name} COMPLETE`),
    );
    assert.deepEqual(readdirSync(bench.path('made')), ['f.txt']);
    assert.deepEqual(alive(linesOf(bench, 'started.txt')).length, 1, 'one process runs');
    const down = await bench.run('down');
    assert.equal(down.code, 0, down.stdout + down.stderr);
    assert.equal(bench.exists('made'), false);
    assert.deepEqual(alive(linesOf(bench, 'started.txt')), []);
    assert.deepEqual(new Set(linesOf(bench, 'gone.txt')), new Set(linesOf(bench, 'made.txt')), 'what was made was deleted');
    assert.equal((await bench.run('fsck')).code, 0);
  });
}

/** By an hour: whoever waited for the lease of the dead would not end in time. */
function prolongLeases(bench: CliBench): void {
  const database = new DatabaseSync(bench.path('.setpoint/state.db'));
  database.exec('update engine set lease_until = lease_until + 3600000');
  database.close();
}

function linesOf(bench: CliBench, name: string): string[] {
  return bench.exists(name)
    ? bench
        .read(name)
        .split('\n')
        .filter((line) => line !== '')
    : [];
}

/** Those that run; one that has ended and only waits to be reaped does not. */
function alive(pids: readonly string[]): string[] {
  return pids.filter((pid) => {
    try {
      process.kill(Number(pid), 0);
      const stat = `/proc/${pid}/stat`;
      return !existsSync(stat) || !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
    } catch {
      return false;
    }
  });
}

const blind = (bench: CliBench) => `
heat_template_version: 2021-04-16
resources:
  thing:
    type: Setpoint::Local::Command
    properties: { create: 'echo begun >> ${bench.path('begun.txt')}; sleep 2; echo thing-1', read: 'echo thing-1' }
  after: { type: OS::Heat::TestResource, depends_on: thing }
  beside: { type: OS::Heat::TestResource }
`;

test('a command without find that was killed ends UNKNOWN, the rest goes on, and resolve settles it', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', blind(bench));
  const first = bench.start('up', 'demo.yaml');
  await first.until(/thing\s+CREATE IN_PROGRESS/);
  first.child.kill('SIGKILL');
  await first.ended;
  assert.match(
    (await bench.run('show')).stdout,
    /CREATE IN_PROGRESS[\s\S]*it waits: no engine runs: setpoint engine, or any setpoint command/,
  );
  const again = await bench.run('up', 'demo.yaml');
  assert.equal(again.code, 1, again.stdout + again.stderr);
  assert.doesNotMatch((await bench.run('show')).stdout, /it waits/);
  assert.match(again.stdout, /thing \(version \d+\) CREATE UNKNOWN/);
  assert.match(again.stdout, /setpoint resolve thing -s demo --adopt ID, or --absent/);
  assert.deepEqual(
    (await rowsOf(bench, 'demo')).map((row) => `${row.name} ${row.status}`),
    ['after COMPLETE', 'beside COMPLETE', 'thing UNKNOWN'],
  );
  assert.match((await bench.run('why', 'thing')).stdout, /Nobody can tell whether it was made/);
  assert.equal((await bench.run('resolve', 'thing')).code, 2);
  const resolved = await bench.run('resolve', 'thing', '--adopt', 'thing-1');
  assert.equal(resolved.code, 0, resolved.stdout + resolved.stderr);
  assert.deepEqual(
    (await rowsOf(bench, 'demo')).map((row) => `${row.name} ${row.status}`),
    ['after COMPLETE', 'beside COMPLETE', 'thing COMPLETE'],
  );
  assert.ok(linesOf(bench, 'begun.txt').length <= 1, 'it was made once at most');
});

test('what a person says is absent is made', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', blind(bench));
  const first = bench.start('up', 'demo.yaml');
  await first.until(/thing\s+CREATE IN_PROGRESS/);
  first.child.kill('SIGKILL');
  await first.ended;
  await bench.run('up', 'demo.yaml');
  const resolved = await bench.run('resolve', 'thing', '--absent');
  assert.equal(resolved.code, 0, resolved.stdout + resolved.stderr);
  assert.equal((await bench.run('fsck')).code, 0);
});
