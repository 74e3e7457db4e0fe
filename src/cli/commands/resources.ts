/** `setpoint resources`: what the stack consists of. */
import type { Command } from 'commander';
import type { ResourceRow, StackRow } from '../../engine/ports/store.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatResources } from '../format-resources.ts';
import { chosenStack, onDatabase, type Session } from '../session.ts';
import { toJsonResource } from '../stack-shapes.ts';

export function addResources(program: Command): void {
  program
    .command('resources')
    .description('the resources of a stack')
    .option('--all', 'every version, also those that are not wanted any more')
    .option('--nested', 'those of the stacks within it, too, by their path')
    .action(
      onDatabase<{ all?: boolean; nested?: boolean }>(async (session, options) => {
        const { terminal } = session;
        const stack = await chosenStack(session);
        const rows = (await readRows(session, stack, options.nested ?? false))
          .filter((row) => options.all || row.marked === null)
          .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id - b.id));
        if (terminal.json) terminal.printJson(rows.map(toJsonResource));
        else terminal.print(rows.length === 0 ? 'It has no resources.' : formatResources(rows, terminal.colors));
        return exitCodes.done;
      }),
    );
}

/** Of one stack, and of those within it under the path of names that leads to them. */
async function readRows({ setpoint }: Session, stack: StackRow, nested: boolean): Promise<readonly ResourceRow[]> {
  const rows = [...(await setpoint.store.readStack(stack.id))!.resources];
  if (!nested) return rows;
  const pathOf = new Map(rows.map((row) => [row.id, row.name]));
  for (const child of await setpoint.store.listNested(stack)) {
    const path = pathOf.get(child.parentResource!);
    if (path === undefined) continue;
    for (const row of (await setpoint.store.readStack(child.id))!.resources) {
      const name = `${path}/${row.name}`;
      pathOf.set(row.id, name);
      rows.push({ ...row, name });
    }
  }
  return rows;
}
