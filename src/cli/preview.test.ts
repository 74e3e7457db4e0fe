/** What a preview says, and what then comes: simulated walks hold the two against each other; here is what people read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CliBench, openCliBench } from './fixtures/cli-bench.ts';

interface Entry {
  readonly action: string;
  readonly name: string;
  readonly reason: string;
  readonly perhaps: boolean;
}

async function foretold(bench: CliBench, file: string): Promise<string[]> {
  const { entries } = (await bench.json('preview', file, '-s', 'demo')) as { entries: Entry[] };
  return entries
    .filter(({ action }) => action !== 'none')
    .map(({ action, name, reason, perhaps }) => `${perhaps ? 'perhaps ' : ''}${action} ${name}: ${reason}`);
}

const stack = (resources: string): string => `heat_template_version: 2021-04-16\nresources:\n${resources}\n`;

test('an object that is to be adopted is looked for', async (t) => {
  const bench = openCliBench(t);
  const adopting = (path: string): string =>
    stack(`  f: { type: Setpoint::Local::File, external_id: ${bench.path(path)}, properties: { path: ${bench.path(path)} } }`);
  bench.write('theirs', 'text');
  bench.write('demo.yaml', adopting('theirs'));
  bench.write('lost.yaml', adopting('nowhere'));
  const strange = `${bench.path('theirs')} was not made by Setpoint: what others made in the file system can't be taken over`;
  assert.deepEqual(await foretold(bench, 'demo.yaml'), [`fail f: ${strange}`]);
  assert.deepEqual(await foretold(bench, 'lost.yaml'), [`fail f: there is no object ${bench.path('nowhere')}`]);
  const run = await bench.run('up', 'demo.yaml', '--no-rollback');
  assert.equal(run.code, 1);
  assert.ok(run.stdout.includes(strange));
  assert.equal(bench.read('theirs'), 'text');
});

test('whether the former object goes is what the new goal says', async (t) => {
  const bench = openCliBench(t);
  const file = (policy: string): string => `deletion_policy: ${policy}, properties: { path: ${bench.path('here')} }`;
  bench.write('demo.yaml', stack(`  f: { type: Setpoint::Local::File, ${file('retain')} }`));
  bench.write('next.yaml', stack('  f: { type: OS::Heat::RandomString, deletion_policy: delete }'));
  bench.write('kept.yaml', stack('  f: { type: OS::Heat::RandomString, deletion_policy: retain }'));
  await bench.run('up', 'demo.yaml');
  const reason = 'its type changes from Setpoint::Local::File to OS::Heat::RandomString';
  assert.deepEqual(await foretold(bench, 'kept.yaml'), [`replace f: ${reason}`, 'retain f: replaced']);
  assert.deepEqual(await foretold(bench, 'next.yaml'), [`replace f: ${reason}`, 'delete f: replaced']);
  await bench.run('up', 'next.yaml', '-s', 'demo');
  assert.throws(() => bench.read('here'), { code: 'ENOENT' });
});

test('a nested stack of another file is another stack', async (t) => {
  const bench = openCliBench(t);
  const value = stack('  v: { type: OS::Heat::TestResource, properties: { value: x } }');
  bench.write('one.yaml', value);
  bench.write('two.yaml', value);
  bench.write('demo.yaml', stack('  n: { type: one.yaml }'));
  bench.write('next.yaml', stack('  n: { type: two.yaml }'));
  await bench.run('up', 'demo.yaml');
  assert.deepEqual(await foretold(bench, 'demo.yaml'), []);
  assert.deepEqual(await foretold(bench, 'next.yaml'), [
    'replace n: its type is two.yaml now',
    'create n/v: new',
    'delete n: replaced',
  ]);
});

test('a function that can not work with what there is fails its resource, not the preview', async (t) => {
  const bench = openCliBench(t);
  const using = (text: string): string =>
    stack(`  a: { type: OS::Heat::TestResource, properties: { value: '${text}' } }
  b: { type: OS::Heat::TestResource, properties: { value: { yaql: { expression: 'int($.data)', data: { get_attr: [a, output] } } } } }
  c: { type: OS::Heat::TestResource, properties: { value: other } }`);
  bench.write('demo.yaml', using('words').replace('int($.data)', 'len($.data)'));
  bench.write('next.yaml', using('words'));
  assert.equal((await bench.run('up', 'demo.yaml')).code, 0);
  const [told, ...others] = await foretold(bench, 'next.yaml');
  assert.match(told!, /^fail b: .*int/);
  assert.deepEqual(others, []);
  assert.match((await bench.run('up', 'next.yaml', '-s', 'demo')).stdout, /resources.b: .*int/);
});
