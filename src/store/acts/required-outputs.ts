/** The columns of a resource that others refer to. */
import type { Inside, RequiredOutputs, ResourceId } from '../../engine/ports/store.ts';
import type { JsonMap } from '../../std/json.ts';
import { placeOf } from '../rows.ts';
import type { Vault } from '../vault.ts';

export interface OutputColumns {
  name: string;
  id: number;
  revision: number;
  type: string;
  reference: string | null;
  physical_id: string | null;
  attributes: string;
  secret: number;
  nested: number;
  /** Of a nested stack, where it is asked for. */
  goal?: number | null;
}

/** `inside` is what is referred to within it, of a nested stack. */
export function toRequiredOutputs(row: OutputColumns, vault: Vault, inside: Inside | undefined): RequiredOutputs {
  return {
    resourceId: row.id as ResourceId,
    revision: row.revision,
    type: row.type,
    reference: row.reference === null ? row.physical_id : (vault.open(row.reference, placeOf(row.id, 'reference')) as string),
    attributes: vault.open(row.attributes, placeOf(row.id, 'attributes')) as JsonMap,
    secret: row.secret === 1,
    ...(row.goal == null ? {} : { goal: row.goal }),
    ...(inside === undefined ? {} : { inside }),
  };
}
