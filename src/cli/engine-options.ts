/** The values of `setpoint engine`'s options, or what is wrong with them. */
import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT` or `PORT`, which is the loopback's; port 0 takes a free one. */
export function parseAddress(text: string): Address {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]+):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? Number.NaN);
  if (match === null || port > 65_535)
    throw new UsageError('HTTP_ADDRESS', `--http: ${text} is no address`, 'say 127.0.0.1:9464');
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

export function parseCalls(text: string): number {
  const calls = Number(text);
  if (!/^\d+$/.test(text) || calls < 1 || calls > 100_000)
    throw new UsageError('CALLS', `--calls: ${text} is no number of calls`, 'a whole number from 1');
  return calls;
}

export function parsePeriod(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new UsageError('DURATION', `${option}: ${text} is no duration`, 'say 30s, 10m, 2h or 90d');
  return ms;
}
