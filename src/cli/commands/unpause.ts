/** `setpoint unpause`: engines claim again; no deadline has come nearer meanwhile. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';

export function addUnpause(program: Command): void {
  program
    .command('unpause')
    .description('let engines go on after setpoint pause')
    .action(
      onDatabase(async ({ setpoint, terminal }) => {
        const changed = await setpoint.store.unpause(setpoint.times());
        if (terminal.json) terminal.printJson({ state: 'open', changed });
        else terminal.print(changed ? 'engines go on' : 'it was not paused');
        return exitCodes.done;
      }),
    );
}
