/**
 * What `postgres://…` says: how to connect, and our own settings, which are taken out of it. The password never leaves it: what is printed
 * is `shown`.
 */
import type { ClientConfig } from 'pg';

export interface PostgresAddress {
  readonly connection: ClientConfig;
  /** The address without its password. */
  readonly shown: string;
  /** Connections at most; `pool=`, 6 when left out. */
  readonly pool: number;
  /** Name prepared statements; `prepare=off` behind a pooler that hands connections out per transaction and does not know them. */
  readonly named: boolean;
  /** Keep a connection that listens for hints; `listen=off` behind such a pooler. */
  readonly listen: boolean;
  /** `keyfile=`: the file with the key that secrets are sealed with; null: the usual one. */
  readonly keyFile: string | null;
}

export function isPostgresAddress(name: string): boolean {
  return /^postgres(ql)?:\/\//.test(name);
}

/** Throws a TypeError when it is no address. */
export function readPostgresAddress(name: string): PostgresAddress {
  const [, base = '', query = ''] = /^([^?]*)\??(.*)$/.exec(name)!;
  const params = new URLSearchParams(query);
  const take = (key: string): string | null => {
    const value = params.get(key);
    params.delete(key);
    return value;
  };
  const pool = Number(take('pool') ?? 6);
  if (!Number.isInteger(pool) || pool < 1) throw new TypeError('pool= must be a number of connections');
  const named = take('prepare') !== 'off';
  const listen = take('listen') !== 'off';
  const keyFile = take('keyfile');
  const rest = params.size === 0 ? '' : `?${params}`;
  return { connection: { connectionString: base + rest }, shown: withoutPassword(base, params), pool, named, listen, keyFile };
}

function withoutPassword(base: string, params: URLSearchParams): string {
  const shown = new URLSearchParams(params);
  shown.delete('password');
  return base.replace(/^(postgres(?:ql)?:\/\/[^/?#@:]*):[^/@]*@/, '$1@') + (shown.size === 0 ? '' : `?${shown}`);
}
