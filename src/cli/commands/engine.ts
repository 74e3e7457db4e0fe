/** `setpoint engine`: works on whatever there is to do in the database, until it is told to stop or nothing is left. */
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { pause } from '../pause.ts';
import { atTerminal, inSession, type Session } from '../session.ts';

export function addEngine(program: Command): void {
  program
    .command('engine')
    .description('run an engine until SIGTERM or Ctrl-C')
    .option('--until-idle', 'leave as soon as every stack is at rest')
    .action(
      atTerminal<{ untilIdle?: boolean }>((terminal, options) =>
        inSession(terminal, options, (session) => runEngine(session, options.untilIdle ?? false)),
      ),
    );
}

async function runEngine(session: Session, untilIdle: boolean): Promise<number> {
  const { setpoint, terminal } = session;
  const interrupt = listenForInterrupt();
  const engine = setpoint.startEngine();
  if (terminal.json) terminal.printJson({ kind: 'engine', id: engine.id, pid: process.pid, database: setpoint.path });
  else terminal.print(`engine ${engine.id} works on ${setpoint.path}, as process ${process.pid}`);
  try {
    while (!interrupt.signal.aborted && !(untilIdle && (await isIdle(session)))) {
      setpoint.throwIfEngineFailed();
      await pause(50, interrupt.signal);
    }
    return exitCodes.done;
  } finally {
    interrupt.stop();
  }
}

async function isIdle({ setpoint }: Session): Promise<boolean> {
  return (await setpoint.store.listStacks(setpoint.tenant)).every((stack) => stack.status !== 'IN_PROGRESS');
}
