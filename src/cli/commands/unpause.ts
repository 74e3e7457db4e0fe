/** `setpoint unpause`: engines claim again; no deadline has come nearer meanwhile. An export that was killed half-way is given up, too. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';

export function addUnpause(program: Command): void {
  program
    .command('unpause')
    .description('let engines go on after setpoint pause')
    .action(
      onDatabase(async ({ setpoint, terminal }) => {
        const paused = await setpoint.store.unpause(setpoint.times());
        const changed = (await setpoint.store.reopen()) || paused;
        if (terminal.json) terminal.printJson({ state: 'open', changed });
        else terminal.print(changed ? 'engines go on' : 'it was not paused');
        return exitCodes.done;
      }),
    );
}
