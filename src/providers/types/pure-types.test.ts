import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonMap } from '../../std/json.ts';
import { builtinTypes, pureTypes } from '../builtin.ts';
import { assertConforms, openBench, settle, withDefaults } from '../testing.ts';
import { delay } from './delay.ts';
import { none } from './none.ts';
import { randomString } from './random-string.ts';
import { testResource } from './test-resource.ts';
import { value } from './value.ts';

describe('the pure types', () => {
  const specimens = [
    { type: testResource, properties: { value: 'a', wait_secs: 3 }, changed: { value: 'b', wait_secs: 3 } },
    { type: randomString, properties: { length: 8 } },
    { type: value, properties: { value: [1] }, changed: { value: { a: 1 } } },
    { type: none, properties: { any: 1 }, changed: { any: 2 } },
    { type: delay, properties: { min_wait: 5, max_jitter: 3, actions: ['CREATE', 'DELETE'] }, changed: { min_wait: 6 } },
  ];
  for (const { type, ...specimen } of specimens) {
    it(`${type.name} conforms`, () => assertConforms(type, specimen));
  }

  it('are all that a server may offer to strangers', () => {
    assert.deepEqual(builtinTypes({ allowLocal: false }), pureTypes);
    assert.ok(pureTypes.every((type) => !type.facts.effects));
  });
});

describe('OS::Heat::TestResource', () => {
  const filled = (given: JsonMap) => withDefaults(testResource.properties, given);

  it('waits as told, from its own action first', async () => {
    const bench = openBench(testResource);
    const kept = bench.newObject();
    const properties = filled({ wait_secs: 100, action_wait_secs: { create: 2, update: 0 } });
    const start = bench.environment.now();
    settle(kept, properties, await bench.create(kept, properties));
    assert.equal(bench.environment.now() - start, 2000);
    await bench.update(kept, properties);
    assert.equal(bench.environment.now() - start, 2000);
    await bench.delete(kept, properties);
    assert.equal(bench.environment.now() - start, 102_000);
  });

  it('keeps to the end that its first call fixed', async () => {
    const bench = openBench(testResource);
    const kept = bench.newObject();
    const properties = filled({ wait_secs: 10 });
    const first = await testResource.create(bench.call(kept, properties));
    assert.ok(first.kind === 'ask-again' && first.afterMs === 10_000);
    kept.progress = first.progress;
    await bench.environment.advance(4000);
    const second = await testResource.create(bench.call(kept, properties));
    assert.ok(second.kind === 'ask-again' && second.afterMs === 6000);
  });

  it('never ends when the wait is negative', async () => {
    const bench = openBench(testResource);
    const kept = bench.newObject();
    for (let n = 0; n < 3; n++) {
      const outcome = await testResource.create(bench.call(kept, filled({ wait_secs: -1 })));
      assert.equal(outcome.kind, 'ask-again');
      await bench.environment.advance(1e9);
    }
  });

  it('fails after its wait, but not on delete', async () => {
    const bench = openBench(testResource, { resourceName: 'fish' });
    const kept = bench.newObject();
    const properties = filled({ fail: true, wait_secs: 5 });
    const start = bench.environment.now();
    const failure = { message: 'Test Resource failed fish', retry: 'never', changed: false };
    await assert.rejects(bench.create(kept, properties), failure);
    assert.equal(bench.environment.now() - start, 5000);
    await assert.rejects(bench.update(kept, properties), failure);
    assert.deepEqual(await bench.delete(kept, properties), { kind: 'deleted' });
  });

  it('is replaced when the value changes and the new update_replace is true', () => {
    const reason = (previous: JsonMap, desired: JsonMap) =>
      testResource.replaceReason?.(filled(previous), filled(desired)) ?? null;
    assert.equal(reason({ value: 'a' }, { value: 'b' }), null);
    assert.equal(reason({ value: 'a', update_replace: true }, { value: 'b' }), null);
    assert.equal(reason({ value: 'a' }, { value: 'a', update_replace: true }), null);
    assert.match(reason({ value: 'a' }, { value: 'b', update_replace: true }) ?? '', /value changed/);
  });
});

describe('OS::Heat::RandomString', () => {
  async function generated(given: JsonMap): Promise<string> {
    const bench = openBench(randomString);
    const outcome = await bench.create(bench.newObject(), withDefaults(randomString.properties, given));
    assert.ok(outcome.kind === 'done');
    assert.equal(outcome.reference, outcome.attributes?.['value']);
    return outcome.attributes?.['value'] as string;
  }
  const table: { name: string; given: JsonMap; pattern: RegExp }[] = [
    { name: 'defaults', given: {}, pattern: /^[a-zA-Z0-9]{32}$/ },
    { name: 'length', given: { length: 512 }, pattern: /^[a-zA-Z0-9]{512}$/ },
    { name: 'a class', given: { length: 40, character_classes: [{ class: 'octdigits' }] }, pattern: /^[0-7]{40}$/ },
    { name: 'the old sequence', given: { sequence: 'hexdigits' }, pattern: /^[0-9a-fA-F]{32}$/ },
    {
      name: 'minimums',
      given: { length: 6, character_classes: [{ class: 'digits', min: 4 }], character_sequences: [{ sequence: '_-', min: 2 }] },
      pattern: /^(?=(.*\d){4})(?=(.*[_-]){2}).{6}$/,
    },
  ];
  for (const { name, given, pattern } of table) {
    it(name, async () => assert.match(await generated(given), pattern));
  }

  it('refuses minimums above the length, and empty sequences', () => {
    const validate = (given: JsonMap) => randomString.validate?.(given) ?? [];
    assert.equal(validate({ length: 3, character_classes: [{ class: 'digits', min: 4 }] }).length, 1);
    assert.equal(validate({ character_sequences: [{ sequence: '' }] }).length, 1);
    assert.deepEqual(validate({}), []);
  });

  it('keeps its value and its reference secret', () => {
    assert.equal(randomString.sensitiveReference, true);
    assert.equal(randomString.facts.sensitiveReference, true);
    assert.equal(randomString.attributes['value']?.sensitive, true);
  });
});

describe('OS::Heat::Value', () => {
  const table = [
    { type: undefined, given: [1], gives: [1] },
    { type: 'string', given: 3, gives: '3' },
    { type: 'string', given: true, gives: 'True' },
    { type: 'string', given: 2.5, gives: undefined },
    { type: 'string', given: { a: 1 }, gives: undefined },
    { type: 'string', given: null, gives: '' },
    { type: 'number', given: '2.5', gives: 2.5 },
    { type: 'number', given: 'x', gives: undefined },
    { type: 'number', given: true, gives: 1 },
    { type: 'boolean', given: 'True', gives: true },
    { type: 'boolean', given: 'yes', gives: undefined },
    { type: 'boolean', given: null, gives: false },
    { type: 'comma_delimited_list', given: ['a', 1], gives: ['a', 1] },
    { type: 'comma_delimited_list', given: 'a, b', gives: undefined },
    { type: 'json', given: { a: [1] }, gives: { a: [1] } },
    { type: 'json', given: '{"a":[1]}', gives: undefined },
    { type: undefined, given: null, gives: null },
  ] as const;
  for (const { type, given, gives } of table) {
    it(`${JSON.stringify(given)} as ${type}`, async () => {
      const bench = openBench(value);
      const properties = (type === undefined ? { value: given } : { value: given, type }) as JsonMap;
      if (gives === undefined) {
        assert.equal(value.validate?.(properties).length, 1);
        await assert.rejects(bench.create(bench.newObject(), properties), { retry: 'never', changed: false });
      } else {
        const outcome = await bench.create(bench.newObject(), properties);
        assert.ok(outcome.kind === 'done');
        assert.deepEqual(outcome.attributes?.['value'], gives);
      }
    });
  }
});

describe('OS::Heat::Delay', () => {
  it('draws its wait once and keeps it', async () => {
    const bench = openBench(delay);
    const properties = withDefaults(delay.properties, { min_wait: 10, max_jitter: 5, jitter_multiplier: 2 });
    for (let n = 0; n < 20; n++) {
      const start = bench.environment.now();
      await bench.create(bench.newObject(), properties);
      const waited = bench.environment.now() - start;
      assert.ok(waited >= 10_000 && waited <= 20_000, `${waited} ms`);
    }
  });
});
