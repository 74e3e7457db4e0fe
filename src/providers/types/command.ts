/**
 * Setpoint::Local::Command: commands of your own that make, look at, change and remove a thing.
 *
 * What a command did before the engine died can only be known from the outside, so a resource says how much can be known of it:
 * with a `find` command it is looked for; with `idempotent: true` create is simply run again with the same SETPOINT_TOKEN; with neither, an
 * interrupted create ends in UNKNOWN and a person decides. A create that outlived its engine is waited for before it is looked for or run again. A command whose bad end was seen is no such doubt: the object is half made, a new attempt runs create again, and giving it up runs delete. With `atomic: true` a failed create has left nothing at all.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../std/failure.ts';
import { type Json, sameJson } from '../../std/json.ts';
import { parseJson } from '../../std/parse-json.ts';
import { type LocalSettings, localProvider } from '../local-objects.ts';
import { type CommandLine, commandProblems, findByToken, signalGroup, TOKEN_VARIABLE } from '../processes.ts';
import { type RunResult, runCommand } from '../run-command.ts';
import { type Call, defineResource, fail, type PropertySchemas, retryLater } from '../sdk.ts';

/** sysexits.h: a temporary failure, try again later. */
const EX_TEMPFAIL = 75;
const ORPHAN_POLL_MS = 50;
const TAIL_LINES = 10;
const TAIL_CHARACTERS = 2000;

const COMMANDS = ['create', 'find', 'read', 'update', 'delete'] as const;
type Act = (typeof COMMANDS)[number];

const properties = {
  create: { type: 'any', required: true, update: 'in-place', description: 'Makes it: a list of words, or a text for /bin/sh.' },
  find: {
    type: 'any',
    update: 'in-place',
    description:
      'Looks for what create made with $SETPOINT_TOKEN: exit status 0 for there, one of absent_exit_codes for not there.',
  },
  read: {
    type: 'any',
    update: 'in-place',
    description: 'Looks at it; exit status as for find. Its output becomes the attributes.',
  },
  update: { type: 'any', update: 'in-place', description: 'Changes it; without it a change is a replacement.' },
  delete: {
    type: 'any',
    update: 'in-place',
    description: 'Removes it; must succeed when it is gone already. Without it: nothing to do.',
  },
  environment: {
    type: 'map',
    default: {},
    update: 'in-place',
    items: { type: 'string' },
    description: 'Variables for every command.',
  },
  stdin: { type: 'string', update: 'in-place', description: 'What create and update read as standard input.' },
  working_directory: { type: 'string', update: 'in-place', description: "The engine's own when left out." },
  timeout: {
    type: 'number',
    default: 600,
    update: 'in-place',
    constraints: [{ range: { min: 0.1 } }],
    description: 'Seconds each command may run; its process group is killed then.',
  },
  triggers: { type: 'any', update: 'in-place', description: 'Any value: its change updates or replaces.' },
  idempotent: {
    type: 'boolean',
    default: false,
    update: 'in-place',
    description: 'create may be run again with the same SETPOINT_TOKEN without making two.',
  },
  atomic: {
    type: 'boolean',
    default: false,
    update: 'in-place',
    description: 'A create or update that fails has changed nothing.',
  },
  absent_exit_codes: {
    type: 'list',
    default: [1],
    update: 'in-place',
    items: { type: 'integer' },
    description: 'Exit statuses by which find and read say that it is not there; others mean that they could not tell.',
  },
} as const satisfies PropertySchemas;

type CommandCall = Call<typeof properties, LocalSettings>;

/** A change of these has to reach the object. */
const WHAT_MAKES_IT = ['create', 'environment', 'stdin', 'triggers'] as const;

export const command = defineResource({
  type: 'Setpoint::Local::Command',
  description: 'Runs commands on the machine of the engine to make, read, update and delete something.',
  provider: localProvider,
  host: 'local',
  halfMade: 'resume',
  interruptible: true,
  properties,
  attributes: {
    stdout: { type: 'string', description: 'What the last create, update or read wrote, without the white space around it.' },
    json: { type: 'any', description: 'stdout as JSON; null when it is none.' },
    exit_code: { type: 'integer', description: 'The exit status of that command.' },
  },

  validate: (wanted) => COMMANDS.flatMap((act) => commandProblems(act, wanted[act])),

  replaceReason(previous, desired) {
    if (has(desired.update)) return null;
    const changed = WHAT_MAKES_IT.filter((name) => !sameJson(previous[name] ?? null, desired[name] ?? null));
    return changed.length === 0 ? null : `${changed.join(', ')} changed, and there is no update command`;
  },

  async create(call) {
    const result = await run('create', call);
    if (result.exitCode !== 0) throw await failed('create', call, result);
    return made(call, result);
  },

  // It runs whenever the engine asks for it: after a lost answer equal properties do not mean that there is nothing to do.
  async update(call) {
    if (!has(call.properties.update)) return kept(call);
    const result = await run('update', call);
    if (result.exitCode !== 0) throw await failed('update', call, result);
    return made(call, result);
  },

  async find(call) {
    if (hasFailed(call)) return halfMade(call, 'create did not end well');
    const canBeFound = has(call.properties.find);
    if (!canBeFound && !call.properties.idempotent) {
      return {
        presence: 'unknown',
        reason: 'it has neither a find command nor idempotent: true, so nobody can say whether create ran',
      };
    }
    await outliveOrphans(call);
    if (canBeFound) return observe('find', call);
    return halfMade(call, 'create may have run; it is idempotent, so it can be run again');
  },

  async read(call) {
    if (has(call.properties.read)) return observe('read', call);
    if (hasFailed(call)) return halfMade(call, 'create did not end well');
    return { presence: 'present', reason: 'it has no read command', ...kept(call) };
  },

  async delete(call) {
    if (!has(call.properties.delete)) return;
    const result = await run('delete', call);
    if (result.exitCode !== 0) throw await failed('delete', call, result);
  },
});

/** Null stands for a command that is left out. */
function has(command: Json | undefined): boolean {
  return command !== undefined && command !== null;
}

/** An id of our own was stored, but no success: only a create that ended badly leaves that. (An id that a person gave is another's.) */
function hasFailed(call: CommandCall): boolean {
  return call.physicalId === `command-${call.token}` && call.previous === null && call.state === null;
}

function halfMade(call: CommandCall, reason: string) {
  return { presence: 'present', complete: false, physicalId: idOf(call), reason } as const;
}

/**
 * A create whose engine died goes on by itself, and what it is about to make would not be found yet. It has the time that it would have had
 * anyway; then its group is killed. What a command started in the background is no leader of a session, and is not waited for.
 */
async function outliveOrphans(call: CommandCall): Promise<void> {
  const until = call.environment.now() + call.properties.timeout * 1000;
  for (;;) {
    const orphans = (await findByToken(tokenOf(call))).filter(({ pid, session }) => pid === session);
    if (orphans.length === 0) return;
    if (call.environment.now() >= until) for (const { session } of orphans) signalGroup(session, 'SIGKILL');
    await wait(ORPHAN_POLL_MS, undefined, { signal: call.signal });
  }
}

async function observe(act: 'find' | 'read', call: CommandCall) {
  const result = await run(act, call);
  if (result.exitCode === 0) return { presence: 'present', ...made(call, result) } as const;
  if (result.exitCode !== null && call.properties.absent_exit_codes.includes(result.exitCode))
    return { presence: 'absent' } as const;
  return { presence: 'unknown', reason: sentence(act, result) } as const;
}

async function run(act: Act, call: CommandCall): Promise<RunResult> {
  const { properties: wanted } = call;
  // The engine refuses this when the call does not rule any more, so that a paused one runs nothing when it wakes.
  if (act === 'create' || act === 'update' || act === 'delete') await call.saveProgress({ progress: { running: act } });
  try {
    return await runCommand(wanted[act] as CommandLine, {
      cwd: wanted.working_directory,
      environment: environmentOf(act, call),
      stdin: act === 'create' || act === 'update' ? wanted.stdin : undefined,
      timeoutMs: wanted.timeout * 1000,
      signal: call.signal,
    });
  } catch (error) {
    throw fail(`the ${act} command can't be run: ${messageOf(error)}`, { changed: false });
  }
}

/** What a command gets to know; values the user sets come first, so that ours can be relied on. */
function environmentOf(act: Act, call: CommandCall): { readonly [name: string]: string } {
  return {
    ...call.properties.environment,
    [TOKEN_VARIABLE]: tokenOf(call),
    SETPOINT_ID: idOf(call),
    SETPOINT_ACTION: act,
    SETPOINT_OPERATION: String(call.operation),
    SETPOINT_STACK: call.stack.name,
    SETPOINT_RESOURCE: call.resource.name,
    SETPOINT_PROPERTIES: JSON.stringify(call.properties),
    SETPOINT_PREVIOUS_PROPERTIES: JSON.stringify(call.previous),
  };
}

/** The failure to throw for a command that did not succeed. */
async function failed(act: 'create' | 'update' | 'delete', call: CommandCall, result: RunResult): Promise<Error> {
  const isUnchanged = call.properties.atomic && result.exitCode !== null && act !== 'delete';
  const unchanged: { changed?: boolean } = isUnchanged ? { changed: false } : {};
  // Its end was seen, so what it left is half made, and gets a name to be taken up or deleted by.
  if (act === 'create' && !isUnchanged) await call.saveProgress({ physicalId: idOf(call) });
  const message = sentence(act, result);
  return result.exitCode === EX_TEMPFAIL ? retryLater(message, unchanged) : fail(message, unchanged);
}

function sentence(act: Act, { exitCode, killedBy, stdout, stderr }: RunResult): string {
  const how =
    killedBy === 'timeout'
      ? 'ran too long and was killed'
      : killedBy === 'abort'
        ? 'was aborted'
        : killedBy !== null
          ? `was ended by ${killedBy}`
          : `ended with exit status ${exitCode}`;
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-TAIL_LINES).join('\n').slice(-TAIL_CHARACTERS);
  return `the ${act} command ${how}${said === '' ? '' : `:\n${said}`}`;
}

function made(call: CommandCall, { stdout, exitCode }: RunResult) {
  const text = stdout.trim();
  const attributes = { stdout: text, json: jsonOf(text), exit_code: exitCode ?? 0 };
  return { physicalId: idOf(call), attributes, state: { token: tokenOf(call), attributes } };
}

/** The object as it was left, where no command was run. */
function kept(call: CommandCall) {
  const attributes = (call.state as { attributes?: ReturnType<typeof made>['attributes'] } | null)?.attributes;
  return { physicalId: idOf(call), state: call.state, ...(attributes ? { attributes } : {}) };
}

function jsonOf(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function tokenOf(call: CommandCall): string {
  return (call.state as { token?: string } | null)?.token ?? call.token;
}

function idOf(call: CommandCall): string {
  return call.physicalId ?? `command-${call.token}`;
}
