/** `setpoint show`: one stack as it stands: goal, traversal, parameters, resources and outputs. */
import type { Command } from 'commander';
import type { GoalRow } from '../../engine/ports/store.ts';
import type { OutputValue } from '../../main/setpoint.ts';
import type { JsonMap } from '../../std/json.ts';
import type { SinkStanding } from '../../store/acts/send-events.ts';
import type { StackView } from '../../store/reads/reads.ts';
import { coloredStatus } from '../colored-status.ts';
import { formatTime } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatOutputs, plainText } from '../format-outputs.ts';
import { formatResources } from '../format-resources.ts';
import { findHoldUps, type HoldUp } from '../held-up.ts';
import { chosenStackEvenDeleted, onDatabase } from '../session.ts';
import { mask, toJsonOutput, toJsonResource, toJsonStack, toJsonTraversal } from '../stack-shapes.ts';
import type { Terminal } from '../terminal.ts';

interface Facts {
  readonly view: StackView;
  readonly goal: GoalRow | null;
  readonly parameters: JsonMap;
  readonly outputs: readonly OutputValue[];
  readonly sinks: readonly SinkStanding[];
  readonly holdUps: readonly HoldUp[];
}

export function addShow(program: Command): void {
  program
    .command('show')
    .description('a stack as it stands')
    .action(
      onDatabase(async (session) => {
        const { setpoint, terminal } = session;
        const stack = await chosenStackEvenDeleted(session);
        const view = (await setpoint.store.readStack(stack.id))!;
        const goal = await setpoint.store.findGoal(stack.id, stack.goal);
        const facts = {
          view,
          goal,
          parameters: shownParameters(goal),
          outputs: await setpoint.outputs(stack),
          sinks: await setpoint.store.listSinks(stack.id),
          holdUps: await findHoldUps(session, view),
        };
        if (terminal.json) terminal.printJson(toJson(facts));
        else printStack(terminal, facts);
        return exitCodes.done;
      }),
    );
}

function shownParameters(goal: GoalRow | null): JsonMap {
  const hidden = new Set(goal?.hidden);
  return Object.fromEntries(
    Object.entries(goal?.parameters ?? {}).map(([name, value]) => [name, hidden.has(name) ? mask : value]),
  );
}

function toJson({ view, goal, parameters, outputs, sinks, holdUps }: Facts) {
  return {
    ...toJsonStack(view.stack),
    description: goal?.description ?? '',
    parameters,
    progress: view.traversal && toJsonTraversal(view.traversal),
    heldUp: holdUps,
    resources: view.resources.map(toJsonResource),
    outputs: outputs.map((output) => toJsonOutput(output, false)),
    eventSinks: sinks,
  };
}

function printStack(terminal: Terminal, { view, goal, parameters, outputs, sinks, holdUps }: Facts): void {
  const { stack } = view;
  const { colors } = terminal;
  terminal.print(
    `${colors.bold(stack.name)}  ${coloredStatus(`${stack.action} ${stack.status}`, colors)}${stack.deletedAt === null ? '' : colors.dim('  deleted')}`,
  );
  if (goal?.description) terminal.print(goal.description.trim());
  terminal.print(`  ${stack.reason}`);
  for (const { message } of holdUps) terminal.print(colors.yellow(`  it waits: ${message}`));
  terminal.print(
    `  goal ${stack.goal}, last complete ${stack.completeGoal ?? 'none'}; traversal ${stack.traversal}${stack.rollback ? '; rolls back when it fails' : ''}${stack.suspended ? '; suspended' : ''}${stack.priority === 'normal' ? '' : `; ${stack.priority} priority`}`,
  );
  terminal.print(
    `  made ${formatTime(stack.createdAt)}${stack.updatedAt === null ? '' : `, changed ${formatTime(stack.updatedAt)}`}`,
  );
  const values = Object.entries(parameters);
  if (values.length > 0)
    terminal.print(`\nParameters\n${values.map(([name, value]) => `  ${name} = ${plainText(value)}`).join('\n')}`);
  if (view.resources.length > 0) terminal.print(`\nResources\n${formatResources(view.resources, colors)}`);
  if (outputs.length > 0) terminal.print(`\nOutputs\n${formatOutputs(outputs, colors, false)}`);
  if (sinks.length > 0) terminal.print(`\nEvent sinks\n${sinks.map(formatSink).join('\n')}`);
}

/** Without its target, which may hold a token. */
function formatSink({ type, sent, waiting, dropped, attempts, reason }: SinkStanding): string {
  const parts = [
    sent > 0 ? `up to event ${sent}` : 'nothing sent yet',
    waiting > 0 ? `${waiting} waiting` : '',
    dropped > 0 ? `${dropped} too old to be sent` : '',
    reason === '' ? '' : `tried ${attempts === 1 ? 'once' : `${attempts} times`} in vain: ${reason}`,
  ];
  return `  ${type}  ${parts.filter((part) => part !== '').join('; ')}`;
}
