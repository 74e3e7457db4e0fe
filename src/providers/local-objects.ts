/**
 * How objects in this machine's file system are known to be ours.
 *
 * A path says nothing about who made what is there. So each object has an entry in a ledger, a file named by its token in a directory of the
 * user, written and synced *before* the object appears: it holds the marks (inode and birth time) that ours may bear. An object whose mark
 * is in the entry is ours, anything else is foreign and is never overwritten or deleted. The last mark also travels in the resource's
 * state, so that a lost ledger costs only the recovery of calls that were under way. It deliberately holds no locks and compares no
 * operation numbers (a restored database has older ones): a writing call saves progress just before it writes, which the engine refuses to one that does not rule any more.
 */
import { type BigIntStats, constants } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { sha256 } from '../std/digest.ts';
import { isMap, type Json } from '../std/json.ts';
import { defineProvider } from './sdk.ts';

/** What tells one file system object from every other that was ever at its path. */
export interface Mark {
  readonly inode: string;
  /** Nanoseconds; '0' where the file system does not know. */
  readonly born: string;
}

export interface Entry {
  readonly path: string;
  /** What ours may bear: one at rest, two while a new one takes the place of an old. */
  readonly marks: readonly Mark[];
}

export interface Ledger {
  find(token: string): Promise<Entry | null>;
  /** Durable when it returns. */
  write(token: string, entry: Entry): Promise<void>;
  remove(token: string): Promise<void>;
  /** When the entry was last written, in nanoseconds of the file system's clock. */
  findWriteTime(token: string): Promise<bigint | null>;
}

export interface LocalSettings {
  readonly ledger: Ledger;
  /** Absolute. */
  readonly stateDirectory: string;
}

/** The family of everything on this machine; File and Directory share its paths as identities. */
export const localProvider = defineProvider({
  name: 'Setpoint::Local',
  settings: {
    state_directory: {
      type: 'string',
      description:
        'Where the ledger of files and directories is kept: $SETPOINT_LOCAL_STATE, else the XDG state directory of the user.',
    },
  },
  configure: (settings) => localSettings(settings.state_directory),
});

export function openLedger(stateDirectory: string): Ledger {
  const directory = join(resolve(stateDirectory), 'objects');
  const fileOf = (token: string) => join(directory, `${/^[\w-]{1,100}$/.test(token) ? token : sha256(token)}.json`);
  return {
    async find(token) {
      const text = await readFile(fileOf(token), 'utf8').catch(orNull);
      return text === null ? null : (JSON.parse(text) as Entry);
    },
    async write(token, entry) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const file = fileOf(token);
      await writeSynced(`${file}.new`, JSON.stringify(entry), 0o600);
      await rename(`${file}.new`, file);
      await syncDirectory(directory);
    },
    async remove(token) {
      await rm(`${fileOf(token)}.new`, { force: true });
      await rm(fileOf(token), { force: true });
    },
    async findWriteTime(token) {
      const stats = await lstat(fileOf(token), { bigint: true }).catch(orNull);
      return stats?.mtimeNs ?? null;
    },
  };
}

/** The ledger a call was given. */
export function ledgerOf(settings: LocalSettings | null | undefined): Ledger {
  return (settings ?? localSettings()).ledger;
}

export function localSettings(directory: string = defaultStateDirectory()): LocalSettings {
  return { ledger: openLedger(directory), stateDirectory: resolve(directory) };
}

/** What stands at the path itself, links not followed; null for nothing. */
export function findAt(path: string): Promise<BigIntStats | null> {
  return lstat(path, { bigint: true }).catch(orNull);
}

export function markOf(stats: BigIntStats): Mark {
  return { inode: String(stats.ino), born: String(stats.birthtimeNs) };
}

/** Is what stands there one of those marked? */
export function bears(stats: BigIntStats, marks: readonly Mark[]): boolean {
  const { inode, born } = markOf(stats);
  return marks.some((mark) => mark.inode === inode && mark.born === born);
}

/** A resource's state: under which token its object is in the ledger, and its last mark. */
export interface LocalState {
  readonly token: string;
  readonly mark: Mark;
}

export function stateOf(state: Json): LocalState | null {
  return isMap(state) && typeof state['token'] === 'string' ? (state as unknown as LocalState) : null;
}

/** The marks that ours may bear, from the ledger and from the resource's own state. */
export function marksOf(entry: Entry | null, state: Json): readonly Mark[] {
  const own = stateOf(state)?.mark;
  return [...(entry?.marks ?? []), ...(own ? [own] : [])];
}

export function absolute(path: string): string {
  return resolve(path);
}

/** For a look without a token, at what somebody wants to import or adopt: what bears no mark of ours can't be told from what takes its place later. */
export function madeByOthers(path: string): { readonly presence: 'unknown'; readonly reason: string } {
  return {
    presence: 'unknown',
    reason: `${path} was not made by Setpoint: what others made in the file system can't be taken over`,
  };
}

/** Problems of a path and a mode as written. */
export function pathProblems(path: string | undefined): string[] {
  if (path === undefined) return [];
  if (path === '') return ['path must not be empty'];
  if (path.includes('\0')) return ['path must not contain a NUL character'];
  return [];
}

/** Creates (never overwrites) a file and returns when its content is on the disk. */
export async function writeSynced(path: string, content: string, mode: number): Promise<BigIntStats> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  await rm(path, { force: true });
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(content);
    await file.chmod(mode);
    await file.sync();
    return await file.stat({ bigint: true });
  } finally {
    await file.close();
  }
}

/** Makes a rename, a link or an unlink in it outlast a power cut, where the file system can. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => null);
  try {
    await handle?.sync();
  } catch {
    // Some file systems refuse to sync a directory; the content itself is synced.
  } finally {
    await handle?.close();
  }
}

/** Directory of a path, for messages and syncing. */
export function parentOf(path: string): string {
  return dirname(path);
}

export function modeOf(stats: BigIntStats): string {
  return `0${Number(stats.mode & 0o7777n)
    .toString(8)
    .padStart(3, '0')}`;
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** For a catch: nothing there is null, anything else is thrown on. */
function orNull(error: unknown): null {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
  throw error;
}

function defaultStateDirectory(): string {
  const { SETPOINT_LOCAL_STATE, XDG_STATE_HOME } = process.env;
  if (SETPOINT_LOCAL_STATE) return SETPOINT_LOCAL_STATE;
  return join(XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'setpoint');
}
