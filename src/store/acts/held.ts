/**
 * What of a nested stack that is to go something that stands may still refer to, and whether what is left of it may refer to anything outside.
 *
 * Requirements are recorded of a nested stack as a whole, but with the goals under which they held, and each goal of a nested stack with the goal
 * above under which its outputs were read. So whoever has required it since goal n refers to what it has been made of since the goal that was read
 * then: to nothing that was given up until then. And what belonged to that goal when it was read, or was made after it, is made of nothing but
 * what was asked for since. Where that is not known, everything may refer to everything.
 */
import type { ResourceId, StackId, StackRow } from '../../engine/ports/store.ts';
import { toStack } from '../rows.ts';
import { type Act, query, queryOne, type SqlValue } from '../sql.ts';
import { emptySha } from './start.ts';

/** What may still be referred to of a nested stack. */
export interface Held {
  /** The first of its goals by which something may still go; 0: any. */
  readonly from: number;
  /** And the only one: what does not belong to that is referred to by nobody. */
  readonly only: boolean;
}

/** Those of its goals above, and the last of its own, that something went by; null: nothing requires it. */
interface Required {
  readonly since: number | null;
  readonly seen: number | null;
}

const UNKNOWN = 2 ** 31 - 1;
const requiredOf = (
  id: string,
): string => `(select min(coalesce(q.since, 0)) from requirement q where q.required_id = ${id}) as since,
  (select max(case when q.told = q.revision and q.seen is not null then q.seen else ${UNKNOWN} end) from requirement q where q.required_id = ${id}) as seen`;

/** null: nothing is held. */
export function* findHeld({ id, parentId, parentResource }: StackRow): Act<Held | null> {
  if (parentResource === null) return null;
  const row = yield* queryOne<{ since: number | null; seen: number | null; marked: number | null }>(
    `select ${requiredOf('r.id')}, r.marked from resource r where r.id = ?`,
    parentResource,
  );
  const emptied = yield* queryOne(
    'select s.* from stack s join goal g on g.stack_id = s.id and g.number = s.goal where s.id = ? and g.sha = ? and s.parent_resource is not null',
    parentId,
    emptySha,
  );
  const above = emptied === undefined ? null : yield* findHeld(toStack(emptied));
  if (row === undefined) return null;
  const stays = above !== null && !(yield* isGivenUp(parentResource, above));
  return yield* heldBy(id, row, stays ? above.from : null);
}

/** `above`: the first goal above by which something goes that is not in there itself. */
function* heldBy(id: StackId, { since, seen }: Required, above: number | null): Act<Held | null> {
  if (since === null && above === null) return null;
  const from = yield* readBy(id, Math.min(since ?? UNKNOWN, above ?? UNKNOWN));
  return { from, only: above === null && from > 0 && seen === from };
}

/** The goal whose outputs had been read last under that goal above; 0: nobody knows. */
function* readBy(id: StackId, above: number): Act<number> {
  const row = yield* queryOne<{ n: number | null }>(
    'select max(number) as n from goal where stack_id = ? and read_in between 1 and ?',
    id,
    above,
  );
  return row?.n ?? 0;
}

const belongs =
  'exists (select 1 from membership m where m.resource_id = r.id and m.since <= ? and (m.until is null or m.until > ?))';
const givenUp = `(r.marked <= ? or (? = 1 and not ${belongs}))`;
const bounds = ({ from, only }: Held): SqlValue[] => [from, Number(only), from, from];

function* isGivenUp(id: ResourceId, held: Held): Act<boolean> {
  return (yield* queryOne(`select 1 as ok from resource r where r.id = ? and ${givenUp}`, id, ...bounds(held))) !== undefined;
}

/** Something in it, or within, is referred to by nobody. */
export function* isLoose(id: StackId, held: Held): Act<boolean> {
  if (yield* queryOne(`select 1 as ok from resource r where r.stack_id = ? and ${givenUp} limit 1`, id, ...bounds(held)))
    return true;
  for (const nested of yield* loadNestedIn(id)) if (yield* isLooseWithin(nested, held)) return true;
  return false;
}

interface NestedIn extends Required {
  readonly id: ResourceId;
  readonly child: StackId;
}

function* loadNestedIn(id: StackId): Act<readonly NestedIn[]> {
  return yield* query<NestedIn & { readonly [column: string]: number | null }>(
    `select r.id, c.id as child, ${requiredOf('r.id')} from resource r cross join stack c
     where r.stack_id = ? and r.nested = 1 and c.parent_resource = r.id and c.deleted_at is null`,
    id,
  );
}

function* isLooseWithin(nested: NestedIn, { from }: Held): Act<boolean> {
  return yield* isLoose(nested.child, (yield* heldBy(nested.child, nested, from))!);
}

/** What stays for now where the stack is to go; a stack within that has something loose is visited for it. */
export function* findKept(stack: StackRow): Act<ReadonlySet<ResourceId> | null> {
  const held = yield* findHeld(stack);
  if (held === null) return null;
  const rows = yield* query<{ id: number }>(
    `select r.id from resource r where r.stack_id = ? and not coalesce(${givenUp}, 1 = 0)`,
    stack.id,
    ...bounds(held),
  );
  const kept = new Set(rows.map((row) => row.id as ResourceId));
  for (const nested of yield* loadNestedIn(stack.id))
    if (kept.has(nested.id) && (yield* isLooseWithin(nested, held))) kept.delete(nested.id);
  return kept;
}

interface Left {
  readonly child: StackId | null;
  /** It belonged to the goal. */
  readonly belongs: number;
  /** It belonged to an earlier one. */
  readonly older: number;
}

/** Nothing in it, or within, is made of what was required only before it was read under that goal. */
export function* isFreeSince(id: StackId, goal: number): Act<boolean> {
  if (goal < 1 || (yield* isUntold(id, goal))) return false;
  const rows = yield* query<Left & { readonly [column: string]: number | null }>(
    `select c.id as child,
       case when ${belongs} then 1 else 0 end as belongs,
       case when exists (select 1 from membership m where m.resource_id = r.id and m.since < ?) then 1 else 0 end as older
     from resource r left join stack c on c.parent_resource = r.id and c.deleted_at is null where r.stack_id = ?`,
    goal,
    goal,
    goal,
    id,
  );
  const newer = rows.filter((row) => row.belongs === 0);
  // Where a goal has been forgotten, so have those that belonged to it.
  const forgotten = newer.length > 0 && !(yield* queryOne('select 1 as ok from goal where stack_id = ? and number = 1', id));
  if (forgotten || newer.some((row) => row.older === 1)) return false;
  for (const { child, belongs } of rows)
    if (belongs === 1 && child !== null && !(yield* isFreeSince(child, yield* readBy(child, goal)))) return false;
  return true;
}

/** An engine that takes no note of requirements began one of its goals since. */
function* isUntold(id: StackId, goal: number): Act<boolean> {
  const row = yield* queryOne(
    'select 1 as ok from goal where stack_id = ? and number > ? and read_in is null and sha <> ? limit 1',
    id,
    goal,
    emptySha,
  );
  return row !== undefined;
}
