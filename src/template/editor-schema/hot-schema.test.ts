/** The JSON schema of HOT: it knows every type, version, key and function, and its references lead somewhere. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openRegistry } from '../../main/open-registry.ts';
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { CATALOG } from '../compile-fixture.ts';
import { loadHeatCatalog } from '../heat-types/load-heat-catalog.ts';
import { findLanguage, VERSIONS } from '../language.ts';
import { parseDocument } from '../parse-document.ts';
import { HOT_KEYS } from '../template-keys.ts';
import { hotSchema } from './hot-schema.ts';
import { violations } from './json-schema-fixture.ts';

const schema = hotSchema(CATALOG) as { readonly [key: string]: never } & JsonMap;
const at = (...path: string[]): Json => path.reduce<Json>((value, key) => (isMap(value) ? (value[key] ?? null) : null), schema);

test('it has the sections and keys that the language has', () => {
  const sections = Object.values(HOT_KEYS.sections).filter((key) => key !== null);
  assert.deepEqual(Object.keys(at('properties') as JsonMap).sort(), ['heat_template_version', ...sections].sort());
  assert.deepEqual(
    Object.keys(at('definitions', 'resource', 'properties') as JsonMap).sort(),
    Object.values(HOT_KEYS.resource)
      .filter((key) => key !== null)
      .sort(),
  );
  assert.ok((at('properties', 'heat_template_version', 'enum') as readonly Json[]).includes('wallaby'));
  assert.ok('list_concat_unique' in (at('definitions', 'function', 'properties') as JsonMap));
});

test('each type has a rule for its properties, and no other', () => {
  const rules = at('definitions', 'resource', 'allOf') as readonly JsonMap[];
  assert.equal(rules.length, CATALOG.names.length);
  const thing = JSON.stringify(rules[0]);
  assert.match(thing, /"const":"Test::Thing"/);
  assert.match(thing, /"additionalProperties":false/);
  const needy = JSON.stringify(rules[1]);
  assert.match(needy, /"required":\["name"\]/);
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/(\w+)"/g)].map(([, name]) => name!);
  for (const name of new Set(references)) assert.ok(isMap(at('definitions', name)), name);
});

test('it can be made of Heat’s types, too', async () => {
  const heat = await loadHeatCatalog(CATALOG);
  assert.ok(heat.names.length > 160);
  const text = JSON.stringify(hotSchema(heat));
  assert.match(text, /"const":"OS::Nova::Server"/);
  assert.equal(heat.findType('OS::Nova::Sevrer'), undefined);
});

const EXAMPLES = new URL('../../../examples/', import.meta.url);

/** Every template among the examples, as a YAML language server sees it. */
function exampleTemplates(): readonly (readonly [name: string, template: JsonMap])[] {
  const names = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  return names.flatMap((name) => {
    const { value } = parseDocument({ name, text: readFileSync(new URL(name, EXAMPLES), 'utf8') });
    return isMap(value) && Object.hasOwn(value, 'heat_template_version') ? [[name, value] as const] : [];
  });
}

test('nothing is wrong with the examples, but where something is meant to be', async () => {
  const examples = exampleTemplates();
  assert.ok(examples.length > 30);
  const heat = hotSchema(await loadHeatCatalog(openRegistry(true)));
  const wrong = examples.filter(([, template]) => violations(heat, template, heat).length > 0).map(([name]) => name);
  assert.deepEqual(wrong, ['broken-template/stack.yaml']);
});

test('a function may stand for any value: every function of every version, for every property of every type', async () => {
  const catalog = await loadHeatCatalog(openRegistry(true));
  const heat = hotSchema(catalog);
  const functions = VERSIONS.flatMap(({ version }) => [...findLanguage(version)!.functions.keys()]);
  const call = (i: number): Json => ({ [functions[i % functions.length]!]: ['x'] });
  for (const name of catalog.names) {
    const keys = Object.keys(catalog.findType(name)!.properties);
    const properties = Object.fromEntries(keys.map((key, i) => [key, call(i)]));
    const template = { heat_template_version: 'wallaby', resources: { r: { type: name, properties } } };
    assert.deepEqual(violations(heat, template, heat), [], name);
  }
  const output = (i: number): JsonMap => ({ outputs: { o: { value: call(i) } } });
  for (const i of functions.keys())
    assert.deepEqual(violations(heat, { heat_template_version: 'rocky', ...output(i) }, heat), []);
});

const WRONG: { readonly [what: string]: JsonMap } = {
  'a key of resources': { type: 'Test::Thing', dependson: 'x' },
  'no such type': { type: 'Test Thing' },
  'no such property': { type: 'Test::Thing', properties: { sise: 1 } },
  'a value of the wrong type': { type: 'Test::Thing', properties: { disk: 5 } },
  'a property that is missing': { type: 'Test::Needy' },
  'an unknown policy': { type: 'Test::Thing', deletion_policy: 'keep' },
};

for (const [what, resource] of Object.entries(WRONG)) {
  test(`it sees: ${what}`, () => {
    assert.notDeepEqual(violations(schema, { heat_template_version: 'rocky', resources: { r: resource } }, schema), []);
  });
}
