import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { type CliBench, openCliBench } from './fixtures/cli-bench.ts';

const stack = `
heat_template_version: 2021-04-16
parameters: { p: { type: string }, q: { type: string, default: own } }
resources:
  a: { type: My::Thing, properties: { value: { get_param: p } } }
outputs:
  told: { value: { get_attr: [a, output] } }
  q: { value: { get_param: q } }
`;

function prepare(bench: CliBench): void {
  mkdirSync(bench.path('site/templates'), { recursive: true });
  bench.write('stack.yaml', stack);
  bench.write(
    'site/10-first.yaml',
    '{resource_registry: {"My::*": OS::Heat::TestResource}, parameter_defaults: {p: first, q: first}}',
  );
  bench.write('site/20-second.yaml', 'parameter_defaults: {q: second}');
  bench.write('site/.hidden.yaml', 'nonsense');
  bench.write('site/templates/nonsense.yaml', 'nonsense');
}

const outputsOf = async (bench: CliBench): Promise<unknown> => {
  const outputs = (await bench.json('outputs', '-s', 'stack')) as { name: string; value: unknown }[];
  return Object.fromEntries(outputs.map(({ name, value }) => [name, value]));
};

test('files of the directory hold in their order, and give way to the user’s', async (t) => {
  const bench = openCliBench(t);
  prepare(bench);
  bench.write('own.yaml', 'parameter_defaults: {p: user}');
  assert.equal((await bench.run('up', 'stack.yaml', '--environment-dir', 'site')).code, 0);
  assert.deepEqual(await outputsOf(bench), { told: 'first', q: 'second' });
  assert.equal((await bench.run('up', 'stack.yaml', '--environment-dir', 'site', '-e', 'own.yaml')).code, 0);
  assert.deepEqual(await outputsOf(bench), { told: 'user', q: 'second' });
});

test('preview, validate and simulate see them, too; the variable names the directory', async (t) => {
  const bench = openCliBench(t, { SETPOINT_ENVIRONMENT_DIR: 'site' });
  prepare(bench);
  for (const args of [['validate'], ['preview'], ['simulate', '--seeds', '2']]) {
    const [command = '', ...more] = args;
    assert.deepEqual({ args, code: (await bench.run(command, 'stack.yaml', ...more)).code }, { args, code: 0 });
    const without = await bench.run(command, 'stack.yaml', ...more, '--environment-dir', '');
    assert.match(without.stderr, /stack\.yaml:5:\d+: error HOT-TYPE-UNKNOWN/, command);
  }
});

test('a plan keeps them as they were', async (t) => {
  const bench = openCliBench(t);
  prepare(bench);
  assert.equal((await bench.run('preview', 'stack.yaml', '--environment-dir', 'site', '--save', 'plan.json')).code, 0);
  bench.write('site/20-second.yaml', 'parameter_defaults: {q: third}');
  assert.equal((await bench.run('up', '--plan', 'plan.json')).code, 0);
  assert.deepEqual(await outputsOf(bench), { told: 'first', q: 'second' });
});

test('what is wrong with one is told with its file and place, and nothing is changed', async (t) => {
  const bench = openCliBench(t);
  prepare(bench);
  bench.write('site/30-third.yaml', '\nparameters: {p: x}\nresource_registri: {}\n');
  const { code, stderr } = await bench.run('up', 'stack.yaml', '--environment-dir', 'site');
  assert.equal(code, 2);
  assert.match(stderr, /^site\/30-third\.yaml:2:1: error ENV-SECTION: /m);
  assert.match(stderr, /^site\/30-third\.yaml:3:1: error ENV-SECTION-UNKNOWN: /m);
  assert.match(stderr, /parameter_defaults/);
});

test('a directory that was named and is not there is an error; no name is none', async (t) => {
  const bench = openCliBench(t);
  bench.write('plain.yaml', 'heat_template_version: 2021-04-16');
  const { code, stderr } = await bench.run('validate', 'plain.yaml', '--environment-dir', 'nowhere');
  assert.equal(code, 2);
  assert.match(stderr, /ENVIRONMENT-DIR.*nowhere/s);
  assert.equal((await bench.run('validate', 'plain.yaml')).code, 0);
});

test('templates that they name are read beside them', async (t) => {
  const bench = openCliBench(t);
  prepare(bench);
  bench.write('site/40-fourth.yaml', 'resource_registry: {Site::Pair: templates/pair.yaml}');
  bench.write(
    'site/templates/pair.yaml',
    'heat_template_version: 2021-04-16\nresources: { one: { type: My::Thing }, other: { type: My::Thing } }\n',
  );
  bench.write('pair.yaml', 'heat_template_version: 2021-04-16\nresources: { pair: { type: Site::Pair } }\n');
  assert.equal((await bench.run('up', 'pair.yaml', '--environment-dir', 'site')).code, 0);
  const { stdout } = await bench.run('resources', '-s', 'pair', '--nested');
  assert.match(stdout, /pair\/one .*\n.*pair\/other /);
});
