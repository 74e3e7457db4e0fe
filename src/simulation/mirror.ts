/**
 * The database as checkers see it: a copy of its rows, kept by triggers that tell each committed change.
 *
 * It stands outside the store: SQLite itself calls back for every inserted, updated and deleted row, whatever statement did it. Changes of a
 * transaction that is rolled back are dropped. `verify` holds the copy against the tables, so that the copy can't drift unseen.
 */
import type { DatabaseSync } from 'node:sqlite';

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
      'unhealthy',
      'forced',
      'token',
      'token_sha',
      'operation_number',
      'replaces',
      'replaced_by',
      'deletion_policy',
      'external',
      'nested',
      'secret',
      'acted',
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
  event: { key: ['stack_id', 'seq'], columns: ['stack_id', 'seq', 'traversal', 'resource_id', 'name', 'action', 'status'] },
} as const satisfies { readonly [table: string]: { readonly key: readonly string[]; readonly columns: readonly string[] } };

export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables) as TableName[];

export interface Mirror {
  readonly rows: { readonly [table in TableName]: ReadonlyMap<string, Row> };
  /** Applies what was committed since the last call, and gives it. */
  commit(): readonly Change[];
  /** Forgets what was rolled back. */
  discard(): void;
  clear(): void;
  /** Goes on after the tables have changed their columns. */
  reshape(): void;
  /** What differs from the tables; empty when the copy is true. */
  verify(): readonly string[];
}

export function createMirror(database: DatabaseSync): Mirror {
  const rows = Object.fromEntries(tableNames.map((name) => [name, new Map<string, Row>()])) as {
    [table in TableName]: Map<string, Row>;
  };
  let pending: Change[] = [];
  for (const name of tableNames) watch(database, name, (change) => void pending.push(change));
  const copy = (name: TableName): void => {
    rows[name].clear();
    for (const row of readTable(database, name)) rows[name].set(keyOf(name, row), row);
  };
  const apply = ({ table, before, after }: Change): void => {
    if (before !== null && (after === null || keyOf(table, before) !== keyOf(table, after)))
      rows[table].delete(keyOf(table, before));
    if (after !== null) rows[table].set(keyOf(table, after), after);
  };
  return {
    rows,
    commit() {
      const changes = pending;
      pending = [];
      for (const change of changes) apply(change);
      return changes;
    },
    discard() {
      pending = [];
    },
    clear() {
      pending = [];
      for (const name of tableNames) rows[name].clear();
    },
    reshape() {
      for (const name of tableNames) {
        for (const what of ['insert', 'delete', 'update']) database.exec(`drop trigger told_${what}_${name}`);
        watch(database, name, (change) => void pending.push(change));
        copy(name);
      }
    },
    verify: () => tableNames.flatMap((name) => compare(database, name, rows[name])),
  };
}

export const keyOf = (table: TableName, row: Row): string => {
  const { key } = tables[table];
  return key.length === 1 ? String(row[key[0]]) : key.map((column) => row[column]).join('/');
};

function watch(database: DatabaseSync, name: TableName, tell: (change: Change) => void): void {
  const { columns } = tables[name];
  const n = columns.length;
  const toRow = (values: readonly Value[], from: number): Row => {
    const row: { [column: string]: Value } = {};
    for (let i = 0; i < n; i++) row[columns[i]!] = values[from + i]!;
    return row;
  };
  const told = (change: Change): number => {
    tell(change);
    return 0;
  };
  const options = { varargs: true, directOnly: false } as const;
  database.function(`told_insert_${name}`, options, (...values) =>
    told({ table: name, before: null, after: toRow(values as Value[], 0) }),
  );
  database.function(`told_delete_${name}`, options, (...values) =>
    told({ table: name, before: toRow(values as Value[], 0), after: null }),
  );
  database.function(`told_update_${name}`, options, (...values) =>
    told({ table: name, before: toRow(values as Value[], 0), after: toRow(values as Value[], n) }),
  );
  const present = presentColumns(database, name);
  const list = (side: string): string => columns.map((column) => (present.has(column) ? `${side}.${column}` : 'null')).join(', ');
  database.exec(
    `create trigger told_insert_${name} after insert on ${name} begin select told_insert_${name}(${list('new')}); end`,
  );
  database.exec(
    `create trigger told_delete_${name} after delete on ${name} begin select told_delete_${name}(${list('old')}); end`,
  );
  database.exec(
    `create trigger told_update_${name} after update of ${columns.filter((column) => present.has(column)).join(', ')} on ${name} begin select told_update_${name}(${list('old')}, ${list('new')}); end`,
  );
}

/** A table of an older schema lacks some. */
function presentColumns(database: DatabaseSync, name: TableName): ReadonlySet<string> {
  const columns = database.prepare(`select name from pragma_table_info('${name}')`).all() as { name: string }[];
  return new Set(columns.map((column) => column.name));
}

function readTable(database: DatabaseSync, name: TableName): Row[] {
  const present = presentColumns(database, name);
  const columns = tables[name].columns.map((column) => (present.has(column) ? column : `null as ${column}`));
  return database.prepare(`select ${columns.join(', ')} from ${name}`).all() as unknown as Row[];
}

function compare(database: DatabaseSync, name: TableName, copy: ReadonlyMap<string, Row>): string[] {
  const stored = readTable(database, name);
  const found: string[] = [];
  if (stored.length !== copy.size) found.push(`${name}: ${stored.length} rows stored, ${copy.size} copied`);
  for (const row of stored) {
    const known = copy.get(keyOf(name, row));
    if (known === undefined || tables[name].columns.some((column) => row[column] !== known[column]))
      found.push(`${name} ${keyOf(name, row)} differs`);
  }
  return found;
}
