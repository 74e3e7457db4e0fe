/**
 * What of a nested stack that is to go, or of what one that stays was made of before, something that stands may still refer to, and whether what is
 * left of it may refer to anything outside.
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
  /** It is wanted, and past its barrier: only former versions go. What stays refers to the present ones by then, so it holds nothing. */
  readonly stays: boolean;
  /** Something that requires what it is in holds it, too. */
  readonly above: boolean;
}

/** Those of its goals above, and the last of its own, that something went by; null: nothing requires it. */
interface Required {
  readonly since: number | null;
  readonly seen: number | null;
}

const UNKNOWN = 2 ** 31 - 1;

interface Requirer extends Required {
  /** Its own stack, where it is one that is wanted. */
  readonly child: StackId | null;
  /** The last goal above before a time without it, and the first one after that; null: not yet. */
  readonly before: number;
  readonly again: number | null;
}

/** Those that hold it: all that require it, or, where it stays, those that are to go themselves, or have something within that is. */
function* findRequired(id: ResourceId, stays: boolean): Act<Required> {
  const rows = yield* query<Requirer & { readonly [column: string]: number | null }>(
    `select coalesce(q.since, 0) as since, case when q.told = q.revision and q.seen is not null then q.seen else ${UNKNOWN} end as seen,
       case when u.marked is null then c.id end as child, coalesce(q.until, q.last) as before, q.again
     from requirement q join resource u on u.id = q.resource_id left join stack c on c.parent_resource = u.id and c.deleted_at is null
     where q.required_id = ? and (? = 0 or u.marked is not null or c.id is not null)`,
    id,
    Number(stays),
  );
  const holding: Requirer[] = [];
  for (const row of rows) if (!stays || row.child === null || (yield* hasFormerOf(row, row.child))) holding.push(row);
  if (holding.length === 0) return { since: null, seen: null };
  return { since: Math.min(...holding.map((r) => r.since!)), seen: Math.max(...holding.map((r) => r.seen!)) };
}

/** Something in it, or within, is not wanted any more, and may have been made while it was required. */
function* hasFormerOf({ before, again }: Requirer, child: StackId): Act<boolean> {
  if (!(yield* hasFormer(child))) return false;
  const row = yield* queryOne<{ number: number }>(
    'select number from goal where stack_id = ? and read_in > ? order by read_in, number limit 1',
    child,
    before,
  );
  if (row === undefined || !(yield* isFreeSince(child, row.number, true))) return true;
  return again !== null && (yield* lastMadeFor(child)) >= again;
}

/** The last of the goals above for which something may have been made that is left in it, or within, and not wanted any more. */
function* lastMadeFor(id: StackId): Act<number> {
  const left = yield* query<{ last: number }>(
    `select coalesce((select max(coalesce(m.until - 1, ${UNKNOWN})) from membership m where m.resource_id = r.id), r.marked) as last
     from resource r where r.stack_id = ? and r.marked is not null`,
    id,
  );
  let last = Math.max(0, ...left.map((row) => row.last));
  for (const { child, marked } of yield* loadNestedIn(id))
    if (marked === null && (yield* hasFormer(child))) last = Math.max(last, yield* lastMadeFor(child));
  return yield* askedFor(id, last);
}

/** The last goal above for which something of that goal may have been made: that asked for it; where it is not known, the last before a later one was read. */
function* askedFor(id: StackId, goal: number): Act<number> {
  const row = yield* queryOne<{ asked: number | null; following: number | null }>(
    `select (select asked_in from goal where stack_id = ? and number = ?) as asked,
       (select min(read_in) from goal where stack_id = ? and read_in > 0 and number > ?) as following`,
    id,
    goal,
    id,
    goal,
  );
  return row!.asked ?? (row!.following === null ? UNKNOWN : row!.following - 1);
}

/** Something in it, or within, is not wanted any more. */
export function* hasFormer(id: StackId): Act<boolean> {
  const row = yield* queryOne(
    `with recursive within(id) as (
       select s.id from stack s where s.id = ?
       union all select s.id from within w join stack s on s.parent_id = w.id where s.deleted_at is null)
     select 1 as ok from within w join resource r on r.stack_id = w.id where r.marked is not null limit 1`,
    id,
  );
  return row !== undefined;
}

/** null: nothing is held. */
export function* findHeld({ id, parentId, parentResource }: StackRow): Act<Held | null> {
  if (parentResource === null) return null;
  const row = yield* queryOne<{ marked: number | null }>('select marked from resource where id = ?', parentResource);
  if (row === undefined) return null;
  const stays = row.marked === null;
  const parent = yield* queryOne('select * from stack where id = ? and parent_resource is not null', parentId);
  const above = parent === undefined ? null : yield* findHeld(toStack(parent));
  const held = above !== null && !(yield* isGivenUp(parentResource, above)) ? above.from : null;
  return yield* heldBy(id, yield* findRequired(parentResource, stays), held, stays);
}

/** `above`: the first goal above by which something goes that is not in there itself. */
function* heldBy(id: StackId, { since, seen }: Required, above: number | null, stays: boolean): Act<Held | null> {
  if (since === null && above === null) return null;
  const from = yield* readBy(id, Math.min(since ?? UNKNOWN, above ?? UNKNOWN));
  return { from, only: above === null && from > 0 && seen === from, stays, above: above !== null };
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
const givenUp = `(? = 0 or r.marked is not null) and (r.marked <= ? or (? = 1 and not ${belongs}))`;
const bounds = ({ from, only, stays }: Held): SqlValue[] => [Number(stays), from, Number(only), from, from];

function* isGivenUp(id: ResourceId, held: Held): Act<boolean> {
  return (yield* queryOne(`select 1 as ok from resource r where r.id = ? and ${givenUp}`, id, ...bounds(held))) !== undefined;
}

/** Something in it, or within, is referred to by nobody, and may go. */
export function* isLoose(id: StackId, held: Held): Act<boolean> {
  if (yield* queryOne(`select 1 as ok from resource r where r.stack_id = ? and ${givenUp} limit 1`, id, ...bounds(held)))
    return true;
  for (const nested of yield* loadNestedIn(id)) if (yield* isLoose(nested.child, yield* heldWithin(nested, held))) return true;
  return false;
}

interface NestedIn {
  readonly id: ResourceId;
  readonly child: StackId;
  readonly marked: number | null;
}

function* loadNestedIn(id: StackId): Act<readonly NestedIn[]> {
  return yield* query<NestedIn & { readonly [column: string]: number | null }>(
    `select r.id, c.id as child, r.marked from resource r cross join stack c
     where r.stack_id = ? and r.nested = 1 and c.parent_resource = r.id and c.deleted_at is null`,
    id,
  );
}

function* heldWithin({ id, child, marked }: NestedIn, held: Held): Act<Held> {
  const stays = held.stays && marked === null;
  return (yield* heldBy(child, yield* findRequired(id, stays), held.from, stays))!;
}

/** Something in it that is not wanted, or within, is held. */
function* hasKept(id: StackId, held: Held): Act<boolean> {
  const row = yield* queryOne(
    `select 1 as ok from resource r where r.stack_id = ? and r.marked is not null and not coalesce(${givenUp}, 1 = 0) limit 1`,
    id,
    ...bounds(held),
  );
  if (row !== undefined) return true;
  for (const nested of yield* loadNestedIn(id))
    if (nested.marked === null && (yield* hasKept(nested.child, yield* heldWithin(nested, held)))) return true;
  return false;
}

/** What stays for now where the stack is to go; a stack within that has something loose is visited for it. */
export function* findKept(stack: StackRow): Act<ReadonlySet<ResourceId> | null> {
  const held = yield* findHeld(stack);
  if (held === null || (held.stays && !(yield* hasKept(stack.id, held)))) return null;
  const rows = yield* query<{ id: number }>(
    `select r.id from resource r where r.stack_id = ? and (? = 0 or r.marked is not null) and not coalesce(${givenUp}, 1 = 0)`,
    stack.id,
    Number(held.stays),
    ...bounds(held),
  );
  const kept = new Set(rows.map((row) => row.id as ResourceId));
  for (const nested of yield* loadNestedIn(stack.id))
    if (kept.has(nested.id) && (yield* isLoose(nested.child, yield* heldWithin(nested, held)))) kept.delete(nested.id);
  return kept;
}

interface Left {
  readonly child: StackId | null;
  /** It belonged to the goal. */
  readonly belongs: boolean;
  /** It belonged to an earlier one. */
  readonly older: boolean;
  /** It is as the goal in force wants it, whatever it was before: it requires what that asks for. */
  readonly present: boolean;
}

/** Nothing in it, or within, is made of what was required only before it was read under that goal. */
export function* isFreeSince(id: StackId, goal: number, stays: boolean): Act<boolean> {
  if (goal < 1 || (yield* isUntold(id, goal))) return false;
  const rows = yield* loadLeft(id, goal, stays);
  const newer = rows.filter(({ belongs, present }) => !belongs && !present);
  // Where a goal has been forgotten, so have those that belonged to it.
  const forgotten = newer.length > 0 && !(yield* queryOne('select 1 as ok from goal where stack_id = ? and number = 1', id));
  if (forgotten || newer.some(({ older }) => older)) return false;
  for (const { child, belongs, present } of rows)
    if ((belongs || present) && child !== null && !(yield* isFreeSince(child, yield* readBy(child, goal), present))) return false;
  return true;
}

function* loadLeft(id: StackId, goal: number, stays: boolean): Act<readonly Left[]> {
  const rows = yield* query<{ child: StackId | null; belongs: number; older: number; wanted: number }>(
    `select c.id as child, case when r.marked is null then 1 else 0 end as wanted, case when ${belongs} then 1 else 0 end as belongs,
       case when exists (select 1 from membership m where m.resource_id = r.id and m.since < ?) then 1 else 0 end as older
     from resource r left join stack c on c.parent_resource = r.id and c.deleted_at is null where r.stack_id = ?`,
    goal,
    goal,
    goal,
    id,
  );
  return rows.map(({ child, belongs, older, wanted }) => ({
    child,
    belongs: belongs === 1,
    older: older === 1,
    present: stays && wanted === 1,
  }));
}

/** Goals above, the first and the last. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** For which goals above something may have been made that is left in it, where that belongs to `goal` or is newer. */
export function* findSpan(id: StackId, goal: number): Act<Span> {
  const row = yield* queryOne<{ first: number; last: number | null }>(
    `select (select read_in from goal where stack_id = ? and number = ?) as first,
       (select max(coalesce(m.until - 1, ${UNKNOWN})) from resource r join membership m on m.resource_id = r.id where r.stack_id = ?) as last`,
    id,
    goal,
    id,
  );
  return { first: row!.first, last: Math.max(row!.first, yield* askedFor(id, row!.last ?? UNKNOWN)) };
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
