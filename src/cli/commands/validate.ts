/** `setpoint validate`: everything that is wrong with a template and what goes with it, at once. Needs no database. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { databasePath } from '../../main/open-database.ts';
import { openRegistry } from '../../main/open-registry.ts';
import { validateGoal } from '../../main/validate-goal.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatDiagnostics } from '../format-diagnostics.ts';
import { addGoalOptions, type GoalOptions, readGoal, stackNameFor } from '../goal-documents.ts';
import { atTerminal, inSession, loadTypes } from '../session.ts';
import type { Terminal } from '../terminal.ts';

type Validated = ReturnType<typeof validateGoal>;

export function addValidate(program: Command): void {
  addGoalOptions(
    program
      .command('validate')
      .argument('<template>', 'a HOT template')
      .description('check a template, its environments and parameters'),
  ).action(
    atTerminal<GoalOptions>(async (terminal, options, template) => {
      const documents = readGoal(template!, options);
      const name = stackNameFor(template!, options);
      if (!existsSync(databasePath(options.database))) {
        return report(terminal, validateGoal(openRegistry(options.local, await loadTypes(options.provider)), name, documents));
      }
      return inSession(terminal, options, async ({ setpoint }) => report(terminal, await setpoint.validate(name, documents)));
    }),
  );
}

function report(terminal: Terminal, { goal, warnings }: Validated): number {
  const resources = goal.declared.map(({ name, definition }) => ({ name, type: definition.type, requires: definition.requires }));
  const parameters = Object.keys(goal.parameters);
  if (terminal.json) {
    terminal.printJson({
      valid: true,
      description: goal.description,
      resources,
      parameters,
      outputs: Object.keys(goal.outputs),
      warnings,
    });
    return exitCodes.done;
  }
  if (warnings.length > 0) terminal.print(formatDiagnostics(warnings, terminal.colors));
  terminal.print(
    `${terminal.colors.green('valid')}: ${resources.length} resources, ${parameters.length} parameters, ${Object.keys(goal.outputs).length} outputs`,
  );
  return exitCodes.done;
}
