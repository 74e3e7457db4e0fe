/**
 * The rows of a whole database, read page by page and written again in one transaction: the same ids, numbers and counters, on whichever two
 * databases.
 *
 * What belongs to a place and not to the work is left out: who is registered, the clock, what the gate said. Sealed values stay sealed. The
 * copy is another life: all of it is to be read before anything is decided by it.
 */
import { present } from '../../std/assert.ts';
import type { ActContext } from '../acts/act-context.ts';
import { markRestored } from '../acts/mark-restored.ts';
import { migrations } from '../migrate.ts';
import { type Act, query, queryOne, type SqlRow, type SqlValue } from '../sql.ts';
import { readCounters, writeCounters } from './counters.ts';
import { readTableShapes, type TableShape } from './table-shapes.ts';

/** Of this place, not of the work. */
const ofThisPlace: ReadonlySet<string> = new Set(['engine', 'schema_version']);
const metaOfThisPlace: ReadonlySet<string> = new Set(['incarnation', 'clock', 'moving', 'moved', 'home', 'purged']);
/** Rows of these may be large. */
const heavy: ReadonlySet<string> = new Set(['blob', 'goal', 'definition']);

export const schemaVersion = migrations.length;

export const copiedTables: readonly TableShape[] = readTableShapes(migrations).filter(({ name }) => !ofThisPlace.has(name));

export type CopiedRow = readonly SqlValue[];

/** The next rows after a key, in the order of the key; fewer than asked for, or none, when the table ends. */
export function* readPage(table: TableShape, after: CopiedRow | null): Act<readonly CopiedRow[]> {
  if (table.name === 'counter') return after === null ? yield* readCounters() : [];
  const key = table.key.join(', ');
  const beyond = after === null ? '' : `where (${key}) > (${table.key.map(() => '?').join(', ')})`;
  const rows = yield* query<SqlRow>(
    `select ${table.columns.map((column) => column.name).join(', ')} from ${table.name} ${beyond} order by ${key} limit ? + 0`,
    ...(after === null ? [] : keyOf(table, after)),
    heavy.has(table.name) ? 50 : 1_000,
  );
  return rows.map((row) => table.columns.map((column) => row[column.name] ?? null));
}

function keyOf(table: TableShape, row: CopiedRow): readonly SqlValue[] {
  return table.key.map((name) => row[table.columns.findIndex((column) => column.name === name)] ?? null);
}

export interface RowsOfTable {
  /** Of the rows' values; those of the table, in any order. */
  readonly columns: readonly string[];
  readonly table: string;
  readonly rows: readonly CopiedRow[];
}

/** Thrown when there is work in the database already. */
export class NotEmpty extends Error {
  override readonly name = 'NotEmpty';
}

/** Writes a whole copy into an empty database; gives the number of resources to be read. */
export function* writeCopy(cx: ActContext, incarnation: string, copy: Iterable<RowsOfTable>): Act<number> {
  const stack = yield* queryOne<{ name: string }>('select name from stack limit 1');
  if (stack) throw new NotEmpty(`the database is not empty: it has the stack ${stack.name}`);
  for (const { name } of copiedTables) if (name !== 'meta' && name !== 'counter') yield* query(`delete from ${name}`);
  yield* query('delete from meta where key not in @names', JSON.stringify([...metaOfThisPlace]));
  const shapes = new Map(copiedTables.map((table) => [table.name, table]));
  for (const { table, columns, rows } of copy) {
    const shape = shapes.get(table);
    if (shape === undefined) throw new Error(`the copy has a table ${table} that is not known here`);
    yield* insertRows(shape, columns, rows);
  }
  return yield* markRestored(cx, incarnation);
}

function* insertRows(table: TableShape, columns: readonly string[], all: readonly CopiedRow[]): Act<void> {
  const rows = table.name === 'meta' ? all.filter((row) => !metaOfThisPlace.has(String(row[columns.indexOf('key')]))) : all;
  if (rows.length === 0) return;
  if (table.name === 'counter') return yield* writeCounters(rows);
  const names = columns.join(', ');
  const typeOf = new Map(table.columns.map((column) => [column.name, column.type]));
  const typed = columns.map((name) => `${name} ${present(typeOf.get(name), `column ${name} of ${table.name}`)}`).join(', ');
  yield* query(`insert into ${table.name} (${names}) select ${names} from @rows(${typed}) k`, JSON.stringify(rows));
}
