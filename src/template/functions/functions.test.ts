/** Every function, by version: what it gives with values, and with what other resources give. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { compile, compiled, scopeOf, templateOf } from '../compile-fixture.ts';
import { evaluate, FunctionError } from '../evaluate.ts';
import { findLanguage, VERSIONS } from '../language.ts';

const NEWEST = '2021-04-16';
const PARAMETERS: JsonMap = {
  name: { type: 'string', default: 'web' },
  port: { type: 'number', default: 80 },
  list: { type: 'comma_delimited_list', default: 'x,y' },
  map: { type: 'json', default: { a: { b: [1, 2] }, $: ['get_resource', 'a'] } },
  on: { type: 'boolean', default: true },
};
const OUTPUTS = {
  a: { reference: 'A', attributes: { out: { k: ['v0', 'v1'] }, more: { m: 1 } } },
  b: { reference: 'B', attributes: { out: 'bee' } },
};

interface Row {
  readonly since?: string;
  readonly until?: string;
  readonly value: Json;
  /** The result, or the code of what is wrong. */
  readonly gives: Json | RegExp;
}

const out = (resource: string, ...path: Json[]): Json => ({ get_attr: [resource, 'out', ...path] });

const ROWS: { readonly [name: string]: readonly Row[] } = {
  get_param: [
    { value: { get_param: 'name' }, gives: 'web' },
    { value: { get_param: 'port' }, gives: 80 },
    { value: { get_param: ['list', 1] }, gives: 'y' },
    { value: { get_param: ['list', '-1'] }, gives: 'y' },
    { value: { get_param: ['list', 7] }, gives: '' },
    { value: { get_param: ['map', 'a', 'b', 0] }, gives: 1 },
    { value: { get_param: ['map', 'constructor'] }, gives: '' },
    { value: { get_param: 'map' }, gives: { a: { b: [1, 2] }, $: ['get_resource', 'a'] } },
    { value: { get_param: ['map', '$'] }, gives: ['get_resource', 'a'] },
    { value: { get_param: ['list', out('a', 'none')] }, gives: '' },
    { value: { get_param: 'OS::stack_name' }, gives: 'demo' },
    { value: { get_param: 'nmae' }, gives: /HOT-PARAM-UNKNOWN/ },
    { value: { get_param: [] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { value: { get_param: { a: 1, b: 2 } }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  get_resource: [
    { value: { get_resource: 'a' }, gives: 'A' },
    { value: { get_resource: 'zz' }, gives: /HOT-REF-UNKNOWN/ },
    { value: { get_resource: ['a'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { value: { get_resource: 't' }, gives: /HOT-REF-SELF/ },
  ],
  get_attr: [
    { value: out('b'), gives: 'bee' },
    { value: out('a', 'k', 1), gives: 'v1' },
    { value: out('a', 'k', '0'), gives: 'v0' },
    { value: out('a', 'k', 9), gives: null },
    { value: { get_attr: [{ get_param: 'name' }, 'out'] }, gives: /HOT-REF-UNKNOWN/ },
    { value: { get_attr: ['a', 'nope'] }, gives: /HOT-ATTR-UNKNOWN/ },
    { value: { get_attr: 'a' }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2015-10-15', value: { get_attr: ['a'] }, gives: { out: { k: ['v0', 'v1'] }, more: { m: 1 } } },
    { until: '2015-04-30', value: { get_attr: ['a'] }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  get_file: [
    { value: { get_file: 'run.sh' }, gives: 'echo hi' },
    { value: { get_file: '../../etc/passwd' }, gives: /HOT-FILE-MISSING/ },
    { value: { get_file: 'toString' }, gives: /HOT-FILE-MISSING/ },
    { value: { get_file: 1 }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  list_join: [
    { value: { list_join: ['-', ['a', null, 'c']] }, gives: 'a--c' },
    { value: { list_join: ['', []] }, gives: '' },
    { value: { list_join: ['-', ['x', out('b')]] }, gives: 'x-bee' },
    { value: { list_join: [1, ['a']] }, gives: /HOT-FUNC-RESULT/ },
    { value: { list_join: ['-', 'text'] }, gives: /HOT-FUNC-RESULT/ },
    { value: { list_join: ['-'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { until: '2015-04-30', value: { list_join: ['-', ['a'], ['b']] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { until: '2015-04-30', value: { list_join: ['-', [{ a: 1 }]] }, gives: /HOT-FUNC-RESULT/ },
    { since: '2015-10-15', value: { list_join: ['-', ['a'], null, ['b', 'c']] }, gives: 'a-b-c' },
    { since: '2015-10-15', value: { list_join: ['-', [{ b: 1, a: ['é', true] }]] }, gives: '{"a": ["\\u00e9", true], "b": 1}' },
  ],
  str_replace: [
    { value: { str_replace: { template: '$a $ab $a', params: { $a: 1, $ab: 'x$a' } } }, gives: '1 x$a 1' },
    { value: { str_replace: { template: 'x', params: { x: true } } }, gives: 'True' },
    { value: { str_replace: { template: '[x]', params: { x: null } } }, gives: '[]' },
    { value: { str_replace: { template: '%x%', params: { '%x%': out('b') } } }, gives: 'bee' },
    { value: { str_replace: { template: 'x', params: 'x' } }, gives: /HOT-FUNC-RESULT/ },
    { value: { str_replace: { template: 1, params: {} } }, gives: /HOT-FUNC-RESULT/ },
    { value: { str_replace: { template: 'x' } }, gives: /HOT-FUNC-ARGUMENTS/ },
    { value: { str_replace: { template: 'x', parms: {} } }, gives: /HOT-FUNC-ARGUMENTS/ },
    { until: '2015-04-30', value: { str_replace: { template: 'x', params: { x: [1] } } }, gives: /HOT-FUNC-RESULT/ },
    {
      since: '2015-10-15',
      value: { str_replace: { template: 'x', params: { x: { b: [1], a: 'q' } } } },
      gives: '{"a": "q", "b": [1]}',
    },
  ],
  str_replace_strict: [
    { since: '2017-02-24', value: { str_replace_strict: { template: 'x y', params: { x: '', y: 2 } } }, gives: ' 2' },
    { since: '2017-02-24', value: { str_replace_strict: { template: 'x', params: { z: 1 } } }, gives: /HOT-FUNC-RESULT/ },
    { until: '2016-10-14', value: { str_replace_strict: { template: 'x', params: { x: 1 } } }, gives: /HOT-FUNC-VERSION/ },
  ],
  str_replace_vstrict: [
    { since: '2017-09-01', value: { str_replace_vstrict: { template: 'x', params: { x: 1 } } }, gives: '1' },
    { since: '2017-09-01', value: { str_replace_vstrict: { template: 'x', params: { x: '' } } }, gives: /HOT-FUNC-RESULT/ },
    { since: '2017-09-01', value: { str_replace_vstrict: { template: 'x', params: { x: null } } }, gives: /HOT-FUNC-RESULT/ },
    { until: '2017-02-24', value: { str_replace_vstrict: { template: 'x', params: { x: 1 } } }, gives: /HOT-FUNC-VERSION/ },
  ],
  repeat: [
    { until: '2014-10-16', value: { repeat: { template: 'x', for_each: {} } }, gives: /HOT-FUNC-VERSION/ },
    {
      since: '2015-04-30',
      value: { repeat: { template: '%p%/tcp', for_each: { '%p%': [80, '443'] } } },
      gives: ['80/tcp', '443/tcp'],
    },
    {
      since: '2015-04-30',
      value: { repeat: { template: { '%k%': '%v%' }, for_each: { '%k%': ['a', 'b'], '%v%': [1, { c: 2 }] } } },
      gives: [{ a: 1 }, { a: { c: 2 } }, { b: 1 }, { b: { c: 2 } }],
    },
    { since: '2015-04-30', value: { repeat: { template: '<x>', for_each: { '<x>': out('a', 'k') } } }, gives: ['v0', 'v1'] },
    { since: '2015-04-30', value: { repeat: { template: 'x', for_each: { x: 'abc' } } }, gives: /HOT-FUNC-RESULT/ },
    {
      since: '2015-04-30',
      until: '2016-04-08',
      value: { repeat: { template: 'x', for_each: { x: { a: 1 } } } },
      gives: /HOT-FUNC-RESULT/,
    },
    { since: '2016-10-14', value: { repeat: { template: 'x', for_each: { x: { a: 1, b: 2 } } } }, gives: ['a', 'b'] },
    {
      since: '2017-09-01',
      value: { repeat: { template: 'xy', for_each: { x: [1, 2], y: [3, 4] }, permutations: false } },
      gives: ['13', '24'],
    },
    {
      since: '2017-09-01',
      value: { repeat: { template: 'xy', for_each: { x: [1, 2], y: [3] }, permutations: false } },
      gives: /HOT-FUNC-RESULT/,
    },
    {
      since: '2015-04-30',
      until: '2017-02-24',
      value: { repeat: { template: 'x', for_each: { x: [1] }, permutations: false } },
      gives: [1],
    },
  ],
  digest: [
    { until: '2014-10-16', value: { digest: ['md5', 'x'] }, gives: /HOT-FUNC-VERSION/ },
    { since: '2015-04-30', value: { digest: ['md5', 'x'] }, gives: '9dd4e461268c8034f5c8564e155c67a6' },
    { since: '2015-04-30', value: { digest: ['sha1', out('b')] }, gives: '917ee46db0cda4c4739bb176b3cf68880f7dba95' },
    { since: '2015-04-30', value: { digest: ['rot13', 'x'] }, gives: /HOT-FUNC-RESULT/ },
  ],
  str_split: [
    { until: '2015-04-30', value: { str_split: [',', 'a,b'] }, gives: /HOT-FUNC-VERSION/ },
    { since: '2015-10-15', value: { str_split: [',', 'a,b'] }, gives: ['a', 'b'] },
    { since: '2015-10-15', value: { str_split: [',', 'a,b', 1] }, gives: 'b' },
    { since: '2015-10-15', value: { str_split: ['e', out('b'), '0'] }, gives: 'b' },
    { since: '2015-10-15', value: { str_split: [',', 'a,b', 2] }, gives: /HOT-FUNC-RESULT/ },
  ],
  map_merge: [
    { until: '2015-10-15', value: { map_merge: [{ a: 1 }] }, gives: /HOT-FUNC-VERSION/ },
    { since: '2016-04-08', value: { map_merge: [{ a: 1, b: 1 }, null, { b: 2 }] }, gives: { a: 1, b: 2 } },
    { since: '2016-04-08', value: { map_merge: [{ a: 1 }, { get_attr: ['a', 'more'] }] }, gives: { a: 1, m: 1 } },
    { since: '2016-04-08', value: { map_merge: [[1]] }, gives: /HOT-FUNC-RESULT/ },
  ],
  map_replace: [
    { until: '2016-04-08', value: { map_replace: [{ a: 1 }, { keys: {} }] }, gives: /HOT-FUNC-VERSION/ },
    {
      since: '2016-10-14',
      value: {
        map_replace: [
          { a: 'x', b: 'y' },
          { keys: { a: 'c' }, values: { y: 'z' } },
        ],
      },
      gives: { c: 'x', b: 'z' },
    },
    { since: '2016-10-14', value: { map_replace: [{ a: 1, b: 2 }, { keys: { a: 'b' } }] }, gives: /HOT-FUNC-RESULT/ },
    { since: '2016-10-14', value: { map_replace: [{ a: 1 }, { kyes: {} }] }, gives: /HOT-FUNC-RESULT/ },
  ],
  if: [
    { until: '2016-04-08', value: { if: [true, 1, 2] }, gives: /HOT-FUNC-VERSION/ },
    { since: '2016-10-14', value: { if: [true, 1, 2] }, gives: 1 },
    { since: '2016-10-14', value: { if: ['no', 1, 2] }, gives: 2 },
    {
      since: '2016-10-14',
      value: { if: [{ and: ['yes', { equals: [{ get_param: 'port' }, 80] }] }, out('b'), 2] },
      gives: 'bee',
    },
    { since: '2016-10-14', value: { if: [{ or: ['no', { not: 'yes' }] }, 1, 2] }, gives: 2 },
    { since: '2016-10-14', value: { if: [{ get_param: 'on' }, 1, 2] }, gives: 1 },
    { since: '2016-10-14', value: { if: ['nope', 1, 2] }, gives: /HOT-CONDITION-UNKNOWN/ },
    { since: '2016-10-14', value: { if: [{ equals: [{ get_resource: 'a' }, 1] }, 1, 2] }, gives: /HOT-FUNC-PLACE/ },
    { since: '2016-10-14', value: { if: [{ equals: [1] }, 1, 2] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2016-10-14', value: { if: [{ and: ['yes'] }, 1, 2] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2016-10-14', value: { if: [5, 1, 2] }, gives: /HOT-CONDITION-VALUE/ },
    { since: '2016-10-14', until: '2018-08-31', value: { if: [true, 1] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2021-04-16', value: [1, { if: ['no', 2] }, { if: ['yes', 3] }], gives: [1, 3] },
    { since: '2021-04-16', value: { k: { if: ['no', 2] }, l: { if: ['yes', 3] } }, gives: { l: 3 } },
    { since: '2017-09-01', value: { if: [{ contains: ['x', { get_param: 'list' }] }, 1, 2] }, gives: 1 },
    {
      since: '2016-10-14',
      until: '2017-02-24',
      value: { if: [{ contains: ['x', { get_param: 'list' }] }, 1, 2] },
      gives: /HOT-FUNC-VERSION/,
    },
  ],
  filter: [
    { until: '2016-10-14', value: { filter: [[], []] }, gives: /HOT-FUNC-VERSION/ },
    {
      since: '2017-02-24',
      value: {
        filter: [
          [null, 'v0', { a: 1 }],
          ['x', null, { a: 1 }],
        ],
      },
      gives: ['x'],
    },
    { since: '2017-02-24', value: { filter: [['v0'], out('a', 'k')] }, gives: ['v1'] },
  ],
  make_url: [
    { until: '2017-02-24', value: { make_url: {} }, gives: /HOT-FUNC-VERSION/ },
    {
      since: '2017-09-01',
      value: {
        make_url: { scheme: 'http', host: 'example.com', port: 8080, path: 'a b/c', query: { q: 'x y&', r: 1 }, fragment: 'top' },
      },
      gives: 'http://example.com:8080/a%20b/c?q=x+y%26&r=1#top',
    },
    {
      since: '2017-09-01',
      value: { make_url: { scheme: 'https', username: 'u@', password: 'p/!', host: '::1' } },
      gives: 'https://u%40:p%2F%21@[::1]',
    },
    { since: '2017-09-01', value: { make_url: { scheme: 'http', host: out('b') } }, gives: 'http://bee' },
    { since: '2017-09-01', value: { make_url: { host: 'h', port: 70000 } }, gives: /HOT-FUNC-RESULT/ },
    { since: '2017-09-01', value: { make_url: { hots: 'h' } }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  list_concat: [
    { since: '2017-09-01', value: { list_concat: [[1], null, [1, 2], out('a', 'k')] }, gives: [1, 1, 2, 'v0', 'v1'] },
    {
      since: '2017-09-01',
      value: {
        list_concat_unique: [
          [1, 2],
          [2, { a: 1 }],
          [{ a: 1 }, 3],
        ],
      },
      gives: [1, 2, { a: 1 }, 3],
    },
    { since: '2017-09-01', value: { list_concat: ['x'] }, gives: /HOT-FUNC-RESULT/ },
    { until: '2017-02-24', value: { list_concat: [[1]] }, gives: /HOT-FUNC-VERSION/ },
  ],
  contains: [
    { since: '2017-09-01', value: { contains: ['x', ['x']] }, gives: true },
    { since: '2017-09-01', value: { contains: ['v1', out('a', 'k')] }, gives: true },
    { since: '2017-09-01', value: { contains: ['q', 'text'] }, gives: false },
    { until: '2017-02-24', value: { contains: ['x', ['x']] }, gives: /HOT-FUNC-VERSION/ },
  ],
  yaql: [
    { since: '2016-10-14', value: { yaql: { expression: '$.data.a + 1', data: { a: 1 } } }, gives: 2 },
    { since: '2016-10-14', value: { yaql: { expression: '$.data.where($ > 1)', data: [1, 2, 3] } }, gives: [2, 3] },
    { since: '2016-10-14', value: { yaql: { expression: '$.data.toUpper()', data: out('b') } }, gives: 'BEE' },
    { since: '2016-10-14', value: { yaql: { data: 1 } }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2016-10-14', value: { yaql: { expression: '$.data +', data: 1 } }, gives: /HOT-FUNC-ARGUMENTS/ },
    { until: '2016-04-08', value: { yaql: { expression: '$', data: 1 } }, gives: /HOT-FUNC-VERSION/ },
  ],
  'the functions of CloudFormation that the first versions have': [
    { until: '2013-05-23', value: { Ref: 'name' }, gives: 'web' },
    { until: '2013-05-23', value: { Ref: 'a' }, gives: 'A' },
    { until: '2013-05-23', value: { Ref: 'zz' }, gives: /HOT-REF-UNKNOWN/ },
    { since: '2014-10-16', value: { Ref: 'a' }, gives: /HOT-FUNC-REMOVED/ },
    { until: '2013-05-23', value: { 'Fn::GetAZs': '' }, gives: ['nova'] },
    { until: '2013-05-23', value: { 'Fn::GetAZs': { a: 1, b: 2 } }, gives: ['nova'] },
    { since: '2014-10-16', value: { 'Fn::GetAZs': '' }, gives: /HOT-FUNC-REMOVED/ },
    { until: '2013-05-23', value: { 'Fn::Join': ['-', ['a', out('b')]] }, gives: 'a-bee' },
    { until: '2013-05-23', value: { 'Fn::Join': ['-'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2014-10-16', value: { 'Fn::Join': ['-', ['a']] }, gives: /HOT-FUNC-REMOVED/ },
    { until: '2013-05-23', value: { 'Fn::Split': [',', 'a,b'] }, gives: ['a', 'b'] },
    { until: '2013-05-23', value: { 'Fn::Split': 'a,b' }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2014-10-16', value: { 'Fn::Split': [',', 'a,b'] }, gives: /HOT-FUNC-REMOVED/ },
    { until: '2013-05-23', value: { 'Fn::Replace': [{ $x: 'y' }, 'a$x'] }, gives: 'ay' },
    { until: '2013-05-23', value: { 'Fn::Replace': ['a$x'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2014-10-16', value: { 'Fn::Replace': [{ $x: 'y' }, 'a$x'] }, gives: /HOT-FUNC-REMOVED/ },
    { until: '2013-05-23', value: { 'Fn::Base64': 'as it is' }, gives: 'as it is' },
    { until: '2013-05-23', value: { 'Fn::Base64': ['a'] }, gives: /HOT-FUNC/ },
    { since: '2014-10-16', value: { 'Fn::Base64': 'x' }, gives: /HOT-FUNC-REMOVED/ },
    {
      until: '2013-05-23',
      value: { 'Fn::MemberListToMap': ['Name', 'Value', ['.member.0.Name=k', '.member.0.Value=v']] },
      gives: { k: 'v' },
    },
    { until: '2013-05-23', value: { 'Fn::MemberListToMap': ['Name', 'Value'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2014-10-16', value: { 'Fn::MemberListToMap': ['a', 'b', []] }, gives: /HOT-FUNC-REMOVED/ },
    { until: '2013-05-23', value: { 'Fn::ResourceFacade': 'Metadata' }, gives: null },
    { until: '2013-05-23', value: { 'Fn::ResourceFacade': 'Metdata' }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2014-10-16', value: { 'Fn::ResourceFacade': 'Metadata' }, gives: /HOT-FUNC-REMOVED/ },
    { until: '2015-04-30', value: { 'Fn::Select': ['1', ['a', 'b']] }, gives: 'b' },
    { until: '2015-04-30', value: { 'Fn::Select': ['1'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2015-10-15', value: { 'Fn::Select': [0, ['a']] }, gives: /HOT-FUNC-REMOVED/ },
  ],
  'others, and maps that are no functions': [
    { since: '2017-09-01', value: { list_concat_unique: ['x'] }, gives: /HOT-FUNC-RESULT/ },
    { until: '2017-02-24', value: { list_concat_unique: [[1]] }, gives: /HOT-FUNC-VERSION/ },
    { since: '2017-02-24', value: { filter: [['a']] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2017-09-01', value: { contains: ['x'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { value: { resource_facade: 'metadata' }, gives: null },
    { value: { resource_facade: 'metdata' }, gives: /HOT-FUNC-ARGUMENTS/ },
    { since: '2016-10-14', value: { if: [true, null, 1] }, gives: null },
    { value: { get_param: 'name', more: 1 }, gives: { get_param: 'name', more: 1 } },
    { value: { equals: [1, 2] }, gives: { equals: [1, 2] } },
    { value: { $: null }, gives: { $: null } },
    { value: { $: ['get_resource', 'a'] }, gives: { $: ['get_resource', 'a'] } },
    { value: { $: ['literal', { $: 1 }], x: out('b') }, gives: { $: ['literal', { $: 1 }], x: 'bee' } },
  ],
};

const CONDITIONS: JsonMap = { yes: true, no: { equals: ['a', 'b'] } };

for (const [name, rows] of Object.entries(ROWS)) {
  test(name, () => {
    for (const row of rows) for (const { version } of versionsOf(row)) check(version, row);
  });
}

function versionsOf({ since = '', until = '9' }: Row): readonly (typeof VERSIONS)[number][] {
  return VERSIONS.filter(({ version }) => version >= since && version <= until);
}

function check(version: string, { value, gives }: Row): void {
  const conditions = version >= '2016-10-14' ? { conditions: CONDITIONS } : {};
  const template = templateOf(version, value, { parameters: PARAMETERS, ...conditions });
  const compilation = compile(template, { files: { 'run.sh': 'echo hi' } });
  const label = `${version}: ${JSON.stringify(value)}`;
  if (gives instanceof RegExp) {
    assert.ok(!compilation.ok, label);
    assert.match(compilation.diagnostics.map((one) => one.code).join(), gives, label);
    return;
  }
  assert.ok(compilation.ok, `${label}: ${JSON.stringify(compilation)}`);
  const expression = compilation.goal.definitions.get('t')?.properties['value'] ?? null;
  assert.deepEqual(evaluate(expression, scopeOf(OUTPUTS)).value, gives, label);
}

test('what fails only when the resource is there', () => {
  const goal = compiled(templateOf(NEWEST, { str_split: [',', out('a')] }));
  assert.throws(() => evaluate(goal.definitions.get('t')?.properties['value'] ?? null, scopeOf(OUTPUTS)), FunctionError);
});

test('lists that multiply are stopped', () => {
  const list = Array.from({ length: 100 }, (_, i) => i);
  const for_each = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, list]));
  const compilation = compile(templateOf(NEWEST, { repeat: { template: 'abcde', for_each } }));
  assert.ok(!compilation.ok && compilation.diagnostics[0]?.code === 'HOT-FUNC-RESULT');
});

test('a function that a version lacks names the version that has it', () => {
  const compilation = compile(templateOf('2016-10-14', { list_concat: [[1]] }));
  assert.ok(!compilation.ok);
  assert.match(compilation.diagnostics[0]?.message ?? '', /"list_concat" is there from version 2017-09-01 on/);
});

const TAKES_ANYTHING = 'Fn::GetAZs';

/** The rows that are calls of the function. */
function rowsOf(name: string, version: string): readonly Row[] {
  const isCall = ({ value }: Row) => isMap(value) && Object.keys(value).length === 1 && Object.hasOwn(value, name);
  const all = Object.values(ROWS).flat();
  return all.filter((row) => isCall(row) && versionsOf(row).some((one) => one.version === version));
}

test('the table has every function in every version: what it gives, what it refuses, and that a version lacks it', () => {
  const missing: string[] = [];
  for (const { version } of VERSIONS) {
    for (const [name, { kind }] of findLanguage(version)!.functions) {
      const rows = rowsOf(name, version);
      const refusals = rows.flatMap(({ gives }) => (gives instanceof RegExp ? [gives.source] : []));
      const given = rows.length - refusals.length;
      if (kind === 'function' && given === 0) missing.push(`${version} ${name} gives`);
      if (kind === 'function' && refusals.length === 0 && name !== TAKES_ANYTHING) missing.push(`${version} ${name} refuses`);
      if (kind === 'later' && !refusals.includes('HOT-FUNC-VERSION')) missing.push(`${version} lacks ${name}`);
      if (kind === 'removed' && !refusals.includes('HOT-FUNC-REMOVED')) missing.push(`${version} has ${name} no more`);
    }
  }
  assert.deepEqual(missing, []);
});
