/**
 * `setpoint forget`: strikes a version out of the database and leaves its object, if there is one, alone. If the goal still has a resource
 * of that name, another one is made.
 */
import type { Command } from 'commander';
import { loadVersion } from '../find-version.ts';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

export function addForget(program: Command): void {
  addFollowOptions(
    program
      .command('forget')
      .argument('<resource>', 'NAME or NAME@VERSION')
      .description('let go of an object without deleting it'),
  ).action(
    onDatabase<RequestOptions>(async (session, options, name) => {
      const stack = await chosenStack(session);
      const row = await loadVersion(session, stack, name!);
      return followWork(session, await session.setpoint.carryOn(stack.name, [{ kind: 'forget', resourceId: row.id }]), options);
    }),
  );
}
