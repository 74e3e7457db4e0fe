/** `setpoint priority`: which stacks engines serve first, changed without a new goal. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { readPriority } from '../read-priority.ts';
import { chosenStack, onDatabase } from '../session.ts';
import { toJsonStack } from '../stack-shapes.ts';

export function addPriority(program: Command): void {
  program
    .command('priority')
    .argument('<priority>', 'high, normal or low')
    .description('serve a stack before or after others, from now on')
    .action(
      onDatabase(async (session, _options, text) => {
        const priority = readPriority(text!);
        const { setpoint, terminal } = session;
        const stack = await setpoint.setPriority((await chosenStack(session)).name, priority);
        if (terminal.json) terminal.printJson(toJsonStack(stack));
        else terminal.print(`${terminal.colors.bold(stack.name)}: ${priority} priority`);
        return exitCodes.done;
      }),
    );
}
