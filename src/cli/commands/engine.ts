/**
 * `setpoint engine`: works on whatever there is to do in the database, until it is told to stop or nothing is left that it could do.
 *
 * SIGTERM and Ctrl-C drain it: it claims nothing more, calls under way may end within a bound, what has not ended by then is given back, and
 * the process exits with 0. A second one leaves at once, which is safe, too.
 */
import type { Command } from 'commander';
import type { Engine } from '../../engine/engine.ts';
import { formatDuration } from '../duration.ts';
import { createEngineLog, type LogLevel } from '../engine-log.ts';
import { parseAddress, parseCalls, parsePeriod } from '../engine-options.ts';
import { serveEngineStatus } from '../engine-status.ts';
import { exitCodes } from '../exit-codes.ts';
import type { GlobalOptions } from '../global-options.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { pause } from '../pause.ts';
import { atTerminal, inSession, type Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';

export interface EngineCommandOptions extends GlobalOptions {
  readonly untilIdle?: boolean;
  readonly calls?: string;
  readonly drain: string;
  readonly http?: string;
  readonly logLevel: LogLevel;
  readonly traces?: boolean;
}

export function addEngine(program: Command): void {
  program
    .command('engine')
    .description('run an engine until SIGTERM or Ctrl-C')
    .option('--until-idle', 'leave as soon as nothing is left that this engine could do')
    .option('--calls <count>', 'provider calls at once; 64 when left out')
    .option('--drain <duration>', 'how long calls under way may go on once it is told to stop', '20s')
    .option('--http <address>', 'serve /healthz, /readyz and /metrics on HOST:PORT')
    .option('--log-level <level>', 'debug, info, warn or silent', 'info')
    .option('--traces', 'write OpenTelemetry spans, with the SDK that was loaded before (NODE_OPTIONS=--import …)')
    .action(atTerminal<EngineCommandOptions>(runEngine));
}

async function runEngine(terminal: Terminal, options: EngineCommandOptions): Promise<number> {
  const drainMs = parsePeriod('--drain', options.drain);
  const calls = options.calls === undefined ? undefined : parseCalls(options.calls);
  const address = options.http === undefined ? null : parseAddress(options.http);
  const log = await createEngineLog(terminal, options.verbose ? 'debug' : options.logLevel);
  let pulsedAt = Number.NEGATIVE_INFINITY;
  const more = {
    ...(log ? { log } : {}),
    ...(calls === undefined ? {} : { engine: { concurrency: calls } }),
    ...(options.traces ? { tracer: await globalTracer() } : {}),
    metrics: address !== null,
    onPulse: () => {
      pulsedAt = performance.now();
    },
  };
  return inSession(
    terminal,
    options,
    async (session) => {
      const interrupt = listenForInterrupt();
      const engine = session.setpoint.startEngine();
      const status = address && (await serveEngineStatus(session, address, interrupt.signal, () => performance.now() - pulsedAt));
      announce(session, engine, status?.url ?? null);
      log?.info('engine started', { engine: engine.id, database: session.setpoint.path });
      try {
        await work(session, options.untilIdle ?? false, interrupt.signal);
        if (interrupt.signal.aborted) await drain(session, engine, drainMs);
        log?.info('engine leaves', { engine: engine.id });
        return exitCodes.done;
      } finally {
        interrupt.stop();
        await status?.close();
      }
    },
    more,
  );
}

function announce({ terminal, setpoint }: Session, engine: Engine, url: string | null): void {
  if (terminal.json)
    terminal.printJson({
      kind: 'engine',
      id: engine.id,
      pid: process.pid,
      database: setpoint.path,
      ...(url ? { http: url } : {}),
    });
  else
    terminal.print(
      `engine ${engine.id} works on ${setpoint.path}, as process ${process.pid}${url === null ? '' : `, and tells of itself at ${url}`}`,
    );
}

async function work(session: Session, untilIdle: boolean, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(untilIdle && (await isIdle(session)))) {
    session.setpoint.throwIfEngineFailed();
    await pause(50, signal);
  }
}

async function drain({ terminal, setpoint }: Session, engine: Engine, drainMs: number): Promise<void> {
  if (engine.inFlight > 0 && !terminal.json)
    terminal.print(`no new work; what is under way (${engine.inFlight}) may end within ${formatDuration(drainMs)}`);
  await engine.stop(drainMs);
  setpoint.throwIfEngineFailed();
}

/** Nothing is left that this engine could do, or that another one does; says what it leaves behind. */
async function isIdle({ setpoint, terminal }: Session): Promise<boolean> {
  const gate = await setpoint.store.readGate();
  const { possible, beyond, unfinished } = await setpoint.outlook();
  if (possible > 0 && gate.state === 'open') return false;
  if (unfinished.length > 0 && gate.state !== 'open')
    terminal.warn(`left ${unfinished.join(', ')}: the database is ${gate.state}, and nothing is claimed`);
  else if (unfinished.length > 0)
    terminal.warn(
      `left ${unfinished.join(', ')}: what is left wants an engine that offers ${beyond.join(', ') || 'something else'}`,
    );
  return true;
}

async function globalTracer() {
  const { trace } = await import('@opentelemetry/api');
  return trace.getTracer('setpoint');
}
