/** The end of a request, said to a person or as the last JSON line: what became of it and what can be done next. */
import { formatDuration } from './duration.ts';
import { formatOutputs } from './format-outputs.ts';
import { listSome } from './resource-progress.ts';
import type { Session } from './session.ts';
import { toJsonOutput } from './stack-shapes.ts';
import type { FailedResource, Summary } from './summarize.ts';
import type { Colors, Terminal } from './terminal.ts';

export function printSummary({ terminal }: Session, summary: Summary): void {
  const { outcome } = summary;
  if (terminal.json)
    terminal.printJson({ kind: 'summary', ...summary, outputs: summary.outputs.map((output) => toJsonOutput(output, false)) });
  else if (outcome === 'complete') printComplete(terminal, summary);
  else if (outcome === 'superseded') printSuperseded(terminal, summary);
  else printFailed(terminal, summary);
}

function printComplete(terminal: Terminal, summary: Summary): void {
  const { colors } = terminal;
  terminal.print(
    `${colors.bold(summary.stack)}: ${colors.green(`${summary.action} complete`)} in ${formatDuration(summary.elapsedMs)}: ${countsText(summary)}`,
  );
  if (summary.outputs.length > 0) terminal.print(`\nOutputs\n${formatOutputs(summary.outputs, colors, false)}`);
}

function countsText({ counts }: Summary): string {
  const parts = [count(counts.created, 'created'), count(counts.updated, 'updated'), count(counts.deleted, 'deleted')].filter(
    (part) => part !== '',
  );
  return parts.length > 0 ? parts.join(', ') : 'nothing had to be changed';
}

const count = (n: number, what: string): string => (n === 0 ? '' : `${n} ${what}`);

function printSuperseded(terminal: Terminal, { stack, action, traversal, supersededBy }: Summary): void {
  const by =
    supersededBy === null
      ? 'another request'
      : `${supersededBy.action}, goal ${supersededBy.goal}, traversal ${supersededBy.traversal}`;
  terminal.print(
    `${terminal.colors.bold(stack)}: ${terminal.colors.yellow(`${action} superseded`)}: traversal ${traversal} gave way to ${by}`,
  );
}

function printFailed(terminal: Terminal, summary: Summary): void {
  const { colors } = terminal;
  const { stack, action, failures, skipped, rollback } = summary;
  terminal.print(`${colors.bold(stack)}: ${colors.red(`${action} failed`)} after ${formatDuration(summary.elapsedMs)}`);
  for (const failure of failures) terminal.print(formatFailure(failure, colors));
  if (failures.length === 0 && summary.reason !== '') terminal.print(`  ${summary.reason}`);
  if (summary.reason === 'Timed out' && failures.length > 0) terminal.print('  Timed out');
  if (skipped.length > 0)
    terminal.print(`  ${colors.yellow('-')} not tried, as what they require failed: ${listSome(skipped, 10)}`);
  if (rollback !== null) terminal.print(rollbackText(rollback, colors));
  terminal.print(`\nNext: ${nextSteps(summary).join('\n      ')}`);
}

function formatFailure({ name, version, action, status, reason }: FailedResource, colors: Colors): string {
  return `  ${colors.red('✗')} ${name} (version ${version}) ${action} ${status}: ${reason.replaceAll(/\s+/g, ' ')}`;
}

function rollbackText({ toGoal, state, reason }: NonNullable<Summary['rollback']>, colors: Colors): string {
  const where = toGoal === 0 ? 'to nothing: no goal had ever completed' : `to goal ${toGoal}`;
  return state === 'complete'
    ? `  ${colors.green('rolled back')} ${where}`
    : `  ${colors.red('the rollback')} ${where} ended ${state}: ${reason}`;
}

function nextSteps({ stack, failures, rollback, action, completeGoal }: Summary): string[] {
  const unknown = failures.find((failure) => failure.status === 'UNKNOWN');
  const [first] = failures;
  const back =
    completeGoal === null ? 'takes down what was made: no goal has completed yet' : 'goes back to the last complete goal';
  return [
    ...(unknown
      ? [`setpoint resolve ${unknown.name} -s ${stack} --adopt ID, or --absent: nobody else can tell whether it was made`]
      : []),
    ...(first && rollback === null ? [`setpoint why ${first.name} -s ${stack}`] : []),
    ...(action === 'DELETE'
      ? [`setpoint down -s ${stack} tries again`]
      : [`correct the template and setpoint up again; setpoint retry -s ${stack} tries the same goal`]),
    ...(action === 'DELETE' || rollback !== null ? [] : [`setpoint rollback -s ${stack} ${back}`]),
  ];
}
