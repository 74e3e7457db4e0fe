/** The JSON schema of HOT: it knows every type, version, key and function, and its references lead somewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { CATALOG } from '../compile-fixture.ts';
import { loadHeatCatalog } from '../heat-types/load-heat-catalog.ts';
import { HOT_KEYS } from '../template-keys.ts';
import { hotSchema } from './hot-schema.ts';

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
