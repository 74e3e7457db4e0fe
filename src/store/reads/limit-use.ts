/** How full each limit is, and of what: for people. */
import { boundsOn, countByBound, type WorkLimit } from '../../engine/limits.ts';
import { countReady, type FlightRow, listFlights, listLimits } from '../acts/limits.ts';
import type { Act } from '../sql.ts';

export interface LimitUse extends WorkLimit {
  /** Of a limit that each tenant has: whose; null where nothing of any is in flight. */
  readonly tenant: string | null;
  /** The oldest resource first. */
  readonly inFlight: readonly FlightRow[];
}

/** `free`: types that need no call. */
export function* readLimitUse(free: readonly string[]): Act<readonly LimitUse[]> {
  const limits = yield* listLimits();
  if (limits.length === 0) return [];
  const flights = yield* listFlights(free);
  return limits.flatMap((limit): LimitUse[] => {
    const own = flights.filter(({ type, tenant }) => boundsOn(limits, type, tenant).some((bound) => bound.limit === limit));
    if (limit.kind === 'type' || limit.pattern !== '*')
      return [{ ...limit, tenant: limit.kind === 'tenant' ? limit.pattern : null, inFlight: own }];
    const byTenant = [...Map.groupBy(own, ({ tenant }) => tenant)];
    return byTenant.length === 0
      ? [{ ...limit, tenant: null, inFlight: [] }]
      : byTenant.map(([tenant, inFlight]) => ({ ...limit, tenant, inFlight }));
  });
}

/** Ready nodes that nobody may claim because of a limit. */
export function* countHeldBack(free: readonly string[]): Act<number> {
  const limits = yield* listLimits();
  if (limits.length === 0) return 0;
  const flights = (yield* listFlights(free)).map((flight) => ({ ...flight, count: 1 }));
  const counts = countByBound(limits, flights);
  const ready = yield* countReady(free);
  const isHeld = ({ type, tenant }: { type: string; tenant: string }) =>
    boundsOn(limits, type, tenant).some(({ name, limit }) => (counts.get(name) ?? 0) >= limit.most);
  return ready.filter(isHeld).reduce((sum, { count }) => sum + count, 0);
}
