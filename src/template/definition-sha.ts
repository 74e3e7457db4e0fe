/**
 * The digest of a definition: equal for equal definitions, whatever the order of keys and whatever their names and descriptions.
 *
 * Keyed when the definition holds a secret. A definition that becomes secret without another change is therefore another definition.
 */
import { digest, type Sha } from '../std/digest.ts';
import { canonicalJson, type Json } from '../std/json.ts';
import type { Definition } from './definition.ts';

/** `digestKey` is the instance's key of 32 bytes. */
export function definitionSha(definition: Definition, digestKey: Uint8Array): Sha {
  return digest(definitionText(definition), definition.secret ? digestKey : null);
}

/** The canonical JSON of what is covered, its keys in order already. */
function definitionText({ nested, ...definition }: Definition): string {
  const part = (name: keyof typeof definition) => `"${name}":${canonicalJson(definition[name] as Json)}`;
  const tree = nested === undefined ? '' : `"nested":${canonicalJson({ ...nested })},`;
  const [policy, id, metadata] = [part('deletionPolicy'), part('externalId'), part('metadata')];
  return `{${policy},${id},${metadata},${tree}${part('properties')},${part('provider')},${part('requires')},${part('type')},${part('updatePolicy')}}`;
}
