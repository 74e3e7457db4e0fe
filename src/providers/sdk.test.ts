import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from './registry.ts';
import { askAgain, defineProvider, defineResource, done, fail, type ResourceType, replaceMe, retryLater } from './sdk.ts';
import { openBench } from './testing.ts';

const minimal = (type: string): ResourceType => defineResource({ type, create: () => ({ physicalId: 'x' }) });

describe('defineResource', () => {
  it('fills in defaults and freezes', () => {
    const type = minimal('A::B::C');
    assert.deepEqual(type.facts, {
      effects: true,
      replace: 'create-first',
      interruptible: false,
      updatesSuspended: true,
      idempotent: false,
      halfMade: 'replace',
      hostBound: false,
      schemaVersion: 1,
      timeoutMs: null,
      provider: 'A::B',
      sensitiveReference: false,
    });
    assert.ok(Object.isFrozen(type) && Object.isFrozen(type.facts) && Object.isFrozen(type.properties));
    assert.equal(type.find, undefined);
    assert.equal('delete' in type, false);
  });

  it('gives properties and attributes their types', async () => {
    const type = defineResource({
      type: 'A::B::C',
      properties: {
        name: { type: 'string', required: true },
        size: { type: 'integer', default: 3, update: 'in-place' },
        tags: { type: 'list', items: { type: 'string' } },
        nested: { type: 'map', default: {}, properties: { on: { type: 'boolean', default: true }, rate: { type: 'number' } } },
        anything: { type: 'any' },
      },
      attributes: { length: { type: 'integer' } },
      create(call) {
        const name: string = call.properties.name;
        const size: number = call.properties.size;
        const tags: readonly string[] | undefined = call.properties.tags;
        const on: boolean = call.properties.nested.on;
        const rate: number | undefined = call.properties.nested.rate;
        // @ts-expect-error there is no such property
        void call.properties.nothing;
        // @ts-expect-error tags may be missing
        void call.properties.tags.length;
        return { physicalId: `${name}${size}${tags?.length}${on}${rate}`, attributes: { length: name.length } };
      },
      // @ts-expect-error there is no such attribute
      update: (call) => done({ physicalId: call.physicalId ?? '', attributes: { width: 1 } }),
      matches: (observed, desired) => observed.size === desired.size,
    });
    const bench = openBench(type);
    const outcome = await bench.create(bench.newObject(), { name: 'ab', size: 4, tags: [], nested: { on: false } });
    assert.deepEqual(outcome, { kind: 'done', physicalId: 'ab40falseundefined', attributes: { length: 2 } });
  });

  it('says everything that is wrong with a spec at once', () => {
    const define = defineResource as unknown as (spec: unknown) => unknown;
    const spec = {
      type: 'nope',
      sise: 1,
      timeout: -1,
      replace: 'sometimes',
      schemaVersion: 2,
      find: 'x',
      properties: {
        a: { type: 'text' },
        b: { type: 'string', required: true, default: '' },
        c: { type: 'integer', default: 1.5, update: 'in-place' },
        d: { type: 'list', items: { type: 'map', properties: { e: { type: 'string', constraints: [{}] } } } },
      },
      attributes: { f: {} },
    };
    assert.throws(
      () => define(spec),
      (error: Error) => {
        for (const part of [
          "'sise' is not known",
          'type must be a name like',
          'create is required',
          'find must be a function',
          'timeout must be',
          "replace must be 'create-first' or 'delete-first'",
          'schemaVersion above 1 needs migrate',
          "these properties say update: 'in-place': c",
          'properties.a.type must be one of',
          'properties.b is required and has a default',
          'properties.c.default is not of type integer',
          'properties.d.items.properties.e.constraints[0] must have exactly one of',
          'attributes.f.type must be one of',
        ]) {
          assert.ok(error.message.includes(part), `${part} in\n${error.message}`);
        }
        return true;
      },
    );
  });

  it('turns a plain delete into deleted, and an object into done', async () => {
    const type = defineResource({ type: 'A::B::C', create: () => ({ physicalId: '1' }), delete: () => {} });
    const bench = openBench(type);
    const kept = bench.newObject();
    assert.deepEqual(await bench.create(kept, {}), { kind: 'done', physicalId: '1' });
    assert.deepEqual(await bench.delete(kept, {}), { kind: 'deleted' });
  });

  it('gives calls the settings of its provider', async () => {
    const cloud = defineProvider({
      name: 'Cloud',
      settings: { url: { type: 'string', required: true }, key: { type: 'string', sensitive: true, default: 'k' } },
      configure: (settings) => ({ client: `${settings.url}#${settings.key}` }),
    });
    const type = defineResource({
      type: 'A::B::C',
      provider: cloud,
      create: (call) => ({ physicalId: call.settings.client }),
    });
    assert.equal(type.facts.provider, 'Cloud');
    assert.deepEqual(type.settings, cloud.settings);
    const bench = openBench(type, { settings: { url: 'u' } });
    assert.deepEqual(await bench.create(bench.newObject(), {}), { kind: 'done', physicalId: 'u#k' });
  });
});

describe('outcomes and failures', () => {
  it('have the forms of the port', () => {
    assert.deepEqual(askAgain(1.5, { n: 1 }, { reason: 'slow' }), {
      kind: 'ask-again',
      afterMs: 1500,
      progress: { n: 1 },
      reason: 'slow',
    });
    assert.deepEqual(replaceMe('why'), { kind: 'replace-me', reason: 'why' });
    assert.deepEqual(done({ physicalId: '1' }), { kind: 'done', physicalId: '1' });
    const later = retryLater('busy', { afterSeconds: 2, changed: false });
    assert.deepEqual([later.retry, later.afterMs, later.changed], ['later', 2000, false]);
    const final = fail('no');
    assert.deepEqual([final.retry, final.afterMs, final.changed], ['never', null, null]);
  });
});

describe('createRegistry', () => {
  it('finds types by name, and lists names in order', () => {
    const registry = createRegistry([minimal('B::B::B'), minimal('A::A::A')]);
    assert.deepEqual(registry.names, ['A::A::A', 'B::B::B']);
    assert.equal(registry.findType('A::A::A')?.name, 'A::A::A');
    assert.equal(registry.findType('constructor'), undefined);
  });

  it('refuses two types of one name', () => {
    assert.throws(() => createRegistry([minimal('A::A::A'), minimal('A::A::A')]), /more than one resource type is named A::A::A/);
  });
});
