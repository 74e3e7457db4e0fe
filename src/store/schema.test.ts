/**
 * The schema as it comes out of the migrations, held against a checked-in dump per database: a migration that changes what was released, or
 * forgets one database, fails here. After a new migration: SETPOINT_WRITE_GOLDEN=1 npm test, and read the difference.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findServer, noServer } from './fixtures/postgres-server.ts';
import { migrate, migrations } from './migrate.ts';
import { readPostgresAddress } from './postgres-address.ts';
import { openPostgres } from './postgres-driver.ts';
import { openSqlite } from './sqlite-driver.ts';

const server = await findServer();
if (server) after(() => server.stop());

function holdAgainst(name: string, dump: string): void {
  const path = join(import.meta.dirname, `fixtures/schema.${name}.txt`);
  if (process.env['SETPOINT_WRITE_GOLDEN']) writeFileSync(path, dump);
  assert.equal(dump, readFileSync(path, 'utf8'));
}

test('the schema on SQLite', () => {
  const driver = openSqlite({ path: ':memory:' });
  assert.deepEqual(driver.write(migrate('x')), { from: 0, to: migrations.length });
  const rows = driver.database.prepare(`select sql from sqlite_schema where sql is not null order by type desc, name`).all() as {
    sql: string;
  }[];
  driver.close();
  holdAgainst('sqlite', rows.map(({ sql }) => `${sql.replace(/\s+/g, ' ')}\n`).join(''));
});

const columns = `select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull then ' not null' else '' end || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    || coalesce(' collate ' || nullif(l.collname, 'default'), '') as line
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum left join pg_collation l on l.oid = a.attcollation
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.relname collate "C", a.attnum`;
const indexes = `select indexdef as line from pg_indexes where schemaname = 'public' order by indexname collate "C"`;
const sequences = `select 'sequence ' || sequencename as line from pg_sequences where schemaname = 'public' order by sequencename collate "C"`;

test('the schema on PostgreSQL', { skip: server === null && noServer }, async () => {
  const driver = openPostgres({ address: readPostgresAddress(await server!.createDatabase()) });
  assert.deepEqual(await driver.write(() => migrate('x')), { from: 0, to: migrations.length });
  const parts = [await driver.ask(columns), await driver.ask(indexes), await driver.ask(sequences)];
  await driver.close();
  holdAgainst(
    'postgres',
    parts
      .flat()
      .map(({ line }) => `${line}\n`)
      .join(''),
  );
});

test('applying every migration again does nothing', () => {
  const driver = openSqlite({ path: ':memory:' });
  driver.write(migrate('x'));
  assert.deepEqual(driver.write(migrate('y')), { from: migrations.length, to: migrations.length });
  driver.close();
});
