/** `setpoint resources`: what the stack consists of. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { formatResources } from '../format-resources.ts';
import { chosenStack, onDatabase } from '../session.ts';
import { toJsonResource } from '../stack-shapes.ts';

export function addResources(program: Command): void {
  program
    .command('resources')
    .description('the resources of a stack')
    .option('--all', 'every version, also those that are not wanted any more')
    .action(
      onDatabase<{ all?: boolean }>(async (session, options) => {
        const { setpoint, terminal } = session;
        const stack = await chosenStack(session);
        const view = (await setpoint.store.readStack(stack.id))!;
        const rows = view.resources
          .filter((row) => options.all || row.marked === null)
          .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
        if (terminal.json) terminal.printJson(rows.map(toJsonResource));
        else terminal.print(rows.length === 0 ? 'It has no resources.' : formatResources(rows, terminal.colors));
        return exitCodes.done;
      }),
    );
}
