/**
 * Processes of this machine, known by what can't be taken over: start time and the token in their environment.
 *
 * A pid alone is reused; `pid:start` is not, within one boot. Some programs (nginx, PostgreSQL) write their title over the memory their
 * environment is read from, so the token finds a process surely only in its first moments. On Linux everything is read from /proc; elsewhere `ps` is asked, as far as
 * it tells. Processes are started as leaders of their own session, so that they outlive the engine and can be signalled as a group.
 */
import { execFile, type StdioOptions, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The name of the environment variable by which a process is found again. */
export const TOKEN_VARIABLE = 'SETPOINT_TOKEN';

/** Of the engine's own environment only these are passed on: the rest may hold the engine's secrets. */
const PASSED_ON = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR)$/;

export interface ProcessSighting {
  readonly pid: number;
  /** Opaque, and different for a later process of the same pid. */
  readonly start: string;
  /** The leader's pid. */
  readonly session: number;
  /** Null where it carries none, or none that can be read. */
  readonly token: string | null;
}

/** A command as written: words as they are, or one text for the shell. */
export type CommandLine = string | readonly string[];

export interface StartOptions {
  readonly cwd: string | undefined;
  readonly environment: { readonly [name: string]: string };
  readonly stdio: StdioOptions;
}

/** Starts a leader of a new session; resolves when the program runs, rejects when it can't be run. */
export async function startProcess(command: CommandLine, options: StartOptions) {
  const [program, ...words] = wordsOf(command);
  const child = spawn(program as string, words, {
    cwd: options.cwd,
    env: { ...passedOn(), ...options.environment },
    stdio: options.stdio,
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return child;
}

export function wordsOf(command: CommandLine): readonly string[] {
  return typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
}

/** What is wrong with a command as written. */
export function commandProblems(name: string, command: unknown): string[] {
  if (command === undefined || command === null) return [];
  const words = Array.isArray(command) ? command : [command];
  if (words.length === 0 || words.some((word) => typeof word !== 'string')) return [`${name} must be a text or a list of texts`];
  if (words[0] === '') return [`${name} must not be empty`];
  if (words.some((word) => word.includes('\0'))) return [`${name} must not contain a NUL character`];
  return [];
}

/** The live processes with this token in their environment: the one that was started, and what it started. */
export async function findByToken(token: string): Promise<readonly ProcessSighting[]> {
  return (await listProcesses()).filter((sighting) => sighting.token === token);
}

/** The live process with this pid, null for none (a zombie is none). */
export async function findProcess(pid: number): Promise<ProcessSighting | null> {
  if (process.platform === 'linux') return inspect(pid);
  return (await listProcesses()).find((sighting) => sighting.pid === pid) ?? null;
}

/** What names this boot of the machine; null where that is not known. */
export async function findBootId(): Promise<string | null> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null);
  return text?.trim() ?? null;
}

/** Signals a session's group; false when nothing is left of it. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function listProcesses(): Promise<readonly ProcessSighting[]> {
  if (process.platform !== 'linux') return listByPs();
  const names = await readdir('/proc');
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(inspect))).filter((sighting) => sighting !== null);
}

/** Reads /proc; a process that ends meanwhile or is a zombie is null. */
async function inspect(pid: number): Promise<ProcessSighting | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, so fields are counted from its end: state, ppid, group, session, …, start (field 22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return { pid, session: Number(fields[3]), start: fields[19] as string, token: await readToken(pid) };
  } catch {
    return null;
  }
}

/** Null also for the processes of others, whose environment we may not read. */
async function readToken(pid: number): Promise<string | null> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const variable = environment.split('\0').find((entry) => entry.startsWith(`${TOKEN_VARIABLE}=`));
  return variable?.slice(TOKEN_VARIABLE.length + 1) ?? null;
}

/** Where there is no /proc: the group stands for the session, as a leader's are the same. */
async function listByPs(): Promise<ProcessSighting[]> {
  const { stdout } = await promisify(execFile)('ps', ['axeww', '-o', 'pid=,pgid=,stat=,lstart=,command='], {
    maxBuffer: 1 << 26,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, group, state, start, rest] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+ +\S+ +\d+ +\S+ +\d+)\s(.*)$/.exec(line) ?? [];
    if (!pid || state?.startsWith('Z')) return [];
    const token = new RegExp(`(?:^| )${TOKEN_VARIABLE}=(\\S+)`).exec(rest as string)?.[1] ?? null;
    return [{ pid: Number(pid), session: Number(group), start: (start as string).replaceAll(/ +/g, '_'), token }];
  });
}

function passedOn(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
}
