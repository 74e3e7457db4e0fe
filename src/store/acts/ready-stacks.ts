/**
 * Which stacks a claim looks at: some of those with ready nodes, the ones of high priority first, and of each priority those that come after
 * the one that was served last. So each has its turn, whatever another one holds ready. Where several tenants are at work, they have turns, and
 * their stacks within them (tenant-turns.ts).
 */

import type { Offer, Served, StackId, TenantTurns, TurnRequest } from '../../engine/ports/store.ts';
import { orderOf, type Priority, priorityNumbers } from '../../engine/priorities.ts';
import { type Act, type Ask, ask, together } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { isLetGo } from './pick-ready.ts';
import { askOfTenants, type Condition, type FoundOf, inTurn, noteTurns, takeTurns } from './tenant-turns.ts';

/** Stacks of one priority, in the order in which they are served. */
export interface Rank {
  readonly priority: Priority;
  readonly stacks: readonly StackId[];
  /** Where tenants have turns: whose the stacks are. */
  readonly of: readonly FoundOf[];
}

/** Stacks that one turn looks at, of each priority. */
const stacksPerTurn = 64;
/** Where something is held back, so many ready nodes of a stack are looked at for one that is not. */
export const heldDepth = 10_000;

interface Found {
  readonly id: StackId;
}

/** What may be claimed where limits are full. */
export interface Claimable {
  readonly free: readonly string[];
  /** Types with effects that are not full. */
  readonly effects: readonly string[];
  /** Tenants of whom nothing with effects may be claimed. */
  readonly fullTenants: readonly string[];
}

const cursorOf = ({ claim }: TurnRequest, priority: Priority): number => claim.after?.[priority] ?? 0;

/** Where all stacks are of one priority, and nothing is limited: two asks, of which the second may be left out. */
export function askReadyStacks(request: TurnRequest): readonly (Ask<Found> | null)[] {
  const after = cursorOf(request, 'normal');
  return [askReadyAfter(after), after > 0 ? askReadyAfter(0) : null];
}

export function toRank(request: TurnRequest, found: readonly (readonly Found[])[], priority: Priority = 'normal'): Rank {
  const after = cursorOf(request, priority);
  const [behind = [], before = []] = found;
  const stacks = [...behind, ...before.filter(({ id }) => id <= after)].slice(0, stacksPerTurn).map(({ id }) => id);
  return { priority, stacks, of: [] };
}

/** Why stacks are told apart: some are of another priority, some are held back, or several tenants have some in progress. */
export interface Differences {
  readonly ranked: boolean;
  /** Null: no limits. */
  readonly claimable: Claimable | null;
  /** Null: they are all one tenant's. */
  readonly tenants: readonly string[] | null;
}

export function* findRanks(cx: ActContext, request: TurnRequest, differences: Differences): Act<readonly Rank[]> {
  const order: readonly Priority[] = differences.ranked ? orderOf(request.claim.turn ?? 0) : ['normal'];
  const { tenants } = differences;
  if (tenants !== null) return yield* findOfTenants(cx, request, order, { ...differences, tenants });
  const asks = order.flatMap((priority) => {
    const after = cursorOf(request, priority);
    const from = (id: number) => askRanked(id, { ...differences, priority, host: request.offer.host });
    return [from(after), after > 0 ? from(0) : null];
  });
  const found = yield* together(...asks);
  return order.map((priority, i) => toRank(request, found.slice(2 * i, 2 * i + 2), priority));
}

const turnsOf = ({ claim }: TurnRequest, priority: Priority): TenantTurns => claim.after?.tenants?.[priority] ?? new Map();

function* findOfTenants(
  cx: ActContext,
  request: TurnRequest,
  order: readonly Priority[],
  { ranked, claimable, tenants }: Differences & { readonly tenants: readonly string[] },
): Act<readonly Rank[]> {
  const held = conditionOf(claimable, request.offer.host);
  const asks = order.flatMap((priority) => {
    const params = [priorityNumbers[priority], Number(ranked), ...held.params];
    const condition: Condition = { text: ` and (t.priority = ? or ? = 0)${held.text}`, params };
    return askOfTenants(cx.rowLocks, tenants, turnsOf(request, priority), condition, stacksPerTurn);
  });
  const found = yield* together(...asks);
  return order.map((priority, i) => {
    const turns = turnsOf(request, priority);
    const of = takeTurns(inTurn(tenants, turns), turns, found.slice(2 * i, 2 * i + 2), stacksPerTurn);
    return { priority, stacks: of.map(({ id }) => id), of };
  });
}

/** One step in the index for each stack, not for each node. */
const stepping = `with recursive s(id) as (
   select min(stack_id) from node where state = 'ready' and stack_id > ?
   union all select (select min(n.stack_id) from node n where n.state = 'ready' and n.stack_id > s.id) from s where s.id is not null)`;

const readyAfter = `${stepping} select id from s where id is not null limit ? + 0`;

function askReadyAfter(after: number): Ask<Found> {
  return ask(readyAfter, after, stacksPerTurn);
}

interface Ranking {
  readonly priority: Priority;
  readonly ranked: boolean;
  readonly claimable: Claimable | null;
  readonly host: Offer['host'];
}

/** Most stacks are of normal priority, and found by their nodes; the others by what they are. */
function askRanked(after: number, { priority, ranked, claimable, host }: Ranking): Ask<Found> {
  const { text: condition, params } = conditionOf(claimable, host);
  if (priority === 'normal')
    return ask(
      `${stepping} select t.id from s cross join stack t where s.id is not null and t.id = s.id and (t.priority = 0 or ? = 0)${condition} limit ? + 0`,
      after,
      Number(ranked),
      ...params,
      stacksPerTurn,
    );
  return ask(
    `select t.id from stack t where t.priority = ? and t.priority <> 0 and t.status = 'IN_PROGRESS' and t.id > ?
       and exists (select 1 from node n where n.stack_id = t.id and n.state = 'ready')${condition} order by t.id limit ? + 0`,
    priorityNumbers[priority],
    after,
    ...params,
    stacksPerTurn,
  );
}

/** Stacks of which all is held back would be looked at in vain, and keep others from being looked at. */
const isClaimable = `exists (select 1 from (select coalesce(f.victim, f.resource_id) as id, f.phase from node f where f.stack_id = t.id and f.state = 'ready' order by f.id limit ? + 0) q
  cross join resource r where r.id = q.id and (${isLetGo('q.phase')} or (r.host is null or r.host = ?) and (r.nested = 1 or r.type in @names or (r.type in @names and not (t.tenant in @names)))))`;

function conditionOf(claimable: Claimable | null, host: string): Condition {
  if (claimable === null) return { text: '', params: [] };
  const { free, effects, fullTenants } = claimable;
  const params = [heldDepth, host, JSON.stringify(free), JSON.stringify(effects), JSON.stringify(fullTenants)];
  return { text: ` and ${isClaimable}`, params };
}

/** Where the next turn goes on: after the last stack that got a share, or after all of them when none had anything for us. */
export function lastServed(
  request: TurnRequest,
  ranks: readonly Rank[],
  got: ReadonlySet<number>,
  tenants: readonly string[] | null,
): Served {
  if (tenants !== null) {
    const turns = ranks.map((rank) => [rank.priority, noteTurns(tenants, turnsOf(request, rank.priority), rank.of, got)]);
    return { ...request.claim.after, tenants: { ...request.claim.after?.tenants, ...Object.fromEntries(turns) } };
  }
  const served: { [priority in Priority]?: StackId } = { ...request.claim.after };
  for (const { priority, stacks } of ranks) {
    const last = stacks.findLast((id) => got.has(id)) ?? stacks.at(-1);
    if (last === undefined) delete served[priority];
    else served[priority] = last;
  }
  return served;
}
