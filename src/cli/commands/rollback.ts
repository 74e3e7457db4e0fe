/** `setpoint rollback`: back to the last goal that completed, or to any goal that is kept. */
import type { Command } from 'commander';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { goalNumber } from '../goal-number.ts';
import { chosenStack, onDatabase } from '../session.ts';

export function addRollback(program: Command): void {
  addFollowOptions(
    program
      .command('rollback')
      .argument('[goal]', 'a goal’s number, as history shows it')
      .description('go back to the last complete goal, or to a kept one'),
  ).action(
    onDatabase<RequestOptions>(async (session, options, goal) => {
      const stack = await chosenStack(session);
      const accepted = await session.setpoint.rollback(stack.name, goal === undefined ? undefined : goalNumber(goal));
      return followWork(session, accepted, options);
    }),
  );
}
