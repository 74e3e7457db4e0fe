import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileRequest } from '../engine/compile-request.ts';
import { openRegistry } from '../main/open-registry.ts';
import { simulatedDigestKey } from './database.ts';
import { forecast } from './simulate-template.ts';

const types = openRegistry(true);
const compile = (text: string) =>
  compileRequest(
    { types, digestKey: simulatedDigestKey, host: 'h1' },
    { template: { name: 't.yaml', text }, files: {}, environments: [], parameters: {} },
    { pseudo: { stackId: 'u', stackName: 's', projectId: 'default' } },
  ).goal;
const example = (name: string): string => readFileSync(join(import.meta.dirname, '../../examples/simulate', name), 'utf8');

test('an update of the example converges, and tells what it does to each resource', async () => {
  const seen: number[] = [];
  const result = await forecast({
    types,
    goals: [compile(example('before.yaml')), compile(example('after.yaml'))],
    from: 1,
    seeds: 60,
    onWalk: (done) => void seen.push(done),
  });
  assert.deepEqual(result.troubles, []);
  assert.equal(result.reached.never, 0);
  assert.equal(result.walks, 60);
  assert.equal(seen.at(-1), 60);
  const of = Object.fromEntries(result.resources.map((r) => [r.name, r]));
  assert.deepEqual(Object.fromEntries(result.resources.map((r) => [r.name, [r.update, r.rollbackBefore, r.rollbackAfter]])), {
    directory: ['untouched', 'kept', 'kept'],
    settings: ['updated', 'changed back', 'changed back'],
    password: ['untouched', 'kept', 'kept'],
    secret: ['replaced', 'kept', 'made anew'],
  });
  assert.equal(of['secret']!.copiesWorst, 2);
  assert.equal(of['directory']!.copiesWorst, 1);
  assert.ok(result.faults.get('process died')! > 0);
});

test('what never works is said, with the seed', async () => {
  const goal = compile(`
heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource, properties: { value: x, fail: true } }
  b: { type: OS::Heat::TestResource, properties: { value: { get_attr: [a, output] } } }
`);
  const result = await forecast({ types, goals: [goal], from: 5, seeds: 3 });
  assert.equal(result.reached.never, 3);
  assert.deepEqual(
    result.troubles.map(({ seed }) => seed),
    [5, 6, 7],
  );
  assert.match(result.troubles[0]!.what, /Test Resource failed|a: /);
});
