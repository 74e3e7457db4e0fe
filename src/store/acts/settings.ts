/** Provider settings, one row per content, so that a resource keeps those it was made with after the operator changed or removed them. */
import { keyedSha256 } from '../../std/digest.ts';
import { canonicalJson, type JsonMap } from '../../std/json.ts';
import { type Act, queryOne } from '../sql.ts';
import type { Vault } from '../vault.ts';
import { allocateIds } from './act-context.ts';

/** The row's id; the same content gives the same row. Always sealed. */
export function* putSettings(vault: Vault, provider: string, name: string, values: JsonMap): Act<number> {
  const sha = keyedSha256(canonicalJson({ provider, name, values }), vault.digestKey);
  const known = yield* queryOne<{ id: number }>('select id from setting where sha = ?', sha);
  if (known) return known.id;
  const [id] = yield* allocateIds('setting', 1);
  const made = yield* queryOne<{ id: number }>(
    'insert into setting (id, provider, name, sha, body) values (?, ?, ?, ?, ?) on conflict (sha) do nothing returning id',
    id!,
    provider,
    name,
    sha,
    vault.seal(values, true, `setting/${id}`),
  );
  return made?.id ?? (yield* putSettings(vault, provider, name, values));
}
