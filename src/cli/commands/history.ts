/** `setpoint history`: the goals a stack has had, those that are kept. */
import type { Command } from 'commander';
import type { GoalRow, StackRow } from '../../engine/ports/store.ts';
import { coloredStatus } from '../colored-status.ts';
import { formatTime } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { chosenStack, onDatabase } from '../session.ts';
import { toJsonGoal } from '../stack-shapes.ts';
import { formatTable } from '../table.ts';
import type { Colors } from '../terminal.ts';

export function addHistory(program: Command): void {
  program
    .command('history')
    .description('the goals a stack has had')
    .action(
      onDatabase(async (session) => {
        const { setpoint, terminal } = session;
        const stack = await chosenStack(session);
        const goals = await setpoint.store.listGoals(stack.id);
        if (terminal.json) terminal.printJson(goals.map((goal) => toJsonGoal(goal, stack)));
        else
          terminal.print(
            formatTable(
              ['goal', 'sha', 'requested', 'by', 'outcome', 'completed', ''],
              goals.map((goal) => rowOf(goal, stack, terminal.colors)),
              terminal.colors,
            ),
          );
        return exitCodes.done;
      }),
    );
}

function rowOf(goal: GoalRow, stack: StackRow, colors: Colors): string[] {
  const by =
    goal.rollbackOf === null ? goal.action : `${goal.action} to ${goal.rollbackOf === 0 ? 'nothing' : `goal ${goal.rollbackOf}`}`;
  const marks = [goal.number === stack.goal ? 'in force' : '', goal.number === stack.completeGoal ? 'rollback point' : ''].filter(
    (mark) => mark !== '',
  );
  const completed = goal.completedAt === null ? '' : formatTime(goal.completedAt);
  return [
    String(goal.number),
    shortSha(goal.sha),
    formatTime(goal.requestedAt),
    by,
    coloredStatus(goal.outcome, colors),
    completed,
    colors.dim(marks.join(', ')),
  ];
}

/** Without the name of its format, twelve digits. */
export function shortSha(sha: string): string {
  return sha.slice(sha.indexOf('-') + 1).slice(0, 12);
}
