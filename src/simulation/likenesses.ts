/**
 * Types whose schema alone is known, such as those of OpenStack Heat, as types that a simulation can work with: twin-types.ts makes twins of them.
 *
 * They can what an API of a cloud can: an object is looked for by the name it was given, read, deleted, and updated where the schema says so of
 * any property; it takes no token, and what is found half made is replaced, as Heat does. Nothing here is ever called.
 */
import type { ResourceType, TypeRegistry } from '../engine/ports/provider.ts';
import { assert } from '../std/assert.ts';
import type { TypeCatalog, TypeSchema } from '../template/property-schema.ts';

/** Those of `offered` as they are, those that only `catalog` has as likenesses. Stacks elsewhere are taken for none: they can't be walked in. */
export function withLikenesses(offered: TypeRegistry, catalog: TypeCatalog): TypeRegistry & TypeCatalog {
  const made = new Map<string, ResourceType>();
  return {
    names: catalog.names,
    heatTypes: catalog.heatTypes === true,
    findType(name) {
      const known = offered.findType(name) ?? made.get(name);
      if (known !== undefined) return known;
      const schema = catalog.findType(name);
      if (schema === undefined) return undefined;
      const likeness = likenessOf(name, schema);
      made.set(name, likeness);
      return likeness;
    },
  };
}

/** `name`: as templates write it, which may be an older one. */
function likenessOf(name: string, schema: TypeSchema): ResourceType {
  const updates = Object.values(schema.properties).some(({ update }) => update === 'in-place');
  return {
    ...schema,
    name,
    description: '',
    facts: {
      effects: true,
      replace: 'create-first',
      interruptible: false,
      updatesSuspended: true,
      idempotent: false,
      halfMade: 'replace',
      hostBound: false,
      schemaVersion: 1,
      timeoutMs: 120_000,
      provider: 'heat',
      sensitiveReference: false,
    },
    create: neverCalled,
    find: neverCalled,
    read: neverCalled,
    delete: neverCalled,
    ...(updates ? { update: neverCalled } : {}),
  };
}

const neverCalled = (): Promise<never> => {
  assert(false, 'a likeness is called');
};
