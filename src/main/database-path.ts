/** What the name of a database means, without opening it: `postgres://…`, `sqlite:PATH`, or a path. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import { isPostgresAddress, readPostgresAddress } from '../store/postgres-address.ts';

export const defaultDatabase = 'sqlite:.setpoint/state.db';

/** Where it is, for people. */
export function databasePath(name: string): string {
  return isPostgresAddress(name) ? readPostgresAddress(name).shown : sqlitePath(name);
}

/** False when nothing was ever kept there. Of a server it is not known before it is asked. */
export function databaseExists(name: string): boolean {
  return isPostgresAddress(name) || existsSync(sqlitePath(name));
}

export function sqlitePath(name: string): string {
  const path = name.startsWith('sqlite:') ? name.slice('sqlite:'.length) : name;
  if (/^[a-z]+:\/\//.test(name))
    throw new InvalidRequest([
      problem('DATABASE', `the database ${name.split(':')[0]} is not supported`, 'use sqlite:PATH or postgres://…'),
    ]);
  return resolve(path);
}
