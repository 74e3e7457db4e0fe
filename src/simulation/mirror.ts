/**
 * The database as checkers see it: a copy of its rows, kept by triggers that tell each committed change.
 *
 * It stands outside the store: SQLite itself calls back for every inserted, updated and deleted row, whatever statement did it. Changes of a
 * transaction that is rolled back are dropped. `verify` holds the copy against the tables, so that the copy can't drift unseen.
 */
import type { DatabaseSync } from 'node:sqlite';
import { present } from '../std/assert.ts';
import { rowMaker } from '../store/row-maker.ts';

type Value = string | number | null;
export type Row = { readonly [column: string]: Value };

export interface Change {
  readonly table: TableName;
  readonly before: Row | null;
  readonly after: Row | null;
}

const tables = {
  stack: {
    key: ['id'],
    columns: [
      'id',
      'uuid',
      'tenant',
      'name',
      'root_id',
      'parent_id',
      'parent_resource',
      'depth',
      'goal',
      'complete_goal',
      'traversal',
      'action',
      'status',
      'reason',
      'rollback',
      'suspended',
      'event_seq',
      'deleted_at',
    ],
  },
  traversal: {
    key: ['stack_id', 'number'],
    columns: [
      'stack_id',
      'number',
      'goal',
      'action',
      'state',
      'rollback',
      'rollback_of',
      'then_action',
      'retain',
      'converge_left',
      'aside_left',
      'cleanup_left',
      'action_left',
      'failures',
      'deadline',
      'ended_at',
      'reason',
    ],
  },
  goal: { key: ['stack_id', 'number'], columns: ['stack_id', 'number', 'sha', 'action', 'rollback_of', 'traversal', 'outcome'] },
  declaration: { key: ['stack_id', 'name', 'since'], columns: ['stack_id', 'name', 'since', 'until', 'sha'] },
  resource: {
    key: ['id'],
    columns: [
      'id',
      'stack_id',
      'name',
      'type',
      'physical_id',
      'reference',
      'action',
      'status',
      'definition',
      'inputs_sha',
      'revision',
      'attributes',
      'pending_sha',
      'marked',
      'doubt',
      'lost',
      'suspended',
      'unhealthy',
      'forced',
      'token',
      'token_sha',
      'host',
      'operation_number',
      'replaces',
      'replaced_by',
      'deletion_policy',
      'external',
      'nested',
      'secret',
      'acted',
      'taken',
    ],
  },
  node: {
    key: ['stack_id', 'traversal', 'id'],
    columns: [
      'stack_id',
      'traversal',
      'id',
      'phase',
      'resource_id',
      'state',
      'unmet',
      'awaits',
      'attempts',
      'replacements',
      'wake_at',
      'engine_id',
      'epoch',
      'victim',
      'child',
      'hook',
      'subject',
      'cleared',
      'deed',
      'reason',
    ],
  },
  edge: { key: ['stack_id', 'traversal', 'required', 'requirer'], columns: ['stack_id', 'traversal', 'required', 'requirer'] },
  operation: {
    key: ['resource_id'],
    columns: [
      'resource_id',
      'stack_id',
      'traversal',
      'node_id',
      'kind',
      'token',
      'number',
      'epoch',
      'state',
      'engine_id',
      'wake_at',
      'deadline',
      'cancel',
      'definition',
    ],
  },
  requirement: {
    key: ['stack_id', 'resource_id', 'required_id'],
    columns: ['stack_id', 'resource_id', 'required_id', 'revision'],
  },
  membership: { key: ['stack_id', 'name', 'since'], columns: ['stack_id', 'name', 'since', 'until', 'resource_id'] },
  identity: { key: ['key'], columns: ['key', 'resource_id', 'stack_id'] },
  engine: { key: ['id'], columns: ['id', 'pid'] },
  tombstone: { key: ['token'], columns: ['token', 'resource_id', 'type', 'until', 'look_at'] },
  event: { key: ['stack_id', 'seq'], columns: ['stack_id', 'seq', 'at', 'traversal', 'resource_id', 'name', 'action', 'status'] },
  event_sink: {
    key: ['stack_id', 'id'],
    columns: ['stack_id', 'id', 'target', 'ttl_ms', 'sent', 'holder', 'held_until', 'dropped'],
  },
} as const satisfies { readonly [table: string]: { readonly key: readonly string[]; readonly columns: readonly string[] } };

export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables) as TableName[];

export interface Mirror {
  readonly rows: { readonly [table in TableName]: ReadonlyMap<string, Row> };
  /** Applies what was committed since the last call, and gives it. */
  commit(): readonly Change[];
  /** Forgets what was rolled back. */
  discard(): void;
  /** Forgets every row while `empty` takes them out of the tables, of which nothing is told. */
  clear(empty: () => void): void;
  /** Goes on after the tables have changed their columns. */
  reshape(): void;
  /** What differs from the tables; empty when the copy is true. */
  verify(): readonly string[];
}

export function createMirror(database: DatabaseSync): Mirror {
  const rows = Object.fromEntries(tableNames.map((name) => [name, new Map<string, Row>()])) as {
    [table in TableName]: Map<string, Row>;
  };
  const pending: Pending = { told: [], deaf: false };
  const tellers = tableNames.map((name) => tellerOf(name, rows[name], pending));
  for (const teller of tellers) watch(database, teller);
  const forget = (): void => {
    pending.told = [];
  };
  const readers = new Map<TableName, () => Row[]>();
  const read = (name: TableName): Row[] => {
    const reader = readers.get(name) ?? readerOf(database, name);
    readers.set(name, reader);
    return reader();
  };
  const copy = (name: TableName): void => {
    rows[name].clear();
    for (const row of read(name)) rows[name].set(keyOf(name, row), row);
  };
  return {
    rows,
    commit() {
      const { told } = pending;
      forget();
      for (const one of told) apply(rows[one.change.table], one);
      return told.map(({ change }) => change);
    },
    discard: forget,
    clear(empty) {
      forget();
      for (const name of tableNames) rows[name].clear();
      for (const { recent } of tellers) recent.clear();
      pending.deaf = true;
      empty();
      pending.deaf = false;
    },
    reshape() {
      readers.clear();
      for (const teller of tellers) {
        for (const what of ['insert', 'delete', 'update']) database.exec(`drop trigger if exists told_${what}_${teller.name}`);
        watch(database, teller);
        copy(teller.name);
      }
    },
    verify: () => tableNames.flatMap((name) => compare(name, read(name), rows[name])),
  };
}

/** What was told since the last commit; another list for each. */
interface Pending {
  told: Told[];
  /** Nobody listens. */
  deaf: boolean;
}

/** A change, the keys of its rows, and the list it was told in. */
interface Told {
  readonly change: Change;
  readonly from: string | null;
  readonly to: string | null;
  readonly list: readonly Told[];
}

function apply(rows: Map<string, Row>, { change: { after }, from, to }: Told): void {
  if (from !== null && from !== to) rows.delete(from);
  if (to !== null) rows.set(to, after!);
}

/**
 * Makes changes of what triggers tell: a row that is new, and the key of one that was before. The row before is the one that was told last,
 * in this transaction or in one that was committed, for no row changes without being told (`verify`); to have it told again costs more than
 * the statement.
 */
interface Teller {
  readonly name: TableName;
  readonly pending: Pending;
  /** The last change of each key. Those of other lists are over. */
  readonly recent: Map<string, Told>;
  inserted(values: readonly Value[]): void;
  deleted(key: readonly Value[]): void;
  /** The values of the row after, and then the key of the one before. */
  updated(values: readonly Value[]): void;
}

function tellerOf(name: TableName, rows: ReadonlyMap<string, Row>, pending: Pending): Teller {
  const { columns, key } = tables[name];
  const toRow = rowMaker(columns) as (values: readonly Value[]) => Row;
  const recent = new Map<string, Told>();
  const tell = (before: Row | null, from: string | null, after: Row | null, to: string | null): void => {
    const told: Told = { change: { table: name, before, after }, from, to, list: pending.told };
    pending.told.push(told);
    if (from !== null && from !== to) recent.set(from, told);
    if (to !== null) recent.set(to, told);
  };
  const find = (at: string): Row => {
    const told = recent.get(at);
    if (told?.list !== pending.told) return present(rows.get(at), `a row of ${name} that was told`);
    return present(told.to === at ? told.change.after : null, `a row of ${name}, not deleted,`);
  };
  return {
    name,
    pending,
    recent,
    inserted(values) {
      const row = toRow(values);
      tell(null, null, row, keyOf(name, row));
    },
    deleted(values) {
      const from = joinKey(values, 0, key.length);
      tell(find(from), from, null, null);
    },
    updated(values) {
      const row = toRow(values);
      const from = joinKey(values, columns.length, key.length);
      tell(find(from), from, row, keyOf(name, row));
    },
  };
}

/** As `keyOf` makes it. */
function joinKey(values: readonly Value[], at: number, length: number): string {
  let key = String(values[at]);
  for (let i = 1; i < length; i++) key += `/${values[at + i]}`;
  return key;
}

export const keyOf = (table: TableName, row: Row): string => {
  const key: readonly string[] = tables[table].key;
  let text = String(row[key[0]!]);
  for (let i = 1; i < key.length; i++) text += `/${row[key[i]!]}`;
  return text;
};

function watch(database: DatabaseSync, { name, pending, ...teller }: Teller): void {
  const { columns, key } = tables[name];
  const options = { varargs: true, directOnly: false } as const;
  const define = (what: string, tell: (values: readonly Value[]) => void): void =>
    database.function(`told_${what}_${name}`, options, (...values) => {
      if (!pending.deaf) tell(values as Value[]);
      return 0;
    });
  define('insert', teller.inserted);
  define('delete', teller.deleted);
  define('update', teller.updated);
  const existing = presentColumns(database, name);
  // An older version may not have it yet.
  if (existing.size === 0) return;
  const row = columns.map((column) => (existing.has(column) ? `new.${column}` : 'null')).join(', ');
  const oldKey = key.map((column) => `old.${column}`).join(', ');
  const watched = columns.filter((column) => existing.has(column)).join(', ');
  const trigger = (what: string, when: string, values: string): void =>
    database.exec(
      `create trigger told_${what}_${name} after ${when} on ${name} begin select told_${what}_${name}(${values}); end`,
    );
  trigger('insert', 'insert', row);
  trigger('delete', 'delete', oldKey);
  trigger('update', `update of ${watched}`, `${row}, ${oldKey}`);
}

/** A table of an older schema lacks some. */
function presentColumns(database: DatabaseSync, name: TableName): ReadonlySet<string> {
  const columns = database.prepare(`select name from pragma_table_info('${name}')`).all() as { name: string }[];
  return new Set(columns.map((column) => column.name));
}

function readerOf(database: DatabaseSync, name: TableName): () => Row[] {
  const existing = presentColumns(database, name);
  const columns = tables[name].columns.map((column) => (existing.has(column) ? column : `null as ${column}`));
  const statement = database.prepare(`select ${columns.join(', ')} from ${name}`);
  statement.setReturnArrays(true);
  const toRow = rowMaker(tables[name].columns);
  return () => (statement.all() as unknown as Value[][]).map(toRow);
}

function compare(name: TableName, stored: readonly Row[], copy: ReadonlyMap<string, Row>): string[] {
  const found: string[] = [];
  if (stored.length !== copy.size) found.push(`${name}: ${stored.length} rows stored, ${copy.size} copied`);
  for (const row of stored) {
    const known = copy.get(keyOf(name, row));
    if (known === undefined || tables[name].columns.some((column) => row[column] !== known[column]))
      found.push(`${name} ${keyOf(name, row)} differs`);
  }
  return found;
}
