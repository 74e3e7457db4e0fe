/**
 * Runs acts on one SQLite file: WAL, synchronous FULL, one writer at a time by BEGIN IMMEDIATE, which is the root lock of every stack.
 *
 * An act runs from begin to commit without giving up the thread, so two acts of one process never interleave. Another process waits for the
 * lock up to `busyMs`. A thrown error or a `Refusal` takes everything back.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Act, type SqlRow, type Statement, toSqlite } from './sql.ts';

/** Thrown inside an act to take it back and give this answer all the same. */
export class Refusal<T> extends Error {
  override readonly name = 'Refusal';
  readonly answer: T;
  constructor(answer: T) {
    super('refused');
    this.answer = answer;
  }
}

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
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    let statement = prepared.get(text);
    if (statement === undefined) {
      statement = database.prepare(toSqlite(text));
      prepared.set(text, statement);
    }
    return statement;
  };
  const run = <T>(act: Act<T>): T => {
    let answer = act.next([]);
    while (!answer.done) answer = act.next(execute(prepare, answer.value, options.trace));
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

function execute(
  prepare: (text: string) => StatementSync,
  statement: Statement,
  trace: SqliteOptions['trace'],
): readonly SqlRow[] {
  trace?.(statement.text);
  return prepare(statement.text).all(...statement.params) as unknown as readonly SqlRow[];
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
