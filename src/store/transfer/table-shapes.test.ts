/** What is read from the migrations is what SQLite made of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrate, migrations } from '../migrate.ts';
import { openSqlite } from '../sqlite-driver.ts';
import { readTableShapes } from './table-shapes.ts';

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

test('tables, columns, types and keys', () => {
  const { database, write, close } = openSqlite({ path: ':memory:' });
  write(migrate('x'));
  const names = (
    database.prepare(`select name from sqlite_schema where type = 'table' order by name`).all() as { name: string }[]
  )
    .map((row) => row.name)
    .filter((name) => name !== 'schema_version');
  const made = names.map((name) => {
    const columns = database
      .prepare('select name, type, pk from pragma_table_info(?) order by cid')
      .all(name) as unknown as ColumnInfo[];
    return {
      name,
      columns: columns.map((column) => ({ name: column.name, type: column.type.toLowerCase() === 'integer' ? 'int' : 'text' })),
      key: columns
        .filter((column) => column.pk > 0)
        .sort((a, b) => a.pk - b.pk)
        .map((column) => column.name),
    };
  });
  close();
  assert.deepEqual(
    [...readTableShapes(migrations)].sort((a, b) => (a.name < b.name ? -1 : 1)),
    made,
  );
});

test('what it can not read is an error, not a gap', () => {
  assert.throws(() => readTableShapes(['create table a (id integer primary key)', 'alter table a rename to b']), /can't read/);
  assert.throws(() => readTableShapes(['create table a (id blob)']), /can't read/);
});
