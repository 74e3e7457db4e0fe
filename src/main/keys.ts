/**
 * The instance's keys: made once, kept in a file beside the database, readable by its owner only. A rotation changes the file while engines
 * run; they look at it again about every second.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import type { KeySource, Keys } from '../store/vault.ts';

/** What the file holds: keys in base64. */
interface KeyFile {
  readonly cipher: string;
  readonly digest: string;
  /** The one that the next rotation turns to, so that it can be on every machine before anything is sealed with it. */
  readonly next?: string;
  /** Those that were turned away from. */
  readonly older?: readonly string[];
}

const lookAgainMs = 1_000;

/** How long until every process that can see the file seals with its current key: milliseconds. */
export const keysSettleMs = 2 * lookAgainMs;

/** Reads the key file, or makes it; two processes that race to make it end up with the same one. */
export function loadKeys(path: string): Keys {
  if (!existsSync(path)) writeOnce(path, { cipher: newKey(), digest: newKey() });
  return toKeys(readKeyFile(path));
}

/** The same, seen again when the file changes. */
export function followKeys(path: string): KeySource {
  let keys = loadKeys(path);
  let stamp = stampOf(path);
  let lookedAt = performance.now();
  const refresh = (): Keys => {
    lookedAt = performance.now();
    const now = stampOf(path);
    const changed = now === stamp ? null : readIfWhole(path);
    if (changed !== null) [keys, stamp] = [changed, now];
    return keys;
  };
  return { current: () => (performance.now() - lookedAt < lookAgainMs ? keys : refresh()), refresh };
}

/** Null where the file is away for a moment, or is just being written: it is looked at again. */
function readIfWhole(path: string): Keys | null {
  try {
    return toKeys(readKeyFile(path));
  } catch {
    return null;
  }
}

function stampOf(path: string): string {
  const seen = statSync(path, { bigint: true, throwIfNoEntry: false });
  return seen === undefined ? '' : `${seen.ino} ${seen.mtimeNs}`;
}

/** Adds the key that the next rotation turns to. False when there is one already. */
export function prepareKey(path: string): boolean {
  const file = readKeyFile(path);
  if (file.next !== undefined) return false;
  replace(path, { ...file, next: newKey() });
  return true;
}

/** From now on a new key seals; what it replaces still opens what it sealed. */
export function turnKey(path: string): void {
  const { cipher, digest, next = newKey(), older = [] } = readKeyFile(path);
  replace(path, { cipher: next, digest, older: [cipher, ...older] });
}

/** Removes the keys that were turned away from; gives how many. Only when nothing is sealed with them any more. */
export function forgetOldKeys(path: string): number {
  const { older = [], ...file } = readKeyFile(path);
  replace(path, file);
  return older.length;
}

const newKey = (): string => randomBytes(32).toString('base64');

function readKeyFile(path: string): KeyFile {
  const text = readFileSync(path, 'utf8');
  try {
    const file = JSON.parse(text) as KeyFile;
    if ([file.cipher, file.digest, ...(file.older ?? []), file.next ?? file.cipher].every(isKey)) return file;
  } catch {
    // Said below; never with a piece of the file.
  }
  throw new InvalidRequest([
    problem('KEY-FILE', `${path} is no key file, or is damaged`, 'put the copy of it there that was kept'),
  ]);
}

/** 32 bytes. */
const isKey = (text: unknown): boolean => typeof text === 'string' && Buffer.from(text, 'base64').length === 32;

function toKeys({ cipher, digest, next, older = [] }: KeyFile): Keys {
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64');
  return { cipher: bytes(cipher), digest: bytes(digest), others: [...older, ...(next === undefined ? [] : [next])].map(bytes) };
}

function writeOwn(path: string, keys: KeyFile): string {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${JSON.stringify(keys)}\n`, { mode: 0o600, flush: true });
  chmodSync(own, 0o600);
  return own;
}

function replace(path: string, keys: KeyFile): void {
  renameSync(writeOwn(path, keys), path);
}

function writeOnce(path: string, keys: KeyFile): void {
  const own = writeOwn(path, keys);
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(own);
  }
}
