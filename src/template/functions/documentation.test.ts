/** The examples of docs/language/functions.md, and that it has every function with the version that brought it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { compileGoal } from '../compile.ts';
import { CATALOG } from '../compile-fixture.ts';
import { evaluate } from '../evaluate.ts';
import type { Outputs } from '../expression.ts';
import { findLanguage, VERSIONS } from '../language.ts';
import { parseDocument } from '../parse-document.ts';
import type { TypeCatalog, TypeSchema } from '../property-schema.ts';

const NEWEST = '2021-04-16';
const page = readFileSync(join(import.meta.dirname, '../../../docs/language/functions.md'), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = ''], i) => {
  const { value, findings } = parseDocument({ name: `block ${i}`, text });
  assert.deepEqual(findings, []);
  return value ?? null;
});

interface Given {
  readonly parameters: JsonMap;
  readonly conditions: JsonMap;
  readonly files: { readonly [name: string]: string };
  readonly outputs_of_a_resource: { readonly [name: string]: Partial<Outputs> };
}

const given = (blocks.find((block) => isMap(block)) as unknown as { given: Given }).given;
const examples = blocks.filter(Array.isArray).flat() as unknown as readonly Example[];

interface Example {
  readonly value: Json;
  readonly version?: string;
  readonly gives?: Json;
  readonly refused?: string;
}

const VALUE: TypeSchema = {
  name: 'OS::Heat::Value',
  properties: { value: { type: 'any' } },
  attributes: { value: { type: 'any' } },
};
const catalog: TypeCatalog = { names: [VALUE.name], findType: (name) => (name === VALUE.name ? VALUE : CATALOG.findType(name)) };

function run({ value, version = NEWEST, gives, refused }: Example): void {
  const template = {
    heat_template_version: version,
    parameters: given.parameters,
    ...(version >= '2016-10-14' ? { conditions: given.conditions } : {}),
    resources: { server: { type: VALUE.name }, example: { type: VALUE.name, properties: { value } } },
  };
  const documents = {
    template: { name: 't.json', text: JSON.stringify(template) },
    files: given.files,
    environments: [],
    parameters: {},
  };
  const pseudo = { stackId: 'id', stackName: 'demo', projectId: 'p' };
  const compilation = compileGoal(documents, { catalog, pseudo });
  const label = JSON.stringify([version, value]);
  if (refused !== undefined) {
    assert.deepEqual(compilation.ok ? 'accepted' : compilation.diagnostics[0]?.code, refused, label);
    return;
  }
  assert.ok(compilation.ok, `${label} ${JSON.stringify(compilation)}`);
  const outputs: { readonly [name: string]: Outputs } = Object.fromEntries(
    Object.entries(given.outputs_of_a_resource).map(([name, one]) => [
      name,
      { reference: null, attributes: {}, secret: [], ...one },
    ]),
  );
  const expression = compilation.goal.definitions.get('example')?.properties['value'] ?? null;
  assert.deepEqual(evaluate(expression, { findOutputs: (name) => outputs[name] }).value, gives ?? null, label);
}

test('every example gives what it says', () => {
  assert.ok(examples.length > 70, `${examples.length} examples`);
  for (const example of examples) run(example);
});

test('every function has a section with examples, and the version that brought it', () => {
  const { functions } = findLanguage(NEWEST)!;
  for (const [name, { kind }] of functions) {
    if (kind !== 'function') continue;
    const since = VERSIONS.find(({ version }) => findLanguage(version)!.functions.get(name)?.kind === 'function')!.version;
    assert.match(page, new RegExp(`^## ${name}\n\nFrom ${since}: .*?\`\`\`yaml\n- `, 'ms'), name);
    assert.ok(page.includes(`| [\`${name}\`](#${name}) | ${since} |`), name);
  }
});
