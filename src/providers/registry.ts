/** The types that one engine offers, by name. Nothing is added after it is made, so that every part of a process sees the same ones. */
import type { ResourceType, TypeRegistry } from '../engine/ports/provider.ts';
import type { TypeCatalog } from '../template/property-schema.ts';

/** Both what the engine calls and what the template room validates by. Throws when two types have one name. */
export function createRegistry(types: readonly ResourceType[]): TypeRegistry & TypeCatalog {
  const byName = new Map<string, ResourceType>();
  const doubled = new Set<string>();
  for (const type of types) {
    if (byName.has(type.name)) doubled.add(type.name);
    byName.set(type.name, type);
  }
  if (doubled.size > 0) throw new TypeError(`more than one resource type is named ${[...doubled].sort().join(', ')}`);
  return Object.freeze({
    findType: (name: string) => byName.get(name),
    names: Object.freeze([...byName.keys()].sort()),
  });
}
