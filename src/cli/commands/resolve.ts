/** `setpoint resolve`: a person says what became of an object of which no engine can know. */
import type { Command } from 'commander';
import type { Edit } from '../../engine/ports/store.ts';
import { loadVersion } from '../find-version.ts';
import { addFollowOptions, type RequestOptions } from '../follow-options.ts';
import { followWork } from '../follow-work.ts';
import { chosenStack, onDatabase } from '../session.ts';
import { UsageError } from '../usage-error.ts';

interface ResolveOptions extends RequestOptions {
  readonly adopt?: string;
  readonly absent?: boolean;
}

export function addResolve(program: Command): void {
  addFollowOptions(
    program
      .command('resolve')
      .argument('<resource>', 'NAME or NAME@VERSION')
      .description('say what became of what ended UNKNOWN'),
  )
    .option('--adopt <id>', 'it exists, with this physical id')
    .option('--absent', 'it does not exist')
    .action(
      onDatabase<ResolveOptions>(async (session, options, name) => {
        if ((options.adopt === undefined) === !options.absent) throw new UsageError('USAGE', 'say either --adopt ID or --absent');
        const stack = await chosenStack(session);
        const row = await loadVersion(session, stack, name!, (version) => version.status === 'UNKNOWN');
        const edit: Edit =
          options.adopt === undefined
            ? { kind: 'absent', resourceId: row.id }
            : { kind: 'adopt', resourceId: row.id, physicalId: options.adopt };
        return followWork(session, await session.setpoint.carryOn(stack.name, [edit]), options);
      }),
    );
}
