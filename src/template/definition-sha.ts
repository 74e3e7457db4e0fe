/**
 * The digest of a definition: equal for equal definitions, whatever the order of keys and whatever their names and descriptions.
 *
 * Keyed when the definition holds a secret. A definition that becomes secret without another change is therefore another definition.
 */
import { digest, type Sha } from '../std/digest.ts';
import { canonicalJson } from '../std/json.ts';
import type { Definition } from './definition.ts';

/** `digestKey` is the instance's key of 32 bytes. */
export function definitionSha(definition: Definition, digestKey: Uint8Array): Sha {
  return digest(definitionText(definition), definition.secret ? digestKey : null);
}

function definitionText(definition: Definition): string {
  const { type, properties, metadata, deletionPolicy, updatePolicy, requires, externalId, provider, nested } = definition;
  const covered = { type, properties, metadata, deletionPolicy, updatePolicy, requires, externalId, provider };
  return canonicalJson(nested === undefined ? covered : { ...covered, nested: { ...nested } });
}
