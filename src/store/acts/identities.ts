/**
 * Identities: what an object is called in the world, unique among live versions in the whole database. They are the one thing that stacks
 * share, so the insert itself says who was first: it waits for another stack's that is under way.
 */
import type { Claim, IdentityHolder, ResourceId } from '../../engine/ports/store.ts';
import { type Act, query, queryOne, queryRows, runRows, type SqlRow } from '../sql.ts';

export interface WantedIdentity {
  readonly key: string;
  /** For whose version and node it is wanted. */
  readonly claim: Claim;
  readonly type: string;
}

/** How often a holder may let go between the insert and the look at who it is. */
const vanishings = 5;

/**
 * Takes identities for resources, besides those they may hold; of several that want the same one the first gets it. Gives the holders of those
 * that are taken, by the resource that wanted them.
 */
export function* claimIdentities(wanted: readonly WantedIdentity[], tries = vanishings): Act<Map<ResourceId, IdentityHolder>> {
  if (wanted.length === 0) return new Map();
  const own = yield* insertIdentities(wanted);
  const others = wanted.filter((w) => !own.has(w.claim.resourceId));
  const holders = yield* loadHolders(others);
  const vanished = others.filter((w) => !holders.has(w.key));
  const taken = tries > 0 ? yield* claimIdentities(vanished, tries - 1) : new Map<ResourceId, IdentityHolder>();
  for (const { key, claim, type } of others) {
    const holder = holders.get(key);
    if (holder === undefined || holder.resource_id === claim.resourceId) continue;
    const version = holder.resource_id as ResourceId;
    const sameStack = holder.stack_id === claim.stackId;
    const wanted = holder.marked === null;
    taken.set(claim.resourceId, {
      resourceId: version,
      stackName: holder.stack_name,
      name: holder.name,
      sameStack,
      sameType: holder.type === type,
      wanted,
      kept: holder.kept === 1,
      leaving: sameStack && wanted && (yield* findMover(claim, version)) !== undefined,
    });
  }
  return taken;
}

/** In the order of the keys, so that two transactions that want several wait for each other in one direction only. */
function* insertIdentities(wanted: readonly WantedIdentity[]): Act<ReadonlySet<ResourceId>> {
  const ordered = wanted.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const rows = yield* queryRows<{ resource_id: ResourceId }>(
    `insert into identity (key, resource_id, stack_id) select k.key, k.resource_id, k.stack_id from @rows(key text, resource_id int, stack_id int) k where true
     on conflict do nothing returning resource_id`,
    ordered.map(({ key, claim }) => [key, claim.resourceId, claim.stackId]),
  );
  return new Set(rows.map((row) => row.resource_id));
}

interface Holder {
  readonly resource_id: number;
  readonly name: string;
  readonly type: string;
  readonly stack_id: number;
  readonly stack_name: string;
  readonly marked: number | null;
  readonly kept: number;
}

/** By key. Whoever held one when we asked and has let it go since is not among them. */
function* loadHolders(wanted: readonly WantedIdentity[]): Act<ReadonlyMap<string, Holder>> {
  if (wanted.length === 0) return new Map();
  const rows = yield* query<SqlRow & Holder & { key: string }>(
    `select i.key, i.resource_id, r.name, r.type, r.stack_id, r.marked, s.name as stack_name,
       case when r.deletion_policy = 'retain' or r.external = 1 then 1 else 0 end as kept
     from identity i join resource r on r.id = i.resource_id join stack s on s.id = r.stack_id where i.key in @names`,
    JSON.stringify(wanted.map((w) => w.key)),
  );
  return new Map(rows.map((row) => [row.key, row]));
}

/** Lets go of all identities of the given versions but the one that each is called by, or of all. */
export function* keepIdentities(kept: readonly { readonly resourceId: ResourceId; readonly key: string | null }[]): Act<void> {
  yield* runRows(
    `delete from identity where exists (
       select 1 from @rows(resource_id int, key text) k where k.resource_id = identity.resource_id and coalesce(k.key, '') <> identity.key)`,
    kept.map(({ resourceId, key }) => [resourceId, key]),
  );
}

const unfinished = `n.state not in ('done', 'failed', 'skipped')`;

/**
 * The node that is still to work on a version in the claim's traversal, unless that waits for the claim's node, however indirectly: then nobody can
 * wait for it.
 */
export function* findMover({ stackId, traversal, nodeId }: Claim, version: ResourceId): Act<number | undefined> {
  const mover = yield* queryOne<{ id: number }>(
    `select n.id from node n where n.stack_id = ? and n.traversal = ? and n.resource_id = ? and n.phase = 'converge' and ${unfinished}`,
    stackId,
    traversal,
    version,
  );
  if (mover === undefined) return undefined;
  const circle = yield* queryOne(
    `with recursive earlier(id) as (
       select n.id from node n where n.stack_id = ? and n.traversal = ? and n.id = ?
       union
       select e.required from earlier cross join edge e join node n on n.stack_id = e.stack_id and n.traversal = e.traversal and n.id = e.required
       where e.stack_id = ? and e.traversal = ? and e.requirer = earlier.id and ${unfinished})
     select 1 as found from earlier where id = ?`,
    stackId,
    traversal,
    mover.id,
    stackId,
    traversal,
    nodeId,
  );
  return circle === undefined ? mover.id : undefined;
}
