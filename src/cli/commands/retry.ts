/** `setpoint retry`: another traversal towards the goal in force. */
import type { Command } from 'commander';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

export function addRetry(program: Command): void {
  addFollowOptions(program.command('retry').description('try again what failed, towards the same goal')).action(
    onDatabase<RequestOptions>(async (session, options) => {
      const stack = await chosenStack(session);
      return followWork(session, await session.setpoint.carryOn(stack.name), options);
    }),
  );
}
