/** The kit's own test: types that are broken on purpose, each of which it must catch by the rule meant for it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineResource, type ResourceType } from './sdk.ts';
import { assertConforms, checkResource } from './testing.ts';

interface Made {
  readonly id: string;
  readonly token: string;
  size: number;
}

/** A provider in memory; `break` says how its type misbehaves. */
function openMemory(broken: string): { type: ResourceType; inventory: () => string[] } {
  const objects = new Map<string, Made>();
  let next = 1;
  const byToken = (token: string) => [...objects.values()].find((object) => object.token === token);
  const type = defineResource({
    type: 'Memory::A::Thing',
    idempotent: true,
    interruptible: true,
    properties: { size: { type: 'integer', default: 1, update: 'in-place' } },
    attributes: { size: { type: 'integer' } },
    identity: () => (broken === 'identity' ? String(next++) : null),
    validate: () => (broken === 'validate' ? ['no'] : []),
    async create(call) {
      const known = broken === 'token' ? undefined : byToken(call.token);
      const object = known ?? { id: `id-${next++}`, token: call.token, size: call.properties.size };
      objects.set(object.id, object);
      await call.saveProgress({ physicalId: broken === 'early id' ? 'other' : object.id });
      if (broken === 'attributes') return { physicalId: object.id, attributes: { width: 1 } as unknown as { size: number } };
      return { physicalId: object.id, attributes: { size: object.size } };
    },
    async find(call) {
      const object = broken === 'find any' ? [...objects.values()][0] : byToken(call.token);
      if (!object || broken === 'find none') return { presence: 'absent' };
      return { presence: 'present', physicalId: object.id };
    },
    async read(call) {
      const object = objects.get(call.physicalId ?? '');
      if (!object && broken !== 'read gone') return { presence: 'absent' };
      return { presence: 'present', physicalId: call.physicalId ?? '', properties: { size: object?.size ?? 0 } };
    },
    async update(call) {
      const object = objects.get(call.physicalId ?? '');
      if (object && broken !== 'update') object.size = call.properties.size;
      return { physicalId: call.physicalId ?? '' };
    },
    async delete(call) {
      if (broken === 'delete') return;
      if (!objects.delete(call.physicalId ?? '') && broken === 'delete twice') throw new Error('no such thing');
    },
    matches: (observed, desired) => (broken === 'matches' ? false : observed.size === desired.size),
  });
  return { type, inventory: () => [...objects.keys()] };
}

describe('the conformance kit', () => {
  const specimen = { properties: { size: 1 }, changed: { size: 2 } };

  it('finds nothing wrong with a good type', async () => {
    const { type, inventory } = openMemory('not at all');
    await assertConforms(type, { ...specimen, inventory });
    assert.ok((await checkResource(type, { ...specimen, inventory })).length >= 15);
  });

  const table = {
    identity: 'identity is stable',
    validate: 'validate accepts good properties',
    token: 'the same token makes one object',
    'early id': 'an id stored early is the final one',
    attributes: 'create makes it',
    'find any': 'find says absent for a token nobody used',
    'find none': 'find sees it after a lost answer',
    'read gone': 'read after delete says absent',
    update: 'read after update sees what is wanted',
    delete: 'delete removes it',
    'delete twice': 'deleting what is gone is a success',
    matches: 'read after create sees what is wanted',
  };
  for (const [broken, rule] of Object.entries(table)) {
    it(`catches a type that breaks: ${rule}`, async () => {
      const { type, inventory } = openMemory(broken);
      const results = await checkResource(type, { ...specimen, inventory });
      assert.ok(
        results.some((result) => result.rule === rule && !result.ok),
        JSON.stringify(results, null, 1),
      );
    });
  }

  it('catches what find overlooks after a cut', async () => {
    const { type, inventory } = openMemory('find none');
    const results = await checkResource(type, { ...specimen, inventory });
    assert.ok(results.some((result) => result.rule === 'what a cut create left is found' && !result.ok));
  });

  it('names the type and every broken rule', async () => {
    const { type, inventory } = openMemory('delete');
    await assert.rejects(assertConforms(type, { ...specimen, inventory }), /Memory::A::Thing breaks \d+ rules:\n {2}- /);
  });
});
