/** Heat's types, read when they are asked for only: there are many of them. */
import { assert } from '../../std/assert.ts';
import type { TypeCatalog } from '../property-schema.ts';
import { isHeatTypes, makeHeatCatalog } from './heat-catalog.ts';

/** `first` goes before Heat's types of the same name. */
export async function loadHeatCatalog(first: TypeCatalog): Promise<TypeCatalog> {
  const { default: types } = (await import('./schemas.json', { with: { type: 'json' } })) as { default: unknown };
  assert(isHeatTypes(types), 'the list of Heat’s types has another form');
  const heat = makeHeatCatalog(types);
  return {
    remoteStacks: true,
    heatTypes: true,
    names: [...new Set([...first.names, ...heat.names])],
    findType: (name) => first.findType(name) ?? heat.findType(name),
  };
}
