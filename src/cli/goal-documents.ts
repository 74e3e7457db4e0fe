/** The goal that a command names: its template with what goes with it, and the stack that is meant when none is said. */
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { gatherFiles } from '../main/gather-files.ts';
import { readGlobalEnvironments, usualEnvironmentDirectory } from '../main/global-environments.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { collect, type GlobalOptions } from './global-options.ts';
import { UsageError } from './usage-error.ts';

export interface GoalOptions {
  readonly environment: readonly string[];
  readonly parameter: readonly string[];
  readonly environmentDir: string;
}

export function addGoalOptions(command: Command): Command {
  return command
    .option('-e, --environment <file>', 'an environment; may be repeated, later ones win', collect, [])
    .option('-P, --parameter <key=value>', 'the value of a parameter; may be repeated', collect, [])
    .addOption(
      new Option('--environment-dir <dir>', 'environments that hold for all stacks')
        .env('SETPOINT_ENVIRONMENT_DIR')
        .default(usualEnvironmentDirectory),
    );
}

/** Throws InvalidRequest with every file that can't be read. */
export function readGoal(template: string, options: GoalOptions): GoalDocuments {
  return gatherFiles({
    template,
    environments: options.environment,
    globals: readGlobalEnvironments(options.environmentDir),
    parameters: readParameters(options.parameter),
  });
}

function readParameters(given: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(given.map(readParameter));
}

function readParameter(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError('USAGE', `-P ${text} is not KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** What --stack says, or the template's file name, made into a name that a stack may have. */
export function stackNameFor(template: string, options: GlobalOptions): string {
  if (options.stack !== undefined) return options.stack;
  const plain = basename(template)
    .replace(/\.(ya?ml|json|template)$/i, '')
    .replaceAll(/[^a-zA-Z0-9_.-]/g, '-');
  return /^[a-zA-Z]/.test(plain) ? plain : `stack-${plain}`;
}
