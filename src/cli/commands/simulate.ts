/**
 * `setpoint simulate`: what becomes of a template, and of an update to another, under crashes, failures and competing requests. The types are
 * simulated, with their real schemas; nothing is made, and no database is needed.
 */
import { setImmediate } from 'node:timers';
import type { Command } from 'commander';
import { type CompileContext, type CompiledRequest, compileRequest } from '../../engine/compile-request.ts';
import { openRegistry } from '../../main/open-registry.ts';
import type { Forecast } from '../../simulation/simulate-template.ts';
import type { GoalDocuments } from '../../template/definition.ts';
import { exitCodes } from '../exit-codes.ts';
import { forecastJson, formatForecast } from '../format-forecast.ts';
import { addGoalOptions, type GoalOptions, readGoal, stackNameFor } from '../goal-documents.ts';
import { atTerminal, loadTypes } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { addTypesOption, catalogOf, type TypesOption } from '../type-set.ts';
import { UsageError } from '../usage-error.ts';

interface SimulateOptions extends GoalOptions, TypesOption {
  readonly update?: string;
  readonly seeds: string;
  readonly from: string;
}

export function addSimulate(program: Command): void {
  addTypesOption(
    addGoalOptions(
      program
        .command('simulate')
        .argument('<template>', 'a HOT or CloudFormation template')
        .description('try a template under crashes, failures and competing updates, without making anything'),
    ),
  )
    .option('-u, --update <template>', 'the template that the stack is updated to')
    .option('--seeds <n>', 'how many walks', '200')
    .option('--from <seed>', 'the first seed', '1')
    .action(
      atTerminal<SimulateOptions>(async (terminal, options, template) => {
        const templates = [template!, ...(options.update === undefined ? [] : [options.update])];
        const offered = openRegistry(true, await loadTypes(options.provider));
        const { simulatedDigestKey } = await import('../../simulation/database.ts');
        const { withLikenesses } = await import('../../simulation/likenesses.ts');
        const { forecast } = await import('../../simulation/simulate-template.ts');
        const types = withLikenesses(offered, await catalogOf(options.types, offered));
        const goals = compileAll(
          { types, digestKey: simulatedDigestKey, host: 'h1' },
          stackNameFor(template!, options),
          templates.map((file) => readGoal(file, options)),
        );
        const progress = progressOn(terminal, wholeNumber(options.seeds, '--seeds'));
        const begun = performance.now();
        const result = await forecast({
          types,
          goals,
          from: wholeNumber(options.from, '--from'),
          seeds: wholeNumber(options.seeds, '--seeds'),
          onWalk: progress.onWalk,
          pause: () => new Promise((resolve) => void setImmediate(resolve)),
        });
        progress.end();
        show(terminal, result, templates, (performance.now() - begun) / 1_000);
        return result.troubles.length === 0 ? exitCodes.done : exitCodes.failed;
      }),
    );
}

/** Each as an update of the one before it. */
function compileAll(context: CompileContext, stackName: string, documents: readonly GoalDocuments[]) {
  const pseudo = { stackId: '00000000-0000-4000-8000-000000000000', stackName, projectId: 'default' };
  const goals: CompiledRequest[] = [];
  for (const each of documents) {
    const previous = goals.at(-1)?.goal;
    goals.push(compileRequest(context, each, { pseudo, ...(previous ? { previous } : {}) }));
  }
  return goals;
}

function wholeNumber(text: string, option: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new UsageError('USAGE', `${option} ${text} is not a whole number from 1`);
  return number;
}

/** One line, redrawn, where a person looks at it. */
function progressOn(terminal: Terminal, walks: number) {
  const clear = '\r\x1b[K';
  return {
    onWalk(done: number, troubles: number): void {
      if (!terminal.isLive || done % 5 !== 0) return;
      const trouble = troubles === 0 ? '' : `, ${troubles} in trouble`;
      terminal.write(`${clear}${terminal.colors.dim(`walk ${done} of ${walks}${trouble}`)}`);
    },
    end: () => void (terminal.isLive && terminal.write(clear)),
  };
}

function show(terminal: Terminal, result: Forecast, templates: readonly string[], seconds: number): void {
  if (terminal.json) terminal.printJson(forecastJson(result, templates));
  else terminal.print(formatForecast(result, templates, seconds, terminal.colors));
}
