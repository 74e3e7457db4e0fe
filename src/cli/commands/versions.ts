/** `setpoint versions`: every version of one resource that there is or that a kept goal had. */
import type { Command } from 'commander';
import type { ResourceRow } from '../../engine/ports/store.ts';
import type { Membership } from '../../store/reads/reads.ts';
import { coloredStatus } from '../colored-status.ts';
import { formatTime } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { chosenStack, onDatabase } from '../session.ts';
import { toJsonResource } from '../stack-shapes.ts';
import { formatTable } from '../table.ts';
import type { Colors } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export function addVersions(program: Command): void {
  program
    .command('versions')
    .argument('<resource>', 'its logical name')
    .description('the versions of a resource')
    .action(
      onDatabase(async (session, _options, name) => {
        const { setpoint, terminal } = session;
        const stack = await chosenStack(session);
        const memberships = (await setpoint.store.listMemberships(stack.id)).filter((m) => m.name === name);
        const ids = new Set(memberships.map((m) => m.resourceId));
        const rows = (await setpoint.store.readStack(stack.id))!.resources.filter((row) => row.name === name || ids.has(row.id));
        if (rows.length === 0)
          throw new UsageError(
            'NO_SUCH_RESOURCE',
            `stack ${stack.name} has no resource ${name}`,
            'setpoint resources lists them',
          );
        if (terminal.json) terminal.printJson(rows.map((row) => ({ ...toJsonResource(row), goals: goalsOf(row, memberships) })));
        else terminal.print(formatVersions(rows, memberships, terminal.colors));
        return exitCodes.done;
      }),
    );
}

function goalsOf(row: ResourceRow, memberships: readonly Membership[]) {
  return memberships.filter((m) => m.resourceId === row.id).map(({ since, until }) => ({ since, until }));
}

function formatVersions(rows: readonly ResourceRow[], memberships: readonly Membership[], colors: Colors): string {
  const cells = rows.map((row) => [
    String(row.id),
    row.marked === null ? 'wanted' : colors.dim(`not wanted since goal ${row.marked}`),
    coloredStatus(`${row.action} ${row.status}`, colors),
    row.physicalId ?? '-',
    goalsOf(row, memberships)
      .map(({ since, until }) => (until === null ? `${since}-` : until - 1 === since ? `${since}` : `${since}-${until - 1}`))
      .join(', '),
    row.replaces === null ? '' : String(row.replaces),
    row.replacedBy === null ? '' : String(row.replacedBy),
    formatTime(row.createdAt),
    row.reason,
  ]);
  return formatTable(
    ['version', '', 'status', 'physical id', 'goals', 'replaces', 'replaced by', 'made', 'reason'],
    cells,
    colors,
  );
}
