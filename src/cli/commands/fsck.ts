/** `setpoint fsck`: holds the database against the invariants that its rows can tell. Changes nothing. */
import type { Command } from 'commander';
import { checkDatabase } from '../../main/fsck.ts';
import type { Hooked } from '../../store/reads/hooked.ts';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';
import type { Colors } from '../terminal.ts';
import { clearCommand, toJsonHook } from './hooks.ts';

export function addFsck(program: Command): void {
  program
    .command('fsck')
    .description('check the database')
    .action(
      onDatabase(async ({ setpoint, terminal }) => {
        const findings = await checkDatabase(setpoint);
        const waiting = await setpoint.store.listHooked(null);
        if (terminal.json) terminal.printJson({ ok: findings.length === 0, findings, waiting: waiting.map(toJsonHook) });
        else if (findings.length === 0) terminal.print(terminal.colors.green('nothing is wrong'));
        else
          for (const { invariant, stack, what, remedy } of findings)
            terminal.print(
              `${terminal.colors.red(invariant)}${stack === null ? '' : ` ${stack}`}: ${what}\n  ${terminal.colors.dim('do:')} ${remedy}`,
            );
        if (!terminal.json && waiting.length > 0)
          terminal.print(waiting.map((one) => waitingText(one, terminal.colors)).join('\n'));
        return findings.length === 0 ? exitCodes.done : exitCodes.failed;
      }),
    );
}

/** Nothing is wrong with it: it waits for a person. */
function waitingText(one: Hooked, colors: Colors): string {
  return `${one.top} waits for you: ${one.path} rests at its hook ${one.hook}\n  ${colors.dim('do:')} ${clearCommand(one)}`;
}
