/**
 * The keys of a database: those that it was first used with, or it is refused. Where they are missing none are made in their place: nothing
 * sealed could be read with them, and every digest would be another one.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { keyedSha256 } from '../std/digest.ts';
import type { KeySource } from '../store/vault.ts';
import { followKeys } from './keys.ts';

export interface KeyedDatabase {
  /** What the database says of its keys (store/acts/tie-key.ts); null when it was never used. */
  readMark(): string | null | Promise<string | null>;
  /** Marks it, unless it is marked already; gives the mark it has. */
  tie(mark: string): string | Promise<string>;
  /** For people. */
  refuse(message: string, hint: string): Error;
  readonly hints: { readonly missing: string; readonly other: string };
}

/** `path`: its key file, made where the database was never used. */
export async function openKeys(path: string, { readMark, tie, refuse, hints }: KeyedDatabase): Promise<KeySource> {
  // In this order: where there is a mark there was a key file before it, also while another process is just making both.
  const known = await readMark();
  if (known !== null && !existsSync(path)) throw refuse(`its key is not here: there is no file ${path}`, hints.missing);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const keys = followKeys(path);
  const mark = markOf(keys);
  if ((known ?? (await tie(mark))) !== mark) throw refuse(`${path} is not the key that it was first used with`, hints.other);
  return keys;
}

/** A rotation leaves the digest key as it is. */
const markOf = (keys: KeySource): string => keyedSha256('setpoint key', keys.current().digest);
