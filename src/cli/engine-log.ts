/**
 * The engine's log on standard error: lines for a person at a terminal, one JSON object a line (pino) for everybody else.
 */
import type { Logger } from '../engine/ports/provider.ts';
import type { JsonMap } from '../std/json.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'silent';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'silent'];

/** Null: nothing is logged. */
export async function createEngineLog(terminal: Terminal, level: LogLevel): Promise<Logger | null> {
  if (!levels.includes(level)) throw new UsageError('LOG_LEVEL', `--log-level: ${level} is no level`, levels.join(', '));
  if (level === 'silent') return null;
  return process.stderr.isTTY === true && !terminal.json ? logLines(terminal, level) : logRecords(level);
}

/** Written at once: the last record before a crash is the one that matters. */
async function logRecords(level: LogLevel): Promise<Logger> {
  const { pino } = await import('pino');
  const log = pino(
    { level, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ fd: 2, sync: true }),
  );
  const write = (at: 'debug' | 'info' | 'warn') => (message: string, fields?: JsonMap) => log[at](fields ?? {}, message);
  return { debug: write('debug'), info: write('info'), warn: write('warn') };
}

function logLines(terminal: Terminal, level: LogLevel): Logger {
  const { dim, yellow } = terminal.colors;
  const write = (at: LogLevel, paint: (text: string) => string) => (message: string, fields?: JsonMap) => {
    if (levels.indexOf(at) < levels.indexOf(level)) return;
    const more = Object.entries(fields ?? {}).map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    terminal.warn(`${paint(message)} ${dim(more.join(' '))}`.trimEnd());
  };
  const plain = (text: string): string => text;
  return { debug: write('debug', dim), info: write('info', plain), warn: write('warn', yellow) };
}
