/**
 * Seals what is secret anew, with the current key, page by page while engines work.
 *
 * A value is written only where it still is what was read: whoever wrote it meanwhile has sealed it by itself. A sealed value never changes
 * its meaning here, so no stack needs to be locked.
 */
import { type Act, query, runRows, type SqlRow, type SqlValue } from '../sql.ts';
import type { Vault } from '../vault.ts';

interface SealedTable {
  readonly name: string;
  readonly key: readonly { readonly name: string; readonly type: 'int' | 'text' }[];
  readonly columns: readonly string[];
  /** Columns that tell the place besides the key. */
  readonly also?: readonly string[];
  place(row: SqlRow, column: string): string;
}

const int = (name: string) => ({ name, type: 'int' as const });
const text = (name: string) => ({ name, type: 'text' as const });

/** Every column that may hold a sealed value. */
export const sealedTables: readonly SealedTable[] = [
  {
    name: 'resource',
    key: [int('id')],
    columns: ['reference', 'attributes', 'properties', 'pending', 'state'],
    place: (row, column) => `resource/${row['id']}/${column}`,
  },
  {
    name: 'operation',
    key: [int('resource_id')],
    columns: ['progress'],
    place: (row) => `resource/${row['resource_id']}/progress`,
  },
  {
    name: 'goal',
    key: [int('stack_id'), int('number')],
    columns: ['documents', 'parameters', 'outputs', 'sinks'],
    place: (row, column) => `goal/${row['stack_id']}/${column}`,
  },
  { name: 'blob', key: [int('stack_id'), text('sha')], columns: ['body'], place: (row) => `blob/${row['sha']}` },
  { name: 'definition', key: [int('stack_id'), text('sha')], columns: ['body'], place: (row) => `definition/${row['sha']}` },
  { name: 'setting', key: [int('id')], columns: ['body'], place: (row) => `setting/${row['id']}` },
  {
    name: 'event_sink',
    key: [int('stack_id'), text('id')],
    columns: ['target'],
    place: (row) => `sink/${row['stack_id']}/${row['id']}`,
  },
  {
    name: 'tombstone',
    key: [text('token')],
    columns: ['properties'],
    also: ['resource_id', 'sealed_in'],
    place: (row) => `resource/${row['resource_id']}/${row['sealed_in']}`,
  },
];

export interface Resealed {
  /** Values that were sealed with another key. */
  readonly values: number;
  /** The key of the last row; null when the table ends. */
  readonly next: readonly SqlValue[] | null;
}

const pageSize = 200;

export function* resealPage(vault: Vault, table: SealedTable, after: readonly SqlValue[] | null): Act<Resealed> {
  const names = table.key.map((column) => column.name);
  const beyond = after === null ? '' : `where (${names.join(', ')}) > (${names.map(() => '?').join(', ')})`;
  const rows = yield* query<SqlRow>(
    `select ${[...names, ...table.columns, ...(table.also ?? [])].join(', ')} from ${table.name} ${beyond} order by ${names.join(', ')} limit ? + 0`,
    ...(after ?? []),
    pageSize,
  );
  let values = 0;
  for (const column of table.columns) values += yield* resealColumn(vault, table, column, rows);
  const last = rows.at(-1);
  return { values, next: rows.length < pageSize || last === undefined ? null : names.map((name) => last[name] ?? null) };
}

function* resealColumn(vault: Vault, table: SealedTable, column: string, rows: readonly SqlRow[]): Act<number> {
  const changed = rows.flatMap((row): SqlValue[][] => {
    const before = row[column];
    const after = typeof before === 'string' ? vault.reseal(before, table.place(row, column)) : null;
    return after === null ? [] : [[...table.key.map(({ name }) => row[name] ?? null), before ?? null, after]];
  });
  const typed = table.key.map(({ name, type }) => `${name} ${type}`).join(', ');
  const same = table.key.map(({ name }) => `${table.name}.${name} = k.${name}`).join(' and ');
  yield* runRows(
    `update ${table.name} set ${column} = k.after_text from @rows(${typed}, before_text text, after_text text) k where ${same} and ${table.name}.${column} = k.before_text`,
    changed,
  );
  return changed.length;
}
