/** The options that every command takes, before or after its name. */
import { type Command, Option } from 'commander';
import { defaultDatabase } from '../main/database-path.ts';

export interface GlobalOptions {
  readonly database: string;
  readonly provider: readonly string[];
  readonly config?: string;
  readonly json: boolean;
  readonly color: boolean;
  readonly local: boolean;
  readonly verbose: boolean;
  readonly stack?: string;
}

export function addGlobalOptions(program: Command): void {
  program
    .option('-s, --stack <name>', 'the stack; left out: the template’s name, or the only stack there is')
    .addOption(
      new Option('--database <name>', 'sqlite:PATH or postgres://USER@HOST/NAME')
        .env('SETPOINT_DATABASE')
        .default(defaultDatabase),
    )
    .option('--provider <file>', 'an ES module with more resource types; may be repeated', collect, [])
    .option('--config <file>', 'settings of providers, a YAML file')
    .option('--json', 'print JSON', false)
    .option('--no-color', 'no colours (as does NO_COLOR)')
    .option('--no-local', 'do not offer the types that reach this machine and its network')
    .option('-v, --verbose', 'the engine’s log on standard error', false);
}

/** For options that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
