/**
 * Setpoint::Local::Directory: a directory that we made, and remove only when it is empty.
 *
 * mkdir(2) fails when anything is there, so a directory of others is never taken for ours. Its mark can only be entered in the ledger after it
 * exists; killed between the two, it is known by what only ours can be: empty, our user's, and born after the entry that announced it. If
 * even that should err, an empty directory is all that could be lost, because nothing but rmdir(2) ever deletes one.
 */
import type { BigIntStats } from 'node:fs';
import { chmod, mkdir, readdir, rmdir } from 'node:fs/promises';
import { messageOf } from '../../std/failure.ts';
import type { Json } from '../../std/json.ts';
import {
  absolute,
  bears,
  codeOf,
  findAt,
  type Ledger,
  type LocalSettings,
  type LocalState,
  ledgerOf,
  localProvider,
  madeByOthers,
  markOf,
  marksOf,
  modeOf,
  parentOf,
  pathProblems,
  stateOf,
  syncDirectory,
} from '../local-objects.ts';
import { type Call, defineResource, fail, type PropertySchemas, replaceMe, retryLater } from '../sdk.ts';

/** How many names a message about a directory that is not empty shows. */
const SHOWN_NAMES = 5;

const properties = {
  path: { type: 'string', required: true, description: 'Absolute, or relative to the working directory of the engine.' },
  mode: {
    type: 'string',
    default: '0755',
    update: 'in-place',
    constraints: [
      { allowed_pattern: '^0[0-7]{3,4}$', description: "mode must be octal digits with a leading 0, quoted: '0755'" },
    ],
    description: "Permissions in octal digits, quoted: '0755'.",
  },
} as const satisfies PropertySchemas;

type DirectoryCall = Call<typeof properties, LocalSettings>;

export const directory = defineResource({
  type: 'Setpoint::Local::Directory',
  description: 'A directory on the machine of the engine; its parent must exist.',
  provider: localProvider,
  host: 'local',
  idempotent: true,
  halfMade: 'resume',
  properties,
  attributes: { path: { type: 'string', description: 'The absolute path.' } },

  identity: (wanted) => absolute(wanted.path),
  validate: (wanted) => pathProblems(wanted.path),
  matches: (observed, desired) =>
    observed.mode !== undefined && Number.parseInt(observed.mode, 8) === Number.parseInt(desired.mode, 8),

  async create(call) {
    const path = absolute(call.properties.path);
    const [problem] = pathProblems(path);
    if (problem) throw fail(problem, { changed: false });
    const ledger = ledgerOf(call.settings);
    await enter(call, ledger, path);
    return finish(call, path);
  },

  async update(call) {
    const path = pathOf(call);
    const there = await findAt(path);
    const entry = await ledgerOf(call.settings).find(tokenOf(call));
    // Without an entry it was deleted, perhaps by a call that overtook this one: nothing is brought back then.
    if (!there && !entry) return replaceMe(`${path} is gone`);
    if (!there) await enter(call, ledgerOf(call.settings), path);
    else if (!(await isOurs(call, there))) throw foreign(path);
    return finish(call, path);
  },

  async find(call) {
    const entry = await ledgerOf(call.settings).find(call.token);
    if (!entry) return { presence: 'absent' };
    const there = await findAt(entry.path);
    if (there && bears(there, entry.marks)) return { presence: 'present', ...observed(entry.path, call.token, there) };
    return { presence: 'present', complete: false, physicalId: entry.path };
  },

  async read(call) {
    const path = pathOf(call);
    const there = await findAt(path);
    if (!there) return { presence: 'absent' };
    if (await isOurs(call, there)) return { presence: 'present', ...observed(path, tokenOf(call), there) };
    if (tokenOf(call) === '') return madeByOthers(path);
    call.log.warn('the directory is not ours any more: someone put another in its place', { path });
    return { presence: 'absent' };
  },

  async delete(call) {
    const path = pathOf(call);
    const [ledger, token] = [ledgerOf(call.settings), tokenOf(call)];
    const there = await findAt(path);
    if (there && ((await isOurs(call, there)) || (await isUnentered(ledger, token, path, there)))) await remove(path);
    else if (there) call.log.warn('left alone: what stands at the path is not ours', { path });
    await ledger.remove(token);
  },
});

/** Makes the directory and enters its mark; takes up where a killed call with this token stopped. */
async function enter(call: DirectoryCall, ledger: Ledger, path: string): Promise<void> {
  const token = tokenOf(call);
  const entry = await ledger.find(token);
  let there = await findAt(path);
  if (there && (bears(there, marksOf(entry, call.state)) || (await isUnentered(ledger, token, path, there)))) {
    await ledger.write(token, { path, marks: [markOf(there)] });
    return;
  }
  await ledger.write(token, { path, marks: [] });
  // The engine refuses this when the call does not rule any more, so that a paused one makes nothing when it wakes.
  await call.saveProgress({ physicalId: path });
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    await ledger.remove(token);
    throw codeOf(error) === 'EEXIST' ? foreign(path) : fail(`${path} can't be created: ${messageOf(error)}`, { changed: false });
  }
  there = await findAt(path);
  if (there) await ledger.write(token, { path, marks: [markOf(there)] });
  await syncDirectory(parentOf(path));
}

async function finish(call: DirectoryCall, path: string) {
  await chmod(path, Number.parseInt(call.properties.mode, 8));
  const there = await findAt(path);
  if (!there) throw fail(`${path} was removed while it was made`);
  const { properties: _seen, ...object } = observed(path, tokenOf(call), there);
  return object;
}

function observed(path: string, token: string, there: BigIntStats) {
  const state: LocalState = { token, mark: markOf(there) };
  return { physicalId: path, attributes: { path }, state: state as unknown as Json, properties: { path, mode: modeOf(there) } };
}

async function isOurs(call: DirectoryCall, there: BigIntStats): Promise<boolean> {
  const entry = await ledgerOf(call.settings).find(tokenOf(call));
  return there.isDirectory() && bears(there, marksOf(entry, call.state));
}

/** Made by a call that was killed before it could enter the mark. */
async function isUnentered(ledger: Ledger, token: string, path: string, there: BigIntStats): Promise<boolean> {
  const entry = await ledger.find(token);
  const announced = await ledger.findWriteTime(token);
  if (!entry || announced === null || entry.path !== path || entry.marks.length > 0) return false;
  const bornAfter = there.birthtimeNs >= announced && there.uid === BigInt(process.getuid?.() ?? 0);
  return there.isDirectory() && bornAfter && (await readdir(path)).length === 0;
}

async function remove(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') throw await notEmpty(path);
    throw fail(`${path} can't be deleted: ${messageOf(error)}`, { changed: false });
  }
  await syncDirectory(parentOf(path));
}

async function notEmpty(path: string): Promise<Error> {
  const names = (await readdir(path)).sort();
  const shown = names.slice(0, SHOWN_NAMES).join(', ');
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : '';
  return retryLater(`${path} is not empty and is kept: it holds ${shown}${more}, which this stack did not make there`, {
    changed: false,
  });
}

function foreign(path: string): Error {
  return fail(`${path} exists and was not made by this resource: it is left alone; move it away, or choose another path`, {
    changed: false,
  });
}

function pathOf(call: DirectoryCall): string {
  return call.physicalId ?? absolute(call.properties.path);
}

function tokenOf(call: DirectoryCall): string {
  return stateOf(call.state)?.token ?? call.token;
}
