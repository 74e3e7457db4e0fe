import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileRequest } from '../engine/compile-request.ts';
import { openRegistry } from '../main/open-registry.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { loadHeatCatalog } from '../template/heat-types/load-heat-catalog.ts';
import { simulatedDigestKey } from './database.ts';
import { withLikenesses } from './likenesses.ts';
import { forecast } from './simulate-template.ts';

const offered = openRegistry(true);
const withHeat = withLikenesses(offered, await loadHeatCatalog(offered));
const compile = (text: string, types = offered, more: Partial<GoalDocuments> = {}) =>
  compileRequest(
    { types, digestKey: simulatedDigestKey, host: 'h1' },
    { template: { name: 't.yaml', text }, files: {}, environments: [], parameters: {}, ...more },
    { pseudo: { stackId: 'u', stackName: 's', projectId: 'default' } },
  );
const example = (name: string): string => readFileSync(join(import.meta.dirname, '../../examples/simulate', name), 'utf8');

test('an update of the example converges, and tells what it does to each resource', async () => {
  const seen: number[] = [];
  const result = await forecast({
    types: offered,
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

test('what has no effects and takes its time leaves nothing that nobody looks for', async () => {
  const goal = compile(`
heat_template_version: 2021-04-16
resources:
  slow: { type: OS::Heat::TestResource, properties: { value: x, wait_secs: 6 } }
  last: { type: OS::Heat::TestResource, depends_on: slow, properties: { value: y, wait_secs: 6 } }
`);
  const result = await forecast({ types: offered, goals: [goal], from: 1, seeds: 60 });
  assert.deepEqual(result.troubles, []);
  assert.equal(result.reached.never, 0);
});

test('what never works is said, with the seed', async () => {
  const goal = compile(`
heat_template_version: 2021-04-16
resources:
  a: { type: OS::Heat::TestResource, properties: { value: x, fail: true } }
  b: { type: OS::Heat::TestResource, properties: { value: { get_attr: [a, output] } } }
`);
  const result = await forecast({ types: offered, goals: [goal], from: 5, seeds: 3 });
  assert.equal(result.reached.never, 3);
  assert.deepEqual(
    result.troubles.map(({ seed }) => seed),
    [5, 6, 7],
  );
  assert.match(result.troubles[0]!.what, /Test Resource failed|a: /);
});

test('a template for OpenStack Heat: what refers to made-up addresses works, and follows what is replaced', async () => {
  const goals = [compile(example('openstack.yaml'), withHeat), compile(example('openstack-moved.yaml'), withHeat)];
  const result = await forecast({ types: withHeat, goals, from: 1, seeds: 60 });
  assert.deepEqual(result.troubles, []);
  assert.deepEqual(Object.fromEntries(result.resources.map((r) => [r.name, [r.update, r.rollbackBefore, r.rollbackAfter]])), {
    net: ['untouched', 'kept', 'kept'],
    subnet: ['replaced', 'kept', 'made anew'],
    port: ['updated', 'changed back', 'changed back'],
    server: ['updated', 'changed back', 'changed back'],
    address: ['untouched', 'kept', 'kept'],
  });
});

test('older names of types, groups, objects of others and what does not take its token converge', async () => {
  const goal = compile(
    `
heat_template_version: 2021-04-16
resources:
  theirs: { type: OS::Neutron::Net, external_id: 7a1c }
  old: { type: OS::Quantum::Subnet, properties: { network: { get_resource: theirs }, cidr: 10.0.0.0/24 } }
  gone: { type: OS::Nova::FloatingIP, properties: { pool: x } }
  group: { type: OS::Heat::ResourceGroup, properties: { count: 2, resource_def: { type: OS::Cinder::Volume, properties: { size: 1 } } } }
  user: { type: OS::Cinder::VolumeAttachment, properties: { instance_uuid: u, volume_id: { get_attr: [group, refs, 1] } } }
  kept: { type: OS::Cinder::Volume, deletion_policy: Snapshot, properties: { size: 1 } }
`,
    withHeat,
  );
  const result = await forecast({ types: withHeat, goals: [goal], from: 1, seeds: 60 });
  assert.deepEqual(result.troubles, []);
  const copies = Object.fromEntries(result.resources.map((r) => [r.name, r.copiesCalm]));
  assert.deepEqual(copies, { theirs: 0, old: 1, gone: 1, group: 1, user: 1, kept: 1 });
});

test('what is nested is told by its path; resources of one name in several stacks are not one', async () => {
  const site = `
heat_template_version: 2021-04-16
parameters: { text: { type: string }, path: { type: string } }
resources:
  page: { type: Setpoint::Local::File, properties: { path: { get_param: path }, content: { get_param: text } } }
`;
  const root = (path: string): string => `
heat_template_version: 2021-04-16
resources:
  page: { type: Setpoint::Local::File, properties: { path: index, content: x } }
  red: { type: site.yaml, properties: { path: ${path}, text: hi } }
  blue: { type: site.yaml, properties: { path: blue, text: { get_attr: [page, path] } } }
`;
  const files = { 'site.yaml': site };
  const goals = [compile(root('a'), offered, { files }), compile(root('b'), offered, { files })];
  const result = await forecast({ types: offered, goals, from: 1, seeds: 30 });
  assert.deepEqual(result.troubles, []);
  assert.deepEqual(
    result.resources.map((r) => [r.name, r.type, r.update, r.copiesCalm]),
    [
      ['page', 'Setpoint::Local::File', 'untouched', 1],
      ['red', 'site.yaml', 'updated', 0],
      ['red/page', 'Setpoint::Local::File', 'replaced', 2],
      ['blue', 'site.yaml', 'untouched', 0],
      ['blue/page', 'Setpoint::Local::File', 'untouched', 1],
    ],
  );
});

test('events are told to nobody, and nobody waits for that', async () => {
  const goal = compile(
    'heat_template_version: 2021-04-16\nresources: { a: { type: OS::Heat::Value, properties: { value: x } } }',
  );
  const told = { ...goal, goal: { ...goal.goal, sinks: [{ type: 'webhook', target: 'http://nowhere/', ttlSeconds: 86_400 }] } };
  const result = await forecast({ types: offered, goals: [told], from: 1, seeds: 3 });
  assert.deepEqual(result.troubles, []);
});

test('where the types of OpenStack Heat are offered, nobody is told to ask for them', () => {
  const text = 'heat_template_version: 2021-04-16\nresources: { a: { type: OS::Nova::Zzzzzzzz } }\n';
  assert.throws(() => compile(text, withHeat), /there is no resource type "OS::Nova::Zzzzzzzz"/);
  assert.throws(() => compile(text, offered), /a type of OpenStack Heat that is not offered here/);
});
