import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { testAddresses } from '../store/fixtures/test-databases.ts';
import { type CliBench, openCliBench } from './fixtures/cli-bench.ts';

const databases = await testAddresses();

/** The same commands on either database. */
const onBoth = (name: string, body: (bench: CliBench) => Promise<void>): void => {
  for (const database of databases)
    test(`${name} (${database.name})`, { skip: database.skip }, async (t) => {
      const { address, close } = await database.make();
      t.after(close);
      await body(openCliBench(t, { SETPOINT_DATABASE: address }));
    });
};

const plain = (value: string, more = '') => `
heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource, properties: { value: ${value} } }
  b: { type: OS::Heat::TestResource, properties: { value: { get_attr: [a, output] } } }
${more}
outputs:
  told: { value: { get_attr: [b, output] } }
`;

const fiveMistakes = `heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResorce }
  b: { type: OS::Heat::TestResource, properties: { valu: x } }
  c: { type: OS::Heat::TestResource, properties: { value: { get_param: nope } } }
  d: { type: OS::Heat::TestResource, depends_on: e }
  f: { type: OS::Heat::TestResource, properties: { value: { get_attr: [b, outputs] } } }
`;

test('five mistakes are five errors with their places, and nothing is changed', async (t) => {
  const bench = openCliBench(t);
  bench.write('bad.yaml', fiveMistakes);
  const { code, stdout, stderr } = await bench.run('up', 'bad.yaml');
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.deepEqual(
    [...stderr.matchAll(/^bad\.yaml:(\d+):\d+: error (\S+):/gm)].map(([, line, errorCode]) => `${line} ${errorCode}`),
    ['3 HOT-TYPE-UNKNOWN', '4 PROP-UNKNOWN', '5 HOT-PARAM-UNKNOWN', '6 HOT-REF-UNKNOWN', '7 HOT-ATTR-UNKNOWN'],
  );
  assert.match(stderr, /^ 3 \| {3}a: \{ type: OS::Heat::TestResorce \}\n {3}\| {14}\^/m);
  assert.match(stderr, /did you mean "OS::Heat::TestResource"\?/);
  assert.match(stderr, /error: 5 errors; nothing was changed/);
  assert.equal(bench.exists('.setpoint'), false);
});

onBoth('five mistakes in an update leave the stack as it was', async (bench) => {
  bench.write('good.yaml', plain('one'));
  bench.write('bad.yaml', fiveMistakes);
  await bench.run('up', 'good.yaml', '-s', 'demo');
  const before = await bench.json('show', '-s', 'demo');
  const { code, stderr } = await bench.run('up', 'bad.yaml', '-s', 'demo', '--json');
  assert.equal(code, 2);
  const { error } = JSON.parse(stderr) as { error: { code: string; diagnostics: { line: number; column: number }[] } };
  assert.equal(error.code, 'INVALID');
  assert.deepEqual(
    error.diagnostics.map((d) => d.line),
    [3, 4, 5, 6, 7],
  );
  assert.deepEqual(await bench.json('show', '-s', 'demo'), before);
});

test('exit codes: 0 done, 1 failed, 2 usage', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', plain('one'));
  bench.write(
    'failing.yaml',
    plain(
      'one',
      '  c: { type: OS::Heat::TestResource, properties: { fail: true } }\n  d: { type: OS::Heat::Value, depends_on: c, properties: { value: 1 } }',
    ),
  );
  const codeOf = async (...args: string[]) => (await bench.run(...args)).code;
  assert.equal(await codeOf('list'), 0);
  assert.equal(await codeOf('show'), 2, 'no database');
  assert.equal(await codeOf('up', 'demo.yaml'), 0);
  assert.equal(await codeOf('up', 'demo.yaml'), 0, 'again');
  assert.equal(await codeOf('up', 'none.yaml'), 2, 'no such file');
  assert.equal(await codeOf('up', 'demo.yaml', '--nonsense'), 2);
  assert.equal(await codeOf('nonsense'), 2);
  assert.equal(await codeOf('show', '-s', 'other'), 2, 'no such stack');
  assert.equal(await codeOf('--help'), 0);
  assert.equal(await codeOf('--version'), 0);
  const failing = await bench.run('up', 'failing.yaml', '-s', 'demo');
  assert.equal(failing.code, 1);
  assert.match(failing.stdout, /✗ c \(version \d+\) CREATE FAILED/);
  assert.match(failing.stdout, /not tried, as what they require failed: d/);
  assert.match(failing.stdout, /setpoint why c -s demo/);
  const why = await bench.run('why', 'd');
  assert.match(why.stdout, /It was not tried, as it requires c, which failed/);
  assert.equal(await codeOf('fsck'), 0);
  assert.equal(await codeOf('down'), 0);
});

onBoth('the stack may be named before or after the command, or not at all when there is only one', async (bench) => {
  bench.write('one.two_three.yaml', plain('x'));
  await bench.run('up', 'one.two_three.yaml');
  assert.equal(((await bench.json('show')) as { name: string }).name, 'one.two_three');
  await bench.run('-s', 'second', 'up', 'one.two_three.yaml');
  const { code, stderr } = await bench.run('show');
  assert.equal(code, 2);
  assert.match(stderr, /there are 2 stacks.*\n.*one\.two_three, second/);
  const asArgument = await bench.run('down', 'second');
  assert.equal(asArgument.code, 2);
  assert.match(asArgument.stderr, /too many arguments for 'down'.*\n.*a stack is named with -s STACK/);
  assert.equal((await bench.run('-s', 'second', 'down')).code, 0);
  assert.equal((await bench.run('down', '-s', 'one.two_three')).code, 0);
});

onBoth('a failing update with --rollback ends where it was, and says so', async (bench) => {
  bench.write('demo.yaml', plain('one'));
  bench.write('failing.yaml', plain('two', '  c: { type: OS::Heat::TestResource, properties: { fail: true } }'));
  await bench.run('up', 'demo.yaml');
  const { code, stdout } = await bench.run('up', 'failing.yaml', '-s', 'demo', '--rollback');
  assert.equal(code, 1);
  assert.match(stdout, /rolled back to goal 1/);
  assert.equal((await bench.run('outputs', 'told')).stdout, 'one\n');
  const history = (await bench.json('history')) as { number: number; outcome: string; rollbackOf: number | null }[];
  assert.deepEqual(
    history.map((goal) => [goal.number, goal.outcome, goal.rollbackOf]),
    [
      [1, 'complete', null],
      [2, 'failed', null],
      [3, 'complete', 1],
    ],
  );
});

onBoth('everything that --json prints can be parsed', async (bench) => {
  bench.write('demo.yaml', plain('one', '  pw: { type: OS::Heat::RandomString }'));
  const up = (await bench.json('up', 'demo.yaml')) as { kind: string; outcome?: string }[];
  assert.equal(up.at(-1)?.kind, 'summary');
  assert.equal(up.at(-1)?.outcome, 'complete');
  assert.ok(up.slice(0, -1).every((line) => line.kind === 'event'));
  const commands = [
    'list',
    'show',
    'resources',
    'outputs',
    'history',
    'graph',
    'types',
    'types OS::Heat::Value',
    'engines',
    'fsck',
    'why a',
    'versions a',
    'diff 1 1',
    'preview demo.yaml',
    'validate demo.yaml',
    'events -n 1',
    'outputs told',
  ];
  await Promise.all(
    commands.map(async (command) => assert.equal(typeof (await bench.json(...command.split(' '))), 'object', command)),
  );
  const { code, stderr } = await bench.run('outputs', 'nothing', '--json');
  assert.equal(code, 2);
  assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'NO_SUCH_OUTPUT');
  const usage = await bench.run('up', '--nonsense', '--json');
  assert.equal((JSON.parse(usage.stderr) as { error: { code: string } }).error.code, 'USAGE');
});

onBoth('secrets stay covered unless asked for', async (bench) => {
  const text = (salt: string) => `
heat_template_version: 2021-04-16
parameters: { key: { type: string, hidden: true } }
resources:
  pw: { type: OS::Heat::RandomString, properties: { salt: ${salt} } }
  f: { type: Setpoint::Local::File, properties: { path: ${bench.path('f.txt')}, content: { list_join: [':', [{ get_param: key }, { get_attr: [pw, value] }]] } } }
outputs: { pw: { value: { get_attr: [pw, value] } }, key: { value: { get_param: key } } }
`;
  bench.write('demo.yaml', text('one'));
  bench.write('next.yaml', text('two'));
  const up = await bench.run('up', 'demo.yaml', '-P', 'key=very-secret');
  const password = (await bench.run('outputs', 'pw', '--show-secrets')).stdout.trim();
  assert.equal(bench.read('f.txt'), `very-secret:${password}`);
  assert.equal((await bench.run('outputs', 'pw')).code, 2);
  const commands = ['show', 'outputs', 'events', 'preview next.yaml -s demo -P key=other-secret --all', 'diff 1 1', 'why f'];
  const shown = await Promise.all(
    commands.flatMap((command) => [bench.run(...command.split(' ')), bench.run(...command.split(' '), '--json')]),
  );
  for (const output of [up.stdout, ...shown.map(({ stdout }) => stdout)])
    assert.doesNotMatch(output, new RegExp(`very-secret|other-secret|${password}`));
  await bench.run('down');
});

onBoth('a preview says what makes room for which resource', async (bench) => {
  const at = (name: string, type: string, path: string) =>
    `  ${name}: { type: Setpoint::Local::${type}, properties: { path: ${bench.path(path)} } }`;
  bench.write('demo.yaml', plain('one', at('old', 'Directory', 'here')));
  bench.write('next.yaml', plain('one', `${at('new', 'File', 'here')}\n${at('old', 'Directory', 'there')}`));
  await bench.run('up', 'demo.yaml');
  const { entries } = (await bench.json('preview', 'next.yaml', '-s', 'demo')) as {
    entries: { action: string; name: string; reason: string }[];
  };
  assert.deepEqual(
    entries.filter(({ action }) => action !== 'none').map(({ action, name, reason }) => `${action} ${name}: ${reason}`),
    ['create new: new', 'create old: new', 'delete old: goes first, to make room for new'],
  );
  assert.equal((await bench.run('up', 'next.yaml', '-s', 'demo')).code, 0);
  assert.equal(bench.read('here'), '');
  await bench.run('down', '-s', 'demo');
});

onBoth('a plan is carried out as previewed, or refused when anything has moved', async (bench) => {
  bench.write('demo.yaml', plain('one'));
  assert.equal((await bench.run('preview', 'demo.yaml', '--save', 'new.plan')).code, 0);
  bench.write('demo.yaml', plain('other'));
  assert.equal((await bench.run('up', '--plan', 'new.plan')).code, 0, 'the plan holds the documents themselves');
  assert.equal((await bench.run('outputs', 'told')).stdout, 'one\n');
  const again = await bench.run('up', '--plan', 'new.plan');
  assert.equal(again.code, 2);
  assert.match(again.stderr, /was created since the plan was made/);
  await bench.run('preview', 'demo.yaml', '--save', 'next.plan');
  await bench.run('check');
  const moved = await bench.run('up', '--plan', 'next.plan');
  assert.equal(moved.code, 2);
  assert.match(moved.stderr, /has moved since the plan was made/);
  assert.equal((await bench.run('outputs', 'told')).stdout, 'one\n');
  await bench.run('preview', 'demo.yaml', '--save', 'last.plan');
  await bench.run('down');
  await bench.run('up', 'demo.yaml');
  assert.equal((await bench.run('up', '--plan', 'last.plan')).code, 2, 'another stack of the same name');
});

onBoth('events, history, diff and versions tell what was', async (bench) => {
  bench.write('demo.yaml', plain('one'));
  bench.write(
    'next.yaml',
    plain('two', '  c: { type: OS::Heat::TestResource }').replace('value: two', 'value: two, update_replace: true'),
  );
  await bench.run('up', 'demo.yaml');
  await bench.run('up', 'next.yaml', '-s', 'demo');
  const diff = (await bench.json('diff', '1', '2')) as { resources: { name: string; kind: string }[] };
  assert.deepEqual(
    diff.resources.map(({ name, kind }) => `${name} ${kind}`),
    ['a changed', 'c added'],
  );
  const versions = (await bench.json('versions', 'a')) as { goals: unknown }[];
  assert.ok(versions.length >= 1);
  await bench.run('rollback', '1');
  assert.equal((await bench.run('outputs', 'told')).stdout, 'one\n');
  await bench.run('down');
  const events = (await bench.json('events', '-s', 'demo')) as { seq: number }[];
  assert.deepEqual(
    events.map((event) => event.seq),
    events.map((_, i) => i + 1),
  );
});

test('of a long history the last events are told, too', async (t) => {
  const bench = openCliBench(t);
  bench.write('demo.yaml', plain('one'));
  bench.write('next.yaml', plain('two'));
  await bench.run('up', 'demo.yaml');
  const database = new DatabaseSync(bench.path('.setpoint/state.db'));
  database.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
    insert into event (stack_id, seq, at, traversal, resource_id, name, type, action, status, reason)
    select id, event_seq + i, created_at, traversal, 1, 'noise', 't', 'CHECK', 'COMPLETE', '' from stack, n;
    update stack set event_seq = event_seq + 100000`);
  database.close();
  await bench.run('up', 'next.yaml', '-s', 'demo');
  const told = async (...args: string[]) => [await bench.json('events', ...args)].flat() as { seq: number; resource: string }[];
  const latest = await told('--after', '100000');
  const last = latest.at(-1)!.seq;
  assert.ok(last > 100_000);
  assert.deepEqual(await told('-n', '3'), latest.slice(-3));
  assert.deepEqual(await told('-n', '0'), []);
  const ofA = latest.filter(({ resource }) => resource === 'a');
  assert.ok(ofA.length > 0);
  assert.deepEqual(await told('-n', String(ofA.length), '--resource', 'a'), ofA);
  assert.deepEqual((await told('--resource', 'a')).slice(-ofA.length), ofA);
  const why = (await bench.json('why', 'a')) as { events: { seq: number }[] };
  assert.equal(why.events.at(-1)!.seq, ofA.at(-1)!.seq);
});

onBoth('--no-local offers nothing that reaches this machine', async (bench) => {
  assert.doesNotMatch((await bench.run('types', '--no-local')).stdout, /Setpoint::Local/);
  assert.match((await bench.run('types')).stdout, /Setpoint::Local::File/);
  assert.equal((await bench.run('types', 'Setpoint::Local::File', '--no-local')).code, 2);
});

test('a provider module and its settings', async (t) => {
  const bench = openCliBench(t, { GREETING: 'hello' });
  bench.write(
    'greeter.mjs',
    `
import { defineProvider, defineResource } from 'setpoint/provider';
const provider = defineProvider({ name: 'greeter', settings: { word: { type: 'string', required: true } }, configure: (settings) => settings });
export default [defineResource({ type: 'Test::Greeting', description: 'Greets.', provider, effects: false,
  properties: { whom: { type: 'string', required: true } }, attributes: { text: { type: 'string' } },
  create: async (call) => ({ physicalId: call.token, attributes: { text: call.settings.word + ' ' + call.properties.whom } }),
})];
`,
  );
  bench.write('config.yaml', 'providers: { greeter: { default: { word: { env: GREETING } } } }\n');
  bench.write(
    'demo.yaml',
    'heat_template_version: 2021-04-16\nresources: { g: { type: Test::Greeting, properties: { whom: world } } }\noutputs: { text: { value: { get_attr: [g, text] } } }\n',
  );
  assert.equal((await bench.run('up', 'demo.yaml')).code, 2, 'the type is not known');
  const up = await bench.run('up', 'demo.yaml', '--provider', 'greeter.mjs', '--config', 'config.yaml');
  assert.equal(up.code, 0, up.stdout + up.stderr);
  assert.equal(
    (await bench.run('outputs', 'text', '--provider', 'greeter.mjs', '--config', 'config.yaml')).stdout,
    'hello world\n',
  );
});

onBoth('validate takes a template that lacks nothing but values of its parameters, and names them', async (bench) => {
  const text = (length: string) => `
heat_template_version: 2021-04-16
parameters: { n: { type: number }, m: { type: string } }
resources: { r: { type: OS::Heat::RandomString, properties: { length: ${length} } } }
`;
  bench.write('demo.yaml', text('{ get_param: n }'));
  const valid = await bench.run('validate', 'demo.yaml');
  assert.equal(valid.code, 0, valid.stderr);
  assert.match(valid.stdout, /^valid, once it has values for: n, m$/m);
  assert.deepEqual(await bench.json('validate', 'demo.yaml'), { valid: true, missing: ['n', 'm'], warnings: [] });
  assert.notEqual((await bench.run('up', 'demo.yaml')).code, 0, 'a stack needs them');
  bench.write('demo.yaml', text('abc'));
  const wrong = await bench.run('validate', 'demo.yaml');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /PROP-VALUE/);
});

onBoth('import takes an object that exists for a resource of a new goal', async (bench) => {
  bench.write('ids.txt', '42\n');
  const text = `
heat_template_version: 2021-04-16
resources:
  thing:
    type: Setpoint::Local::Command
    properties: { create: 'echo made >> made.txt; echo 1', read: 'grep -x "$SETPOINT_ID" ids.txt', delete: 'echo gone >> gone.txt' }
`;
  bench.write('demo.yaml', text);
  const { code, stdout, stderr } = await bench.run('import', 'thing', '42', '--template', 'demo.yaml');
  assert.equal(code, 0, stdout + stderr);
  assert.equal(bench.exists('made.txt'), false, 'nothing was made');
  assert.equal(((await bench.json('resources')) as { physicalId: string }[] | { physicalId: string }[])[0]?.physicalId, '42');
  await bench.run('down');
  assert.equal(bench.exists('gone.txt'), true);
});

onBoth('forget lets go of an object; replace makes another', async (bench) => {
  bench.write('demo.yaml', plain('one'));
  await bench.run('up', 'demo.yaml');
  const idOf = async (name: string) =>
    ((await bench.json('resources')) as { name: string; physicalId: string }[]).find((r) => r.name === name)?.physicalId;
  const first = await idOf('a');
  assert.equal((await bench.run('replace', 'a', '--reason', 'it is tired')).code, 0);
  const second = await idOf('a');
  assert.notEqual(second, first);
  assert.match((await bench.run('why', 'a')).stdout, /it is tired/);
  assert.equal((await bench.run('forget', 'a')).code, 0);
  assert.notEqual(await idOf('a'), second);
  assert.equal((await bench.run('fsck')).code, 0);
});

test('simulate: what an update would do, under crashes, without making anything', async (t) => {
  const bench = openCliBench(t);
  bench.write('one.yaml', plain('x'));
  bench.write('two.yaml', plain('y'));
  const told = await bench.run('simulate', 'one.yaml', '--update', 'two.yaml', '--seeds', '20');
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, /It converges: the last goal was reached in all 20 walks/);
  assert.match(told.stdout, /^a +OS::Heat::TestResource +updated/m);
  const json = JSON.parse((await bench.run('simulate', 'one.yaml', '--seeds', '5', '--json')).stdout);
  assert.equal(json.converges, true);
  assert.equal(json.walks, 5);
  bench.write('heat.yaml', 'heat_template_version: 2021-04-16\nresources: { net: { type: OS::Neutron::Net } }\n');
  assert.match((await bench.run('simulate', 'heat.yaml')).stderr, /"setpoint simulate --types heat" tries them/);
  assert.equal((await bench.run('simulate', '--types', 'heat', 'heat.yaml', '--seeds', '5')).code, 0);
  assert.equal(bench.exists('.setpoint'), false);
});
