/** `setpoint mark-restored`: the rows come from another time, so that everything is read before anything is decided by them. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';

export function addMarkRestored(program: Command): void {
  program
    .command('mark-restored')
    .description('say that the database was restored from a backup: every object is read again before anything is decided')
    .action(
      onDatabase(async ({ setpoint, terminal }) => {
        const incarnation = randomUUID();
        const resources = await setpoint.store.markRestored(setpoint.times(), incarnation);
        if (terminal.json) terminal.printJson({ kind: 'restored', incarnation, resources });
        else
          terminal.print(
            `restored: ${resources} ${resources === 1 ? 'resource is' : 'resources are'} read by the next traversal of each stack; setpoint check -s STACK reads now and changes nothing`,
          );
        return exitCodes.done;
      }),
    );
}
