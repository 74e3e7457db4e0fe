/**
 * The file that a database is exported to: JSON lines, so that it can be looked at, cut and diffed with ordinary tools.
 *
 * A header, then for each table its name and its rows (lists, in the order of the columns), and an end with the number of rows and the SHA-256
 * of every byte before it. A file without its end, or with another digest, is refused as a whole.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { CopiedRow, RowsOfTable } from '../../store/transfer/copy-rows.ts';

export const formatVersion = 1;

export interface ExportHeader {
  readonly kind: 'setpoint-database';
  readonly format: number;
  readonly schema: number;
  readonly incarnation: string;
  readonly exportedAt: string;
  /** Opens only with the keys of the exported database. */
  readonly keyCheck: string;
  /** A keyed digest: tells whether the digest key is the same. */
  readonly digestCheck: string;
}

interface TableLine {
  readonly kind: 'table';
  readonly name: string;
  readonly columns: readonly string[];
}

interface EndLine {
  readonly kind: 'end';
  readonly rows: number;
  readonly sha256: string;
}

/** The file is not what an export writes. */
export class BadExport extends Error {
  override readonly name = 'BadExport';
}

export interface ExportWriter {
  table(name: string, columns: readonly string[]): void;
  rows(rows: readonly CopiedRow[]): void;
  /** Makes it durable under its name; the number of rows. */
  finish(): number;
  /** Removes what was written. */
  abandon(): void;
}

/** Readable by its owner only. Whatever has that name already stands until the end. */
export function writeExport(path: string, header: ExportHeader): ExportWriter {
  const own = `${path}.${process.pid}.part`;
  const file = openSync(own, 'wx', 0o600);
  const hash = createHash('sha256');
  let count = 0;
  const put = (text: string): void => {
    hash.update(text);
    writeAll(file, text);
  };
  put(`${JSON.stringify(header)}\n`);
  return {
    table: (name, columns) => put(`${JSON.stringify({ kind: 'table', name, columns } satisfies TableLine)}\n`),
    rows(rows) {
      count += rows.length;
      if (rows.length > 0) put(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
    },
    finish() {
      writeAll(file, `${JSON.stringify({ kind: 'end', rows: count, sha256: hash.digest('hex') } satisfies EndLine)}\n`);
      fsyncSync(file);
      closeSync(file);
      renameSync(own, path);
      return count;
    },
    abandon() {
      closeSync(file);
      rmSync(own, { force: true });
    },
  };
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Reads the whole file once and holds it against its end; the header. Nothing of it is believed before. */
export function verifyExport(path: string): ExportHeader & { readonly rows: number } {
  const hash = createHash('sha256');
  let header: ExportHeader | null = null;
  let end: EndLine | null = null;
  let rows = 0;
  for (const line of readLines(path)) {
    if (end !== null) throw new BadExport('there is something after its end');
    const value = parseLine(line);
    if (header === null) header = asHeader(value);
    if (isKind(value, 'end')) end = value as EndLine;
    else if (Array.isArray(value)) rows++;
    if (end === null) hash.update(line).update('\n');
  }
  if (header === null || end === null) throw new BadExport('it is cut short: its end is missing');
  checkEnd(end, rows, hash);
  return { ...header, rows };
}

function checkEnd(end: EndLine, rows: number, hash: Hash): void {
  if (end.rows !== rows) throw new BadExport(`it has ${rows} rows, and its end says ${end.rows}`);
  if (end.sha256 !== hash.digest('hex')) throw new BadExport('its checksum is wrong: it was changed, or damaged on its way');
}

function asHeader(value: unknown): ExportHeader {
  if (!isKind(value, 'setpoint-database')) throw new BadExport('it is no exported Setpoint database');
  const header = value as ExportHeader;
  if (header.format !== formatVersion)
    throw new BadExport(`its format is ${header.format}, this Setpoint knows ${formatVersion}`);
  return header;
}

const isKind = (value: unknown, kind: string): boolean =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === kind;

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new BadExport('it is no exported Setpoint database: a line of it is not JSON');
  }
}

/** The rows, a batch at a time. Only for a file that was verified. */
export function* readExport(path: string): Iterable<RowsOfTable> {
  let table: TableLine | null = null;
  let rows: CopiedRow[] = [];
  for (const line of readLines(path)) {
    const value = JSON.parse(line) as unknown;
    if (Array.isArray(value)) rows.push(value as CopiedRow);
    const full = rows.length >= 500;
    if (table !== null && rows.length > 0 && (full || !Array.isArray(value))) {
      yield { table: table.name, columns: table.columns, rows };
      rows = [];
    }
    if (isKind(value, 'table')) table = value as TableLine;
  }
}

/** Synchronous on purpose: an act on SQLite asks for the next row without giving up the thread. */
function* readLines(path: string): Iterable<string> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(1 << 20);
    let left: Buffer[] = [];
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      let from = 0;
      for (let at = chunk.indexOf(10, from); at !== -1 && at < size; at = chunk.indexOf(10, from)) {
        yield Buffer.concat([...left, chunk.subarray(from, at)]).toString('utf8');
        left = [];
        from = at + 1;
      }
      left.push(Buffer.from(chunk.subarray(from, size)));
    }
    const rest = Buffer.concat(left).toString('utf8');
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}
