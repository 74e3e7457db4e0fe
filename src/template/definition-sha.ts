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

/** The canonical JSON of what is covered, its keys in order already. */
function definitionText(definition: Definition): string {
  const { deletionPolicy, externalId, metadata, nested, properties, provider, requires, type, updatePolicy } = definition;
  const tree = nested === undefined ? '' : `"nested":${canonicalJson({ ...nested })},`;
  const head = `{"deletionPolicy":"${deletionPolicy}","externalId":${canonicalJson(externalId)},"metadata":${canonicalJson(metadata)},${tree}`;
  const what = `"properties":${canonicalJson(properties)},"provider":${canonicalJson(provider)},"requires":${canonicalJson(requires)},`;
  return `${head}${what}"type":${canonicalJson(type)},"updatePolicy":${canonicalJson(updatePolicy)}}`;
}
