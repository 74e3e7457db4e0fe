/** What a definition's digest covers, as laws: everything that makes an object what it is, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, type Json, type JsonMap } from '../std/json.ts';
import type { Definition } from './definition.ts';
import { definitionSha } from './definition-sha.ts';

const key = new Uint8Array(32).fill(1);
const otherKey = new Uint8Array(32).fill(2);

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const words = fc.constantFrom('a', 'b', 'c', 'd', 'e f', 'ü', '"', '');
const properties = fc.dictionary(words, json, { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<JsonMap>;

const definitions: fc.Arbitrary<Definition> = fc.record({
  type: fc.constantFrom('OS::Heat::Value', 'Test::Thing', '"'),
  properties,
  metadata: json,
  deletionPolicy: fc.constantFrom('delete', 'retain', 'snapshot'),
  updatePolicy: json,
  requires: fc.uniqueArray(words, { maxLength: 4 }).map((names) => names.sort()),
  description: words,
  externalId: fc.option(words),
  provider: fc.option(words),
  secret: fc.boolean(),
  secretTexts: fc.array(words, { maxLength: 2 }),
}) as unknown as fc.Arbitrary<Definition>;

/** The same value, its keys in another order, all the way down. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, turned(inner as Json)]),
  );
}

test('the order of keys makes no difference, in a definition or anywhere in it', () => {
  fc.assert(
    fc.property(definitions, (definition) => {
      const other = turned(definition as unknown as Json) as unknown as Definition;
      assert.equal(definitionSha(other, key), definitionSha(definition, key));
    }),
  );
});

test('descriptions, and texts kept for redaction, make no difference', () => {
  fc.assert(
    fc.property(definitions, words, fc.array(words), (definition, description, secretTexts) => {
      assert.equal(definitionSha({ ...definition, description, secretTexts }, key), definitionSha(definition, key));
    }),
  );
});

/** All that the digest must cover. */
const covered = (definition: Definition): Json => {
  const { description: _, secretTexts: __, secret, ...rest } = definition;
  return [secret, rest as unknown as Json];
};

test('two definitions have one digest exactly when they are the same in all that counts', () => {
  fc.assert(
    fc.property(definitions, definitions, (one, other) => {
      const same = canonicalJson(covered(one)) === canonicalJson(covered(other));
      assert.equal(definitionSha(one, key) === definitionSha(other, key), same);
    }),
    { numRuns: 500 },
  );
});

const replacements: readonly ((definition: Definition) => Definition)[] = [
  (d) => ({ ...d, type: `${d.type}x` }),
  (d) => ({ ...d, properties: { ...d.properties, more: 1 } }),
  (d) => ({ ...d, metadata: [d.metadata] as Definition['metadata'] }),
  (d) => ({ ...d, deletionPolicy: d.deletionPolicy === 'delete' ? 'retain' : 'delete' }),
  (d) => ({ ...d, updatePolicy: [d.updatePolicy] as Definition['updatePolicy'] }),
  (d) => ({ ...d, requires: [...d.requires, 'zz'] }),
  (d) => ({ ...d, externalId: `${d.externalId ?? ''}x` }),
  (d) => ({ ...d, provider: `${d.provider ?? ''}x` }),
  (d) => ({ ...d, secret: !d.secret }),
  (d) => ({ ...d, nested: { file: 'f', without: [], hidden: [], sha: 's' } }),
];

test('whatever part is changed, the digest is another', () => {
  fc.assert(
    fc.property(definitions, fc.constantFrom(...replacements), (definition, change) => {
      assert.notEqual(definitionSha(change(definition), key), definitionSha(definition, key));
    }),
  );
});

test('the digest of a secret is keyed, so that a dump confirms no guess; any other is the same everywhere', () => {
  fc.assert(
    fc.property(definitions, (definition) => {
      const [here, elsewhere] = [definitionSha(definition, key), definitionSha(definition, otherKey)];
      assert.equal(here === elsewhere, !definition.secret);
      assert.match(here, definition.secret ? /^k1-/ : /^s1-/);
    }),
  );
});
