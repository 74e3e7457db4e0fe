/** `setpoint cancel`: a create, update or other way to a new goal that is under way is given up, and the stack goes back to its last complete goal. */
import type { Command } from 'commander';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

export function addCancel(program: Command): void {
  addFollowOptions(program.command('cancel').description('stop what is under way and go back to the last complete goal')).action(
    onDatabase<RequestOptions>(async (session, options) => {
      const stack = await chosenStack(session);
      return followWork(session, await session.setpoint.cancel(stack.name), options);
    }),
  );
}
