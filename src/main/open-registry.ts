/** The types that one process offers: those that come with Setpoint and an operator's own. */
import type { ResourceType, TypeRegistry } from '../engine/ports/provider.ts';
import { builtinTypes } from '../providers/builtin.ts';
import { createRegistry } from '../providers/registry.ts';
import type { TypeCatalog } from '../template/property-schema.ts';

export function openRegistry(allowLocal: boolean, types: readonly ResourceType[] = []): TypeRegistry & TypeCatalog {
  return createRegistry([...builtinTypes({ allowLocal }), ...types]);
}
