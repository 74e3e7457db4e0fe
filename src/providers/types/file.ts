/**
 * Setpoint::Local::File: a file with a content, never someone else's.
 *
 * Made in steps that may be killed between any two of them, and found again by the token (the ledger is local-objects.ts):
 *
 *   1. the entry {path} is written to the ledger          killed after: nothing stands at the path → half made, resumed or deleted
 *   2. the content goes, synced, to a name of ours beside it   → half made; the name follows from the token, so it is found and reused
 *   3. the entry gets that file's mark                    → half made
 *   4. link(2) gives it the path, or fails if anything is there   → both names: half made, and the path is ours by its mark
 *   5. the first name goes                                → made: what stands at the path bears our mark
 *
 * So a reader sees no file or the whole one, and a file that was there before is never touched: creation fails and names it. New content
 * goes the same way, with rename(2) in place of the link, the entry holding both marks meanwhile. Changed by others in place, it is still
 * ours (the mark stands) and is read, corrected and deleted as such. Replaced by others, as editors do that write a new file, it is theirs: it is
 * reported absent, and delete leaves it alone. A link at the path is theirs too, and never followed.
 *
 * A change of path is a replacement. Relative paths are resolved against the engine's working directory; the resolved one is kept.
 */
import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { chmod, link, readFile, rename, rm, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../../std/failure.ts';
import type { Json } from '../../std/json.ts';
import {
  absolute,
  bears,
  codeOf,
  type Entry,
  findAt,
  type Ledger,
  type LocalSettings,
  type LocalState,
  ledgerOf,
  localProvider,
  type Mark,
  madeByOthers,
  markOf,
  marksOf,
  modeOf,
  parentOf,
  pathProblems,
  stateOf,
  syncDirectory,
  writeSynced,
} from '../local-objects.ts';
import { type Call, defineResource, fail, type PropertySchemas, replaceMe } from '../sdk.ts';

const properties = {
  path: { type: 'string', required: true, description: 'Absolute, or relative to the working directory of the engine.' },
  content: { type: 'string', default: '', update: 'in-place', description: 'The text, written as UTF-8.' },
  mode: {
    type: 'string',
    default: '0644',
    update: 'in-place',
    constraints: [
      { allowed_pattern: '^0[0-7]{3,4}$', description: "mode must be octal digits with a leading 0, quoted: '0644'" },
    ],
    description: "Permissions in octal digits, quoted: '0644'.",
  },
} as const satisfies PropertySchemas;

type FileCall = Call<typeof properties, LocalSettings>;

export const file = defineResource({
  type: 'Setpoint::Local::File',
  description: 'A file on the machine of the engine.',
  provider: localProvider,
  host: 'local',
  idempotent: true,
  halfMade: 'resume',
  properties,
  attributes: {
    path: { type: 'string', description: 'The absolute path.' },
    sha256: { type: 'string', description: 'SHA-256 of the content, in hexadecimal digits.' },
    size: { type: 'integer', description: 'Bytes.' },
  },

  identity: (wanted) => absolute(wanted.path),
  validate: (wanted) => pathProblems(wanted.path),
  matches: (observed, desired) => observed.content === desired.content && sameMode(observed.mode, desired.mode),

  async create(call) {
    const { ledger, token, path } = openWork(call, absolute(call.properties.path));
    const entry = await ledger.find(token);
    const there = await findAt(path);
    if (there && !isOurs(there, marksOf(entry, call.state))) {
      await discard(ledger, token, path);
      throw foreign(path);
    }
    return there ? rewrite(call, ledger, token, path) : place(call, ledger, token, path);
  },

  async update(call) {
    const { ledger, token, path } = openWork(call, pathOf(call));
    const [there, entry] = [await findAt(path), await ledger.find(token)];
    // Without an entry it was deleted, perhaps by a call that overtook this one: nothing is brought back then.
    if (!there) return entry ? place(call, ledger, token, path) : replaceMe(`${path} is gone`);
    if (!isOurs(there, marksOf(entry, call.state))) throw foreign(path);
    return rewrite(call, ledger, token, path);
  },

  async find(call) {
    const ledger = ledgerOf(call.settings);
    const entry = await ledger.find(call.token);
    if (!entry) return { presence: 'absent' };
    const [there, staged] = [await findAt(entry.path), await findAt(stagedName(entry.path, call.token))];
    if (there && isOurs(there, entry.marks) && !staged)
      return { presence: 'present', ...(await observe(entry.path, call.token, there)) };
    return { presence: 'present', complete: false, physicalId: entry.path };
  },

  async read(call) {
    const path = pathOf(call);
    const token = tokenOf(call);
    const there = await findAt(path);
    if (!there) return { presence: 'absent' };
    const entry = await ledgerOf(call.settings).find(token);
    if (isOurs(there, marksOf(entry, call.state))) return { presence: 'present', ...(await observe(path, token, there)) };
    if (token === '') return madeByOthers(path);
    call.log.warn('the file is not ours any more: someone put another in its place', { path });
    return { presence: 'absent' };
  },

  async delete(call) {
    const { ledger, token, path } = openWork(call, pathOf(call));
    const there = await findAt(path);
    if (there && isOurs(there, marksOf(await ledger.find(token), call.state))) await remove(path);
    else if (there) call.log.warn('left alone: what stands at the path is not ours', { path });
    await discard(ledger, token, path);
  },
});

interface Work {
  readonly ledger: Ledger;
  readonly token: string;
  readonly path: string;
}

/** What every writing call begins with. */
function openWork(call: FileCall, path: string): Work {
  const [problem] = pathProblems(path);
  if (problem) throw fail(problem, { changed: false });
  return { ledger: ledgerOf(call.settings), token: tokenOf(call), path };
}

/** Steps 1 to 5, for a path at which nothing stands. */
async function place(call: FileCall, ledger: Ledger, token: string, path: string) {
  const staged = stagedName(path, token);
  const mark = await stage(call, ledger, token, path, []);
  try {
    await link(staged, path);
  } catch (error) {
    // Another call with this token may have been quicker: then what stands there bears our mark.
    const there = await findAt(path);
    if (!there || !bears(there, [mark])) {
      await discard(ledger, token, path);
      throw codeOf(error) === 'EEXIST'
        ? foreign(path)
        : fail(`${path} can't be created: ${messageOf(error)}`, { changed: false });
    }
  }
  await rm(staged, { force: true });
  await syncDirectory(parentOf(path));
  return made(call, token, path);
}

/** Gives what is ours at the path the wanted content and mode. */
async function rewrite(call: FileCall, ledger: Ledger, token: string, path: string) {
  const old = await findAt(path);
  if (old && (await readFile(path, 'utf8')) !== call.properties.content) {
    const mark = await stage(call, ledger, token, path, [markOf(old)]);
    await rename(stagedName(path, token), path);
    await syncDirectory(parentOf(path));
    await ledger.write(token, { path, marks: [mark] });
  } else {
    await chmod(path, Number.parseInt(call.properties.mode, 8));
    await rm(stagedName(path, token), { force: true });
  }
  return made(call, token, path);
}

/** Steps 1 to 3; then the engine is asked whether this call still rules, because the next step is seen by others. */
async function stage(call: FileCall, ledger: Ledger, token: string, path: string, marks: readonly Mark[]): Promise<Mark> {
  const entry: Entry = { path, marks };
  await ledger.write(token, entry);
  const mark = markOf(await writeStaged(call, ledger, token, path, entry));
  await ledger.write(token, { path, marks: [...marks, mark] });
  await call.saveProgress({ physicalId: path });
  return mark;
}

async function writeStaged(call: FileCall, ledger: Ledger, token: string, path: string, entry: Entry): Promise<BigIntStats> {
  const { content, mode } = call.properties;
  try {
    return await writeSynced(stagedName(path, token), content, Number.parseInt(mode, 8));
  } catch (error) {
    if (entry.marks.length === 0) await discard(ledger, token, path);
    throw fail(`${path} can't be written: ${messageOf(error)}`, { changed: false });
  }
}

async function made(call: FileCall, token: string, path: string) {
  const there = await findAt(path);
  if (!there) throw fail(`${path} was removed while it was made`);
  const { properties: _seen, ...object } = await observe(path, token, there);
  call.log.debug('file written', { path });
  return object;
}

async function observe(path: string, token: string, there: BigIntStats) {
  const content = await readFile(path);
  const state: LocalState = { token, mark: markOf(there) };
  return {
    physicalId: path,
    attributes: { path, sha256: hash('sha256', content, 'hex'), size: content.length },
    state: state as unknown as Json,
    properties: { path, content: content.toString('utf8'), mode: modeOf(there) },
  };
}

/** Removes what only we know of: the name beside the path, and the entry. */
async function discard(ledger: Ledger, token: string, path: string): Promise<void> {
  await rm(stagedName(path, token), { force: true }).catch(() => {});
  await ledger.remove(token);
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw fail(`${path} can't be deleted: ${messageOf(error)}`, { changed: false });
  }
  await syncDirectory(parentOf(path));
}

function isOurs(there: BigIntStats, marks: readonly Mark[]): boolean {
  return there.isFile() && bears(there, marks);
}

function foreign(path: string): Error {
  return fail(`${path} exists and was not made by this resource: it is left alone; move it away, or choose another path`, {
    changed: false,
  });
}

function pathOf(call: FileCall): string {
  return call.physicalId ?? absolute(call.properties.path);
}

/** The token the object was made with: it names the ledger's entry. */
function tokenOf(call: FileCall): string {
  return stateOf(call.state)?.token ?? call.token;
}

function stagedName(path: string, token: string): string {
  const name = `.${basename(path).slice(0, 40)}.${token}.setpoint`;
  return join(parentOf(path), name);
}

function sameMode(a: string | undefined, b: string): boolean {
  return a !== undefined && Number.parseInt(a, 8) === Number.parseInt(b, 8);
}
