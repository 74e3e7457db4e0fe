/** Event sinks from outside: a configuration, an environment, a receiver, and what commands say of them. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { SentEvent } from '../main/sinks/event-sink.ts';
import { type CliBench, openCliBench } from './fixtures/cli-bench.ts';

const token = 'canary-77ab-do-not-tell';
const template = (value: string): string => `
heat_template_version: 2021-04-16
resources: { a: { type: OS::Heat::TestResource, properties: { value: ${value} } } }
`;

interface Standing {
  readonly type: string;
  readonly sent: number;
  readonly waiting: number;
  readonly attempts: number;
  readonly reason: string;
}
const standingOf = async (bench: CliBench): Promise<Standing[]> =>
  ((await bench.json('show')) as { eventSinks: Standing[] }).eventSinks;

async function receiveAt(t: TestContext) {
  const received: SentEvent[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (receiver.status === 204) received.push(JSON.parse(body) as SentEvent);
    response.writeHead(receiver.status).end();
    for (const look of waiting) look();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const until = (count: number): Promise<void> =>
    new Promise((resolve) => waiting.add(() => received.length >= count && resolve()));
  const receiver = { status: 204, received, until, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  return receiver;
}

const told = (events: readonly SentEvent[]): string[] =>
  events.map(({ payload }) => `${payload.resource_name} ${payload.resource_action} ${payload.resource_status}`);

test('events reach a webhook and a file; what a receiver misses while it is down, it gets from the next command', async (t) => {
  const bench = openCliBench(t);
  const receiver = await receiveAt(t);
  bench.write('config.yaml', `event_sinks: { webhook: { inside: "${receiver.host}" }, log: { audit: audit.jsonl } }\n`);
  bench.write(
    'env.yaml',
    `event_sinks:\n  - {type: webhook, target: "http://${receiver.host}/${token}"}\n  - {type: log, target: audit}\n`,
  );
  const up = async (value: string) => {
    bench.write('demo.yaml', template(value));
    return bench.run('up', 'demo.yaml', '-e', 'env.yaml', '--config', 'config.yaml');
  };
  const first = await up('one');
  assert.deepEqual([first.code, first.stderr.includes('ENV-SINK')], [0, false], first.stderr);
  const created = ['demo CREATE IN_PROGRESS', 'a CREATE COMPLETE', 'demo CREATE COMPLETE'];
  assert.deepEqual(told(receiver.received), created);
  receiver.status = 503;
  assert.equal((await up('two')).code, 0);
  const shown = await bench.run('show');
  assert.match(
    shown.stdout,
    /Event sinks\n {2}log {2}up to event 6\n {2}webhook {2}up to event 3; 3 waiting; tried once in vain: it answered with status 503/,
  );
  receiver.status = 204;
  const missed = receiver.until(6);
  const engine = bench.start('engine', '--config', 'config.yaml');
  await missed;
  engine.child.kill('SIGTERM');
  await engine.ended;
  const logged = bench
    .read('audit.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SentEvent);
  assert.deepEqual(receiver.received, logged);
  assert.deepEqual(
    (await standingOf(bench)).map(({ waiting, attempts }) => [waiting, attempts]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  assert.equal((await bench.run('down', '--config', 'config.yaml')).code, 0);
  assert.deepEqual(told(receiver.received).slice(-1), ['demo DELETE COMPLETE']);
  assert.equal((await bench.run('fsck')).code, 0);
});

test('the target is told nowhere, and sealed in the database', async (t) => {
  const bench = openCliBench(t);
  bench.write('config.yaml', 'event_sinks: { webhook: { hosts: hooks.invalid } }\n');
  bench.write('env.yaml', `event_sinks:\n  - type: webhook\n    target: https://hooks.invalid/${token}\n`);
  bench.write('in.yaml', template('inner'));
  bench.write('demo.yaml', 'heat_template_version: 2021-04-16\nresources: { n: { type: in.yaml } }\n');
  const said = [await bench.run('up', 'demo.yaml', '-e', 'env.yaml', '--config', 'config.yaml', '--verbose')];
  assert.match(said[0]!.stderr, /could not be sent/);
  for (const command of ['show', 'events', 'history', 'resources', 'fsck'])
    said.push(await bench.run(command, '-s', 'demo'), await bench.run(command, '-s', 'demo', '--json'));
  assert.equal((await bench.run('rotate-key')).code, 0);
  assert.equal((await bench.run('export-database', 'all.jsonl')).code, 0);
  assert.match(bench.read('all.jsonl'), /event_sink/);
  for (const file of ['.setpoint/state.db', '.setpoint/state.db-wal', 'all.jsonl'])
    if (bench.exists(file)) assert.ok(!bench.read(file).includes(token), `${file} holds the target in clear`);
  for (const { stdout, stderr } of said) assert.ok(!stdout.includes(token) && !stderr.includes(token));
  const imported = await bench.run(
    '--database',
    'sqlite:other.db',
    'import-database',
    'all.jsonl',
    '--keys',
    '.setpoint/state.db.key',
  );
  assert.equal(imported.code, 0, imported.stderr);
  const shown = (await bench.json('--database', 'sqlite:other.db', 'show', '-s', 'demo')) as { eventSinks: Standing[] };
  assert.deepEqual(
    shown.eventSinks.map(({ type, sent, waiting }) => [type, sent, waiting > 0]),
    [['webhook', 0, true]],
  );
});

test('sinks that nobody serves are a warning with its place', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', template('one'));
  bench.write(
    'env.yaml',
    'event_sinks:\n  - {type: zaqar-queue, target: q}\n  - {type: webhok, target: x}\n  - {type: log, target: x}\n',
  );
  bench.write('config.yaml', 'event_sinks: { log: { audit: audit.jsonl } }\n');
  for (const command of ['validate', 'up']) {
    const { code, stdout, stderr } = await bench.run(command, 'demo.yaml', '-e', 'env.yaml', '--config', 'config.yaml');
    const text = stdout + stderr;
    assert.equal(code, 0, text);
    assert.match(
      text,
      /env\.yaml:2:\d+: warning ENV-SINK: events are not sent to this zaqar-queue: its queue is in an OpenStack cloud/,
    );
    assert.match(text, /env\.yaml:3:\d+: warning ENV-SINK: .*webhook/s);
    assert.match(text, /env\.yaml:4:\d+: warning ENV-SINK: events are not sent to this log: there is no log of that name/);
  }
});

const mistakes: readonly (readonly [config: string, said: RegExp])[] = [
  ['event_sinks: []', /config\.yaml: event_sinks must be a map/],
  ['event_sinks: { zaqar: {} }', /event_sinks\.zaqar is not known here: only webhook, log/],
  ['event_sinks: { webhook: { host: x } }', /event_sinks\.webhook\.host is not known here: only hosts, inside/],
  ['event_sinks: { webhook: { hosts: "https://x/" } }', /event_sinks\.webhook\.hosts: "https:\/\/x\/" is no host/],
  ['event_sinks: { webhook: { inside: [1] } }', /event_sinks\.webhook\.inside: 1 is no host/],
  ['event_sinks: { log: { audit: [] } }', /event_sinks\.log\.audit must be a path/],
  ['event_sink: {}', /event_sink is not known here/],
];
test('mistakes in the configuration are told with their place', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', template('one'));
  for (const [config, said] of mistakes) {
    bench.write('config.yaml', `${config}\n`);
    const { code, stderr } = await bench.run('up', 'demo.yaml', '--config', 'config.yaml');
    assert.equal(code, 2, config);
    assert.match(stderr, said);
  }
});
