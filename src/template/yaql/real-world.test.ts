/**
 * Expressions that nobody here wrote: from tripleo-heat-templates (puppet/, docker/, deployment/, common/, network/, extraconfig/, overcloud),
 * Heat's documentation and its specifications of yaql and map_replace. The data is ours, and so are the results, worked out by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../std/json.ts';
import { evaluateYaql, readYaql } from './expression.ts';

/** Three services, one of them mapped to nothing. */
const ROLE: Json = [
  {
    service_name: 'keystone',
    monitoring_subscription: 'overcloud-keystone',
    global_config_settings: { debug: true },
    service_config_settings: { mysql: { user: 'keystone', hosts: ['%', 'h1'] }, rsyslog: { level: 1 } },
    workflow_tasks: { step1: [{ name: 'k1' }], step2: [{ name: 'k2' }] },
    deploy_steps_tasks: [{ name: 'install', tags: ['a'] }, { name: 'only keystone' }],
    logging_groups: ['keystone', 'fluentd'],
    logging_source: [{ tag: 'keystone', path: '/var/log/k.log' }],
    kolla_config: { '/k.json': { command: 'run' } },
    puppet_config: { config_volume: 'keystone' },
    docker_puppet_tasks: { step_3: { config_volume: 'k', puppet_tags: 'x' } },
    container_puppet_tasks: { step_3: { config_volume: 'k' }, step_4: { config_volume: 'k4' } },
    metadata_settings: [
      { service: 'haproxy', network: 'internal_api', type: 'vip' },
      { service: 'HTTP', network: 'internal_api', type: 'node' },
    ],
    keystone_resources: { keystone: { users: {} } },
    ansible_group_vars: { g: 1 },
    upgrade_tasks: [{ name: 'stop' }],
  },
  null,
  {
    service_name: 'mysql',
    service_config_settings: { mysql: { port: 3306, hosts: ['h1', 'h2'] } },
    deploy_steps_tasks: [{ name: 'install', tags: ['a'] }],
    logging_groups: ['mysql'],
    docker_puppet_tasks: { step_3: { config_volume: 'm' } },
    container_puppet_tasks: { step_3: { config_volume: 'm' } },
    puppet_config: { config_volume: 'keystone' },
    metadata_settings: [
      { service: 'HTTP', network: 'storage', type: 'node' },
      { service: 'HTTP', network: 'storage', type: 'node' },
    ],
    upgrade_tasks: [{ name: 'stop' }, [{ name: 'nested' }]],
  },
];

const LISTS: Json = {
  service_names: ['a', 'b', 'c'],
  service_name: ['a', 'b', 'c'],
  step_config: ['include a', null, 'include c'],
  docker_config: [null, { step_1: { x: 1 } }, { step_1: { y: 2 }, step_2: {} }],
  docker_config_scripts: [{ 's.sh': { mode: '0700' } }, null, { 't.sh': { mode: '0755' } }],
  container_config_scripts: [{ 's.sh': { mode: '0700' } }, null, null],
};

const NODES: Json = {
  l: [{ web_ips: ['10.0.0.1'], db_ips: ['10.0.0.2'] }, null, { web_ips: ['10.0.0.3', '10.0.0.4'] }],
};

const NETWORKS: Json = { map: { a_network: 'internal_api', b_network: 'b_network', c_network: ['10.0.0.1'], d_network: [] } };
const STRINGS: Json = { map: { a_network: 'internal_api', b_network: 'b_network' } };
const IMAGE = 'docker.io:5000/ceph/daemon:v4';
const CREDENTIALS: Json = { cred: { 'docker.io': { first: 'one', user: 'secret' } }, ns: 'docker.io' };
const NO_CREDENTIALS: Json = { cred: {}, ns: 'docker.io' };
const LOGGING: Json = {
  default_format: '/x/',
  pos_file_path: '/var/pos',
  sources: [[{ tag: 's', path: '/s.log', format: 'none' }], [[{ tag: 'k', path: '/k.log', pos_file: '/k.pos' }]], [null]],
};
const LOGGED: Json = [
  { type: 'tail', tag: 's', path: '/s.log', format: 'none', pos_file: '/var/pos/s.pos' },
  { type: 'tail', tag: 'k', path: '/k.log', format: '/x/', pos_file: '/k.pos' },
];
const SERVERS: Json = { servers: { '0': 'id-0', '1': null, '2': 'id-2' } };
const PUPPET_TASKS = `select([$[0], dict($[0].keys().zip(dict(service_name=>$[1]).repeat(len($[0].keys()))))]).select($[0].mergeWith($[1])).selectMany($.items()).groupBy($[0], $[1]))`;

type Row = readonly [expression: string, data: Json, value: Json];

const ROWS: { readonly [about: string]: readonly Row[] } = {
  'the chain of services': [
    [
      'coalesce($.data.service_names, []).zip(coalesce($.data.step_config, []), coalesce($.data.docker_config, [])).where($[2] = null).where($[1] != null).select($[1]).join("\\n")',
      LISTS,
      'include a',
    ],
    [
      'coalesce($.data.service_names, []).zip(coalesce($.data.docker_config, [])).where($[1] != null).select($[1]).reduce($1.mergeWith($2), {})',
      LISTS,
      { step_1: { x: 1, y: 2 }, step_2: {} },
    ],
    [
      'coalesce($.data.service_names, []).zip(coalesce($.data.docker_config_scripts, [])).where($[1] != null).select($[1]).reduce($1.mergeWith($2), {})',
      LISTS,
      { 's.sh': { mode: '0700' }, 't.sh': { mode: '0755' } },
    ],
    [
      'coalesce($.data.service_names, []).zip(coalesce($.data.container_config_scripts, [])).where($[1] != null).select($[1]).reduce($1.mergeWith($2), {})',
      { ...(LISTS as { readonly [key: string]: Json }), container_config_scripts: null },
      {},
    ],
    ['coalesce($.data.cellv2_discovery, []).contains(true)', { cellv2_discovery: [null, false, true] }, true],
    ['coalesce($.data.cellv2_discovery, []).contains(true)', { cellv2_discovery: null }, false],
    [
      "list(coalesce($.data.role_data, []).where($ != null).select($.get('logging_source')).where($ != null))",
      { role_data: ROLE },
      [[{ tag: 'keystone', path: '/var/log/k.log' }]],
    ],
    [
      "list($.data.role_data.where($ != null).select($.get('logging_source')).where($ != null))",
      { role_data: ROLE },
      [[{ tag: 'keystone', path: '/var/log/k.log' }]],
    ],
    [
      "list(coalesce($.data.role_data, []).where($ != null).select($.get('monitoring_subscription')).where($ != null))",
      { role_data: ROLE },
      ['overcloud-keystone'],
    ],
    [
      "list($.data.role_data.where($ != null).select($.get('monitoring_subscription')).where($ != null))",
      { role_data: ROLE },
      ['overcloud-keystone'],
    ],
    [
      "list(coalesce($.data.role_data, []).where($ != null).select($.get('monitoring_subscription')).where($ != null)).flatten()",
      { role_data: null },
      [],
    ],
    [
      "list(coalesce($.data.role_data, []).where($ != null).select($.get('global_config_settings')).where($ != null)).flatten()",
      { role_data: ROLE },
      [{ debug: true }],
    ],
    [
      "list(coalesce($.data.role_data, []).where($ != null).select($.get('keystone_resources')).where($ != null)).flatten()",
      { role_data: ROLE },
      [{ keystone: { users: {} } }],
    ],
    [
      "list(coalesce($.data.role_data, []).where($ != null).select($.get('ansible_group_vars')).where($ != null)).flatten()",
      { role_data: ROLE },
      [{ g: 1 }],
    ],
    [
      "coalesce($.data.role_data, []).where($ != null).select($.get('service_config_settings')).where($ != null).reduce($1.mergeWith($2), {})",
      { role_data: ROLE },
      { mysql: { user: 'keystone', hosts: ['%', 'h1', 'h2'], port: 3306 }, rsyslog: { level: 1 } },
    ],
    [
      "$.data.role_data.where($ != null).select($.get('service_config_settings')).where($ != null).reduce($1.mergeWith($2), {})",
      { role_data: [] },
      {},
    ],
    [
      "coalesce($.data.role_data, []).where($ != null).select($.get('workflow_tasks')).where($ != null).reduce($1.mergeWith($2), {})",
      { role_data: ROLE },
      { step1: [{ name: 'k1' }], step2: [{ name: 'k2' }] },
    ],
    [
      "coalesce($.data.role_data, []).where($ != null).select($.get('kolla_config')).where($ != null).reduce($1.mergeWith($2), {})",
      { role_data: ROLE },
      { '/k.json': { command: 'run' } },
    ],
    [
      "coalesce($.data, []).where($ != null).select($.get('deploy_steps_tasks')).where($ != null).flatten().distinct()",
      ROLE,
      [{ name: 'install', tags: ['a'] }, { name: 'only keystone' }],
    ],
    [
      "coalesce($.data, []).where($ != null).select($.get('external_deploy_tasks')).where($ != null).flatten().distinct()",
      null,
      [],
    ],
    [
      "$.data.where($ != null).select($.get('upgrade_tasks')).where($ != null).flatten().distinct()",
      ROLE,
      [{ name: 'stop' }, { name: 'nested' }],
    ],
    ["$.data.where($ != null).select($.get('host_prep_tasks')).where($ != null).flatten().distinct()", ROLE, []],
    [
      "coalesce($.data, []).where($ != null).select($.get('puppet_config')).where($ != null).distinct()",
      ROLE,
      [{ config_volume: 'keystone' }],
    ],
    [
      "dict(coalesce($.data, []).where($ != null).select($.get('docker_puppet_tasks')).where($ != null).selectMany($.items()).groupBy($[0], $[1]))",
      ROLE,
      { step_3: [{ config_volume: 'k', puppet_tags: 'x' }, { config_volume: 'm' }] },
    ],
    [
      `dict(coalesce($.data, []).where($ != null).select([$.get('docker_puppet_tasks'), $.get('service_name')]).where($[0] != null).${PUPPET_TASKS}`,
      ROLE,
      {
        step_3: [
          { config_volume: 'k', puppet_tags: 'x', service_name: 'keystone' },
          { config_volume: 'm', service_name: 'mysql' },
        ],
      },
    ],
    [
      `dict(coalesce($.data, []).where($ != null).select([$.get('container_puppet_tasks'), $.get('service_name')]).where($[0] != null).${PUPPET_TASKS}`,
      ROLE,
      {
        step_3: [
          { config_volume: 'k', service_name: 'keystone' },
          { config_volume: 'm', service_name: 'mysql' },
        ],
        step_4: [{ config_volume: 'k4', service_name: 'keystone' }],
      },
    ],
    ['$.data.where($ != null).reduce($1.mergeWith($2), {})', [{ a: 1 }, null, { a: 2, b: 3 }], { a: 2, b: 3 }],
  ],
  logging: [
    [
      `let(
       default_format => coalesce($.data.default_format, ''),
       pos_file_path => coalesce($.data.pos_file_path, ''),
       sources => coalesce($.data.sources, {}).flatten()
       ) ->
       $sources.where($ != null).select({
       'type' => 'tail',
       'tag' => $.tag,
       'path' => $.path,
       'format' => $.get('format', $default_format),
       'pos_file' => $.get('pos_file', $pos_file_path + '/' + $.tag + '.pos')
       })`,
      LOGGING,
      LOGGED,
    ],
    [
      "let( default_format => $.data.default_format, pos_file_path => $.data.pos_file_path, sources => $.data.sources.flatten() ) -> $sources.where($ != null).select({ 'type' => 'tail', 'tag' => $.tag, 'path' => $.path, 'format' => $.get('format', $default_format), 'pos_file' => $.get('pos_file', $pos_file_path + '/' + $.tag + '.pos') }) \n",
      LOGGING,
      LOGGED,
    ],
    [
      "set((coalesce($.data.default, []) + coalesce($.data.extra, []) + coalesce($.data.role_data, []).where($ != null).select($.get('logging_groups'))).flatten()).where($)",
      { default: ['root', ''], extra: null, role_data: ROLE },
      ['root', 'keystone', 'fluentd', 'mysql'],
    ],
    [
      "set(($.data.default + $.data.extra + $.data.role_data.where($ != null).select($.get('logging_groups'))).flatten()).where($)",
      { default: [], extra: ['adm'], role_data: ROLE },
      ['adm', 'keystone', 'fluentd', 'mysql'],
    ],
  ],
  'nodes and networks': [
    [
      '$.data.all_nodes_extra_map_data.mergeWith($.data.all_nodes)',
      { all_nodes_extra_map_data: { a: 1 }, all_nodes: { a: 2, b: 3 } },
      { a: 2, b: 3 },
    ],
    ['$.data.distinct()', ['x', 'y', 'x'], ['x', 'y']],
    ['dict($.data.map.items().where(isString($[1]) and not $[1].endsWith("_network")))', NETWORKS, { a_network: 'internal_api' }],
    ['dict($.data.map.items().where(not isString($[1])))', NETWORKS, { c_network: ['10.0.0.1'], d_network: [] }],
    ['dict($.data.map.items().where(len($[1]) > 0))', { map: { a: ['x'], b: [], c: 'text', d: '' } }, { a: ['x'], c: 'text' }],
    ['dict($.data.map.items().where(not $[1].endsWith("_network")))', STRINGS, { a_network: 'internal_api' }],
    [
      'let(root => $) -> $.data.extra_services.items().where($[0] in $root.data.enabled_services).select($[1]).flatten() + $root.data.enabled_services',
      {
        enabled_services: ['keystone', 'nova'],
        extra_services: { keystone: ['keystone_admin_api', 'keystone_public_api'], x: ['y'] },
      },
      ['keystone_admin_api', 'keystone_public_api', 'keystone', 'nova'],
    ],
    [
      'let(root => $) -> $.data.map.items().where($[0] in coalesce($root.data.services, [])).select($[1]).reduce($1.mergeWith($2), {})',
      { map: { mysql: { a: 1 }, other: { b: 2 }, haproxy: { c: { d: 1 } } }, services: ['haproxy', 'mysql'] },
      { a: 1, c: { d: 1 } },
    ],
    [
      'let(root => $) -> dict($root.data.service.items().select([$[0], $root.data.ip[$[1]]]))',
      { service: { heat_api: 'internal', horizon: 'external' }, ip: { internal: '10.0.0.1', external: '192.0.2.1' } },
      { heat_api: '10.0.0.1', horizon: '192.0.2.1' },
    ],
    ['coalesce($.data, []).where($ != null)', ['a', null], ['a']],
    ['coalesce($.data, []).first(null)', ['10.0.0.1', '10.0.0.2'], '10.0.0.1'],
    ['coalesce($.data, []).first(null)', null, null],
    [
      'dict($.data.where($ != null).flatten().selectMany($.items()).groupBy($[0], $[1], [$[0], $[1].flatten()]))',
      [
        [
          { ctlplane: 'h0', canonical: ['c0'] },
          { ctlplane: 'h1', canonical: ['c1'] },
        ],
        null,
      ],
      { ctlplane: ['h0', 'h1'], canonical: ['c0', 'c1'] },
    ],
    [
      'dict($.data.l.where($ != null).selectMany($.items()).groupBy($[0], $[1], [$[0], $[1].flatten()]))',
      NODES,
      { web_ips: ['10.0.0.1', '10.0.0.3', '10.0.0.4'], db_ips: ['10.0.0.2'] },
    ],
    [
      'dict($.data.l.where($ != null).selectMany($.items()).groupBy($[0], $[1], [$[0], $[1].flatten().first()]))',
      NODES,
      { web_ips: '10.0.0.1', db_ips: '10.0.0.2' },
    ],
    [
      'let(servers=>switch(isDict($.data.servers) => $.data.servers, true => {})) -> $servers.deleteAll($servers.keys().where($servers[$] = null))',
      SERVERS,
      { '0': 'id-0', '2': 'id-2' },
    ],
    [
      'let(servers=>switch(isDict($.data.servers) => $.data.servers, true => {})) -> $servers.deleteAll($servers.keys().where($servers[$] = null))',
      { servers: [] },
      {},
    ],
    [
      'coalesce($.data.e.zip($.data.l).where($[0]).select($[1]).flatten(),  [])',
      { e: [true, false, true], l: [['c0', 'c1'], ['x'], ['c2']] },
      ['c0', 'c1', 'c2'],
    ],
    [
      'coalesce($.data, []).flatten().distinct()',
      [[{ name: 'a' }], [{ name: 'a' }, { name: 'b' }]],
      [{ name: 'a' }, { name: 'b' }],
    ],
    ["$.data.where($ != '').select($.get('step1')).where($ != null).flatten()", ['', { step1: [1, 2] }, { step2: [3] }], [1, 2]],
    ['$.data.items().orderBy($[0]).first()[1]', { '1': 'second', '0': 'first' }, 'first'],
    ["$.data.services.contains('heat')", { services: ['nova', 'heat'] }, true],
    [
      "list(coalesce($.data, []).where($ != null).where($.containsKey('metadata_settings')).metadata_settings.flatten().distinct())",
      ROLE,
      [
        { service: 'haproxy', network: 'internal_api', type: 'vip' },
        { service: 'HTTP', network: 'internal_api', type: 'node' },
        { service: 'HTTP', network: 'storage', type: 'node' },
      ],
    ],
    [
      "let(fqdns => $.data.fqdns) -> dict(coalesce($.data.metadata, []).where($ != null and $.type = 'vip').select([concat('managed_service_', $.service, $.network), concat($.service, '/', $fqdns.get($.network))]))",
      {
        metadata: [
          { service: 'haproxy', network: 'internal_api', type: 'vip' },
          null,
          { service: 'HTTP', network: 'x', type: 'node' },
        ],
        fqdns: { internal_api: 'overcloud.internalapi.localdomain' },
      },
      { managed_service_haproxyinternal_api: 'haproxy/overcloud.internalapi.localdomain' },
    ],
    [
      "dict(coalesce($.data, []).where($ != null and $.type = 'node').groupBy(concat('compact_service_', $.service), $.network.replace('_', '')))",
      [
        { service: 'HTTP', network: 'internal_api', type: 'node' },
        { service: 'HTTP', network: 'storage', type: 'node' },
        { service: 'haproxy', network: 'x', type: 'vip' },
      ],
      { compact_service_HTTP: ['internalapi', 'storage'] },
    ],
  ],
  'storage and containers': [
    [
      'dict($.data.keys().select($.toLower()).zip($.data.values()))',
      { 'ABC-1': { devices: [1] }, 'DEF-2': {} },
      { 'abc-1': { devices: [1] }, 'def-2': {} },
    ],
    [
      "$.data.items().select($[0] + '=' + $[1]).join(' ')",
      { ANSIBLE_SSH_RETRIES: '6', DEFAULT_FORKS: '25' },
      'ANSIBLE_SSH_RETRIES=6 DEFAULT_FORKS=25',
    ],
    ["$.data.items().select($[0] + '=' + $[1]).join(' ')", {}, ''],
    ["$.data.split('/')[0].matches('(\\.|:)')", IMAGE, true],
    ["$.data.split('/')[0].matches('(\\.|:)')", 'ceph/daemon:v4', false],
    [
      "let(location => $.data.rightSplit(':', 1)[0]) -> regex('(?:https?://)?(.*?)/(.*)').split($location)[1]",
      IMAGE,
      'docker.io:5000',
    ],
    [
      "let(location => $.data.rightSplit(':', 1)[0]) -> regex('(?:https?://)?(.*?)/(.*)').split($location)[2]",
      IMAGE,
      'ceph/daemon',
    ],
    [
      "let(location => $.data.rightSplit(':', 1)[0]) -> regex('(?:https?://)?(.*?)/(.*)').split($location)[1]",
      `https://${IMAGE}`,
      'docker.io:5000',
    ],
    ["$.data.rightSplit(':', 1)[0]", IMAGE, 'docker.io:5000/ceph/daemon'],
    ["$.data.rightSplit(':', 1)[1]", IMAGE, 'v4'],
    ['let(c => $.data.cred) -> $c.get($.data.ns, {}).keys().last(default => "").isEmpty()', CREDENTIALS, false],
    ['let(c => $.data.cred) -> $c.get($.data.ns, {}).values().last(default => "").isEmpty()', NO_CREDENTIALS, true],
    ['let(c => $.data.cred) -> $c.get($.data.ns, {}).keys().last(default => "")', CREDENTIALS, 'user'],
    ['let(c => $.data.cred) -> $c.get($.data.ns, {}).values().last(default => "")', CREDENTIALS, 'secret'],
    [
      '$.data.values().where($ != null).GlanceBackend.contains("rbd")',
      { a: { GlanceBackend: 'file' }, b: null, c: { GlanceBackend: 'rbd' } },
      true,
    ],
    ['$.data.values().where($ != null).GlanceBackend.contains("rbd")', {}, false],
    [
      'let(u => $.data.user) -> $.data.multistore.values().where($.get("CephClusterName")).select("{0}.client.{1}.keyring".format($.CephClusterName, $.get("CephClientUserName", $u)))',
      {
        user: 'openstack',
        multistore: { a: { CephClusterName: 'c1' }, b: {}, c: { CephClusterName: 'c2', CephClientUserName: 'me' } },
      },
      ['c1.client.openstack.keyring', 'c2.client.me.keyring'],
    ],
    [
      "$.data.toDict($.get('name')).values()",
      [
        { name: 'vms', pg_num: 1 },
        { name: 'images', pg_num: 2 },
        { name: 'vms', pg_num: 3 },
      ],
      [
        { name: 'vms', pg_num: 3 },
        { name: 'images', pg_num: 2 },
      ],
    ],
    ['$.data.select($.name)', [{ name: 'vms' }, { name: 'images' }], ['vms', 'images']],
    [
      '$.data.raw_disk_lists.flatten()',
      { raw_disk_lists: [[':%PORT%/d1'], [':%PORT%/sdb', ':%PORT%/sdc']] },
      [':%PORT%/d1', ':%PORT%/sdb', ':%PORT%/sdc'],
    ],
  ],
  "Heat's documents": [
    ['$.data.var1.sum()', { var1: [3, 2, 1] }, 6],
    ['$.data.foo', { foo: 1 }, 1],
    ['$.data.bool_param1 and $.data.bool_param2', { bool_param1: true, bool_param2: false }, false],
    ['$.data.list_param.select(int($)).max()', { list_param: ['1', '2', '3'] }, 3],
    ['int($.data.list_param[0]) + int($.data.list_param[1])', { list_param: ['1', '2', '3'] }, 3],
    [
      '$.data.values().where($.status="FAILED").select($.id)',
      { a: { status: 'FAILED', id: 1 }, b: { status: 'COMPLETE', id: 2 } },
      [1],
    ],
  ],
};

for (const [about, rows] of Object.entries(ROWS)) {
  test(about, () => {
    for (const [source, data, value] of rows) assert.deepEqual(evaluateYaql(readYaql(source), data), value, source);
  });
}

test('they are many', () => {
  const distinct = new Set(Object.values(ROWS).flatMap((rows) => rows.map(([source]) => source)));
  assert.ok(distinct.size >= 60, String(distinct.size));
});
