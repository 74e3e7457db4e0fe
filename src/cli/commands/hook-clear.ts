/** `setpoint hook-clear`: lets go on what rests at a hook. */
import type { Command } from 'commander';
import type { StackRow } from '../../engine/ports/store.ts';
import type { Hooked } from '../../store/reads/hooked.ts';
import { HOOKS, type Hook } from '../../template/resource-rules.ts';
import { exitCodes } from '../exit-codes.ts';
import { followWork } from '../follow-work.ts';
import { isAnyEngineAlive, noEngineText } from '../held-up.ts';
import { chosenStack, onDatabase, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { toJsonHook } from './hooks.ts';

type Options = {
  readonly [hook in 'preCreate' | 'preUpdate' | 'preDelete' | 'postCreate' | 'postUpdate' | 'postDelete']?: boolean;
} & {
  readonly wait?: boolean;
};

export function addHookClear(program: Command): void {
  const command = program
    .command('hook-clear')
    .argument('<stack>', 'the stack; with --stack, the first resource')
    .argument('[resources...]', 'names, in nested stacks as NEST/NAME; * stands for any part of a name')
    .description('go on with what waits at a hook');
  for (const hook of HOOKS) command.option(`--${hook}`, `only hooks ${hook}`);
  command.option('--wait', 'work on it here until it has ended').action(
    onDatabase<Options>(async (session, options, first, rest) => {
      const { stack, paths } = await meant(session, [first!, ...(rest as unknown as string[])]);
      const cleared = await session.setpoint.clearHooks(stack, paths, hooksOf(options));
      if (!options.wait) await tell(session, cleared);
      else {
        const accepted = { stack, goal: stack.goal, traversal: stack.traversal, walked: 0, warnings: [] };
        return followWork(session, accepted, { announce: false });
      }
      return exitCodes.done;
    }),
  );
}

async function meant(session: Session, names: readonly string[]): Promise<{ stack: StackRow; paths: readonly string[] }> {
  const [first = '', ...others] = names;
  if (session.options.stack !== undefined) return { stack: await chosenStack(session), paths: names };
  if (others.length === 0)
    throw new UsageError('USAGE', 'which resource?', 'setpoint hook-clear STACK RESOURCE …; setpoint hooks lists them');
  return { stack: await session.setpoint.loadStack(first), paths: others };
}

function hooksOf(options: Options): readonly Hook[] | null {
  const asked = HOOKS.filter((hook) => options[hook.replace(/-./, (c) => c.slice(1).toUpperCase()) as keyof Options]);
  return asked.length === 0 ? null : asked;
}

async function tell({ setpoint, terminal }: Session, cleared: readonly Hooked[]): Promise<void> {
  if (terminal.json) return terminal.printJson(cleared.map(toJsonHook));
  for (const { path, hook } of cleared) terminal.print(`${terminal.colors.bold(path)}: Hook ${hook} is cleared`);
  if (!(await isAnyEngineAlive(setpoint))) terminal.print(`It waits: ${noEngineText}.`);
}
