/**
 * Seals what must never be in clear in the database file: AES-256-GCM per value, with the place of the value as associated data, so that a
 * sealed text moved to another row or column does not open.
 *
 * A sealed text is `v2.`, the name of its key, `.`, and base64url of nonce (12 bytes), tag (16) and ciphertext; `v1.` names no key. Values that
 * are no secret are stored as they are. Keys may change while engines run: what is sealed with an older one still opens. The digest key is
 * apart from the cipher key: a rotation of the one leaves the other alone, or every digest would change.
 */
import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import type { Json } from '../std/json.ts';
import { parseJson } from '../std/parse-json.ts';

export interface Keys {
  /** 32 bytes, for what is sealed from now on. */
  readonly cipher: Uint8Array;
  /** 32 bytes, for keyed digests. It never changes. */
  readonly digest: Uint8Array;
  /** Keys that sealed texts may still have been sealed with. */
  readonly others?: readonly Uint8Array[];
}

/** Where keys that may change come from. */
export interface KeySource {
  /** As far as known; looks again from time to time. */
  current(): Keys;
  /** Looks again now. */
  refresh(): Keys;
}

export interface Vault {
  readonly digestKey: Uint8Array;
  /** JSON text, sealed when `secret`. */
  seal(value: Json, secret: boolean, place: string): string;
  /** Throws when the key or the place is not the one it was sealed with. */
  open(text: string, place: string): Json;
  /** The same value sealed with the current key; null when it is that already, or is not sealed. */
  reseal(text: string, place: string): string | null;
}

export function createVault(keys: Keys | KeySource, nonce: () => Uint8Array): Vault {
  const source = 'current' in keys ? keys : { current: () => keys, refresh: () => keys };
  const seal = (plain: string, place: string): string => {
    const { cipher: key } = source.current();
    const iv = nonce();
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(Buffer.from(place));
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `v2.${nameOf(key)}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`;
  };
  return {
    digestKey: source.current().digest,
    seal(value, secret, place) {
      const text = JSON.stringify(value);
      return secret ? seal(text, place) : text;
    },
    open: (text, place) => parseJson(isSealed(text) ? unseal(source, text, place) : text),
    reseal(text, place) {
      if (!isSealed(text) || text.startsWith(`v2.${nameOf(source.current().cipher)}.`)) return null;
      return seal(unseal(source, text, place), place);
    },
  };
}

/** JSON never begins like that. */
export const isSealed = (text: string): boolean => /^v[12]\./.test(text);

function unseal(source: KeySource, text: string, place: string): string {
  const [, name, body] = /^v2\.([0-9a-f]+)\.(.*)$/.exec(text) ?? [null, null, text.slice('v1.'.length)];
  const candidates = candidatesFor(source.current(), name ?? null);
  // Another process has turned to a key that is new here.
  const keys = candidates.length > 0 ? candidates : candidatesFor(source.refresh(), name ?? null);
  if (keys.length === 0) throw new Error(`a secret is sealed with the key ${name}, which is not in the key file`);
  return tryKeys(keys, Buffer.from(body ?? '', 'base64url'), place);
}

function candidatesFor({ cipher, others = [] }: Keys, name: string | null): readonly Uint8Array[] {
  const all = [cipher, ...others];
  return name === null ? all : all.filter((key) => nameOf(key) === name);
}

function tryKeys(keys: readonly Uint8Array[], sealed: Buffer, place: string): string {
  for (const [i, key] of keys.entries()) {
    try {
      return decrypt(key, sealed, place);
    } catch (error) {
      if (i === keys.length - 1) throw error;
    }
  }
  throw new Error('no key was tried');
}

function decrypt(key: Uint8Array, sealed: Buffer, place: string): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
}

const names = new WeakMap<Uint8Array, string>();

/** Tells keys apart, and tells nothing of them. */
export function nameOf(key: Uint8Array): string {
  let name = names.get(key);
  if (name === undefined) {
    name = hash('sha256', Buffer.concat([Buffer.from('setpoint key '), key]), 'hex').slice(0, 8);
    names.set(key, name);
  }
  return name;
}
