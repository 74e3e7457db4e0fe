/** Canonical JSON, as laws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, type Json, sameJson } from './json.ts';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

test('the canonical text says the value, the whole value and nothing else', () => {
  fc.assert(fc.property(json, (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))));
});

test('equal values have equal texts, different ones different texts', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      assert.equal(sameJson(a, structuredClone(a)), true);
      const [x, y] = [a, b].map((value) => JSON.parse(JSON.stringify(value)) as Json);
      let equal = true;
      try {
        assert.deepStrictEqual(x, y);
      } catch {
        equal = false;
      }
      assert.equal(sameJson(x!, y!), equal);
    }),
  );
});

test('what JSON has no form for is refused, and what JSON.stringify leaves out is left out', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1])
    assert.throws(() => canonicalJson(value as Json), TypeError);
  assert.equal(canonicalJson({ b: undefined, a: 1 } as unknown as Json), '{"a":1}');
});
