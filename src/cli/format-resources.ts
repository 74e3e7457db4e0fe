/** Versions of resources as a table. */
import type { ResourceRow } from '../engine/ports/store.ts';
import { coloredStatus } from './colored-status.ts';
import { formatTable } from './table.ts';
import type { Colors } from './terminal.ts';

export function formatResources(resources: readonly ResourceRow[], colors: Colors): string {
  return formatTable(
    ['resource', 'version', 'type', 'status', 'physical id', 'reason'],
    resources.map((row) => rowOf(row, colors)),
    colors,
  );
}

function rowOf(row: ResourceRow, colors: Colors): string[] {
  const name = row.marked === null ? row.name : colors.dim(`${row.name} (not wanted)`);
  const reason = row.reason.length <= 70 ? row.reason : `${row.reason.slice(0, 69)}…`;
  return [name, String(row.id), row.type, coloredStatus(`${row.action} ${row.status}`, colors), row.physicalId ?? '-', reason];
}
