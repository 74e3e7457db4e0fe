/**
 * Which ready nodes of some stacks a claim gets: the same share of each tenant and of each of its stacks first, and what some leave of theirs
 * the others get.
 */
import type { Offer, StackId } from '../../engine/ports/store.ts';
import { type Act, type Ask, ask, together } from '../sql.ts';
import type { ActContext } from './act-context.ts';

/** What a claim needs to know of a resource, besides whose it is, to load what it takes to work on it. */
export interface Subject {
  readonly stack_id: number;
  /** What is worked on. */
  readonly resource_id: number;
  /** The version that it is about: another one where a victim goes first. */
  readonly about_id: number;
  readonly setting_id: number | null;
}

export interface ReadyNode extends Subject {
  readonly traversal: number;
  readonly id: number;
  readonly type: string;
  /** Whether its definition, and versions that it may be given instead of a new one, are asked for. */
  readonly converges: number;
  readonly nested: number;
}

/** Ready nodes of these types; `nested`: those that are stacks of their own, too, which need no call. */
export interface Wants {
  readonly offer: Pick<Offer, 'host' | 'effectTypes' | 'freeTypes'>;
  readonly stacks: readonly StackId[];
  readonly types: readonly string[];
  readonly nested: boolean;
  readonly limit: number;
  /** Ready nodes that are looked at in each stack, where many may be ready that are not wanted; as many as there are when left out. */
  readonly depth?: number;
  /** Whose the stacks are, where several tenants have shares; they are all one's when left out. */
  readonly tenants?: Tenants;
}

export type Tenants = ReadonlyMap<number, string>;

/** Of each stack so many are asked for at first: what the tenant with the fewest stacks needs of each to have its share. */
function shareOf({ limit, stacks, tenants }: Wants): number {
  if (tenants === undefined) return Math.ceil(limit / stacks.length);
  const owned = [...Map.groupBy(stacks, (id) => tenants.get(id)).values()].map((list) => list.length);
  return Math.ceil(limit / owned.length / Math.min(...owned));
}

/** The same share of each stack first. */
export function askShares(cx: ActContext, wants: Wants): Ask<ReadyNode>[] {
  const { types, nested, limit, stacks } = wants;
  return limit <= 0 || stacks.length === 0 || (types.length === 0 && !nested) ? [] : askReady(cx, wants, shareOf(wants));
}

/** What some stacks leave of their share the others get. */
export function* evenOut(cx: ActContext, wants: Wants, lists: readonly (readonly ReadyNode[])[]): Act<readonly ReadyNode[]> {
  const ready = inRounds(lists);
  const { limit, stacks, tenants } = wants;
  if (limit <= 0) return [];
  const enough = ready.length >= limit || stacks.length < 2 || !holdsShare(ready, shareOf(wants));
  const all = enough ? ready : inRounds(yield* together(...askReady(cx, wants, limit)));
  const fair = tenants === undefined ? all : inRounds([...Map.groupBy(all, (node) => tenants.get(node.stack_id)).values()]);
  return fair.slice(0, limit);
}

/** Nobody works on one version for two nodes. */
export function oneForEach(nodes: readonly ReadyNode[]): readonly ReadyNode[] {
  return [...new Map(nodes.toReversed().map((node) => [node.resource_id, node])).values()].toReversed();
}

/** Whether some stack may have more than its share. */
function holdsShare(ready: readonly ReadyNode[], share: number): boolean {
  const counts = new Map<number, number>();
  for (const { stack_id } of ready) counts.set(stack_id, (counts.get(stack_id) ?? 0) + 1);
  return [...counts.values()].some((count) => count >= share);
}

/**
 * Two nodes may have to do with one version, where it goes first and is to be deleted anyway. Nobody works on it for both: the one who ends first
 * would leave the other with what is not there any more.
 */
const isHeldByOther = `exists (select 1 from node v where v.victim = r.id and v.state = 'claimed')
  or n.victim is not null and n.victim in (select v.resource_id from node v where v.state = 'claimed')`;
/** What a stack within is made of, an engine that compiles it must offer. */
const lacks = (needs: string): string => `exists (select 1 from declaration c cross join definition d cross join ${needs}
  where c.stack_id = n.stack_id and c.name = r.name and c.until is null and d.stack_id = c.stack_id and d.sha = c.sha and d.needs is not null and e.value not in @names)`;
/** What is only let go needs no call, so that any engine does it, wherever the object is: its provider may be gone for good. */
export const isLetGo = (phase: string): string =>
  `(${phase} in ('aside', 'cleanup') and r.nested = 0 and (r.deletion_policy = 'retain' or r.external = 1))`;
const readyNode = (needs: string): string =>
  `n.state = 'ready' and (r.type in @names and r.nested = 0 and not ${isLetGo('n.phase')} or ? = 1 and (r.nested = 1 and (n.phase <> 'converge' or not ${lacks(needs)}) or ${isLetGo('n.phase')}))
  and (r.host is null or r.host = ? or ${isLetGo('n.phase')}) and not exists (select 1 from operation o where o.resource_id = r.id) and not (${isHeldByOther})`;
const readyOnSqlite = readyNode('json_each(d.needs) e');
const readyOnPostgres = readyNode('lateral jsonb_array_elements_text(d.needs::jsonb) e(value)');
const readyColumns = `n.stack_id, n.traversal, n.id, r.id as resource_id, n.resource_id as about_id, r.setting_id, r.type, r.nested,
  case when n.phase = 'converge' and n.victim is null then 1 else 0 end as converges`;

/** The first ready nodes of a stack. */
const firstReady = (stack: string) =>
  `(select * from node f where f.stack_id = ${stack} and f.state = 'ready' order by f.id limit ? + 0)`;

const readyOfOne = `@sqlite select ${readyColumns} from node n cross join resource r
  where n.stack_id = ? and r.id = coalesce(n.victim, n.resource_id) and ${readyOnSqlite} order by n.id limit ? + 0`;
const firstReadyOfOne = `@sqlite select ${readyColumns} from ${firstReady('?')} n cross join resource r
  where r.id = coalesce(n.victim, n.resource_id) and ${readyOnSqlite} order by n.id limit ? + 0`;

/** The first `share` of each stack: in rounds on PostgreSQL, a list for each stack on SQLite. They differ in how they stop early. */
function askReady(cx: ActContext, { offer, stacks, types, nested, depth }: Wants, share: number): Ask<ReadyNode>[] {
  const offered = JSON.stringify([...offer.effectTypes, ...offer.freeTypes]);
  const conditions = [JSON.stringify(types), Number(nested), offered, offer.host, share];
  const bounded = depth === undefined ? [] : [depth];
  if (cx.rowLocks)
    return [
      ask(
        `@postgres select m.* from @rows(id int, place int) s cross join lateral (
           select ${readyColumns}, row_number() over (order by n.id) as rank from ${depth === undefined ? 'node' : firstReady('s.id')} n join resource r on r.id = coalesce(n.victim, n.resource_id)
           where n.stack_id = s.id and ${readyOnPostgres} order by n.id limit ? + 0) m order by m.rank, s.place`,
        JSON.stringify(stacks.map((id, place) => [id, place])),
        ...bounded,
        ...conditions,
      ),
    ];
  return stacks.map((stackId) =>
    depth === undefined ? ask(readyOfOne, stackId, ...conditions) : ask(firstReadyOfOne, stackId, ...bounded, ...conditions),
  );
}

/** The first of each list, then the second of each, and so on. */
function inRounds<T>(lists: readonly (readonly T[])[]): readonly T[] {
  if (lists.length < 2) return lists[0] ?? [];
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => (i < list.length ? [list[i]!] : []))).flat();
}
