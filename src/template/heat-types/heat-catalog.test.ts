/** Types of OpenStack Heat: those listed, those that Heat takes under other names, and those that it has dropped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGoal } from '../compile.ts';
import { CATALOG, PSEUDO } from '../compile-fixture.ts';
import { loadHeatCatalog } from './load-heat-catalog.ts';

const heat = await loadHeatCatalog(CATALOG);

function messages(type: string, properties = '', catalog = heat): readonly string[] {
  const text = `heat_template_version: 2018-08-31\nresources:\n  r: {type: "${type}", properties: {${properties}}}\n`;
  const compiled = compileGoal(
    { template: { name: 't', text }, files: {}, environments: [], parameters: {} },
    { catalog, pseudo: PSEUDO },
  );
  return compiled.ok ? [] : compiled.diagnostics.map(({ message, hint }) => `${message} | ${hint}`);
}

test('under other names', () => {
  assert.deepEqual(messages('OS::Quantum::Net'), []);
  assert.deepEqual(messages('OS::Heat::SoftwareDeployments', 'servers: {}'), []);
  assert.deepEqual(messages('OS::Heat::SoftwareDeployments'), [
    'OS::Heat::SoftwareDeploymentGroup: the required property "servers" is missing | undefined',
  ]);
  assert.deepEqual(messages('OS::Ceilometer::Alarm', 'meter_name: m, threshold: 1'), []);
});

test('hidden ones do nothing and take anything', () => {
  assert.deepEqual(messages('OS::Nova::FloatingIP', 'pool: public'), []);
  assert.deepEqual(messages('OS::Neutron::RouterGateway'), []);
});

test('dropped ones are said to be', () => {
  assert.deepEqual(messages('OS::Neutron::LBaaS::Pool'), [
    '"OS::Neutron::LBaaS::Pool" is a type that OpenStack Heat has dropped | the types of OS::Octavia have taken their place',
  ]);
  assert.deepEqual(messages('OS::Glance::Image', '', CATALOG), [
    '"OS::Glance::Image" is a type that OpenStack Heat has dropped | OS::Glance::WebImage has taken its place',
  ]);
});

test('one that Heat never had is unknown; one that is only not offered here is said to be', () => {
  assert.match(messages('OS::Nova::Sever')[0] ?? '', /no resource type "OS::Nova::Sever" \| did you mean "OS::Nova::Server"/);
  assert.match(messages('OS::Nova::Server', '', CATALOG)[0] ?? '', /a type of OpenStack Heat that is not offered here/);
});
