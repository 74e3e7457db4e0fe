/** CloudFormation templates: sections, parameters, functions and conditions, in both of their languages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonMap } from '../std/json.ts';
import { compile, compiled, type FixtureOptions, findings, scopeOf } from './compile-fixture.ts';
import { evaluate } from './evaluate.ts';

const AWS = { AWSTemplateFormatVersion: '2010-09-09' };
const HEAT = { HeatTemplateFormatVersion: '2012-12-12' };
const PARAMETERS: JsonMap = {
  name: { Type: 'String', Default: 'web' },
  port: { Type: 'Number', Default: '80', MinValue: 1, MaxValue: '65535' },
  zone: { Type: 'String', Default: 'east', AllowedValues: ['east', 'west'] },
  list: { Type: 'CommaDelimitedList', Default: 'x,y' },
  json: { Type: 'Json', Default: '{"k": 1}' },
};
const MAPPINGS: JsonMap = { zones: { east: { image: 'e1' }, west: { image: 'w1' } } };
const OUTPUTS = { a: { reference: 'A', attributes: { out: 'va' } } };

interface Row {
  readonly value: Json;
  /** The result, or the code of what is wrong. */
  readonly gives: Json | RegExp;
  /** In AWS's language only. */
  readonly aws?: true;
}

const out: Json = { 'Fn::GetAtt': ['a', 'out'] };

const ROWS: { readonly [name: string]: readonly Row[] } = {
  Ref: [
    { value: { Ref: 'name' }, gives: 'web' },
    { value: { Ref: 'port' }, gives: 80 },
    { value: { Ref: 'a' }, gives: 'A' },
    { value: { Ref: 'AWS::StackName' }, gives: 'demo' },
    { value: { Ref: 'AWS::Region' }, gives: 'ap-southeast-1' },
    { value: { Ref: 'AWS::StackId' }, gives: 'arn:openstack:heat::p-1:stacks/demo/id-1' },
    { value: { Ref: 'zz' }, gives: /HOT-REF-UNKNOWN/ },
    { value: { Ref: ['a'] }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  'Fn::GetAtt': [
    { value: out, gives: 'va' },
    { value: { 'Fn::GetAtt': ['a', 'nope'] }, gives: /HOT-ATTR-UNKNOWN/ },
    { value: { 'Fn::GetAtt': ['a'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { value: { 'Fn::GetAtt': ['zz', 'out'] }, gives: /HOT-REF-UNKNOWN/ },
  ],
  'Fn::FindInMap': [
    { value: { 'Fn::FindInMap': ['zones', { Ref: 'zone' }, 'image'] }, gives: 'e1' },
    { value: { 'Fn::FindInMap': ['zones', 'north', 'image'] }, gives: /HOT-FUNC-RESULT/ },
    { value: { 'Fn::FindInMap': ['zone', 'east', 'image'] }, gives: /HOT-FUNC-ARGUMENTS/ },
    { value: { 'Fn::FindInMap': ['zones', 'east'] }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  'Fn::GetAZs': [{ value: { 'Fn::GetAZs': '' }, gives: ['nova'] }],
  'Fn::Select': [
    { value: { 'Fn::Select': ['1', ['p', 'q']] }, gives: 'q' },
    { value: { 'Fn::Select': [7, ['p', 'q']] }, gives: '' },
    { value: { 'Fn::Select': ['k', { Ref: 'json' }] }, gives: 1 },
    { value: { 'Fn::Select': [0, { Ref: 'list' }] }, gives: 'x' },
    { value: { 'Fn::Select': ['1', '["p", "q"]'] }, gives: 'q' },
    { value: { 'Fn::Select': ['0', { 'Fn::GetAZs': '' }] }, gives: 'nova' },
    { value: { 'Fn::Select': ['0', ''] }, gives: '' },
    { value: { 'Fn::Select': ['x', ['p']] }, gives: /HOT-FUNC-RESULT/ },
    { value: { 'Fn::Select': ['0', 'va'] }, gives: /HOT-FUNC-RESULT/ },
  ],
  'Fn::Join': [
    { value: { 'Fn::Join': ['-', ['a', { Ref: 'name' }, out]] }, gives: 'a-web-va' },
    { value: { 'Fn::Join': ['', { Ref: 'list' }] }, gives: 'xy' },
    { value: { 'Fn::Join': ['-', [{ a: 1 }]] }, gives: /HOT-FUNC-RESULT/ },
    { value: { 'Fn::Join': ['-'] }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  'Fn::Split': [
    { value: { 'Fn::Split': [',', 'a,b'] }, gives: ['a', 'b'] },
    { value: { 'Fn::Split': [',', ['a']] }, gives: /HOT-FUNC-RESULT/ },
  ],
  'Fn::Replace': [
    { value: { 'Fn::Replace': [{ $a: 1, $ab: { Ref: 'name' } }, '$ab $a'] }, gives: 'web 1' },
    { value: { 'Fn::Replace': ['x', 'y'] }, gives: /HOT-FUNC-RESULT/ },
  ],
  'Fn::Base64': [
    { value: { 'Fn::Base64': 'plain' }, gives: 'plain' },
    { value: { 'Fn::Base64': { 'Fn::Join': ['', ['#!', out]] } }, gives: '#!va' },
    { value: { 'Fn::Base64': [1] }, gives: /HOT-FUNC-RESULT/ },
  ],
  'Fn::MemberListToMap': [
    {
      value: {
        'Fn::MemberListToMap': [
          'Name',
          'Value',
          ['.member.0.Name=a', '.member.0.Value=1=1', '.member.1.Name=b', '.member.1.Value=2', '.member.2.Name=c'],
        ],
      },
      gives: { a: '1=1', b: '2' },
    },
    { value: { 'Fn::MemberListToMap': ['Name', 'Value'] }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  'Fn::ResourceFacade': [
    { value: { 'Fn::ResourceFacade': 'Metadata' }, gives: null },
    { value: { 'Fn::ResourceFacade': 'metadata' }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  'Fn::If': [
    { aws: true, value: { 'Fn::If': ['isEast', 'e', { Ref: 'nowhere' }] }, gives: 'e' },
    { aws: true, value: { 'Fn::If': ['isWest', { 'Fn::GetAtt': ['nowhere', 'x'] }, 'e'] }, gives: 'e' },
    { aws: true, value: { 'Fn::If': [{ 'Fn::And': ['isEast', { 'Fn::Not': ['isWest'] }] }, 1, 2] }, gives: 1 },
    { aws: true, value: { 'Fn::If': [{ 'Fn::Or': ['isWest', { 'Fn::Equals': [{ Ref: 'port' }, 81] }] }, 1, 2] }, gives: 2 },
    { aws: true, value: { 'Fn::If': ['isNorth', 1, 2] }, gives: /HOT-CONDITION-UNKNOWN/ },
    { aws: true, value: { 'Fn::If': [{ 'Fn::Equals': [{ Ref: 'a' }, 1] }, 1, 2] }, gives: /HOT-PARAM-UNKNOWN/ },
    { aws: true, value: { 'Fn::If': ['isEast', 1] }, gives: /HOT-FUNC-ARGUMENTS/ },
  ],
  'what is no function is data': [
    { value: { get_param: 'name' }, gives: { get_param: 'name' } },
    { value: { 'Fn::Sub': 'x' }, gives: { 'Fn::Sub': 'x' } },
  ],
};

for (const [name, rows] of Object.entries(ROWS)) {
  test(name, () => {
    for (const row of rows) {
      check(AWS, row);
      if (row.aws === undefined) check(HEAT, row);
    }
  });
}

function check(version: JsonMap, { value, gives }: Row): void {
  const conditions = version === AWS ? { Conditions: CONDITIONS } : {};
  const compilation = compile({
    ...version,
    Parameters: PARAMETERS,
    Mappings: MAPPINGS,
    ...conditions,
    Resources: { a: { Type: 'Test::Thing' }, t: { Type: 'Test::Thing', Properties: { value } } },
  });
  const label = JSON.stringify([version, value]);
  if (gives instanceof RegExp) {
    assert.ok(!compilation.ok, label);
    assert.match(compilation.diagnostics.map((one) => one.code).join(), gives, label);
    return;
  }
  assert.ok(compilation.ok, `${label}: ${JSON.stringify(compilation)}`);
  const expression = compilation.goal.definitions.get('t')?.properties['value'] ?? null;
  assert.deepEqual(evaluate(expression, scopeOf(OUTPUTS)).value, gives, label);
}

const CONDITIONS: JsonMap = {
  isEast: { 'Fn::Equals': [{ Ref: 'zone' }, 'east'] },
  isWest: { 'Fn::Equals': [{ 'Fn::FindInMap': ['zones', { Ref: 'zone' }, 'image'] }, 'w1'] },
};

test('a whole template: everything has its place', () => {
  const goal = compiled({
    ...AWS,
    Description: 'all of it',
    Parameters: PARAMETERS,
    Mappings: MAPPINGS,
    Conditions: CONDITIONS,
    Resources: {
      a: { Type: 'Test::Thing', Metadata: { m: { Ref: 'name' } }, DeletionPolicy: 'Retain', Description: 'first' },
      b: { Type: 'Test::Thing', DependsOn: ['a', 'gone'], UpdatePolicy: { p: 1 }, Properties: { size: '3' } },
      gone: { Type: 'Test::Thing', Condition: 'isWest' },
    },
    Outputs: {
      one: { Description: 'an output', Value: { 'Fn::GetAtt': ['a', 'out'] } },
      none: { Value: { Ref: 'gone' }, Condition: 'isWest' },
    },
  });
  const { metadata, deletionPolicy, description } = goal.definitions.get('a')!;
  assert.deepEqual(
    { metadata, deletionPolicy, description },
    { metadata: { m: 'web' }, deletionPolicy: 'retain', description: 'first' },
  );
  assert.deepEqual(goal.definitions.get('b')?.requires, ['a']);
  assert.deepEqual([...goal.definitions.keys()], ['a', 'b']);
  assert.equal(goal.outputs['none']?.value, null);
  assert.equal(goal.description, 'all of it');
  assert.deepEqual(goal.parameters, { name: 'web', port: 80, zone: 'east', list: ['x', 'y'], json: { k: 1 } });
});

const t = (more: JsonMap): JsonMap => ({ ...AWS, ...more });
const p = (schema: JsonMap, value?: Json): readonly [JsonMap, FixtureOptions] => [
  t({ Parameters: { p: schema } }),
  value === undefined ? {} : { parameters: { p: value } },
];

const WRONG: { readonly [name: string]: readonly [readonly [JsonMap, FixtureOptions?], string] } = {
  'a section that is none': [[t({ Rules: {} })], 'HOT-KEY-UNKNOWN'],
  'a HOT section': [[t({ resources: {} })], 'HOT-KEY-UNKNOWN'],
  'a version that is none': [[{ AWSTemplateFormatVersion: '2010-09-10' }], 'HOT-VERSION-UNKNOWN'],
  'two versions': [[t({ heat_template_version: '2021-04-16' })], 'HOT-VERSION-UNKNOWN'],
  'conditions without AWS': [[{ ...HEAT, Conditions: {} }], 'HOT-KEY-VERSION'],
  'a parameter type': [[t({ Parameters: { p: { Type: 'string', Default: 'x' } } })], 'PARAM-SCHEMA'],
  'a parameter key': [p({ Type: 'String', Default: 'x', Hidden: true }), 'HOT-KEY-UNKNOWN'],
  'a constraint of another type': [p({ Type: 'Number', Default: 1, MinLength: 1 }), 'PARAM-SCHEMA'],
  'too short': [p({ Type: 'String', MinLength: '2', MaxLength: '3' }, 'a'), 'PARAM-VALUE'],
  'not allowed': [p({ Type: 'Number', AllowedValues: ['1', '2'] }, 3), 'PARAM-VALUE'],
  'not like the pattern': [p({ Type: 'String', AllowedPattern: '[a-z]+' }, 'a1'), 'PARAM-VALUE'],
  'a policy in small letters': [[t({ Resources: { a: { Type: 'Test::Thing', DeletionPolicy: 'retain' } } })], 'HOT-POLICY'],
  'no type': [[t({ Resources: { a: { Properties: {} } } })], 'HOT-TYPE-MISSING'],
  'a circle of conditions': [[t({ Conditions: { a: { 'Fn::Not': ['b'] }, b: { 'Fn::Not': ['a'] } } })], 'HOT-CONDITION-CYCLE'],
};

for (const [name, [[template, options], code]] of Object.entries(WRONG)) {
  test(`refused: ${name}`, () => {
    assert.deepEqual(
      findings(template, options).map((line) => line.split(' ').at(-1)),
      [code],
    );
  });
}

test('AllowedValues of numbers may be texts, and NoEcho hides', () => {
  const [template, options] = p({ Type: 'Number', AllowedValues: ['1', '2'], NoEcho: 'true' }, '2');
  const goal = compiled(template, options);
  assert.deepEqual([goal.parameters, goal.hidden], [{ p: 2 }, ['p']]);
});

test('keys that CloudFormation templates bring along are passed over with a warning', () => {
  const template = t({ Resources: { a: { Type: 'Test::Thing', CreationPolicy: {} } }, Outputs: { o: { Value: 1, Export: {} } } });
  const compilation = compile(template);
  assert.ok(compilation.ok);
  assert.deepEqual(
    compilation.warnings.map(({ path }) => path),
    ['Resources.a.CreationPolicy', 'Outputs.o.Export'],
  );
});

test('AWS names conditions in a map, Heat alone: the hint says so', () => {
  const compilation = compile({
    AWSTemplateFormatVersion: '2010-09-09',
    Conditions: { A: { 'Fn::Equals': [1, 1] }, B: { 'Fn::Not': [{ Condition: 'A' }] } },
  });
  assert.ok(!compilation.ok);
  assert.deepEqual(
    compilation.diagnostics.map(({ code, hint }) => [code, hint]),
    [['HOT-CONDITION-VALUE', 'Heat takes the name alone: "A"']],
  );
});
