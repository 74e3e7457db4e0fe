/**
 * One command's run: the database opened as the options say, a terminal, and the stack that is meant. What is thrown becomes a message and
 * an exit code here and nowhere else.
 */
import type { Command } from 'commander';
import type { Logger, ResourceType } from '../engine/ports/provider.ts';
import type { StackRow } from '../engine/ports/store.ts';
import { databaseExists, databasePath } from '../main/database-path.ts';
import type { Setpoint, SetpointOptions } from '../main/setpoint.ts';
import type { EventSinkType } from '../main/sinks/event-sink.ts';
import { loadProviderModule } from '../providers/load-module.ts';
import { messageOf } from '../std/failure.ts';
import type { JsonMap } from '../std/json.ts';
import type { ExitCode } from './exit-codes.ts';
import type { GlobalOptions } from './global-options.ts';
import { loadConfig, loadRetention } from './load-config.ts';
import { reportError } from './report-error.ts';
import { createTerminal, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface Session {
  readonly setpoint: Setpoint;
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
}

type Body<O> = (session: Session, options: O & GlobalOptions, ...args: string[]) => Promise<ExitCode>;
type Desk<O> = (terminal: Terminal, options: O & GlobalOptions, ...args: string[]) => Promise<ExitCode>;

/** An action that needs a database that is there: it makes none. */
export function onDatabase<O>(body: Body<O>): (...args: unknown[]) => Promise<void> {
  return atTerminal<O>((terminal, options, ...args) => {
    const path = databasePath(options.database);
    if (!databaseExists(options.database))
      throw new UsageError(
        'NO_DATABASE',
        `there is no database at ${path}`,
        'setpoint up TEMPLATE makes one; --database names another',
      );
    return inSession(terminal, options, (session) => body(session, options, ...args));
  });
}

/** An action that needs no database. */
export function atTerminal<O>(body: Desk<O>): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const options = (args.at(-1) as Command).optsWithGlobals<O & GlobalOptions>();
    const terminal = createTerminal(options);
    process.exitCode = await run(terminal, () => body(terminal, options, ...(args.slice(0, -2) as string[])));
  };
}

async function run(terminal: Terminal, body: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await body();
  } catch (error) {
    return reportError(terminal, error);
  }
}

/** Opens the database, making it where there is none. */
export async function inSession(
  terminal: Terminal,
  options: GlobalOptions,
  body: (session: Session) => Promise<ExitCode>,
  more: Partial<SetpointOptions> = {},
): Promise<ExitCode> {
  const types = await loadTypes(options.provider);
  const { openSetpoint } = await import('../main/setpoint.ts');
  const setpoint = await openSetpoint({
    database: options.database,
    allowLocal: options.local,
    types,
    settings: options.config === undefined ? {} : loadConfig(options.config),
    retention: options.config === undefined ? {} : loadRetention(options.config),
    eventSinks: await loadSinks(options.config),
    ...(options.verbose ? { log: logTo(terminal) } : {}),
    ...more,
  });
  if (setpoint.restored !== null)
    terminal.warn(
      `the database's file is another one than when it was opened last: a backup, or a copy. ${setpoint.restored} resources are read again before anything is decided. If the original is still in use, stop here: two databases must never drive the same objects`,
    );
  try {
    return await body({ setpoint, terminal, options });
  } finally {
    await setpoint.close();
  }
}

export async function loadTypes(files: readonly string[]): Promise<readonly ResourceType[]> {
  try {
    return (await Promise.all(files.map(loadProviderModule))).flat();
  } catch (error) {
    throw new UsageError('PROVIDER', messageOf(error));
  }
}

/** Loaded only where there is a configuration: most commands need nothing that sends. */
export async function loadSinks(config: string | undefined): Promise<readonly EventSinkType[]> {
  return config === undefined ? [] : (await import('./load-event-sinks.ts')).loadEventSinks(config);
}

function logTo(terminal: Terminal): Logger {
  const write = (level: string) => (message: string, fields?: JsonMap) =>
    terminal.warn(
      terminal.json
        ? JSON.stringify({ level, message, ...fields })
        : `${level}: ${message}${fields ? ` ${JSON.stringify(fields)}` : ''}`,
    );
  return { debug: write('debug'), info: write('info'), warn: write('warn') };
}

/** The stack that is named, or the only one. */
export async function chosenStack(session: Session): Promise<StackRow> {
  const { setpoint, options } = session;
  if (options.stack !== undefined) return setpoint.loadStack(options.stack);
  const stacks = await setpoint.store.listStacks(setpoint.tenant);
  const [only, ...others] = stacks;
  if (only === undefined) throw new UsageError('NO_STACK', 'there is no stack', 'setpoint up TEMPLATE makes one');
  if (others.length > 0)
    throw new UsageError(
      'WHICH_STACK',
      `there are ${stacks.length} stacks: say which with --stack`,
      stacks.map((stack) => stack.name).join(', '),
    );
  return only;
}

/** Like chosenStack, but the last deleted one of that name will do: its events and traversals are kept. */
export async function chosenStackEvenDeleted(session: Session): Promise<StackRow> {
  const { setpoint, options } = session;
  if (options.stack === undefined) return chosenStack(session);
  const found = await setpoint.findStack(options.stack);
  const deleted =
    found ??
    (await setpoint.store.listStacks(setpoint.tenant, { deleted: true })).filter((stack) => stack.name === options.stack).at(-1);
  return deleted ?? setpoint.loadStack(options.stack);
}
