/** `setpoint hooks`: what rests at a hook and waits for a person, in the stack and those nested in it. */
import type { Command } from 'commander';
import type { Hooked } from '../../store/reads/hooked.ts';
import { formatDuration, isoTime } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { chosenStack, onDatabase, type Session } from '../session.ts';
import { formatTable } from '../table.ts';

export function addHooks(program: Command): void {
  program
    .command('hooks')
    .argument('[name]', 'the stack, as with --stack')
    .description('what waits for you to clear a hook')
    .action(
      onDatabase(async (session, _options, name) => {
        const { setpoint, terminal } = session;
        const stack = name === undefined ? await chosenStack(session) : await setpoint.loadStack(name);
        const pending = await setpoint.store.listHooked(stack.id);
        if (terminal.json) terminal.printJson(pending.map(toJsonHook));
        else terminal.print(pending.length === 0 ? 'Nothing waits for a hook to be cleared.' : formatHooks(session, pending));
        return exitCodes.done;
      }),
    );
}

export function toJsonHook(one: Hooked) {
  return {
    path: one.path,
    resource: one.resource,
    stack: one.stack.name,
    stackId: one.stack.uuid,
    hook: one.hook,
    version: one.version,
    action: one.action,
    status: one.status,
    reason: one.reason,
    since: isoTime(one.since),
    run: clearCommand(one),
  };
}

/** What to run. */
export function clearCommand({ top, path, hook }: Pick<Hooked, 'top' | 'path' | 'hook'>): string {
  return `setpoint hook-clear ${top} ${path} --${hook}`;
}

function formatHooks({ terminal }: Session, pending: readonly Hooked[]): string {
  const rows = pending.map((one) => [
    one.path,
    one.hook,
    `${one.action} ${one.status}`,
    formatDuration(Date.now() - one.since),
    clearCommand(one),
  ]);
  return formatTable(['resource', 'hook', 'state', 'waits', 'to go on'], rows, terminal.colors);
}
