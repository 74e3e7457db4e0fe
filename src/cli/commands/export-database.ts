/** `setpoint export-database`: everything into one file, for another database; this one is marked moved and refuses work from then on. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { parsePeriod } from '../engine-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { pause } from '../pause.ts';
import { onDatabase } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export function addExportDatabase(program: Command): void {
  program
    .command('export-database')
    .argument('<file>', 'where to; it must not exist')
    .description('move the whole database into a file; this one is not worked on any more')
    .option('--drain <duration>', 'how long calls under way may take to end', '10s')
    .action(
      onDatabase<{ drain: string }>(async ({ setpoint, terminal }, options, path) => {
        if (existsSync(path!)) throw new UsageError('FILE_EXISTS', `${path} exists already`, 'name another file, or remove it');
        const interrupt = listenForInterrupt();
        const { signal } = interrupt;
        const drainMs = parsePeriod('--drain', options.drain);
        const wait = (ms: number) => pause(ms, signal);
        const { exportDatabase } = await import('../../main/transfer/export-database.ts');
        const exported = await exportDatabase(setpoint, { path: path!, drainMs, wait, signal }).finally(interrupt.stop);
        if (terminal.json) terminal.printJson({ kind: 'exported', file: path, ...exported });
        else {
          terminal.print(`${exported.rows} rows in ${path}. ${setpoint.path} is marked moved: nothing is done in it any more.`);
          if (exported.unfinished > 0)
            terminal.print(`${exported.unfinished} operations had not ended; what they made is looked for where it is imported.`);
          terminal.print(
            `Go on with: setpoint --database NEW import-database ${path} --keys ${setpoint.keyFile}\nOr undo it, as long as it was not imported: setpoint mark-restored`,
          );
        }
        return exitCodes.done;
      }),
    );
}
