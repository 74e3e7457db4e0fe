/** `setpoint list`: the stacks of the database. */
import type { Command } from 'commander';
import type { StackRow } from '../../engine/ports/store.ts';
import { databaseExists } from '../../main/database-path.ts';
import { coloredStatus } from '../colored-status.ts';
import { formatTime } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { atTerminal, inSession } from '../session.ts';
import { toJsonStack } from '../stack-shapes.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

export function addList(program: Command): void {
  program
    .command('list')
    .description('the stacks there are')
    .option('--deleted', 'those that were deleted, too')
    .option('--nested', 'those within others, too')
    .action(
      atTerminal<{ deleted?: boolean; nested?: boolean }>(async (terminal, options) => {
        if (!databaseExists(options.database)) return printStacks(terminal, []);
        const { deleted = false, nested = false } = options;
        return inSession(terminal, options, async ({ setpoint }) =>
          printStacks(terminal, await setpoint.store.listStacks(setpoint.tenant, { deleted, nested })),
        );
      }),
    );
}

function printStacks(terminal: Terminal, stacks: readonly StackRow[]): number {
  if (terminal.json) terminal.printJson(stacks.map(toJsonStack));
  else if (stacks.length === 0) terminal.print('There is no stack: setpoint up TEMPLATE makes one.');
  else
    terminal.print(
      formatTable(
        ['stack', 'status', 'goal', 'complete', 'changed', 'reason'],
        stacks.map((stack) => rowOf(stack, terminal)),
        terminal.colors,
      ),
    );
  return exitCodes.done;
}

function rowOf(stack: StackRow, { colors }: Terminal): string[] {
  const status = coloredStatus(`${stack.action} ${stack.status}`, colors);
  const priority = stack.priority === 'normal' ? [] : [`${stack.priority} priority`];
  const reason = stack.status === 'FAILED' ? [stack.reason.slice(0, 60)] : stack.suspended ? ['suspended'] : [];
  return [
    stack.name,
    stack.deletedAt === null ? status : colors.dim('deleted'),
    String(stack.goal),
    String(stack.completeGoal ?? '-'),
    formatTime(stack.updatedAt ?? stack.createdAt),
    [...priority, ...reason].join('; '),
  ];
}
