/**
 * Tombstones: tokens that ended but may still bring something into the world, because a call of a lost engine cannot be fenced.
 *
 * They outlive the resource and the stack for a stated bound, and are looked for before they are purged; only an object that carries the
 * tombstone's own token is ever deleted.
 */
import type { Holder, Offer, ResourceId, Tombstone } from '../../engine/ports/store.ts';
import type { JsonMap } from '../../std/json.ts';
import { type Act, query, run, together } from '../sql.ts';
import type { Vault } from '../vault.ts';
import type { ActContext } from './act-context.ts';
import { isClosed } from './gate.ts';
import { askSettings, toSettings } from './load-work.ts';

/** How long a lost call may still arrive: milliseconds. */
export const tombstoneMs = 10 * 60_000;
const firstLookMs = 60_000;

/**
 * Of the given versions, keep the tokens of: `all`; those a call of which is in doubt or was ever lost; or only the lost (after an answered
 * delete, whose doubt was its own).
 */
export type Buried = 'all' | 'doubtful' | 'lost';

export function* buryTokens(cx: ActContext, resourceIds: readonly number[], which: Buried = 'doubtful'): Act<void> {
  if (resourceIds.length === 0) return;
  yield* run(
    `insert into tombstone (token, resource_id, type, host, setting_id, properties, sealed_in, stack_uuid, stack_name, name, until, look_at)
     select r.token, r.id, r.type, r.host, r.setting_id, coalesce(r.pending, r.properties, 'null'), case when r.pending is not null then 'pending' else 'properties' end,
       s.uuid, s.name, r.name, ?, ?
     from resource r cross join stack s where r.id in @ids and s.id = r.stack_id and r.token is not null and (r.lost = 1 or r.doubt > ?) on conflict do nothing`,
    cx.now + tombstoneMs,
    cx.now + firstLookMs,
    JSON.stringify(resourceIds),
    { all: -1, doubtful: 0, lost: 1 }[which],
  );
}

/**
 * Of those that are due, what an engine with this offer can look for: others would keep it from its own. What has no effects lapses by itself, but
 * somebody has to see to it. They are not due again before `next`, whatever becomes of the look: what never answers must not keep others waiting.
 */
export function* takeTombstones(
  vault: Vault,
  { now, next, limit }: { readonly now: number; readonly next: number; readonly limit: number },
  offer: Pick<Offer, 'effectTypes' | 'freeTypes' | 'host'>,
): Act<Tombstone[]> {
  const taken = yield* query(
    `update tombstone set look_at = ? where look_at <= ? and token in (select token from tombstone
       where look_at <= ? and type in @names and (host is null or host = ?) and not ${isClosed} order by look_at, token limit ? + 0) returning *`,
    next,
    now,
    now,
    JSON.stringify([...offer.effectTypes, ...offer.freeTypes]),
    offer.host,
    limit,
  );
  const rows = taken.toSorted((x, y) => (String(x['token']) < String(y['token']) ? -1 : 1));
  const [found] = yield* together(
    askSettings(rows.map((row) => (row['setting_id'] === null ? null : Number(row['setting_id'])))),
  );
  const settings = new Map(found.map((row) => [row.id, toSettings(row, vault)]));
  return rows.map((row) => ({
    token: String(row['token']),
    resourceId: Number(row['resource_id']) as ResourceId,
    type: String(row['type']),
    host: row['host'] === null ? null : String(row['host']),
    settings: row['setting_id'] === null ? null : (settings.get(Number(row['setting_id'])) ?? null),
    properties: (vault.open(String(row['properties']), `resource/${row['resource_id']}/${row['sealed_in']}`) ?? {}) as JsonMap,
    stackUuid: String(row['stack_uuid']),
    stackName: String(row['stack_name']),
    name: String(row['name']),
    until: Number(row['until']),
  }));
}

/**
 * Whose it is by now: imported, say, or adopted, by who saw it before we did. What the tombstone's own version has while it is in doubt may be on its way
 * out, or in again.
 */
export function* holderOf({ type, resourceId }: Pick<Tombstone, 'type' | 'resourceId'>, physicalId: string): Act<Holder> {
  const text = 'select id, doubt, status from resource where physical_id = ? and type = ?';
  const rows = yield* query<{ id: number; doubt: number; status: string }>(text, physicalId, type);
  if (rows.some(({ id, doubt, status }) => id !== resourceId || (doubt === 0 && status === 'COMPLETE'))) return 'somebody';
  return rows.length > 0 ? 'perhaps' : 'nobody';
}

/** It is looked for never more. */
export function* endTombstone(token: string): Act<void> {
  yield* run('delete from tombstone where token = ?', token);
}
