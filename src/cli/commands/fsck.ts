/** `setpoint fsck`: holds the database against the invariants that its rows can tell. Changes nothing. */
import type { Command } from 'commander';
import { checkDatabase } from '../../main/fsck.ts';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';

export function addFsck(program: Command): void {
  program
    .command('fsck')
    .description('check the database')
    .action(
      onDatabase(async ({ setpoint, terminal }) => {
        const findings = await checkDatabase(setpoint);
        if (terminal.json) terminal.printJson({ ok: findings.length === 0, findings });
        else if (findings.length === 0) terminal.print(terminal.colors.green('nothing is wrong'));
        else
          for (const { invariant, stack, what, remedy } of findings)
            terminal.print(
              `${terminal.colors.red(invariant)}${stack === null ? '' : ` ${stack}`}: ${what}\n  ${terminal.colors.dim('do:')} ${remedy}`,
            );
        return findings.length === 0 ? exitCodes.done : exitCodes.failed;
      }),
    );
}
