/** Conditions and their functions, by version: what holds, what does not, and what is refused; wherever a condition may stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonMap } from '../../std/json.ts';
import { compile } from '../compile-fixture.ts';
import { findLanguage, VERSIONS } from '../language.ts';

interface Row {
  readonly since?: string;
  readonly until?: string;
  readonly condition: Json;
  /** Whether it holds, or the code of what is wrong. */
  readonly gives: boolean | RegExp;
}

const PARAMETERS: JsonMap = {
  on: { type: 'boolean', default: true },
  stage: { type: 'string', default: 'test' },
  zones: { type: 'comma_delimited_list', default: 'a,b' },
  map: { type: 'json', default: { deep: { yes: true } } },
};
const stage = (name: string): Json => ({ equals: [{ get_param: 'stage' }, name] });

const ROWS: { readonly [name: string]: readonly Row[] } = {
  equals: [
    { condition: stage('test'), gives: true },
    { condition: stage('live'), gives: false },
    { condition: { equals: [1, 1] }, gives: true },
    { condition: { equals: [{ get_param: ['zones', 1] }, 'b'] }, gives: true },
    {
      condition: {
        equals: [
          [1, { a: 2 }],
          [1, { a: 2 }],
        ],
      },
      gives: true,
    },
    { condition: { equals: [1] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { condition: { equals: 'a' }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  not: [
    { condition: { not: stage('live') }, gives: true },
    { condition: { not: 'other' }, gives: true },
    { condition: { not: true }, gives: false },
    { condition: { not: 'none' }, gives: /HOT-CONDITION-UNKNOWN/ },
  ],
  and: [
    { condition: { and: [stage('test'), { not: 'other' }] }, gives: true },
    { condition: { and: [true, 'other'] }, gives: false },
    { condition: { and: [true] }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  or: [
    { condition: { or: [stage('live'), stage('test')] }, gives: true },
    { condition: { or: ['other', false] }, gives: false },
    { condition: { or: [{ and: ['other', true] }, { not: { or: ['other', false] } }] }, gives: true },
    { condition: { or: 'other' }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  get_param: [
    { condition: { get_param: 'on' }, gives: true },
    { condition: { get_param: ['map', 'deep', 'yes'] }, gives: true },
    { condition: { get_param: 'none' }, gives: /HOT-PARAM-UNKNOWN/ },
  ],
  yaql: [
    { since: '2017-09-01', condition: { yaql: { expression: '$.data.len() > 1', data: { get_param: 'zones' } } }, gives: true },
    { until: '2017-02-24', condition: { yaql: { expression: '$.data', data: true } }, gives: /HOT-FUNC-PLACE/ },
  ],
  contains: [
    { since: '2017-09-01', condition: { contains: ['a', { get_param: 'zones' }] }, gives: true },
    { since: '2017-09-01', condition: { contains: ['z', { get_param: 'zones' }] }, gives: false },
    { until: '2017-02-24', condition: { contains: ['a', ['a']] }, gives: /HOT-FUNC|HOT-CONDITION/ },
  ],
  others: [
    { condition: true, gives: true },
    { condition: 'other', gives: false },
    { condition: { get_resource: 'a' }, gives: /HOT-FUNC-PLACE/ },
    { condition: { get_attr: ['a', 'out'] }, gives: /HOT-FUNC-PLACE/ },
    { condition: 5, gives: /HOT-CONDITION-VALUE/ },
    { condition: { eqauls: [1, 1] }, gives: /HOT-CONDITION-VALUE/ },
  ],
};

const WITH_CONDITIONS = VERSIONS.filter(({ version }) => findLanguage(version)!.hasConditions);

function versionsOf({ since = '', until = '9' }: Row): readonly (typeof VERSIONS)[number][] {
  return WITH_CONDITIONS.filter(({ version }) => version >= since && version <= until);
}

/** The condition by name, on a resource, on an output and in `if`. */
function templateOf(version: string, condition: Json): JsonMap {
  return {
    heat_template_version: version,
    parameters: PARAMETERS,
    conditions: { other: { equals: ['a', 'b'] }, it: typeof condition === 'string' ? { and: [condition, true] } : condition },
    resources: {
      a: { type: 'Test::Thing' },
      named: { type: 'Test::Thing', condition: 'it' },
      inline: { type: 'Test::Thing', condition },
      chosen: { type: 'Test::Thing', properties: { value: { if: ['it', { get_resource: 'a' }, 'else'] } } },
    },
    outputs: { o: { value: 1, condition: 'it' } },
  };
}

function check(version: string, { condition, gives }: Row): void {
  const compilation = compile(templateOf(version, condition));
  const label = `${version}: ${JSON.stringify(condition)}`;
  if (gives instanceof RegExp) {
    assert.ok(!compilation.ok, label);
    assert.match(compilation.diagnostics.map(({ code }) => code).join(), gives, label);
    return;
  }
  assert.ok(compilation.ok, `${label}: ${JSON.stringify(compilation)}`);
  const { definitions, outputs } = compilation.goal;
  assert.deepEqual([definitions.has('named'), definitions.has('inline')], [gives, gives], label);
  assert.deepEqual(definitions.get('chosen')?.requires, gives ? ['a'] : [], label);
  assert.equal(outputs['o']?.value, gives ? 1 : null, label);
}

for (const [name, rows] of Object.entries(ROWS)) {
  test(name, () => {
    for (const row of rows) for (const { version } of versionsOf(row)) check(version, row);
  });
}

test('the table has every function that conditions may use, in every version that has conditions', () => {
  for (const { version } of WITH_CONDITIONS) {
    const { conditionFunctions, valuesInConditions } = findLanguage(version)!;
    for (const name of [...conditionFunctions.keys(), ...valuesInConditions]) {
      const holds = ROWS[name]?.filter((row) => row.gives === true && versionsOf(row).some((one) => one.version === version));
      assert.ok((holds?.length ?? 0) > 0, `${version} ${name}`);
    }
  }
});

test('versions before 2016-10-14 have no conditions', () => {
  for (const { version } of VERSIONS.filter((one) => !WITH_CONDITIONS.includes(one))) {
    const compilation = compile(templateOf(version, true));
    assert.ok(!compilation.ok);
    assert.ok(
      compilation.diagnostics.some(({ code }) => code === 'HOT-KEY-VERSION'),
      version,
    );
  }
});

test('a condition can not be defined by a name alone', () => {
  const compilation = compile(templateOf('2021-04-16', true));
  assert.equal(compilation.ok, true);
  const alone = { ...templateOf('2021-04-16', true), conditions: { other: true, it: 'other' } };
  const refused = compile(alone);
  assert.ok(!refused.ok);
  assert.deepEqual(
    refused.diagnostics.map(({ code, path }) => [code, path]),
    [['HOT-CONDITION-VALUE', 'conditions.it']],
  );
});
