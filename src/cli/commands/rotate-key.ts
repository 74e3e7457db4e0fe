/** `setpoint rotate-key`: secrets are sealed with a new key, while engines go on. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { pause } from '../pause.ts';
import { onDatabase, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

interface RotateOptions {
  readonly prepare?: boolean;
  readonly forgetOld?: boolean;
}

export function addRotateKey(program: Command): void {
  program
    .command('rotate-key')
    .description('seal secrets with a new key, while engines work')
    .option('--prepare', 'only put the next key into the key file, to be copied to every machine first')
    .option('--forget-old', 'remove the keys that were turned away from, once nothing is sealed with them')
    .action(onDatabase<RotateOptions>(rotate));
}

async function rotate({ setpoint, terminal }: Session, options: RotateOptions): Promise<number> {
  const say = (json: object, text: string): number => {
    if (terminal.json) terminal.printJson(json);
    else terminal.print(text);
    return exitCodes.done;
  };
  if (options.prepare && options.forgetOld) throw new UsageError('USAGE', 'either --prepare or --forget-old');
  const { prepareKey } = await import('../../main/keys.ts');
  const { forgetKeys, rotateKey } = await import('../../main/rotate-key.ts');
  if (options.prepare) {
    const prepared = prepareKey(setpoint.keyFile);
    return say(
      { kind: 'prepared', prepared },
      `${prepared ? 'the next key is' : 'a next key was already'} in ${setpoint.keyFile}: copy the file to every machine, then setpoint rotate-key, then copy it again`,
    );
  }
  if (options.forgetOld) {
    const forgotten = await forgetKeys(setpoint);
    return say(
      { kind: 'forgotten', keys: forgotten },
      `${forgotten} older keys are forgotten; backups that need them can't be read`,
    );
  }
  const values = await rotateKey(setpoint, (ms) => pause(ms, new AbortController().signal));
  return say(
    { kind: 'rotated', values },
    `a new key seals from now on; ${values} values were sealed anew. The old key stays in ${setpoint.keyFile}: setpoint rotate-key --forget-old removes it`,
  );
}
