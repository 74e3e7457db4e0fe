/** Whether a property, or anything known within it, is declared a secret. */
import type { PropertySchema } from './property-schema.ts';

export function holdsSensitive(schema: PropertySchema): boolean {
  if (schema.sensitive === true) return true;
  if (schema.items !== undefined && holdsSensitive(schema.items)) return true;
  return Object.values(schema.properties ?? {}).some(holdsSensitive);
}
