/**
 * The rows of a PostgreSQL database in one of SQLite, change by change: triggers write down every row that is inserted, updated or deleted, in the
 * transaction that does it, so that what is found there after a commit is what was committed, in its order.
 */
import type { StatementSync } from 'node:sqlite';
import type pg from 'pg';
import { present } from '../../std/assert.ts';
import { parseJson } from '../../std/parse-json.ts';
import { migrations } from '../../store/migrate.ts';
import type { SqliteDriver } from '../../store/sqlite-driver.ts';
import { readTableShapes, type TableShape } from '../../store/transfer/table-shapes.ts';

type Row = { readonly [column: string]: string | number | null };

/** Tables that one of the databases has for itself. */
const own: ReadonlySet<string> = new Set(['counter', 'schema_version']);
const shapes: ReadonlyMap<string, TableShape> = new Map(
  readTableShapes(migrations)
    .filter(({ name }) => !own.has(name))
    .map((shape) => [shape.name, shape]),
);

export async function watchChanges(connections: pg.Pool): Promise<void> {
  await connections.query(`
    create table row_change (seq bigserial primary key, name text not null, before text, after text);
    create function write_down() returns trigger language plpgsql as $$ begin
      insert into row_change (name, before, after) values
        (tg_table_name, case when tg_op <> 'INSERT' then row_to_json(old)::text end, case when tg_op <> 'DELETE' then row_to_json(new)::text end);
      return null; end $$;
    ${[...shapes.keys()].map((name) => `create trigger written_down after insert or update or delete on ${name} for each row execute function write_down();`).join('\n')}
    ${[...shapes.keys(), 'row_change'].map((name) => `alter table ${name} set (autovacuum_enabled = off);`).join('\n')}`);
}

export class ChangeCopier {
  private readonly copy: SqliteDriver;
  private readonly statements = new Map<string, StatementSync>();

  constructor(copy: SqliteDriver) {
    this.copy = copy;
  }

  /** Of the one transaction that was committed since the last call. */
  async follow(connections: pg.Pool): Promise<void> {
    const { rows } = await connections.query<{ seq: number; name: string; before: string | null; after: string | null }>(
      'with taken as (delete from row_change returning *) select * from taken order by seq',
    );
    if (rows.length === 0) return;
    const { database } = this.copy;
    database.exec('begin');
    for (const { name, before, after } of rows)
      this.apply(present(shapes.get(name), `the table ${name}`), toRow(before), toRow(after));
    database.exec('commit');
  }

  private apply({ name, columns, key }: TableShape, before: Row | null, after: Row | null): void {
    const at = key.map((column) => `${column} = ?`).join(' and ');
    const keyOf = (row: Row) => key.map((column) => row[column] ?? null);
    if (before === null) {
      const names = columns.map((column) => column.name);
      const texts = names.map(() => '?').join(', ');
      this.run(
        `insert into ${name} (${names.join(', ')}) values (${texts})`,
        names.map((column) => after![column] ?? null),
      );
    } else if (after === null) this.run(`delete from ${name} where ${at}`, keyOf(before));
    else {
      const changed = columns.map((column) => column.name).filter((column) => before[column] !== after[column]);
      if (changed.length === 0) return;
      const values = changed.map((column) => after[column] ?? null);
      this.run(`update ${name} set ${changed.map((column) => `${column} = ?`).join(', ')} where ${at}`, [
        ...values,
        ...keyOf(before),
      ]);
    }
  }

  private run(text: string, values: readonly (string | number | null)[]): void {
    let statement = this.statements.get(text);
    if (statement === undefined) {
      statement = this.copy.database.prepare(text);
      this.statements.set(text, statement);
    }
    statement.run(...values);
  }
}

const toRow = (text: string | null): Row | null => (text === null ? null : (parseJson(text) as Row));
