/** `setpoint stop`: one stack by force. Its calls are aborted, its claims given back, and nothing goes on until the next request. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { chosenStack, onDatabase } from '../session.ts';
import { toJsonStack } from '../stack-shapes.ts';

export function addStop(program: Command): void {
  program
    .command('stop')
    .argument('[name]', 'the stack, as with --stack')
    .description('stop a stack by force; any request goes on with it')
    .option('--reason <text>', 'why; it becomes part of the stack’s reason', '')
    .action(
      onDatabase<{ reason: string }>(async (session, { reason }, name) => {
        const { setpoint, terminal } = session;
        const chosen = name === undefined ? (await chosenStack(session)).name : name;
        const { stack, operations } = await setpoint.stop(chosen, reason);
        if (terminal.json) terminal.printJson({ kind: 'stopped', operations, stack: toJsonStack(stack) });
        else {
          const calls =
            operations === 0
              ? 'no call was under way'
              : `${operations} ${operations === 1 ? 'operation rests' : 'operations rest'}, a call is aborted within an engine's heartbeat`;
          terminal.print(`${terminal.colors.bold(stack.name)}: stopped; ${calls}`);
          terminal.print(`Go on with: setpoint retry, up, rollback or down -s ${stack.name}`);
        }
        return exitCodes.done;
      }),
    );
}
