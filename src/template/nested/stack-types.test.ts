/** OS::Heat::Stack and AWS::CloudFormation::Stack: the same nested stacks, their template and parameters given by properties. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonMap } from '../../std/json.ts';
import { compileGoal } from '../compile.ts';
import { CATALOG, compile, compiled, type FixtureOptions, PSEUDO, scopeOf } from '../compile-fixture.ts';
import { definitionSha } from '../definition-sha.ts';
import { gatherReferences } from './gather-references.ts';
import { resolveStack } from './resolve-stack.ts';
import { tellStack } from './stack-attributes.ts';

const hot = (resources: JsonMap, more: JsonMap = {}): JsonMap => ({ heat_template_version: '2021-04-16', ...more, resources });
const thing = (value: Json): JsonMap => ({ type: 'Test::Thing', properties: { value } });
const stack = (template: Json, parameters?: Json, more: JsonMap = {}): JsonMap => ({
  type: 'OS::Heat::Stack',
  properties: { template, ...(parameters === undefined ? {} : { parameters }), ...more },
});
const cfn = (url: Json, parameters: JsonMap = {}): JsonMap => ({
  type: 'AWS::CloudFormation::Stack',
  properties: { TemplateURL: url, Parameters: parameters },
});

const CHILD = JSON.stringify(
  hot(
    { server: thing({ get_param: 'name' }), db: thing(1) },
    {
      parameters: { name: { type: 'string' }, count: { type: 'number', default: 1 } },
      outputs: { url: { value: { get_param: 'name' } }, size: { value: { get_param: 'count' } } },
    },
  ),
);
const files = { 'lib/child.yaml': CHILD };
const byFile: Json = { get_file: 'lib/child.yaml' };

const wrong = (resources: JsonMap, options: FixtureOptions = { files }): readonly string[] => {
  const compilation = compile(hot(resources), options);
  return compilation.ok
    ? []
    : compilation.diagnostics.map(({ code, file, path, message }) => `${code} ${file}#${path}: ${message}`);
};

test('a text is a template: counted, looked into, its digest part of the definition', () => {
  const goal = compiled(hot({ s: stack(byFile, { name: 'x' }) }), { files });
  const nested = goal.definitions.get('s')?.nested;
  assert.deepEqual([nested?.form, nested?.file, goal.treeSize], ['heat', 'lib/child.yaml', 3]);
  const inline = compiled(hot({ s: stack(CHILD, { name: 'x' }) }));
  assert.equal(inline.definitions.get('s')?.nested?.file, 't.yaml#s');
  const shaOf = (text: string) =>
    definitionSha(
      compiled(hot({ s: stack(byFile, { name: 'x' }) }), { files: { 'lib/child.yaml': text } }).definitions.get('s')!,
      Buffer.alloc(32),
    );
  assert.notEqual(shaOf(CHILD), shaOf(CHILD.replace('"count"', '"size"').replace('"count"', '"size"')));
});

test('what is wrong within is told in the file, or by the name of the resource for a text in line', () => {
  const broken = CHILD.replace('Test::Thing', 'Test::Thnig');
  assert.match(
    wrong({ s: stack(byFile, { name: 'x' }) }, { files: { 'lib/child.yaml': broken } })[0] ?? '',
    /^HOT-TYPE-UNKNOWN lib\/child.yaml#resources/,
  );
  assert.match(wrong({ s: stack(broken, { name: 'x' }) })[0] ?? '', /^HOT-TYPE-UNKNOWN t.yaml#s#resources/);
  const told = compile(hot({ s: stack(broken, { name: 'x' }) }));
  assert.match(told.ok ? '' : (told.diagnostics[0]?.source ?? ''), /Test::Thnig/, 'its line is shown, since no file has it');
  const parameters = { t: { type: 'string', hidden: true, default: broken } };
  const hidden = compile(hot({ s: stack({ get_param: 't' }, { name: 'x' }) }, { parameters }));
  assert.equal(hidden.ok ? '' : hidden.diagnostics[0]?.source, undefined, 'unless it came from elsewhere');
});

const WRONG: { readonly [name: string]: readonly [JsonMap, string] } = {
  'a parameter that is missing': [stack(byFile), 'PROP-MISSING t.yaml#resources.s.properties.parameters'],
  'no such parameter': [stack(byFile, { name: 'x', nmae: 'y' }), 'PROP-UNKNOWN t.yaml#resources.s.properties.parameters.nmae'],
  'a value of the wrong type': [
    stack(byFile, { name: 'x', count: 'y' }),
    'PROP-VALUE t.yaml#resources.s.properties.parameters.count',
  ],
  'no template': [stack('just a text'), 'DOC-NOT-A-MAP t.yaml#s#undefined'],
  'a template that waits for a resource': [
    stack({ get_attr: ['other', 'out'] }),
    'HOT-NESTED-OPEN t.yaml#resources.s.properties.template',
  ],
  'another region': [
    stack(byFile, { name: 'x' }, { context: { region_name: 'Two' } }),
    'HOT-NESTED-REMOTE t.yaml#resources.s.properties.context.region_name',
  ],
  'credentials of another cloud': [
    stack(byFile, { name: 'x' }, { context: { credential_secret_id: 'id' } }),
    'HOT-NESTED-REMOTE t.yaml#resources.s.properties.context.credential_secret_id',
  ],
  'a URL that nobody sent': [cfn('https://a.test/t.yaml'), 'HOT-NESTED-MISSING t.yaml#resources.s.properties.TemplateURL'],
};

for (const [name, [resource, expected]] of Object.entries(WRONG)) {
  test(`refused: ${name}`, () => {
    const found = wrong({ s: resource, other: thing(1) });
    assert.equal(found.length, 1, found.join('\n'));
    assert.equal(found[0]?.split(': ')[0], expected);
  });
}

test('a context that names nothing, or the region it is in, is none', () => {
  assert.deepEqual(wrong({ s: stack(byFile, { name: 'x' }, { context: { region_name: '', insecure: true } }) }), []);
  const documents = {
    template: {
      name: 't.yaml',
      text: JSON.stringify(hot({ s: stack(byFile, { name: 'x' }, { context: { region_name: 'One' } }) })),
    },
    files,
    environments: [],
    parameters: {},
  };
  assert.equal(compileGoal(documents, { catalog: CATALOG, pseudo: { ...PSEUDO, region: 'One' } }).ok, true);
});

test('where other Heats make stacks, what only they can know is left to them', () => {
  const resources = {
    far: stack(byFile, { name: 'x' }, { context: { region_name: 'Two' } }),
    late: stack({ get_attr: ['other', 'out'] }),
    fetched: cfn('https://a.test/t.yaml'),
    reader: thing({ get_attr: ['fetched', 'Outputs.x'] }),
    other: thing(1),
  };
  const documents = {
    template: { name: 't.yaml', text: JSON.stringify(hot(resources)) },
    files,
    environments: [],
    parameters: {},
  };
  assert.equal(compileGoal(documents, { catalog: { ...CATALOG, remoteStacks: true }, pseudo: PSEUDO }).ok, true);
});

const READS: readonly (readonly [reference: readonly Json[], message: string | null])[] = [
  [['s', 'outputs'], null],
  [['s', 'outputs', 'url'], null],
  [['s', 'stack_name'], null],
  [['s', 'show', 'id'], null],
  [['s', 'outputs', 'ulr'], 'the nested stack "s" has no output "ulr"'],
  [['s', 'resource.server'], 'OS::Heat::Stack has no attribute "resource.server"'],
  [['c', 'Outputs.url'], null],
  [['c', 'Outputs.ulr'], 'the nested stack "c" has no output "ulr"'],
  [['c', 'url'], 'a stack has no attribute "url"'],
];

for (const [reference, message] of READS) {
  test(`get_attr ${reference.join(' ')}`, () => {
    const resources = {
      s: stack(byFile, { name: 'x' }),
      c: cfn('lib/child.yaml', { name: 'x' }),
      t: thing({ get_attr: reference }),
    };
    const compilation = compile(hot(resources), { files });
    assert.deepEqual(compilation.ok ? [] : compilation.diagnostics.map((one) => one.message), message === null ? [] : [message]);
  });
}

test('a secret that goes in comes out as one, and only that', () => {
  const secret = { type: 'Test::Secret' };
  const secretOf = (reference: Json, parameters: Json = { name: { get_resource: 'secret' } }) =>
    compiled(hot({ secret, s: stack(byFile, parameters), t: thing(reference) }), { files }).definitions.get('t')?.secret;
  assert.equal(secretOf({ get_attr: ['s', 'outputs', 'url'] }), true);
  assert.equal(secretOf({ get_attr: ['s', 'outputs', 'size'] }), false);
  assert.equal(secretOf({ get_attr: ['s', 'outputs'] }), true);
  assert.equal(secretOf({ get_attr: ['s', 'show'] }), true);
  assert.equal(secretOf({ get_attr: ['s', 'stack_name'] }), false);
  assert.equal(secretOf({ get_resource: 's' }), false);
  const whole = { map_merge: [{ name: { get_resource: 'secret' } }] };
  assert.equal(secretOf({ get_attr: ['s', 'outputs', 'url'] }, whole), true);
});

test('its goal: the text, the parameters as values, the properties as they are recorded', () => {
  const goal = compiled(
    hot({ a: thing(1), s: stack(byFile, { name: { get_attr: ['a', 'out'] }, count: '3' }, { timeout: 5 }) }),
    { files },
  );
  const definition = goal.definitions.get('s')!;
  const use = definition.nested!;
  const resolved = resolveStack({ definition, use, files: {} }, scopeOf({ a: { attributes: { out: 'told' } } }));
  assert.ok(typeof resolved === 'object');
  assert.deepEqual([resolved.text, resolved.parameters], [CHILD, { name: 'told', count: 3 }]);
  assert.deepEqual(resolved.properties, { template: CHILD, timeout: 5, parameters: { name: 'told', count: 3 } });
  const whole = compiled(hot({ a: thing(1), s: stack(byFile, { map_merge: [{ get_attr: ['a', 'more'] }, { count: 2 }] }) }), {
    files,
  });
  const merged = whole.definitions.get('s')!;
  const later = resolveStack({ definition: merged, use, files: {} }, scopeOf({ a: { attributes: { more: { name: 'm' } } } }));
  assert.ok(typeof later === 'object');
  assert.deepEqual(later.parameters, { name: 'm', count: 2 });
});

test('AWS::CloudFormation::Stack gives an ARN and its outputs by name', () => {
  const facts = { uuid: 'u', name: 'n', tenant: 't', description: '', outputs: { url: 1 } };
  assert.deepEqual(tellStack('cloudformation', facts), {
    attributes: { 'Outputs.url': 1 },
    reference: 'arn:openstack:heat::t:stacks/n/u',
  });
});

test('clients send the files that such templates name, relative to them', () => {
  const inner = JSON.stringify(hot({ t: thing({ get_file: 'run.sh' }), c: cfn('deep/c.template') }));
  const disk: { readonly [name: string]: string } = { 'lib/child.yaml': inner, 'lib/run.sh': 'x', 'lib/deep/c.template': '{}' };
  const found = gatherReferences([{ name: 't.yaml', text: JSON.stringify(hot({ s: stack(byFile) })) }], (name) => disk[name]);
  assert.deepEqual(found, disk);
});

test('a circle is found where the template is given', () => {
  const loop = JSON.stringify(hot({ again: stack({ get_file: 'loop.yaml' }) }));
  assert.deepEqual(wrong({ s: stack({ get_file: 'loop.yaml' }) }, { files: { 'loop.yaml': loop } }), [
    'HOT-NESTED-CYCLE loop.yaml#resources.again.properties.template: templates contain each other in a circle: loop.yaml → loop.yaml',
  ]);
});
