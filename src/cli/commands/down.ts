/** `setpoint down`: deletes a stack with everything it made, or lets go of it. */
import type { Command } from 'commander';
import { addFollowOptions, type RequestOptions, timeoutOf } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

interface DownOptions extends RequestOptions {
  readonly abandon?: boolean;
}

export function addDown(program: Command): void {
  addFollowOptions(program.command('down').description('delete a stack and all that it made'))
    .option('--abandon', 'forget the stack and leave everything it made standing')
    .option('--timeout <duration>', 'fail what has not ended by then: 90, 90s, 10m, 2h; none')
    .action(
      onDatabase<DownOptions>(async (session, options) => {
        const stack = await chosenStack(session);
        const accepted = await session.setpoint.remove(stack.name, { abandon: options.abandon ?? false, ...timeoutOf(options) });
        return followWork(session, accepted, options);
      }),
    );
}
