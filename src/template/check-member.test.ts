/** What groups of Heat make, and objects that are adopted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGoal } from './compile.ts';
import { CATALOG, PSEUDO } from './compile-fixture.ts';
import { loadHeatCatalog } from './heat-types/load-heat-catalog.ts';

const catalog = await loadHeatCatalog(CATALOG);

function refused(resource: string): readonly string[] {
  const text = `heat_template_version: 2018-08-31\nparameters: {n: {type: number, default: 0}}\nresources:\n  r: ${resource}\n`;
  const source = { template: { name: 't', text }, files: {}, environments: [], parameters: {} };
  const compiled = compileGoal(source, { catalog, pseudo: PSEUDO });
  return compiled.ok ? [] : compiled.diagnostics.map(({ code, message, path }) => `${code} ${path}: ${message}`);
}

const group = (definition: string, more = '') =>
  refused(`{type: "OS::Heat::ResourceGroup", properties: {resource_def: ${definition}${more}}}`);

test('the type of what a group makes', () => {
  assert.deepEqual(group('{type: "No::Such::Type"}'), [
    'HOT-TYPE-UNKNOWN resources.r.properties.resource_def.type: there is no resource type "No::Such::Type"',
  ]);
  assert.deepEqual(group('{type: "OS::Heat::RandomString"}'), []);
  assert.deepEqual(group('{type: member.yaml}'), [], 'a template of its own');
  assert.equal(
    refused(
      '{type: "OS::Heat::AutoScalingGroup", properties: {min_size: 0, desired_capacity: 1, max_size: 2, resource: {type: "No::Such"}}}',
    ).length,
    1,
  );
});

test('a group without members makes nothing', () => {
  assert.deepEqual(group('{type: "No::Such::Type"}', ', count: {get_param: n}'), []);
  assert.deepEqual(
    refused('{type: "OS::Heat::AutoScalingGroup", properties: {min_size: 0, max_size: 2, resource: {type: "No::Such"}}}'),
    [],
  );
});

test('the properties of what a group makes', () => {
  const at = 'resources.r.properties.resource_def.properties';
  const member = (properties: string, more = '') => group(`{type: "OS::Heat::RandomString", properties: {${properties}}}`, more);
  assert.deepEqual(member('lenght: 3'), [`PROP-UNKNOWN ${at}.lenght: OS::Heat::RandomString: there is no property "lenght"`]);
  assert.deepEqual(member('length: many'), [`PROP-VALUE ${at}.length: "length" must be an integer, not a string`]);
  assert.deepEqual(member('length: "%index%4"'), [], 'each has another');
  assert.equal(member('length: "%index%4"', ', index_var: "%i%"').length, 1);
  assert.deepEqual(member('length: "%i%4"', ', index_var: "%i%"'), []);
});

test('what is adopted needs no properties', () => {
  assert.deepEqual(refused('{type: "OS::Nova::Server", external_id: some-id}'), []);
  assert.deepEqual(refused('{type: "OS::Nova::Server", external_id: some-id, properties: {flavour: x}}'), []);
  assert.equal(refused('{type: "OS::Nova::Server"}').length, 1);
});
