/**
 * Which stacks a claim looks at where more than one tenant has some in progress: the tenant that was served longest ago comes first, and each
 * gives its next stack before any gives a second one. So a tenant with a hundred stacks is not served a hundred times as often as one with one.
 */
import type { StackId, TenantTurns } from '../../engine/ports/store.ts';
import { type Ask, ask, type SqlValue } from '../sql.ts';

/** A stack with ready nodes. */
export interface FoundOf {
  readonly id: StackId;
  readonly tenant: string;
}

/** What else is asked of a stack `t`. */
export interface Condition {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

/** Of a tenant at least so many stacks are looked at, because of many tenants few may have something ready. */
const fewest = 8;

/** The tenants with stacks in progress: one step in the index for each. */
export function askTenantsAtWork(): Ask<{ readonly tenant: string }> {
  return ask(
    `with recursive k(tenant) as (select min(tenant) from stack where status = 'IN_PROGRESS'
       union all select (select min(s.tenant) from stack s where s.status = 'IN_PROGRESS' and s.tenant > k.tenant) from k where k.tenant is not null)
     select tenant from k where tenant is not null`,
  );
}

/** Those that were not served lately first, then by how long ago they were. */
export function inTurn(tenants: readonly string[], turns: TenantTurns): readonly string[] {
  const known = new Set(tenants);
  return [...tenants.filter((one) => !turns.has(one)), ...[...turns.keys()].filter((one) => known.has(one))];
}

/** Of each tenant the stacks behind the one that was served last; then, of those that had turns before, the ones up to it. */
export function askOfTenants(
  rowLocks: boolean,
  tenants: readonly string[],
  turns: TenantTurns,
  condition: Condition,
  most: number,
): readonly (Ask<FoundOf> | null)[] {
  const each = Math.max(fewest, Math.ceil(most / tenants.length));
  const from = (rows: readonly (readonly [string, number])[]) =>
    rows.length === 0 ? null : askEach(rowLocks, rows, condition, each);
  return [
    from(tenants.map((one) => [one, turns.get(one) ?? 0])),
    from(tenants.filter((one) => turns.has(one)).map((one) => [one, 0])),
  ];
}

/** They differ in how a question for each row is asked. */
function askEach(
  rowLocks: boolean,
  rows: readonly (readonly [string, number])[],
  { text, params }: Condition,
  each: number,
): Ask<FoundOf> {
  const stacks = `select t.id from stack t where t.tenant = k.tenant and t.status = 'IN_PROGRESS' and t.id > k.after
    and exists (select 1 from node n where n.stack_id = t.id and n.state = 'ready')${text} order by t.id limit ? + 0`;
  return ask(
    rowLocks
      ? `@postgres select k.tenant, f.id from @rows(tenant text, after int) k cross join lateral (${stacks}) f order by f.id`
      : `@sqlite select k.tenant, f.id from @rows(tenant text, after int) k cross join stack f where f.id in (${stacks}) order by f.id`,
    JSON.stringify(rows),
    ...params,
    each,
  );
}

/** In rounds: the first of each tenant, then the second of each. */
export function takeTurns(
  tenants: readonly string[],
  turns: TenantTurns,
  [behind = [], before = []]: readonly (readonly FoundOf[])[],
  most: number,
): readonly FoundOf[] {
  const upTo = before.filter(({ id, tenant }) => id <= (turns.get(tenant) ?? 0));
  const found = Map.groupBy([...behind, ...upTo], ({ tenant }) => tenant);
  const lists = tenants.flatMap((one) => (found.has(one) ? [found.get(one)!] : []));
  const taken: FoundOf[] = [];
  for (let round = 0; taken.length < most; round++) {
    const next = lists.flatMap((list) => (round < list.length ? [list[round]!] : []));
    if (next.length === 0) break;
    taken.push(...next);
  }
  return taken.slice(0, most);
}

/**
 * Whoever got a share has had its turn, whoever did not stays where it was; when nobody had anything for us, all were looked at. Forgets
 * tenants that have nothing in progress.
 */
export function noteTurns(
  tenants: readonly string[],
  turns: TenantTurns,
  stacks: readonly FoundOf[],
  got: ReadonlySet<number>,
): TenantTurns {
  const known = new Set(tenants);
  const next = new Map([...turns].filter(([tenant]) => known.has(tenant)));
  const served = stacks.filter(({ id }) => got.has(id));
  for (const { tenant, id } of served.length > 0 ? served : stacks) {
    next.delete(tenant);
    next.set(tenant, id);
  }
  return next;
}
