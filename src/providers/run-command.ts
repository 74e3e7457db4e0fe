/**
 * Runs a command to its end and keeps what it said.
 *
 * Output is bounded: the beginning of stdout is kept, and the end of stderr, where the reason usually is. When the signal aborts or the time is over, the
 * whole process group is killed, and the result says so.
 */
import { type CommandLine, signalGroup, startProcess } from './processes.ts';

const MAX_STDOUT_BYTES = 1 << 20;
const MAX_STDERR_BYTES = 1 << 16;

export interface RunOptions {
  readonly cwd: string | undefined;
  readonly environment: { readonly [name: string]: string };
  readonly stdin: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface RunResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly killedBy: 'timeout' | 'abort' | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects only when the program can't be run at all. */
export async function runCommand(command: CommandLine, options: RunOptions): Promise<RunResult> {
  options.signal.throwIfAborted();
  const child = await startProcess(command, { cwd: options.cwd, environment: options.environment, stdio: 'pipe' });
  let killedBy: 'timeout' | 'abort' | null = null;
  const kill = (why: 'timeout' | 'abort') => {
    killedBy ??= why;
    signalGroup(child.pid as number, 'SIGKILL');
  };
  const abort = () => kill('abort');
  const timer = setTimeout(kill, options.timeoutMs, 'timeout');
  options.signal.addEventListener('abort', abort, { once: true });
  const [stdout, stderr] = [Buffer.alloc(0), Buffer.alloc(0)].map((kept) => ({ kept }));
  child.stdout?.on('data', (chunk: Buffer) => keep(stdout, chunk, 'head', MAX_STDOUT_BYTES));
  child.stderr?.on('data', (chunk: Buffer) => keep(stderr, chunk, 'tail', MAX_STDERR_BYTES));
  // A command that does not read its input closes the pipe: no failure of ours.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.stdin ?? '');
  try {
    const [exitCode, signal] = await exitOf(child);
    return { exitCode, killedBy: killedBy ?? signal, stdout: textOf(stdout), stderr: textOf(stderr) };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', abort);
  }
}

type Child = Awaited<ReturnType<typeof startProcess>>;

/** `close` waits for the pipes; what a command left running in the background may hold them, so `exit` and a turn are enough. */
function exitOf(child: Child): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve) => {
    let ended: [number | null, NodeJS.Signals | null] | null = null;
    child.once('close', (code, signal) => resolve(ended ?? [code, signal]));
    child.once('exit', (code, signal) => {
      ended = [code, signal];
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, 200).unref();
    });
  });
}

interface Kept {
  kept: Buffer;
}

function keep(into: Kept | undefined, chunk: Buffer, part: 'head' | 'tail', limit: number): void {
  if (!into || (part === 'head' && into.kept.length >= limit)) return;
  const all = Buffer.concat([into.kept, chunk]);
  into.kept = part === 'head' ? all.subarray(0, limit) : all.subarray(Math.max(0, all.length - limit));
}

function textOf(output: Kept | undefined): string {
  return output?.kept.toString('utf8') ?? '';
}
