/** `setpoint engines`: who works on this database, and who has died. */
import type { Command } from 'commander';
import { formatDuration, formatTime, isoTime } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase } from '../session.ts';
import { formatTable } from '../table.ts';

export function addEngines(program: Command): void {
  program
    .command('engines')
    .description('the engines that work on the database')
    .action(
      onDatabase(async ({ setpoint, terminal }) => {
        const now = setpoint.clock.now();
        const engines = (await setpoint.store.listEngines()).map((engine) => ({
          ...engine,
          gone: setpoint.host.isGone(engine),
          left: engine.leaseUntil - now,
        }));
        if (terminal.json) {
          terminal.printJson(
            engines.map(({ id, host, pid, wallTime, claims, operations, gone, left }) => ({
              id,
              host,
              pid,
              startedAt: isoTime(wallTime),
              claims,
              operations,
              state: stateOf(gone, left),
              leaseLeftMs: left,
            })),
          );
          return exitCodes.done;
        }
        const rows = engines.map((e) => [
          e.id,
          e.host,
          String(e.pid),
          stateOf(e.gone, e.left),
          e.left > 0 ? formatDuration(e.left) : '-',
          String(e.claims),
          String(e.operations),
          formatTime(e.wallTime),
        ]);
        terminal.print(
          rows.length === 0
            ? 'No engine is running.'
            : formatTable(
                ['engine', 'machine', 'process', 'state', 'lease', 'claims', 'operations', 'since'],
                rows,
                terminal.colors,
              ),
        );
        return exitCodes.done;
      }),
    );
}

function stateOf(gone: boolean, left: number): string {
  return gone ? 'gone' : left > 0 ? 'alive' : 'lapsed';
}
