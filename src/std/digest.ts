/**
 * Digests that name their format.
 *
 * `s1-` is plain SHA-256, `k1-` is HMAC-SHA-256 under the instance's digest key: a digest that covers a hidden value must be keyed, or a
 * dump of the database would let anyone confirm a guess. Both are base64url, 43 characters after the prefix.
 */
import { createHmac, hash } from 'node:crypto';

export type Sha = string & { readonly __brand: 'Sha' };

/** The plain digest of a text (UTF-8). */
export function sha256(text: string): Sha {
  return `s1-${hash('sha256', text, 'base64url')}` as Sha;
}

/** The keyed digest of a text (UTF-8); `key` is 32 bytes. */
export function keyedSha256(text: string, key: Uint8Array): Sha {
  return `k1-${createHmac('sha256', key).update(text).digest('base64url')}` as Sha;
}

/** Plain or keyed, as the covered values demand. */
export function digest(text: string, secretKey: Uint8Array | null): Sha {
  return secretKey === null ? sha256(text) : keyedSha256(text, secretKey);
}
