/** `setpoint pause`: no engine claims anything until `setpoint unpause`; what is under way ends, requests are accepted and wait. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';

export function addPause(program: Command): void {
  program
    .command('pause')
    .description('let no engine begin anything more, in the whole database')
    .option('--reason <text>', 'why; it is shown to whoever wonders', '')
    .action(
      onDatabase<{ reason: string }>(async ({ setpoint, terminal }, { reason }) => {
        const changed = await setpoint.store.pause(setpoint.times(), reason);
        if (terminal.json) terminal.printJson({ state: 'paused', changed });
        else
          terminal.print(
            changed
              ? 'paused: what is under way ends, nothing else begins; setpoint engines shows what is left, setpoint unpause goes on'
              : 'it was paused already',
          );
        return exitCodes.done;
      }),
    );
}
