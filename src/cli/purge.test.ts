import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCliBench } from './fixtures/cli-bench.ts';

const template = (value: string) => `
heat_template_version: 2021-04-16
resources: { a: { type: OS::Heat::TestResource, properties: { value: ${value} } } }
`;

test('purge removes what is over, by an age or by the configuration', async (t) => {
  const bench = openCliBench(t);
  for (const value of ['one', 'two']) {
    bench.write('demo.yaml', template(value));
    await bench.run('up', 'demo.yaml');
  }
  await bench.run('up', 'demo.yaml', '-s', 'other');
  await bench.run('down', '-s', 'other');
  assert.deepEqual(await bench.json('purge'), { kind: 'purged', events: 0, traversals: 0, goals: 0, stacks: 0, tombstones: 0 });
  const purged = (await bench.json('purge', '--older-than', '0')) as { goals: number; stacks: number; events: number };
  assert.deepEqual([purged.goals, purged.stacks], [1, 1]);
  assert.ok(purged.events > 0);
  const kept = [await bench.json('history')].flat() as { number: number; rollbackPoint: boolean }[];
  assert.deepEqual(
    kept.map((goal) => [goal.number, goal.rollbackPoint]),
    [[2, true]],
  );
  assert.equal((await bench.run('show')).code, 0);
  assert.equal((await bench.run('fsck')).code, 0);
  bench.write('config.yaml', 'retention: { events: 10d, goals: none, deleted_stacks: 1h }\n');
  assert.equal((await bench.run('purge', '--config', 'config.yaml')).code, 0);
  bench.write('config.yaml', 'retention: { event: 10d }\n');
  assert.match((await bench.run('purge', '--config', 'config.yaml')).stderr, /retention\.event is not known: events/);
  bench.write('config.yaml', 'retention: { events: none }\n');
  assert.equal((await bench.run('purge', '--config', 'config.yaml')).code, 2);
  assert.equal((await bench.run('purge', '--older-than', 'long')).code, 2);
});
