/** `setpoint preview`: what `up` would do, by the engine's own decisions, operations under way included. Changes nothing. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { formatDiagnostics } from '../format-diagnostics.ts';
import { formatPreview, toJsonPreview } from '../format-preview.ts';
import type { GlobalOptions } from '../global-options.ts';
import { addGoalOptions, type GoalOptions, readGoal, stackNameFor } from '../goal-documents.ts';
import { planOf, savePlan } from '../plan-file.ts';
import { atTerminal, inSession, type Session } from '../session.ts';

interface PreviewOptions extends GoalOptions {
  readonly save?: string;
  readonly all?: boolean;
}

export function addPreview(program: Command): void {
  addGoalOptions(program.command('preview').argument('<template>', 'a HOT template').description('show what up would do'))
    .option('--save <plan>', 'keep it, for up --plan')
    .option('--all', 'show what stays as it is, too')
    .action(
      atTerminal<PreviewOptions>((terminal, options, template) =>
        inSession(terminal, options, (session) => preview(session, options, template!)),
      ),
    );
}

async function preview({ setpoint, terminal }: Session, options: PreviewOptions & GlobalOptions, template: string) {
  const name = stackNameFor(template, options);
  const documents = readGoal(template, options);
  const result = await setpoint.preview(name, documents);
  if (options.save !== undefined) savePlan(options.save, planOf(name, documents, result));
  if (terminal.json) {
    terminal.printJson(toJsonPreview(name, result));
    return result.refusal === null ? exitCodes.done : exitCodes.usage;
  }
  if (result.warnings.length > 0) terminal.warn(formatDiagnostics(result.warnings, terminal.colors));
  terminal.print(formatPreview(name, result, terminal.colors, options.all ?? false));
  if (options.save !== undefined)
    terminal.print(`\nSaved. Do exactly this, or refuse if anything has moved: setpoint up --plan ${options.save}`);
  return result.refusal === null ? exitCodes.done : exitCodes.usage;
}
