/** Operating from outside: engines that drain and tell of themselves, pause, stop, restored databases. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openCliBench, type Running } from './fixtures/cli-bench.ts';

const slow = (seconds: number, more = '') => `
heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource, properties: { value: a, wait_secs: ${seconds} } }
  b: { type: OS::Heat::TestResource, properties: { value: b }, depends_on: a }
${more}
`;

/** A call that takes until the file `go` is there. */
const waiting = (path: string) => `
heat_template_version: 2021-04-16
resources:
  a:
    type: Setpoint::Local::Command
    properties: { create: 'while [ ! -e ${path}/go ]; do sleep 0.05; done; echo made >> ${path}/made; echo a', find: 'exit 1', delete: 'true' }
  b: { type: OS::Heat::TestResource, properties: { value: b }, depends_on: a }
`;

async function urlOf(engine: Running): Promise<string> {
  let url = '';
  await engine.until(/tells of itself at (\S+)/);
  url = /tells of itself at (\S+)/.exec(engine.output())![1]!;
  return url;
}

test('an engine tells whether it lives, whether it is ready, and what it does', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', slow(0));
  await bench.run('up', 'demo.yaml', '--detach');
  const engine = bench.start('engine', '--http', '127.0.0.1:0');
  const url = await urlOf(engine);
  const follow = bench.start('events', '--follow');
  await follow.until(/demo\s+CREATE COMPLETE/);
  follow.child.kill('SIGINT');
  const get = async (path: string) => {
    const answer = await fetch(url + path);
    return { status: answer.status, text: await answer.text() };
  };
  assert.deepEqual(await get('/healthz'), { status: 200, text: 'ok\n' });
  assert.deepEqual(await get('/readyz'), { status: 200, text: 'ok\n' });
  assert.equal((await get('/else')).status, 404);
  assert.equal((await fetch(`${url}/metrics`, { method: 'POST' })).status, 405);
  const { text } = await get('/metrics');
  assert.match(text, /^setpoint_provider_calls_total\{type="OS::Heat::TestResource",verb="create",result="ok"\} 2$/m);
  assert.match(text, /^setpoint_claims_total\{purpose="converge"\} 2$/m);
  assert.match(text, /^setpoint_settlements_total\{kind="done"\} 2$/m);
  assert.match(text, /^setpoint_database_seconds_count\{act="turn"\} [1-9]/m);
  assert.match(text, /^setpoint_stacks\{status="COMPLETE"\} 1$/m);
  assert.match(text, /^setpoint_queue_nodes\{state="ready"\} 0$/m);
  assert.match(text, /^setpoint_engines\{state="alive"\} 1$/m);
  for (const line of text.trimEnd().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? (\d+(\.\d+)?(e-\d+)?))$/, line);
  engine.child.kill('SIGTERM');
  assert.equal((await engine.ended).code, 0);
});

test('SIGTERM: nothing more is claimed, the call under way ends, and the engine leaves with 0', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', waiting(bench.directory));
  await bench.run('up', 'demo.yaml', '--detach');
  const engine = bench.start('engine', '--drain', '10m');
  const follow = bench.start('events', '--follow');
  await follow.until(/ a\s+CREATE IN_PROGRESS/);
  engine.child.kill('SIGTERM');
  await engine.until(/no new work; what is under way \(1\)/);
  bench.write('go', '');
  assert.equal((await engine.ended).code, 0);
  await follow.until(/ a\s+CREATE COMPLETE/);
  follow.child.kill('SIGINT');
  const rows = (await bench.json('resources')) as { name: string; status: string; action: string }[];
  assert.deepEqual(
    rows.map((row) => `${row.name} ${row.action} ${row.status}`),
    ['a CREATE COMPLETE', 'b INIT COMPLETE'],
  );
  assert.deepEqual(await bench.json('engines'), []);
});

test('what does not end within the bound is given back; the next engine looks for it first', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', waiting(bench.directory));
  await bench.run('up', 'demo.yaml', '--detach');
  const engine = bench.start('engine', '--drain', '50ms');
  const follow = bench.start('events', '--follow');
  await follow.until(/ a\s+CREATE IN_PROGRESS/);
  follow.child.kill('SIGINT');
  engine.child.kill('SIGTERM');
  assert.equal((await engine.ended).code, 0);
  assert.deepEqual(await bench.json('engines'), []);
  bench.write('go', '');
  const next = await bench.run('engine', '--until-idle');
  assert.equal(next.code, 0);
  assert.match(next.stderr, /"msg":"took over an operation whose engine was lost"/);
  assert.equal(((await bench.json('show')) as { status: string }).status, 'COMPLETE');
});

test('the log is one JSON object a line when nobody looks, and never tells a secret', async (t) => {
  const bench = openCliBench(t);
  bench.write(
    'demo.yaml',
    `
heat_template_version: 2021-04-16
parameters: { password: { type: string, hidden: true } }
resources:
  a: { type: Setpoint::Local::Command, properties: { create: { list_join: ['', ['echo it was ', { get_param: password }, ' >&2; exit 3']] } } }
`,
  );
  await bench.run('up', 'demo.yaml', '--detach', '-P', 'password=canary-90210');
  const { stderr } = await bench.run('engine', '--until-idle', '--log-level', 'debug');
  const records = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; time: string; msg: string; reason?: string });
  assert.ok(records.some((r) => r.msg === 'engine started' && r.level === 'info'));
  assert.ok(
    records.some((r) => r.msg === 'failed' && r.level === 'warn' && /it was \*+/.test(r.reason ?? '')),
    stderr,
  );
  assert.doesNotMatch(stderr, /canary/);
});

test('--until-idle leaves what only another kind of engine can do, and says so', async (t) => {
  const bench = openCliBench(t);
  bench.write(
    'demo.yaml',
    slow(
      0,
      `  c: { type: Setpoint::Local::Directory, properties: { path: ${bench.path('d')} } }\n  d: { type: OS::Heat::TestResource, depends_on: c }`,
    ),
  );
  await bench.run('up', 'demo.yaml', '--detach');
  const engine = await bench.run('engine', '--until-idle', '--no-local');
  assert.equal(engine.code, 0);
  assert.match(engine.stderr, /left demo: what is left wants an engine that offers Setpoint::Local::Directory/);
  const rows = (await bench.json('resources')) as { name: string; action: string }[];
  assert.deepEqual(rows.map((row) => `${row.name} ${row.action}`).sort(), ['a CREATE', 'b CREATE', 'c INIT', 'd INIT']);
  assert.equal((await bench.run('engine', '--until-idle')).code, 0);
  assert.equal(((await bench.json('show')) as { status: string }).status, 'COMPLETE');
});

test('engines that offer less leave nested stacks and changes of type to those that offer more', async (t) => {
  const bench = openCliBench(t);
  bench.write(
    'part.yaml',
    `heat_template_version: 2021-04-16\nresources:\n  d: { type: Setpoint::Local::Directory, properties: { path: ${bench.path('d')} } }\n`,
  );
  bench.write(
    'demo.yaml',
    `heat_template_version: 2021-04-16\nresources:\n  a: { type: OS::Heat::Value, properties: { value: 1 } }\n`,
  );
  bench.write(
    'next.yaml',
    `heat_template_version: 2021-04-16\nresources:\n  a: { type: Setpoint::Local::Directory, properties: { path: ${bench.path('a')} } }\n  part: { type: part.yaml }\n`,
  );
  await bench.run('up', 'demo.yaml');
  await bench.run('up', 'next.yaml', '-s', 'demo', '--detach');
  const less = await bench.run('engine', '--until-idle', '--no-local');
  assert.match(less.stderr, /left demo: what is left wants an engine that offers Setpoint::Local::Directory\n/);
  const why = await bench.run('why', 'part', '--no-local');
  assert.match(why.stdout, /no engine here offers the type Setpoint::Local::Directory in it/);
  assert.equal((await bench.run('engine', '--until-idle')).code, 0);
  assert.equal(((await bench.json('show')) as { status: string }).status, 'COMPLETE');
  assert.equal((await bench.run('down')).code, 0);
});

test('what is only let go wants no engine that offers it', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', slow(0, `  c: { type: Setpoint::Local::Directory, properties: { path: ${bench.path('d')} } }`));
  await bench.run('up', 'demo.yaml');
  assert.equal((await bench.run('down', '--abandon', '--no-local')).code, 0);
  assert.ok(bench.exists('d'));
  assert.deepEqual(await bench.json('list'), []);
});

test('a machine that is gone for good is no dead end', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', waiting(bench.directory));
  await bench.run('up', 'demo.yaml', '--detach');
  const engine = bench.start('engine');
  const follow = bench.start('events', '--follow');
  await follow.until(/ a\s+CREATE IN_PROGRESS/);
  follow.child.kill('SIGINT');
  engine.child.kill('SIGKILL');
  await engine.ended;
  const database = new DatabaseSync(bench.path('.setpoint/state.db'));
  database.exec(`update resource set host = 'lost' where host is not null; update engine set host = 'lost', lease_until = 0`);
  database.close();
  const held = ((await bench.json('show')) as { heldUp: { code: string; message: string }[] }).heldUp;
  assert.deepEqual(
    held.map(({ code }) => code),
    ['NO_ENGINE', 'MACHINE'],
  );
  assert.match(
    held[1]!.message,
    /^a: only an engine on the machine lost can go on with that; .* setpoint stop demo, then setpoint forget/,
  );
  assert.match((await bench.run('why', 'a')).stdout, /is gone\. It is bound to the machine lost: an engine there takes it over;/);
  const refused = await bench.run('forget', 'a');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /a is under an operation \(create\): wait until it ends, or first setpoint stop demo/);
  assert.equal((await bench.run('stop', 'demo')).code, 0);
  bench.write('go', '');
  assert.equal((await bench.run('forget', 'a')).code, 0);
  assert.equal(((await bench.json('show')) as { status: string }).status, 'COMPLETE');
  assert.equal((await bench.run('fsck')).code, 0);
  assert.equal((await bench.run('down')).code, 0);
});

test('engines says what each holds', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', waiting(bench.directory));
  const up = bench.start('up', 'demo.yaml');
  await up.until(/ a\s+CREATE IN_PROGRESS/);
  const [engine] = [await bench.json('engines')].flat() as {
    state: string;
    holds: { stack: string; resource: string; doing: string }[];
  }[];
  assert.equal(engine?.state, 'alive');
  assert.deepEqual(
    engine?.holds.map((held) => `${held.stack} ${held.resource} ${held.doing}`),
    ['demo a create'],
  );
  assert.match((await bench.run('engines')).stdout, /holds\n {2}demo a \(version \d+\): create for/);
  bench.write('go', '');
  assert.equal((await up.ended).code, 0);
});

test('pause and unpause: requests are accepted and wait', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', slow(0));
  await bench.run('up', 'demo.yaml');
  assert.equal((await bench.run('pause', '--reason', 'maintenance')).code, 0);
  assert.match((await bench.run('engines')).stdout, /The database is paused since .*: maintenance/);
  const up = bench.start('up', 'demo.yaml', '-s', 'other');
  await up.until(/all engines are paused since .* \(maintenance\): it waits for setpoint unpause/);
  const idle = await bench.run('engine', '--until-idle');
  assert.equal(idle.code, 0);
  assert.match(idle.stderr, /left other: the database is paused/);
  assert.deepEqual(
    ((await bench.json('show', '-s', 'other')) as { heldUp: { code: string }[] }).heldUp.map(({ code }) => code),
    ['PAUSED'],
  );
  const why = await bench.run('why', 'a', '-s', 'other');
  assert.match(why.stdout, /It is ready, but all engines are paused since .* \(maintenance\): setpoint unpause\./);
  assert.deepEqual(await bench.json('unpause'), { state: 'open', changed: true });
  assert.equal((await up.ended).code, 0);
});

test('why a nested stack waits: for what is within, which is asked for by its path', async (t) => {
  const bench = openCliBench(t);
  bench.write('part.yaml', waiting(bench.directory));
  bench.write('demo.yaml', 'heat_template_version: 2021-04-16\nresources: { n: { type: part.yaml } }\n');
  await bench.run('up', 'demo.yaml', '--detach');
  const engine = bench.start('engine');
  const follow = bench.start('events', '--follow');
  await follow.until(/ n\s+CREATE IN_PROGRESS/);
  let within = '';
  while (!/a \(create under way/.test(within)) within = (await bench.run('why', 'n')).stdout;
  assert.match(
    within,
    /It waits for its own stack demo-n-\w+, which is CREATE IN_PROGRESS\. There: a .*, b .*See setpoint why n\/RESOURCE/,
  );
  assert.match((await bench.run('why', 'n/b')).stdout, /Before it is worked on, these must be done: a/);
  const lost = await bench.run('why', 'm/b');
  assert.equal(lost.code, 2);
  assert.match(lost.stderr, /stack demo has no nested stack m/);
  bench.write('go', '');
  await follow.until(/demo\s+CREATE COMPLETE/);
  follow.child.kill('SIGINT');
  engine.child.kill('SIGTERM');
  assert.equal((await engine.ended).code, 0);
});

test('stop: by force, and the next request goes on', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', waiting(bench.directory));
  const up = bench.start('up', 'demo.yaml');
  await up.until(/ a\s+CREATE IN_PROGRESS/);
  const stop = await bench.run('stop', '--reason', 'it went wrong');
  assert.equal(stop.code, 0, stop.stderr);
  assert.match(stop.stdout, /demo: stopped; 1 operation rests/);
  const ended = await up.ended;
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /Stopped: it went wrong/);
  assert.match((await bench.run('why', 'a')).stdout, /Its stack was stopped: it rests until the next request/);
  assert.equal((await bench.run('stop')).code, 0, 'the operation that rests is known to be there');
  bench.write('go', '');
  assert.equal((await bench.run('retry')).code, 0);
  assert.equal((await bench.run('stop')).code, 2, 'nothing to stop');
  assert.equal((await bench.run('fsck')).code, 0);
});

test('wrong values of options are usage errors', async (t) => {
  const bench = openCliBench(t);
  for (const args of [
    ['--http', 'nonsense'],
    ['--http', '127.0.0.1:99999'],
    ['--calls', '0'],
    ['--drain', 'soon'],
    ['--log-level', 'loud'],
  ])
    assert.equal((await bench.run('engine', ...args)).code, 2, args.join(' '));
});

test('rotate-key: secrets are still read, and old keys are forgotten when a person says so', async (t) => {
  const bench = openCliBench(t);
  bench.write(
    'demo.yaml',
    `
heat_template_version: 2021-04-16
parameters: { password: { type: string, hidden: true } }
resources: { a: { type: OS::Heat::TestResource, properties: { value: { get_param: password } } } }
outputs: { told: { value: { get_attr: [a, output] } } }
`,
  );
  await bench.run('up', 'demo.yaml', '-P', 'password=hush-hush');
  const keys = () =>
    JSON.parse(bench.read('.setpoint/state.db.key')) as { cipher: string; digest: string; next?: string; older?: string[] };
  const first = keys();
  assert.deepEqual(await bench.json('rotate-key', '--prepare'), { kind: 'prepared', prepared: true });
  const { next } = keys();
  const rotated = (await bench.json('rotate-key')) as { kind: string; values: number };
  assert.equal(rotated.kind, 'rotated');
  assert.ok(rotated.values >= 4);
  assert.deepEqual(keys(), { cipher: next, digest: first.digest, older: [first.cipher] });
  assert.equal((await bench.run('outputs', 'told', '--show-secrets')).stdout, 'hush-hush\n');
  assert.deepEqual(await bench.json('rotate-key', '--forget-old'), { kind: 'forgotten', keys: 1 });
  assert.deepEqual(keys(), { cipher: next, digest: first.digest });
  assert.equal((await bench.run('outputs', 'told', '--show-secrets')).stdout, 'hush-hush\n');
  assert.equal((await bench.run('rotate-key', '--prepare', '--forget-old')).code, 2);
});

test('a limit holds back what is beyond it, says so, and lets it go on when there is room', async (t) => {
  const bench = openCliBench(t);
  bench.write('one.yaml', waiting(bench.directory));
  bench.write('two.yaml', waiting(bench.directory));
  await bench.run('up', 'one.yaml', '--detach');
  const set = await bench.run('limits', 'set', '--type', 'Setpoint::Local::*', '1');
  assert.equal(set.code, 0, set.stderr);
  await bench.run('up', 'two.yaml', '--detach', '--priority', 'low');
  assert.equal((await bench.run('limits', 'set', '--tenant', 'a*', '1')).code, 2);
  assert.equal((await bench.run('limits', 'set', '1')).code, 2);
  const engine = bench.start('engine');
  const follow = bench.start('events', '--follow', '-s', 'one');
  await follow.until(/a\s+CREATE IN_PROGRESS/);
  const why = await bench.run('why', 'a', '-s', 'two');
  assert.match(why.stdout, /held back by the limit on types Setpoint::Local::\*: 1 of 1 operations are in flight: one a\./);
  const [limit] = (await bench.json('limits')) as { inFlight: number; of: { stack: string }[] }[];
  assert.deepEqual([limit!.inFlight, limit!.of[0]!.stack], [1, 'one']);
  assert.match((await bench.run('list')).stdout, /two .* low priority/);
  bench.write('go', '');
  const second = bench.start('events', '--follow', '-s', 'two');
  await second.until(/two\s+CREATE COMPLETE/);
  for (const process of [follow, second]) process.child.kill('SIGINT');
  engine.child.kill('SIGTERM');
  assert.equal((await engine.ended).code, 0);
  assert.equal((await bench.run('limits', 'remove', '--type', 'Setpoint::Local::*')).code, 0);
  assert.equal((await bench.run('limits', 'remove', '--type', 'Setpoint::Local::*')).code, 2);
  assert.match((await bench.run('priority', 'high', '-s', 'two')).stdout, /two: high priority/);
  assert.equal((await bench.run('fsck')).code, 0);
});
