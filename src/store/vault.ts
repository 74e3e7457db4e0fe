/**
 * Seals what must never be in clear in the database file: AES-256-GCM per value, with the place of the value as associated data, so that a
 * sealed text moved to another row or column does not open.
 *
 * A sealed text is `v1.` and base64url of nonce (12 bytes), tag (16) and ciphertext. Values that are no secret are stored as they are. The
 * digest key is apart from the cipher key: a rotation of the one leaves the other alone, or every digest would change.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Json } from '../std/json.ts';

export interface Keys {
  /** 32 bytes. */
  readonly cipher: Uint8Array;
  /** 32 bytes, for keyed digests. */
  readonly digest: Uint8Array;
}

export interface Vault {
  readonly digestKey: Uint8Array;
  /** JSON text, sealed when `secret`. */
  seal(value: Json, secret: boolean, place: string): string;
  /** Throws when the key or the place is not the one it was sealed with. */
  open(text: string, place: string): Json;
}

const prefix = 'v1.';

export function createVault(keys: Keys, nonce: () => Uint8Array): Vault {
  return {
    digestKey: keys.digest,
    seal(value, secret, place) {
      const text = JSON.stringify(value);
      if (!secret) return text;
      const iv = nonce();
      const cipher = createCipheriv('aes-256-gcm', keys.cipher, iv);
      cipher.setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return prefix + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(text, place) {
      if (!text.startsWith(prefix)) return JSON.parse(text) as Json;
      const sealed = Buffer.from(text.slice(prefix.length), 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', keys.cipher, sealed.subarray(0, 12));
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8')) as Json;
    },
  };
}
