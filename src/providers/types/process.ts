/**
 * Setpoint::Local::Process: a program that keeps running, also when the engine does not.
 *
 * It is started as the leader of its own session with the token in its environment, and is found again by that token; its physical id is
 * `pid:start`, so that a reused pid is never taken for it. Before it is started a saved progress proves that this call still rules; between
 * fork and exec a killed engine leaves, for some microseconds, a child that can't be found yet: shorter than any lease.
 *
 * create returns when the health check passes (without one: when the program still runs after a moment), asking again meanwhile. A new
 * command is a new process; since two of them can't hold one port, the old one goes first (`delete-first`).
 */
import type { StdioOptions } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { messageOf } from '../../std/failure.ts';
import { isMap } from '../../std/json.ts';
import { type LocalSettings, localProvider, localSettings } from '../local-objects.ts';
import {
  type CommandLine,
  commandProblems,
  findBootId,
  findByToken,
  findProcess,
  type ProcessSighting,
  signalGroup,
  startProcess,
  TOKEN_VARIABLE,
} from '../processes.ts';
import { askAgain, type Call, defineResource, fail, type PropertySchemas, replaceMe, retryLater } from '../sdk.ts';

/** A program without a health check must still run after this long. */
const MOMENT_SECONDS = 0.25;
/** How often a stopping process is looked at. */
const STOP_POLL_SECONDS = 0.2;
/** How long a killed process may take to go before the delete is tried again later. */
const KILL_GRACE_MS = 10_000;
/** How much of the end of its log a failure shows. */
const TAIL_BYTES = 4096;
const TAIL_LINES = 10;

const properties = {
  command: { type: 'any', required: true, description: 'A list of words, run as they are, or a text, run by /bin/sh.' },
  environment: {
    type: 'map',
    default: {},
    items: { type: 'string' },
    description: "Variables; of the engine's own only PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ and TMPDIR are passed on.",
  },
  working_directory: { type: 'string', description: "The engine's own when left out." },
  log_file: {
    type: 'string',
    description: "Standard output and error are added to it; a file in the engine's state directory when left out.",
  },
  health_check: {
    type: 'map',
    update: 'in-place',
    description: 'When it counts as running; when left out: as soon as it has survived a moment.',
    properties: {
      tcp: {
        type: 'map',
        description: 'A connection is accepted.',
        properties: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'integer', required: true } },
      },
      http: {
        type: 'map',
        description: 'A GET is answered with the status expected.',
        properties: { url: { type: 'string', required: true }, expected_status: { type: 'integer', default: 200 } },
      },
      interval: { type: 'number', default: 1, constraints: [{ range: { min: 0.05 } }], description: 'Seconds between checks.' },
      timeout: { type: 'number', default: 60, constraints: [{ range: { min: 0 } }], description: 'Seconds until it has failed.' },
    },
  },
  stop_signal: {
    type: 'string',
    default: 'SIGTERM',
    update: 'in-place',
    constraints: [{ allowed_values: ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'] }],
    description: 'Sent to its process group to end it.',
  },
  stop_timeout: {
    type: 'number',
    default: 10,
    update: 'in-place',
    constraints: [{ range: { min: 0 } }],
    description: 'Seconds until SIGKILL follows.',
  },
} as const satisfies PropertySchemas;

type ProcessCall = Call<typeof properties, LocalSettings>;

interface State {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The boot of the machine that it runs in; null where that is not known. */
  readonly boot: string | null;
}

/** What a create stores: the process, and where its part of the log begins. */
interface Started extends State {
  readonly pid: number;
  readonly start: string;
  readonly logFrom: number;
}

export const localProcess = defineResource({
  type: 'Setpoint::Local::Process',
  description: 'A program that keeps running on the machine of the engine.',
  provider: localProvider,
  host: 'local',
  replace: 'delete-first',
  idempotent: true,
  halfMade: 'resume',
  interruptible: true,
  properties,
  attributes: {
    pid: { type: 'integer', description: 'The process id.' },
    started_at: { type: 'string', description: 'When it was started, ISO 8601.' },
    log_file: { type: 'string', description: 'Where its output goes.' },
  },

  validate(wanted) {
    const check = wanted.health_check;
    const problems = commandProblems('command', wanted.command);
    if (check && (check.tcp === undefined) === (check.http === undefined)) {
      problems.push('health_check needs exactly one of tcp and http');
    }
    return problems;
  },

  async create(call) {
    call.signal.throwIfAborted();
    const started = isMap(call.progress) && 'pid' in call.progress ? (call.progress as unknown as Started) : await start(call);
    const leader = await findKnown(`${started.pid}:${started.start}`, started);
    if (!leader) throw await endedEarly(call, started);
    const physicalId = idOf(leader);
    const waiting = await waitForHealth(call, started);
    if (waiting !== null) return askAgain(waiting.seconds, { ...started }, { physicalId, reason: waiting.reason });
    return made(call, leader, started);
  },

  async update(call) {
    const leader = await findOurs(call);
    if (!leader) return replaceMe('the process has ended');
    return made(call, leader, stateOf(call));
  },

  async find(call) {
    const leader = leaderOf(await findByToken(call.token)) ?? (await findOurs(call));
    if (!leader) return { presence: 'absent' };
    return { presence: 'present', ...completeness(call), ...made(call, leader, stateOf(call)) };
  },

  async read(call) {
    const leader = await findOurs(call);
    if (!leader) return { presence: 'absent' };
    return { presence: 'present', ...completeness(call), ...made(call, leader, stateOf(call)) };
  },

  async check(call) {
    const leader = await findOurs(call);
    if (!leader) return { presence: 'absent' };
    const problem = await probe(call);
    return {
      presence: 'present',
      healthy: problem === null,
      ...(problem === null ? {} : { reason: problem }),
      ...made(call, leader, stateOf(call)),
    };
  },

  async delete(call) {
    const { token } = stateOf(call);
    const session = ((await findOurs(call)) ?? (await findByToken(token)).toSorted(leadersFirst)[0])?.session;
    if (session === undefined) {
      if (call.properties.log_file === undefined) await rm(logFileOf(call, token), { force: true });
      return;
    }
    return stop(call, session);
  },
});

/** Starts it, unless an earlier call with this token did. */
async function start(call: ProcessCall): Promise<Started> {
  const log = logFileOf(call, call.token);
  const earlier = leaderOf(await findByToken(call.token));
  const state: State = { token: call.token, startedAt: call.environment.now(), boot: await findBootId() };
  if (earlier) return { ...state, pid: earlier.pid, start: earlier.start, logFrom: 0 };
  // The engine refuses this when the call does not rule any more, so that a paused one starts nothing when it wakes.
  await call.saveProgress({ progress: { starting: true } });
  call.signal.throwIfAborted();
  const { pid, logFrom } = await launch(call, log);
  const started: Started = { ...state, pid, start: (await findProcess(pid))?.start ?? 'ended', logFrom };
  await call.saveProgress({ physicalId: `${pid}:${started.start}`, progress: { ...started } });
  return started;
}

async function launch(call: ProcessCall, log: string): Promise<{ pid: number; logFrom: number }> {
  const { command, environment, working_directory } = call.properties;
  const output = await openLog(log);
  try {
    const logFrom = (await output.stat()).size;
    const stdio: StdioOptions = ['ignore', output.fd, output.fd];
    const child = await startProcess(command as CommandLine, {
      cwd: working_directory,
      environment: { ...environment, [TOKEN_VARIABLE]: call.token },
      stdio,
    });
    child.unref();
    return { pid: child.pid as number, logFrom };
  } catch (error) {
    throw fail(`the command can't be run: ${messageOf(error)}`, { changed: false });
  } finally {
    await output.close();
  }
}

async function openLog(path: string) {
  try {
    await mkdir(join(path, '..'), { recursive: true });
    return await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
  } catch (error) {
    throw fail(`the log file ${path} can't be opened: ${messageOf(error)}`, { changed: false });
  }
}

/** How long to wait for what; null when it is healthy. Throws when the time is over. */
async function waitForHealth(call: ProcessCall, started: Started): Promise<{ seconds: number; reason: string } | null> {
  const check = call.properties.health_check;
  const waitedMs = call.environment.now() - started.startedAt;
  if (waitedMs < MOMENT_SECONDS * 1000) return { seconds: MOMENT_SECONDS, reason: 'started a moment ago' };
  const problem = await probe(call);
  if (!check || problem === null) return null;
  if (waitedMs >= check.timeout * 1000) {
    throw fail(`the process is not healthy after ${check.timeout} s: ${problem}${await tailOf(call, started.logFrom)}`);
  }
  return { seconds: check.interval, reason: problem };
}

/** What is wrong with its health; null for nothing. */
async function probe(call: ProcessCall): Promise<string | null> {
  const check = call.properties.health_check;
  const limitMs = Math.max(1000, (check?.interval ?? 1) * 1000);
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(limitMs)]);
  if (check?.tcp) return probeTcp(check.tcp.host, check.tcp.port, signal);
  if (check?.http) return probeHttp(check.http.url, check.http.expected_status, signal);
  return null;
}

function probeTcp(host: string, port: number, signal: AbortSignal): Promise<string | null> {
  return new Promise((answer) => {
    const socket = connect({ host, port, signal });
    const end = (problem: string | null) => {
      socket.destroy();
      answer(problem);
    };
    socket.once('connect', () => end(null));
    socket.once('error', (error) => end(`${host}:${port}: ${messageOf(error)}`));
  });
}

async function probeHttp(url: string, expected: number, signal: AbortSignal): Promise<string | null> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual' });
    await response.body?.cancel();
    return response.status === expected ? null : `${url} answered with status ${response.status}, not ${expected}`;
  } catch (error) {
    return `${url}: ${messageOf((error as Error).cause ?? error)}`;
  }
}

/** Signals, and asks again until nothing is left; what does not go in time is killed. */
async function stop(call: ProcessCall, session: number) {
  const now = call.environment.now();
  const since = isMap(call.progress) ? (call.progress['since'] as number) : null;
  const stopMs = call.properties.stop_timeout * 1000;
  if (since === null) signalGroup(session, call.properties.stop_signal as NodeJS.Signals);
  else if (now - since >= stopMs) signalGroup(session, 'SIGKILL');
  if (since !== null && now - since >= stopMs + KILL_GRACE_MS) {
    throw retryLater(`process ${session} does not go, though it was killed`);
  }
  return askAgain(STOP_POLL_SECONDS, { since: since ?? now }, { reason: `waiting for process ${session} to end` });
}

async function endedEarly(call: ProcessCall, started: Started): Promise<Error> {
  return fail(`the process ended early${await tailOf(call, started.logFrom)}`);
}

/** The last lines it wrote, as a sentence to add. */
async function tailOf(call: ProcessCall, from: number): Promise<string> {
  const log = logFileOf(call, call.token);
  const file = await open(log, 'r').catch(() => null);
  if (!file) return `; its log ${log} can't be read`;
  try {
    const { size } = await file.stat();
    const length = Math.min(TAIL_BYTES, Math.max(0, size - from));
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    return lines === '' ? '; it wrote nothing' : `; the last it wrote:\n${lines}`;
  } finally {
    await file.close();
  }
}

function made(call: ProcessCall, leader: ProcessSighting, { token, startedAt, boot }: State) {
  return {
    physicalId: idOf(leader),
    attributes: {
      pid: leader.pid,
      started_at: new Date(startedAt).toISOString(),
      log_file: logFileOf(call, token),
    },
    state: { token, startedAt, boot },
  };
}

/** Whether one that never was complete is healthy, is for create to find out. */
function completeness(call: ProcessCall): { readonly complete: boolean } {
  return { complete: call.previous !== null };
}

/** The process of the call's physical id, if it still lives. */
async function findOurs(call: ProcessCall): Promise<ProcessSighting | null> {
  return call.physicalId === null ? null : findKnown(call.physicalId, stateOf(call));
}

/** The process `pid:start`; a later boot may have another of that name, so it must be of this boot, or carry the token. */
async function findKnown(id: string, { token, boot }: State): Promise<ProcessSighting | null> {
  const sighting = await findProcess(Number(id.split(':')[0]));
  if (!sighting || idOf(sighting) !== id) return null;
  return sighting.token === token || (boot !== null && boot === (await findBootId())) ? sighting : null;
}

function leaderOf(sightings: readonly ProcessSighting[]): ProcessSighting | undefined {
  return sightings.find((sighting) => sighting.pid === sighting.session);
}

function leadersFirst(a: ProcessSighting, b: ProcessSighting): number {
  return Number(b.pid === b.session) - Number(a.pid === a.session);
}

function idOf(sighting: ProcessSighting): string {
  return `${sighting.pid}:${sighting.start}`;
}

/** What is known of it: from its last success, else from the create under way. */
function stateOf(call: ProcessCall): State {
  if (isMap(call.state)) return call.state as unknown as State;
  const begun = isMap(call.progress) ? (call.progress as unknown as Partial<Started>) : {};
  return { token: call.token, startedAt: begun.startedAt ?? call.environment.now(), boot: begun.boot ?? null };
}

function logFileOf(call: ProcessCall, token: string): string {
  const { stateDirectory } = call.settings ?? localSettings();
  return call.properties.log_file === undefined
    ? join(stateDirectory, 'logs', `${token}.log`)
    : resolve(call.properties.log_file);
}
