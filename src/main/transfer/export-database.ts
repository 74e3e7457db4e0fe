/**
 * Exports a whole database and marks it moved: from then on it refuses work, so that no two databases ever drive the same objects.
 *
 * First the gate closes and what is under way may end; then what engines still hold is void, so that nothing changes while pages are read;
 * then, with the file durable, the database is marked. Whatever goes wrong before that leaves it as it was, at work.
 */
import { keyedSha256 } from '../../std/digest.ts';
import { copiedTables, schemaVersion } from '../../store/transfer/copy-rows.ts';
import type { Setpoint } from '../setpoint.ts';
import { type ExportHeader, type ExportWriter, formatVersion, writeExport } from './export-file.ts';

export interface ExportOptions {
  readonly path: string;
  /** How long calls under way may take to end; what has not ended is looked for by the database that takes over. */
  readonly drainMs: number;
  /** Resolves after some milliseconds, or when the export is not wanted any more. */
  readonly wait: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Exported {
  readonly rows: number;
  readonly incarnation: string;
  /** Operations that had not ended. */
  readonly unfinished: number;
}

/** It can't be exported now; nothing has happened. */
export class NotExported extends Error {
  override readonly name = 'NotExported';
}

type Parts = Pick<Setpoint, 'store' | 'times'>;

export async function exportDatabase(setpoint: Parts, options: ExportOptions): Promise<Exported> {
  const { store } = setpoint;
  const token = await store.beginMoving(setpoint.times(), `to ${options.path}`);
  if (token === null)
    throw new NotExported('another export of this database is under way; if it was killed, setpoint unpause gives it up');
  try {
    const unfinished = await drain(setpoint, options);
    await store.voidClaims(setpoint.times());
    const header = await headerOf(setpoint);
    const rows = await writeAll(setpoint, options, header, token);
    return { rows, incarnation: header.incarnation, unfinished };
  } catch (error) {
    await store.reopen(token);
    throw error;
  }
}

/** How many operations are still under way at the end of it. */
async function drain({ store, times }: Parts, { drainMs, wait, signal }: ExportOptions): Promise<number> {
  for (let left = drainMs; ; left -= 50) {
    const { nodes, operations } = await store.readWorkload(times());
    const engines = await store.listEngines();
    const held = engines.reduce((sum, engine) => sum + engine.operations, nodes.claimed);
    if (held === 0 || left <= 0) return operations.running;
    if (signal.aborted) throw new NotExported('interrupted; the database goes on as before');
    await wait(50);
  }
}

async function headerOf({ store, times }: Parts): Promise<ExportHeader> {
  return {
    kind: 'setpoint-database',
    format: formatVersion,
    schema: schemaVersion,
    incarnation: (await store.readMeta('incarnation')) ?? '',
    exportedAt: new Date(times().wallTime).toISOString(),
    keyCheck: store.vault.seal(checkedText, true, keyCheckPlace),
    digestCheck: keyedSha256(checkedText, store.vault.digestKey),
  };
}

export const checkedText = 'a setpoint database';
export const keyCheckPlace = 'export/keys';

async function writeAll(setpoint: Parts, options: ExportOptions, header: ExportHeader, token: string): Promise<number> {
  const writer = writeExport(options.path, header);
  let rows: number;
  try {
    for (const table of copiedTables) await copyTable(setpoint, writer, table, options.signal);
    rows = writer.finish();
  } catch (error) {
    writer.abandon();
    throw error;
  }
  if (!(await setpoint.store.finishMoving(token)))
    throw new NotExported(`somebody opened the database during the export: ${options.path} is worth nothing, remove it`);
  return rows;
}

async function copyTable(
  { store }: Parts,
  writer: ExportWriter,
  table: (typeof copiedTables)[number],
  signal: AbortSignal,
): Promise<void> {
  writer.table(
    table.name,
    table.columns.map((column) => column.name),
  );
  for (let rows = await store.readPage(table, null); rows.length > 0; rows = await store.readPage(table, rows.at(-1)!)) {
    if (signal.aborted) throw new NotExported('interrupted; the database goes on as before');
    writer.rows(rows);
  }
}
