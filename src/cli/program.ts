/** The command line as a whole: the global options, and the commands, one file each in commands/. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addCancel } from './commands/cancel.ts';
import { addCheck } from './commands/check.ts';
import { addDiff } from './commands/diff.ts';
import { addDown } from './commands/down.ts';
import { addEngine } from './commands/engine.ts';
import { addEngines } from './commands/engines.ts';
import { addEvents } from './commands/events.ts';
import { addExportDatabase } from './commands/export-database.ts';
import { addForget } from './commands/forget.ts';
import { addFsck } from './commands/fsck.ts';
import { addGraph } from './commands/graph.ts';
import { addHistory } from './commands/history.ts';
import { addHookClear } from './commands/hook-clear.ts';
import { addHooks } from './commands/hooks.ts';
import { addImport } from './commands/import.ts';
import { addImportDatabase } from './commands/import-database.ts';
import { addLimits } from './commands/limits.ts';
import { addList } from './commands/list.ts';
import { addMarkRestored } from './commands/mark-restored.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOutputs } from './commands/outputs.ts';
import { addPause } from './commands/pause.ts';
import { addPreview } from './commands/preview.ts';
import { addPriority } from './commands/priority.ts';
import { addPurge } from './commands/purge.ts';
import { addReplace } from './commands/replace.ts';
import { addResolve } from './commands/resolve.ts';
import { addResources } from './commands/resources.ts';
import { addResume } from './commands/resume.ts';
import { addRetry } from './commands/retry.ts';
import { addRollback } from './commands/rollback.ts';
import { addRotateKey } from './commands/rotate-key.ts';
import { addSchema } from './commands/schema.ts';
import { addShow } from './commands/show.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStop } from './commands/stop.ts';
import { addSuspend } from './commands/suspend.ts';
import { addTypes } from './commands/types.ts';
import { addUnpause } from './commands/unpause.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { addVersions } from './commands/versions.ts';
import { addWhy } from './commands/why.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { addGlobalOptions } from './global-options.ts';
import { reportError } from './report-error.ts';
import { createTerminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const groups: readonly (readonly [string, readonly ((program: Command) => void)[]])[] = [
  [
    'Goals:',
    [
      addUp,
      addPreview,
      addValidate,
      addSimulate,
      addDown,
      addRollback,
      addCancel,
      addRetry,
      addSuspend,
      addResume,
      addCheck,
      addHookClear,
    ],
  ],
  [
    'Looking:',
    [
      addList,
      addShow,
      addResources,
      addVersions,
      addEvents,
      addOutputs,
      addHistory,
      addDiff,
      addGraph,
      addWhy,
      addHooks,
      addTypes,
      addSchema,
    ],
  ],
  [
    'Operating:',
    [
      addEngine,
      addEngines,
      addPause,
      addUnpause,
      addLimits,
      addPriority,
      addStop,
      addExportDatabase,
      addImportDatabase,
      addMarkRestored,
      addMigrate,
      addPurge,
      addRotateKey,
      addReplace,
      addForget,
      addImport,
      addResolve,
      addFsck,
    ],
  ],
];

export async function runProgram(argv: readonly string[]): Promise<ExitCode> {
  const program = createProgram();
  const terminal = createTerminal({ json: argv.includes('--json'), color: !argv.includes('--no-color') });
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(terminal, error);
    if (error.exitCode === 0) return exitCodes.done;
    if (error.code !== 'commander.help')
      reportError(terminal, new UsageError('USAGE', error.message.replace(/^error: /, ''), hintFor(error)));
    return exitCodes.usage;
  }
}

/** Whoever comes from Heat or Terraform says the name of the stack as an argument. */
const hintFor = ({ code }: CommanderError): string =>
  code === 'commander.excessArguments'
    ? 'a stack is named with -s STACK; setpoint COMMAND --help'
    : 'setpoint --help, setpoint COMMAND --help';

export function createProgram(): Command {
  const program = new Command('setpoint')
    .description('Converges stacks of resources on the latest goal you set.')
    .version(readVersion(), '-V, --version')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  addGlobalOptions(program);
  for (const [title, adders] of groups) {
    program.commandsGroup(title);
    for (const add of adders) add(program);
  }
  return program;
}

function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
