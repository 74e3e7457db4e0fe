/** The options of every command that commits a request. */
import type { Command } from 'commander';
import { parseDuration } from './duration.ts';
import { UsageError } from './usage-error.ts';

export interface RequestOptions {
  readonly detach?: boolean;
  readonly wait?: boolean;
  readonly engine?: boolean;
  readonly timeout?: string;
}

export function addFollowOptions(command: Command): Command {
  return command
    .option('--wait', 'work on it here until it has ended (the default)')
    .option('--detach', 'only hand it in: an engine goes on with it')
    .option('--no-engine', 'wait, but work on nothing here: engines elsewhere do it');
}

export function timeoutOf(options: RequestOptions): { readonly timeoutMs?: number | null } {
  if (options.timeout === undefined) return {};
  if (options.timeout === 'none') return { timeoutMs: null };
  const timeoutMs = parseDuration(options.timeout);
  if (timeoutMs === null || timeoutMs <= 0)
    throw new UsageError(
      'USAGE',
      `--timeout ${options.timeout} is no duration`,
      'seconds, or a number with s, m or h; none for no limit',
    );
  return { timeoutMs };
}
