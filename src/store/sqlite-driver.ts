/**
 * Runs acts on one SQLite file: WAL, synchronous FULL, one writer at a time by BEGIN IMMEDIATE, which is the root lock of every stack.
 *
 * An act runs from begin to commit without giving up the thread, so two acts of one process never interleave. Another process waits for the
 * lock up to `busyMs`. A thrown error or a `Refusal` takes everything back.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type RowMaker, rowMaker } from './row-maker.ts';
import { type Act, Refusal, type SqlRow, type SqlValue, type Statement, toSqlite } from './sql.ts';

export interface SqliteDriver {
  /** One transaction. */
  write<T>(act: Act<T>): T;
  /** Reads from one snapshot. */
  read<T>(act: Act<T>): T;
  /** Changes with each commit by another connection: a hint. */
  dataVersion(): number;
  /** A consistent copy of the database as bytes, for tests and simulation. */
  readonly database: DatabaseSync;
  close(): void;
}

export interface SqliteOptions {
  /** A path, or `:memory:`. */
  readonly path: string;
  readonly busyMs?: number;
  /** Called with every statement, spelled for SQLite; for measuring. */
  readonly trace?: (text: string) => void;
}

export function openSqlite(options: SqliteOptions): SqliteDriver {
  const database = new DatabaseSync(options.path, { timeout: options.busyMs ?? 10_000 });
  if (options.path !== ':memory:') database.exec('pragma journal_mode = wal; pragma synchronous = full;');
  database.exec('pragma foreign_keys = off; pragma temp_store = memory; pragma cache_size = -32000;');
  const prepared = new Map<string, Prepared | null>();
  const prepare = (text: string): Prepared | null => {
    let statement = prepared.get(text);
    if (statement === undefined) {
      const spelled = toSqlite(text);
      statement = spelled === null ? null : prepareOnce(database, spelled);
      prepared.set(text, statement);
    }
    return statement;
  };
  const run = <T>(act: Act<T>): T => {
    let answer = act.next([]);
    while (!answer.done) {
      const { value } = answer;
      if ('together' in value) answer = act.next(value.together.map((one) => execute(prepare, one, options.trace)));
      else answer = act.next(execute(prepare, value, options.trace));
    }
    return answer.value;
  };
  const version = database.prepare('pragma data_version');
  const [beginWrite, beginRead, commit] = [
    database.prepare('begin immediate'),
    database.prepare('begin'),
    database.prepare('commit'),
  ];
  return {
    database,
    write: (act) => inTransaction(database, beginWrite, commit, () => run(act)),
    read: (act) => inTransaction(database, beginRead, commit, () => run(act)),
    dataVersion: () => Number((version.get() as { data_version: number }).data_version),
    close: () => {
      prepared.clear();
      database.close();
    },
  };
}

/** A statement, and what makes rows of the lists that it gives: this is faster than to have it give objects. */
interface Prepared {
  readonly statement: StatementSync;
  /** Of columns; none where there are no rows to be had. */
  width: number;
  toRow: RowMaker;
}

function prepareOnce(database: DatabaseSync, text: string): Prepared {
  const statement = database.prepare(text);
  statement.setReturnArrays(true);
  return { statement, ...shapeOf(statement) };
}

function shapeOf(statement: StatementSync): { readonly width: number; readonly toRow: RowMaker } {
  const names = statement.columns().map((column) => column.name);
  return { width: names.length, toRow: rowMaker(names) };
}

function execute(
  prepare: (text: string) => Prepared | null,
  { text, params }: Statement,
  trace: SqliteOptions['trace'],
): readonly SqlRow[] {
  trace?.(text);
  const prepared = prepare(text);
  if (prepared === null) return [];
  if (prepared.width > 0) return toRows(prepared, prepared.statement.all(...params) as unknown as SqlValue[][]);
  prepared.statement.run(...params);
  return [];
}

function toRows(prepared: Prepared, lists: readonly (readonly SqlValue[])[]): readonly SqlRow[] {
  // Another process may have changed the schema: SQLite has then planned `select *` anew.
  if (lists.length > 0 && lists[0]!.length !== prepared.width) Object.assign(prepared, shapeOf(prepared.statement));
  return lists.map(prepared.toRow);
}

function inTransaction<T>(database: DatabaseSync, begin: StatementSync, commit: StatementSync, body: () => T): T {
  begin.run();
  try {
    const answer = body();
    commit.run();
    return answer;
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    if (error instanceof Refusal) return error.answer as T;
    throw error;
  }
}
