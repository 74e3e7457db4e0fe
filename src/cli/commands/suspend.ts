/** `setpoint suspend`: what requires a resource rests before it. */
import type { Command } from 'commander';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

export function addSuspend(program: Command): void {
  addFollowOptions(program.command('suspend').description('put everything to rest that can be')).action(
    onDatabase<RequestOptions>(async (session, options) => {
      const stack = await chosenStack(session);
      return followWork(session, await session.setpoint.act(stack.name, 'SUSPEND'), options);
    }),
  );
}
