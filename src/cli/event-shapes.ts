/** An event as a line for people and as JSON. */
import type { EventRow } from '../engine/ports/store.ts';
import { coloredStatus } from './colored-status.ts';
import { formatClock, isoTime } from './duration.ts';
import type { Colors } from './terminal.ts';

export function formatEvent(event: EventRow, colors: Colors): string {
  const name = event.resourceId === null ? colors.bold(event.name) : event.name;
  const padding = ' '.repeat(Math.max(0, 20 - event.name.length));
  const status = coloredStatus(`${event.action} ${event.status}`, colors);
  const reason = event.reason === '' ? '' : `  ${event.reason.replaceAll(/\s+/g, ' ')}`;
  return `${colors.dim(formatClock(event.at))}  ${name}${padding}  ${status}${reason}`;
}

export function toJsonEvent(event: EventRow) {
  return {
    seq: event.seq,
    at: isoTime(event.at),
    traversal: event.traversal,
    resource: event.resourceId === null ? null : event.name,
    version: event.resourceId,
    type: event.type,
    physicalId: event.physicalId,
    action: event.action,
    status: event.status,
    reason: event.reason,
  };
}
