/** `setpoint import-database`: an exported database into an empty one, all of it or nothing. */
import { randomUUID } from 'node:crypto';
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import type { GlobalOptions } from '../global-options.ts';
import { atTerminal, inSession, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

interface ImportOptions extends GlobalOptions {
  readonly keys?: string;
}

export function addImportDatabase(program: Command): void {
  program
    .command('import-database')
    .argument('<file>', 'what setpoint export-database wrote')
    .description('take over an exported database into an empty one')
    .option('--keys <file>', 'the key file of the exported database; it becomes this one’s')
    .action(
      atTerminal<ImportOptions>(async (terminal, options, path) => {
        if (!existsSync(path!)) throw new UsageError('NO_FILE', `there is no file ${path}`);
        if (options.keys !== undefined && !existsSync(options.keys))
          throw new UsageError('NO_FILE', `there is no file ${options.keys}`);
        const { keyFilePath } = await import('../../main/open-database.ts');
        const { checkExport } = await import('../../main/transfer/import-database.ts');
        const own = await keyFilePath(options.database);
        checkExport(path!, existsSync(own) ? own : (options.keys ?? null));
        if (options.keys !== undefined) takeKeys(options.keys, own);
        return inSession(terminal, options, (session) => runImport(session, path!));
      }),
    );
}

/** A database has one key file. */
function takeKeys(from: string, own: string): void {
  if (existsSync(own)) return;
  mkdirSync(dirname(own), { recursive: true, mode: 0o700 });
  copyFileSync(from, own, constants.COPYFILE_EXCL);
  chmodSync(own, 0o600);
}

async function runImport({ setpoint, terminal }: Session, path: string): Promise<number> {
  const { importDatabase } = await import('../../main/transfer/import-database.ts');
  const imported = await importDatabase(setpoint, path, randomUUID());
  if (terminal.json) terminal.printJson({ kind: 'imported', ...imported });
  else
    terminal.print(
      `${imported.rows} rows, exported at ${imported.exportedAt}, are in ${setpoint.path} now. ${imported.resources} resources are read before anything is decided by them; setpoint check -s STACK reads at once.`,
    );
  return exitCodes.done;
}
