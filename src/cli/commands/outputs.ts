/** `setpoint outputs`: the outputs of a stack, or one of them raw, for scripts. */
import type { Command } from 'commander';
import type { OutputValue } from '../../main/setpoint.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { formatOutputs, plainText } from '../format-outputs.ts';
import { chosenStack, onDatabase } from '../session.ts';
import { toJsonOutput } from '../stack-shapes.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export function addOutputs(program: Command): void {
  program
    .command('outputs')
    .argument('[key]', 'one output: its bare value is printed')
    .description('the outputs of a stack')
    .option('--show-secrets', 'uncover secret values')
    .action(
      onDatabase<{ showSecrets?: boolean }>(async (session, options, key) => {
        const { setpoint, terminal } = session;
        const outputs = await setpoint.outputs(await chosenStack(session));
        const showSecrets = options.showSecrets ?? false;
        if (key !== undefined) return printOne(terminal, outputs, key, showSecrets);
        if (terminal.json) terminal.printJson(outputs.map((output) => toJsonOutput(output, showSecrets)));
        else terminal.print(outputs.length === 0 ? 'It has no outputs.' : formatOutputs(outputs, terminal.colors, showSecrets));
        return exitCodes.done;
      }),
    );
}

function printOne(terminal: Terminal, outputs: readonly OutputValue[], key: string, showSecrets: boolean): ExitCode {
  const output = outputs.find((candidate) => candidate.name === key);
  if (output === undefined)
    throw new UsageError('NO_SUCH_OUTPUT', `there is no output ${key}`, outputs.map(({ name }) => name).join(', ') || null);
  if (output.secret && !showSecrets)
    throw new UsageError('SECRET', `${key} is a secret`, 'setpoint outputs KEY --show-secrets uncovers it');
  if (output.error !== null) {
    terminal.warn(
      terminal.json
        ? JSON.stringify({ error: { code: 'NO_VALUE', message: output.error } })
        : `${key} has no value: ${output.error}`,
    );
    return exitCodes.failed;
  }
  if (terminal.json) terminal.printJson(toJsonOutput(output, true));
  else terminal.print(plainText(output.value));
  return exitCodes.done;
}
