/**
 * Limits in the database: what operators set, and what is in flight.
 *
 * No counter is kept that could drift: what is in flight is counted from the claimed nodes and the operations, so whatever ends them, an
 * engine's death included, makes room. Two claims within one limit never count at once: see `askLimitLocks`.
 */
import type { InFlight, WorkLimit } from '../../engine/limits.ts';
import { type Act, type Ask, ask, query, run } from '../sql.ts';
import { isLetGo } from './pick-ready.ts';

export function askLimits(): Ask<WorkLimit> {
  return ask('select kind, pattern, most from work_limit order by kind, pattern');
}

export function* listLimits(): Act<readonly WorkLimit[]> {
  return yield* query<WorkLimit>(askLimits().text);
}

export function* setLimit({ kind, pattern, most }: WorkLimit, wallTime: number): Act<void> {
  yield* run(
    `insert into work_limit (kind, pattern, most, set_at) values (?, ?, ?, ?)
     on conflict (kind, pattern) do update set most = excluded.most, set_at = excluded.set_at`,
    kind,
    pattern,
    most,
    wallTime,
  );
}

/** False when there was none. */
export function* removeLimit({ kind, pattern }: Pick<WorkLimit, 'kind' | 'pattern'>): Act<boolean> {
  const gone = yield* query('delete from work_limit where kind = ? and pattern = ? returning kind', kind, pattern);
  return gone.length > 0;
}

/** Resources that something is in flight for. Of a stopped stack they count until its next request: what was begun has not ended. */
const inFlight = `(select r.id from node n cross join resource r
     where n.state = 'claimed' and n.engine_id is not null and r.id = coalesce(n.victim, n.resource_id) and not ${isLetGo('n.phase')}
   union all select o.resource_id from operation o) w cross join resource r cross join stack s
   where r.id = w.id and r.nested = 0 and s.id = r.stack_id and r.type not in @names`;

/** `free`: types that need no call, as far as they are known. */
export function askInFlight(free: readonly string[]): Ask<InFlight> {
  return ask(`select r.type, s.tenant, count(*) as count from ${inFlight} group by r.type, s.tenant`, JSON.stringify(free));
}

/** One thing in flight. */
export interface FlightRow {
  readonly type: string;
  readonly tenant: string;
  readonly stack: string;
  readonly resource: string;
  readonly version: number;
}

export function* listFlights(free: readonly string[]): Act<readonly FlightRow[]> {
  return yield* query<FlightRow>(
    `select r.type, s.tenant, s.name as stack, r.name as resource, r.id as version from ${inFlight} order by r.id`,
    JSON.stringify(free),
  );
}

/** Nodes that are ready, by type and tenant. */
export function* countReady(free: readonly string[]): Act<readonly InFlight[]> {
  return yield* query<InFlight>(
    `select r.type, s.tenant, count(*) as count from node n cross join resource r cross join stack s
     where n.state = 'ready' and r.id = coalesce(n.victim, n.resource_id) and r.nested = 0 and s.id = r.stack_id and r.type not in @names and not ${isLetGo('n.phase')}
     group by r.type, s.tenant`,
    JSON.stringify(free),
  );
}
