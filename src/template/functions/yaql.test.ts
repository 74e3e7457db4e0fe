/** `yaql` as a template function: versions, dependencies, partial evaluation, conditions, secrets and diagnostics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonMap } from '../../std/json.ts';
import { compile, compiled, scopeOf, templateOf } from '../compile-fixture.ts';
import { evaluate, referencesOf } from '../evaluate.ts';
import { VERSIONS } from '../language.ts';

const NEWEST = '2021-04-16';
const OUTPUTS = {
  a: { reference: 'A', attributes: { out: { names: ['x', 'y'] }, more: { m: 1 } } },
  b: { reference: 'B', attributes: { out: 'bee' } },
};
const yaql = (expression: Json, data: Json = {}): JsonMap => ({ yaql: { expression, data } });
const out = (resource: string, ...path: Json[]): Json => ({ get_attr: [resource, 'out', ...path] });

function result(value: Json, more: JsonMap = {}, version = NEWEST): Json {
  const goal = compiled(templateOf(version, value, more));
  return evaluate(goal.definitions.get('t')?.properties['value'] ?? null, scopeOf(OUTPUTS)).value;
}

function diagnosticsOf(template: string | JsonMap): readonly string[] {
  const compilation = compile(template);
  assert.ok(!compilation.ok);
  return compilation.diagnostics.map(({ line, column, code, message, hint }) =>
    `${line}:${column} ${code} ${message} ${hint ?? ''}`.trim(),
  );
}

test('it is there from 2016-10-14 on', () => {
  for (const { version } of VERSIONS) {
    const compilation = compile(templateOf(version, yaql('1 + 1')));
    assert.equal(compilation.ok, version >= '2016-10-14', version);
    if (!compilation.ok) assert.equal(compilation.diagnostics[0]?.code, 'HOT-FUNC-VERSION');
  }
});

test('data from parameters is worked out at once, data from resources when they are there', () => {
  const parameters = { list: { type: 'comma_delimited_list', default: 'p,q' } };
  const goal = compiled(templateOf(NEWEST, yaql("$.data.join('+')", { get_param: 'list' }), { parameters }));
  assert.equal(goal.definitions.get('t')?.properties['value'], 'p+q');
  assert.equal(result(yaql("$.data.join('+')", out('a', 'names'))), 'x+y');
  assert.deepEqual(
    result(yaql('$.data.l.select($.toUpper()) + $.data.p', { l: out('a', 'names'), p: { get_param: 'list' } }), { parameters }),
    ['X', 'Y', 'p', 'q'],
  );
});

test('it depends on what its data refers to, and keeps the call until then', () => {
  const goal = compiled(templateOf(NEWEST, yaql('$.data.x', { x: out('a'), y: [{ get_resource: 'b' }] })));
  const definition = goal.definitions.get('t');
  assert.deepEqual(definition?.requires, ['a', 'b']);
  assert.deepEqual(referencesOf(definition?.properties['value'] ?? null).resources, ['a', 'b']);
  const partly = evaluate(definition?.properties['value'] ?? null, scopeOf({ a: OUTPUTS.a }));
  assert.deepEqual(partly.unknownFrom, ['b']);
});

test('the secrets that go in are told', () => {
  const goal = compiled(templateOf(NEWEST, yaql('$.data.toUpper()', { get_attr: ['a', 'key'] })));
  const scope = scopeOf({ a: { attributes: { key: 's3cret' }, secret: ['key'] } });
  const { value, secrets } = evaluate(goal.definitions.get('t')?.properties['value'] ?? null, scope);
  assert.equal(value, 'S3CRET');
  assert.ok(secrets.has('s3cret'));
});

test('its argument may hold other functions, and be inside of others', () => {
  assert.equal(result({ list_join: ['-', yaql('$.data.select(str($ + 1))', [1, 2])] }), '2-3');
  assert.equal(result(yaql({ list_join: ['', ['$.data', '.len()']] }, [1, 2, 3])), 3);
  assert.equal(result(yaql('$.data.n', yaql('{n => $.data}', out('b')))), 'bee');
  assert.deepEqual(result({ yaql: { expression: '$' } }), { data: {} });
});

test('what looks like a call is data', () => {
  const parameters = { p: { type: 'json', default: { $: ['get_resource', 'secret'] } } };
  assert.deepEqual(result(yaql('$.data', { get_param: 'p' }), { parameters }), { $: ['get_resource', 'secret'] });
  assert.deepEqual(result(yaql("{'$' => [literal, 1]}")), { $: ['literal', 1] });
});

test('in conditions from 2017-09-01 on', () => {
  const parameters = { names: { type: 'comma_delimited_list', default: 'x,y' } };
  const conditions = { has: yaql('$.data.contains(x)', { get_param: 'names' }) };
  assert.equal(result({ if: ['has', 1, 2] }, { parameters, conditions }, '2017-09-01'), 1);
  const old = compile(templateOf('2017-02-24', { if: ['has', 1, 2] }, { parameters, conditions }));
  assert.ok(!old.ok && old.diagnostics.some(({ code }) => code === 'HOT-FUNC-PLACE'));
});

test('all mistakes of all expressions at once, with file, line and column', () => {
  const template = `heat_template_version: 2018-08-31
resources:
  a: {type: Test::Thing}
  t:
    type: Test::Thing
    properties:
      value:
        - yaql: {expression: "$.data.slect($).wher(true)", data: {get_attr: [a, out]}}
        - yaql: {expression: '$.data ==', data: {}}
        - yaql:
            expression: >
              $.data.first(
            data: []
        - yaql: {expresion: '1'}
        - yaql: '$.data'
        - yaql: {expression: 1}
        - yaql: {expression: '$.data.x', data: {}}
        - yaql: {expression: '$.data', data: {get_attr: [nosuch, out]}}
`;
  assert.deepEqual(
    diagnosticsOf(template),
    [
      '8:30 HOT-FUNC-ARGUMENTS column 8 of the expression: there is no function "slect" did you mean "select"?',
      '8:30 HOT-FUNC-ARGUMENTS column 17 of the expression: there is no function "wher" did you mean "where"?',
      '9:30 HOT-FUNC-ARGUMENTS column 9 of the expression: "=" cannot stand here equality is written with one "="',
      '11:25 HOT-FUNC-ARGUMENTS column 14 of the expression: the expression ends too early',
      '14:18 HOT-FUNC-ARGUMENTS "yaql" has no argument "expresion" did you mean "expression"?',
      '15:17 HOT-FUNC-ARGUMENTS the function "yaql" needs a map with the keys expression, data',
      '16:30 HOT-FUNC-ARGUMENTS the expression of "yaql" must be a string',
      '17:17 HOT-FUNC-RESULT column 8 of the expression of "yaql": the dict has no key "x" (.get(x) gives null when it is not there)',
      '18:58 HOT-REF-UNKNOWN there is no resource "nosuch"',
    ].toSorted((x, y) => diagnosticOrder(x) - diagnosticOrder(y)),
  );
});

/** By line, then column. */
function diagnosticOrder(text: string): number {
  const [line = 0, column = 0] = text.split(/[: ]/).map(Number);
  return line * 1000 + column;
}

test('what fails only when the resource is there says where', () => {
  const goal = compiled(templateOf(NEWEST, yaql('$.data.nosuch', out('a'))));
  assert.throws(() => evaluate(goal.definitions.get('t')?.properties['value'] ?? null, scopeOf(OUTPUTS)), {
    name: 'FunctionError',
    message: /column 8 of the expression of "yaql": the dict has no key "nosuch"/,
  });
});

test('quotas are told as results that can not be had', () => {
  assert.match(
    diagnosticsOf(templateOf(NEWEST, yaql('sequence().toList()'))).join(),
    /HOT-FUNC-RESULT.*takes more than 100000 steps/,
  );
});
