/** `setpoint resume`: what a resource requires wakes up before it. */
import type { Command } from 'commander';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

export function addResume(program: Command): void {
  addFollowOptions(program.command('resume').description('wake a suspended stack up')).action(
    onDatabase<RequestOptions>(async (session, options) => {
      const stack = await chosenStack(session);
      return followWork(session, await session.setpoint.act(stack.name, 'RESUME'), options);
    }),
  );
}
