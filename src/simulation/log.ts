/** What engines log, kept so that no secret hides in it. */

import type { Logger } from '../engine/ports/provider.ts';
import type { JsonMap } from '../std/json.ts';

export interface KeptLog extends Logger {
  readonly lines: string[];
}

export function createKeptLog(): KeptLog {
  const lines: string[] = [];
  const keep = (message: string, fields?: JsonMap): void => void lines.push(`${message} ${fields ? JSON.stringify(fields) : ''}`);
  return { lines, debug: keep, info: keep, warn: keep };
}
