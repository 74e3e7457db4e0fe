/** What a person is told when a PostgreSQL can't be worked with. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseLost } from '../engine/ports/store.ts';
import { readPostgresAddress } from '../store/postgres-address.ts';
import { explain } from './open-postgres.ts';

const address = readPostgresAddress('postgres://me:secret@host/name');
const coded = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

const table: readonly (readonly [string, unknown, RegExp])[] = [
  ['the server says that there is no database', coded('3D000'), /no such database/],
  ['a pooler says so', new DatabaseLost('database "name" does not exist'), /no such database/],
  ['a newer pooler says so', new DatabaseLost('no such database: name'), /no such database/],
  ['nobody listens', new DatabaseLost('connect ECONNREFUSED'), /can't be reached: connect ECONNREFUSED/],
  ['a wrong password', coded('28P01'), /refused the user or the password/],
];

for (const [name, error, expected] of table) {
  test(name, () => {
    const told = explain(error, address)!.diagnostics[0]!;
    assert.match(told.message, expected);
    assert.doesNotMatch(told.message, /secret/);
  });
}

test('an error of our own is not blamed on the address', () => assert.equal(explain(coded('42703'), address), null));
