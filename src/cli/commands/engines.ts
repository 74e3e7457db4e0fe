/** `setpoint engines`: who works on this database, how long each lease still runs, what each holds, and who has died. */
import type { Command } from 'commander';
import type { EngineRow } from '../../engine/ports/store.ts';
import type { HeldWork } from '../../store/reads/workload.ts';
import { formatDuration, formatTime, isoTime } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { onDatabase, type Session } from '../session.ts';
import { formatTable } from '../table.ts';

/** Of one engine, in the table for people. */
const heldShown = 10;

interface Listed extends EngineRow {
  readonly state: 'alive' | 'lapsed' | 'gone';
  readonly left: number;
  readonly holds: readonly HeldWork[];
}

export function addEngines(program: Command): void {
  program
    .command('engines')
    .description('the engines that work on the database, and what each holds')
    .action(
      onDatabase(async (session) => {
        const engines = await listEngines(session);
        if (session.terminal.json) session.terminal.printJson(engines.map(toJson));
        else await print(session, engines);
        return exitCodes.done;
      }),
    );
}

async function listEngines({ setpoint }: Session): Promise<readonly Listed[]> {
  const now = setpoint.clock.now();
  const holds = Map.groupBy(await setpoint.store.listHeld(), (held) => held.engineId);
  return (await setpoint.store.listEngines()).map((engine) => {
    const left = engine.leaseUntil - now;
    return {
      ...engine,
      left,
      state: setpoint.host.isGone(engine) ? 'gone' : left > 0 ? 'alive' : 'lapsed',
      holds: holds.get(engine.id) ?? [],
    };
  });
}

function toJson({ id, host, pid, wallTime, claims, operations, state, left, holds }: Listed) {
  return {
    id,
    host,
    pid,
    startedAt: isoTime(wallTime),
    claims,
    operations,
    state,
    leaseLeftMs: left,
    holds: holds.map(({ stack, resource, version, doing, since }) => ({
      stack,
      resource,
      version,
      doing,
      since: isoTime(since),
    })),
  };
}

async function print({ setpoint, terminal }: Session, engines: readonly Listed[]): Promise<void> {
  const gate = await setpoint.store.readGate();
  if (gate.state !== 'open')
    terminal.print(
      `${terminal.colors.yellow(`The database is ${gate.state}`)} since ${formatTime(gate.since)}${gate.reason === '' ? '' : `: ${gate.reason}`}. Nothing is claimed.`,
    );
  if (engines.length === 0) return terminal.print('No engine is running.');
  const head = ['engine', 'machine', 'process', 'state', 'lease', 'claims', 'operations', 'since'];
  terminal.print(formatTable(head, engines.map(rowOf), terminal.colors));
  for (const { id, holds } of engines.filter((engine) => engine.holds.length > 0)) {
    terminal.print(`\n${id} holds`);
    for (const held of holds.slice(0, heldShown))
      terminal.print(
        `  ${held.stack} ${held.resource} (version ${held.version}): ${held.doing}${held.since === null ? '' : ` for ${formatDuration(setpoint.clock.wallTime() - held.since)}`}`,
      );
    if (holds.length > heldShown) terminal.print(`  and ${holds.length - heldShown} more`);
  }
}

const rowOf = (e: Listed): string[] => [
  e.id,
  e.host,
  String(e.pid),
  e.state,
  e.left > 0 ? formatDuration(e.left) : '-',
  String(e.claims),
  String(e.operations),
  formatTime(e.wallTime),
];
