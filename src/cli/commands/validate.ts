/** `setpoint validate`: everything that is wrong with a template and what goes with it, at once. Needs no database. */
import type { Command } from 'commander';
import type { CompiledRequest } from '../../engine/compile-request.ts';
import { databaseExists } from '../../main/database-path.ts';
import { openRegistry } from '../../main/open-registry.ts';
import { checkTemplate, validateGoal } from '../../main/validate-goal.ts';
import { type Diagnostic, InvalidRequest } from '../../std/diagnostic.ts';
import type { Definition } from '../../template/definition.ts';
import { exitCodes } from '../exit-codes.ts';
import { countDiagnostics, formatDiagnostics } from '../format-diagnostics.ts';
import type { GlobalOptions } from '../global-options.ts';
import { addGoalOptions, type GoalOptions, readGoal, stackNameFor } from '../goal-documents.ts';
import { atTerminal, inSession, loadSinks, loadTypes } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { addTypesOption, catalogOf, type TypesOption } from '../type-set.ts';

/** What there is to say of a valid template. */
interface Validated {
  readonly description: string;
  readonly definitions: Iterable<readonly [string, Definition]>;
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

export function addValidate(program: Command): void {
  addTypesOption(
    addGoalOptions(
      program
        .command('validate')
        .argument('<template>', 'a HOT or CloudFormation template')
        .description('check a template, its environments and parameters'),
    ),
  ).action(
    atTerminal<GoalOptions & TypesOption>(async (terminal, options, template) => {
      const documents = readGoal(template!, options);
      const name = stackNameFor(template!, options);
      const forgive = forgiveMissing(terminal, documents.template.name);
      if (options.types === 'offered' && databaseExists(options.database))
        return inSession(terminal, options, ({ setpoint }) =>
          setpoint.validate(name, documents).then((goal) => report(terminal, describe(goal)), forgive),
        );
      return validateAlone(name, documents, options).then((validated) => report(terminal, validated), forgive);
    }),
  );
}

async function validateAlone(
  name: string,
  documents: ReturnType<typeof readGoal>,
  options: GlobalOptions & TypesOption,
): Promise<Validated> {
  const offered = openRegistry(options.local, await loadTypes(options.provider));
  if (options.types === 'offered') return describe(validateGoal(offered, name, documents, await loadSinks(options.config)));
  const { goal, warnings } = checkTemplate(await catalogOf(options.types, offered), name, documents);
  const { description, definitions } = goal;
  return { description, definitions, parameters: Object.keys(goal.parameters), outputs: Object.keys(goal.outputs), warnings };
}

function describe({ goal, warnings }: Pick<CompiledRequest, 'goal' | 'warnings'>): Validated {
  return {
    description: goal.description,
    definitions: goal.declared.map(({ name, definition }) => [name, definition] as const),
    parameters: Object.keys(goal.parameters),
    outputs: Object.keys(goal.outputs),
    warnings,
  };
}

/**
 * A template whose parameters have no values yet is no wrong one, as for Heat's validation; everything else was looked at all the same. Those of
 * nested templates are given by the template itself.
 */
function forgiveMissing(terminal: Terminal, file: string): (error: unknown) => number {
  return (error) => {
    const found = error instanceof InvalidRequest ? error.diagnostics : [];
    const missing = found.filter((d) => d.code === 'PARAM-MISSING' && d.file === file);
    if (missing.length === 0 || missing.length < found.filter((d) => d.severity === 'error').length) throw error;
    const warnings = found.filter((d) => d.severity === 'warning');
    const names = missing.map(({ path = '' }) => path.slice(path.indexOf('.') + 1));
    if (terminal.json) {
      terminal.printJson({ valid: true, missing: names, warnings });
      return exitCodes.done;
    }
    if (warnings.length > 0) terminal.print(`${formatDiagnostics(warnings, terminal.colors)}\n`);
    terminal.print(`${terminal.colors.green('valid')}, once it has values for: ${names.join(', ')}`);
    return exitCodes.done;
  };
}

function report(terminal: Terminal, { description, definitions, parameters, outputs, warnings }: Validated): number {
  const resources = [...definitions].map(([name, { type, requires }]) => ({ name, type, requires }));
  if (terminal.json) {
    terminal.printJson({ valid: true, description, resources, parameters, outputs, warnings });
    return exitCodes.done;
  }
  if (warnings.length > 0) terminal.print(`${formatDiagnostics(warnings, terminal.colors)}\n`);
  const counted = warnings.length === 0 ? '' : ` (${countDiagnostics(warnings)})`;
  terminal.print(
    `${terminal.colors.green('valid')}: ${resources.length} resources, ${parameters.length} parameters, ${outputs.length} outputs${counted}`,
  );
  return exitCodes.done;
}
