/** `setpoint check`: looks at every object; changes none. */
import type { Command } from 'commander';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

export function addCheck(program: Command): void {
  addFollowOptions(program.command('check').description('look whether everything still stands as it should')).action(
    onDatabase<RequestOptions>(async (session, options) => {
      const stack = await chosenStack(session);
      return followWork(session, await session.setpoint.act(stack.name, 'CHECK'), options);
    }),
  );
}
