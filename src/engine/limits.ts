/**
 * Limits: how many operations may be in flight at once, over all engines, of a family of types or of a tenant. Pure.
 *
 * In flight is what an engine has claimed and every operation that has not ended, asleep ones included: the provider is still at it. What
 * needs no call (values, nested stacks) is never counted.
 */
import { InvalidRequest, problem } from '../std/diagnostic.ts';
import { matchesGlob } from '../template/match-glob.ts';

export interface WorkLimit {
  readonly kind: 'type' | 'tenant';
  /** Of type names, with `*` for any part; or a tenant's name, `*` for each tenant that has no limit of its own. */
  readonly pattern: string;
  readonly most: number;
}

export interface InFlight {
  readonly type: string;
  readonly tenant: string;
  readonly count: number;
}

/** A limit as it applies to somebody: one for each tenant has as many. `name` says which. */
export interface Bound {
  readonly name: string;
  readonly limit: WorkLimit;
  /** Of a tenant's. */
  readonly tenant: string | null;
}

export function boundsOn(limits: readonly WorkLimit[], type: string, tenant: string): readonly Bound[] {
  const own = limits.find(({ kind, pattern }) => kind === 'tenant' && pattern === tenant);
  const ofTenant = own ?? limits.find(({ kind, pattern }) => kind === 'tenant' && pattern === '*');
  return [
    ...limits
      .filter(({ kind, pattern }) => kind === 'type' && matchesGlob(pattern, type))
      .map((limit) => ({ name: `type ${limit.pattern}`, limit, tenant: null })),
    ...(ofTenant ? [{ name: `tenant ${tenant}`, limit: ofTenant, tenant }] : []),
  ];
}

/** Throws what is wrong with it. */
export function checkLimit({ kind, pattern, most }: WorkLimit): void {
  const refuse = (message: string) => {
    throw new InvalidRequest([problem('LIMIT', message)]);
  };
  if (!Number.isSafeInteger(most) || most < 0) refuse(`${most} is no limit: a whole number, 0 to let nothing begin`);
  if (pattern === '') refuse(`a limit on a ${kind} needs ${kind === 'type' ? 'a pattern of type names' : 'a name, or *'}`);
  if (kind === 'tenant' && pattern !== '*' && pattern.includes('*')) refuse('a tenant is named, or * for each of them');
}

/** By the bounds' names; what nothing is in flight of is left out. */
export function countByBound(limits: readonly WorkLimit[], inFlight: readonly InFlight[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, tenant, count } of inFlight)
    for (const { name } of boundsOn(limits, type, tenant)) counts.set(name, (counts.get(name) ?? 0) + count);
  return counts;
}

/** What is left of the limits while one claim takes its share. */
export interface Room {
  /** Names of the bounds on such an operation. */
  boundsOf(type: string, tenant: string): readonly string[];
  hasRoom(type: string, tenant: string): boolean;
  isTypeFull(type: string): boolean;
  isTenantFull(tenant: string): boolean;
  take(type: string, tenant: string): void;
  /** Counted again, for what others have taken meanwhile; what was taken here stays counted. */
  recount(inFlight: readonly InFlight[]): void;
  /** Somebody else is taking of it just now. */
  shut(name: string): void;
}

export function measureRoom(limits: readonly WorkLimit[], inFlight: readonly InFlight[]): Room {
  let counts = countByBound(limits, inFlight);
  const taken = new Map<string, number>();
  const shut = new Set<string>();
  const isFull = ({ name, limit }: Bound): boolean =>
    shut.has(name) || (counts.get(name) ?? 0) + (taken.get(name) ?? 0) >= limit.most;
  const [ofTypes, ofTenants] = (['type', 'tenant'] as const).map((kind) => limits.filter((limit) => limit.kind === kind));
  return {
    boundsOf: (type, tenant) => boundsOn(limits, type, tenant).map(({ name }) => name),
    hasRoom: (type, tenant) => !boundsOn(limits, type, tenant).some(isFull),
    isTypeFull: (type) => boundsOn(ofTypes!, type, '').some(isFull),
    isTenantFull: (tenant) => boundsOn(ofTenants!, '', tenant).some(isFull),
    take(type, tenant) {
      for (const { name } of boundsOn(limits, type, tenant)) taken.set(name, (taken.get(name) ?? 0) + 1);
    },
    recount(now) {
      counts = countByBound(limits, now);
    },
    shut: (name) => void shut.add(name),
  };
}
