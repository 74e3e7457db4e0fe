/** `setpoint replace`: makes another object in the place of one, although its definition has not changed. */
import type { Command } from 'commander';
import { loadVersion } from '../find-version.ts';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';

interface ReplaceOptions extends RequestOptions {
  readonly reason?: string;
}

export function addReplace(program: Command): void {
  addFollowOptions(
    program.command('replace').argument('<resource>', 'NAME').description('make another object in the place of one'),
  )
    .option('--reason <text>', 'why; the events tell it')
    .action(
      onDatabase<ReplaceOptions>(async (session, options, name) => {
        const stack = await chosenStack(session);
        const row = await loadVersion(session, stack, name!, (version) => version.marked === null);
        const accepted = await session.setpoint.carryOn(stack.name, [
          { kind: 'replace', resourceId: row.id, reason: options.reason ?? 'asked for by a person' },
        ]);
        return followWork(session, accepted, options);
      }),
    );
}
