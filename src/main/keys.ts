/** The instance's keys: made once, kept beside the database, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Keys } from '../store/vault.ts';

/** Reads the key file, or makes it; two processes that race to make it end up with the same one. */
export function loadKeys(path: string): Keys {
  if (!existsSync(path)) makeKeyFile(path);
  const parsed = JSON.parse(readFileSync(path, 'utf8')) as { cipher: string; digest: string };
  return { cipher: Buffer.from(parsed.cipher, 'base64'), digest: Buffer.from(parsed.digest, 'base64') };
}

function makeKeyFile(path: string): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(
    own,
    `${JSON.stringify({ cipher: randomBytes(32).toString('base64'), digest: randomBytes(32).toString('base64') })}\n`,
    { mode: 0o600, flush: true },
  );
  chmodSync(own, 0o600);
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(own);
  }
}
