/** `setpoint purge`: removes what is over and old, at once; engines do the same slowly, by the retention that the configuration says. */
import type { Command } from 'commander';
import { parsePeriod } from '../engine-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';

export function addPurge(program: Command): void {
  program
    .command('purge')
    .description('remove old events, traversals, goals and deleted stacks')
    .option('--older-than <duration>', 'all of them from that age on, goals too; left out: as the configuration says')
    .action(
      onDatabase<{ olderThan?: string }>(async ({ setpoint, terminal }, { olderThan }) => {
        const age = olderThan === undefined ? null : parsePeriod('--older-than', olderThan);
        const purged = await setpoint.purge(
          age === null ? {} : { eventsMs: age, traversalsMs: age, deletedStacksMs: age, goalsMs: age },
        );
        if (terminal.json) terminal.printJson({ kind: 'purged', ...purged });
        else
          terminal.print(
            `removed: ${purged.events} events, ${purged.traversals} traversals, ${purged.goals} goals, ${purged.stacks} deleted stacks, ${purged.tombstones} tokens that nobody came to look for`,
          );
        return exitCodes.done;
      }),
    );
}
