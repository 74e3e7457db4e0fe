/** `setpoint diff`: what two goals of a stack say differently, resource by resource. */
import type { Command } from 'commander';
import type { GoalRow, StackRow } from '../../engine/ports/store.ts';
import { diffGoals, type GoalDifference } from '../diff-goals.ts';
import { exitCodes } from '../exit-codes.ts';
import { goalNumber } from '../goal-number.ts';
import { chosenStack, onDatabase, type Session } from '../session.ts';
import type { Colors } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export function addDiff(program: Command): void {
  program
    .command('diff')
    .argument('<goal>', 'a goal’s number')
    .argument('<goal>', 'another one’s')
    .description('what two goals say differently')
    .action(
      onDatabase(async (session, _options, from, to) => {
        const stack = await chosenStack(session);
        const [before, after] = [await loadGoal(session, stack, from!), await loadGoal(session, stack, to!)];
        const difference = diffGoals(before, after, (type) => session.setpoint.types.findType(type));
        const { terminal } = session;
        if (terminal.json)
          terminal.printJson({ stack: stack.name, from: before.goal.number, to: after.goal.number, ...difference });
        else terminal.print(formatDifference(before.goal, after.goal, difference, terminal.colors));
        return exitCodes.done;
      }),
    );
}

async function loadGoal({ setpoint }: Session, stack: StackRow, text: string) {
  const number = goalNumber(text);
  const goal = await setpoint.store.findGoal(stack.id, number);
  if (goal === null)
    throw new UsageError(
      'NO_SUCH_GOAL',
      `goal ${number} of stack ${stack.name} does not exist or is not kept any more`,
      'setpoint history lists them',
    );
  return { goal, definitions: await setpoint.store.readDefinitions(stack.id, number) };
}

const signs = { added: '+', removed: '-', changed: '~' } as const;

function formatDifference(from: GoalRow, to: GoalRow, difference: GoalDifference, colors: Colors): string {
  const paint = { added: colors.green, removed: colors.red, changed: colors.yellow };
  const resources = difference.resources.flatMap((r) => [
    `  ${paint[r.kind](signs[r.kind])} ${r.name}  ${colors.dim(r.type)}`,
    ...r.changes.map((c) => `        ${c.path}: ${c.before ?? '(none)'} → ${c.after ?? '(none)'}`),
  ]);
  const parameters = difference.parameters.map((c) => `  ${c.path}: ${c.before ?? '(none)'} → ${c.after ?? '(none)'}`);
  const body = [
    ...(parameters.length > 0 ? ['Parameters', ...parameters] : []),
    ...(resources.length > 0 ? ['Resources', ...resources] : []),
  ];
  return [`goal ${from.number} → goal ${to.number}`, ...(body.length > 0 ? body : ['  they say the same'])].join('\n');
}
