/**
 * What of a nested stack that is to go, or of what one that stays was made of before, something that stands may still refer to, and whether what is
 * left of it may refer to anything outside.
 *
 * Requirements are recorded of a nested stack as a whole, but with the goals under which they held, and each goal of a nested stack with the goal
 * above under which its outputs were read. So whoever required it from goal n to goal m refers to what it was made of from the goal that was read
 * under n to the one that was read under m: to nothing that was given up until then, and to nothing that was made only before or after. And what is
 * left of it is made of nothing but what was asked for under the goals that it was made for. Where that is not known, everything may refer to
 * everything.
 */
import type { ResourceId, StackId, StackRow } from '../../engine/ports/store.ts';
import { toStack } from '../rows.ts';
import { type Act, query, queryOne, type SqlRow, type SqlValue } from '../sql.ts';
import { distinct, meet, type Recorded, recordedColumns, type Span, spansOf, UNKNOWN } from './spans.ts';
import { emptySha } from './start.ts';

/** What may still be referred to of a nested stack. */
export interface Held {
  /** Of its own goals: what belongs to none of these is referred to by nobody, nor is what was given up until the first of them. */
  readonly spans: readonly Span[];
  /** It is wanted, and past its barrier: only former versions go. What stays refers to the present ones by then, so it holds nothing. */
  readonly stays: boolean;
  /** Something that requires what it is in holds it, too. */
  readonly above: boolean;
}

interface Requirer extends Recorded {
  /** Its own stack, where it is one that is wanted. */
  readonly child: StackId | null;
  /** The last of the goals of what it requires that it went by. */
  readonly seen: number;
}

/** Goals above under which something is required that may still stand for it; `seen`: the last of its own that this goes by; null: none but those that were read by then. */
interface Required extends Span {
  readonly seen: number | null;
}

/** By all that require it, or, where it stays, by those that are to go themselves, or have something within that is. */
function* findRequired(id: ResourceId, stays: boolean): Act<readonly Required[]> {
  const rows = yield* query<SqlRow & Requirer>(
    `select ${recordedColumns}, case when q.told = q.revision and q.seen is not null then q.seen else ${UNKNOWN} end as seen,
       case when u.marked is null then c.id end as child
     from requirement q join resource u on u.id = q.resource_id left join stack c on c.parent_resource = u.id and c.deleted_at is null
     where q.required_id = ? and (? = 0 or u.marked is not null or c.id is not null)`,
    id,
    Number(stays),
  );
  const found: Required[] = [];
  for (const row of rows) {
    const former = stays && row.child !== null ? yield* findFormer(row.child) : null;
    const spans = spansOf(row);
    for (const span of spans)
      if (former === null || (yield* mayBeLeft(row.child!, span, former)))
        found.push({ ...span, seen: span === spans.at(-1) ? row.seen : null });
  }
  return found;
}

/** Something in it, or within, is not wanted any more, and may have been made while that was required. */
function* mayBeLeft(child: StackId, { first, last }: Span, former: readonly Span[]): Act<boolean> {
  if (!former.some((span) => meet(span, { first, last }))) return false;
  const row = yield* queryOne<{ number: number }>(
    'select number from goal where stack_id = ? and read_in > ? order by read_in, number limit 1',
    child,
    last,
  );
  return row === undefined || !(yield* isFreeSince(child, row.number, true));
}

/** The goals above for which something may have been made that is left in it, or within, and not wanted any more. */
function* findFormer(id: StackId): Act<readonly Span[]> {
  if (!(yield* hasFormer(id))) return [];
  const forgetful = yield* hasForgotten(id);
  const spans = [...(yield* loadBelonging(id, { former: true, forgetful }))];
  for (const { child, marked } of yield* loadNestedIn(id)) if (marked === null) spans.push(...(yield* findFormer(child)));
  const asked: Span[] = [];
  for (const span of distinct(spans)) {
    const { first, last } = yield* askedDuring(id, span);
    asked.push({ first: forgetful ? 0 : first, last });
  }
  return asked;
}

interface Belonging {
  readonly name: string | null;
  /** null: it belongs to no goal. */
  readonly since: number | null;
  readonly until: number | null;
  readonly marked: number | null;
  /** What it is; null where that is not known. */
  readonly definition: string | null;
}

interface Declared {
  readonly name: string;
  readonly sha: string;
  readonly since: number;
  readonly until: number | null;
}

/**
 * Goals of its own to which something belongs that is left in it; from 0 what belongs to none. Where it is known what a version is, without those that
 * asked for something else: it was not made for them, or has been changed since.
 */
function* loadBelonging(id: StackId, { former, forgetful }: { former: boolean; forgetful: boolean }): Act<readonly Span[]> {
  const rows = yield* query<SqlRow & Belonging>(
    `select m.name, m.since, m.until, r.marked, case when r.nested = 0 and r.pending_sha is null and r.doubt = 0
       and not exists (select 1 from operation o where o.resource_id = r.id) then r.definition end as definition
     from resource r left join membership m on m.resource_id = r.id where r.stack_id = ? and (? = 0 or r.marked is not null)`,
    id,
    Number(former),
  );
  const known = forgetful ? [] : [...new Set(rows.flatMap(({ definition }) => definition ?? []))];
  const declared = Map.groupBy(
    yield* query<SqlRow & Declared>(
      'select name, sha, since, until from declaration where stack_id = ? and sha in @names',
      id,
      JSON.stringify(known),
    ),
    ({ name, sha }) => `${name}/${sha}`,
  );
  return distinct(rows.flatMap((row) => goalsOfVersion(row, declared.get(`${row.name}/${row.definition}`) ?? [])));
}

function goalsOfVersion({ since, until, marked }: Belonging, declared: readonly Declared[]): readonly Span[] {
  if (since === null) return [{ first: 0, last: marked ?? UNKNOWN }];
  const last = lastBefore(until);
  const asked = declared
    .map((one): Span => ({ first: Math.max(since, one.since), last: Math.min(last, lastBefore(one.until)) }))
    .filter((one) => one.first <= one.last);
  return asked.length > 0 ? asked : [{ first: since, last }];
}

const lastBefore = (until: number | null): number => (until === null ? UNKNOWN : until - 1);

/** Goals of it have been forgotten, and so has what belonged to them. */
function* hasForgotten(id: StackId): Act<boolean> {
  return (yield* queryOne('select 1 as ok from goal where stack_id = ? and number = 1', id)) === undefined;
}

/** The goals above for which something of these goals may have been made; from 0 where it is not known. */
function* askedDuring(id: StackId, { first, last }: Span): Act<Span> {
  const row = yield* queryOne<{ least: number | null; most: number | null }>(
    'select min(coalesce(asked_in, 0)) as least, max(asked_in) as most from goal where stack_id = ? and number between ? and ?',
    id,
    first,
    last,
  );
  return { first: row!.least ?? 0, last: Math.max(row!.most ?? 0, yield* askedFor(id, last)) };
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
  const held = above !== null && !(yield* isGivenUp(parentResource, above)) ? firstOf(above) : null;
  return yield* heldBy(id, yield* findRequired(parentResource, stays), held, stays);
}

/** The first of its goals by which something may still go; 0: any. */
export const firstOf = ({ spans }: Held): number => Math.min(...spans.map(({ first }) => first));

/** `above`: the first goal above by which something goes that is not in there itself. */
function* heldBy(id: StackId, required: readonly Required[], above: number | null, stays: boolean): Act<Held | null> {
  const spans: Span[] = [];
  for (const one of required) spans.push(yield* readDuring(id, one));
  if (above !== null) spans.push({ first: yield* readBy(id, above), last: UNKNOWN });
  return spans.length === 0 ? null : { spans, stays, above: above !== null };
}

/** Its goals whose outputs were there to be read under those goals above. */
function* readDuring(id: StackId, { first: since, last: until, seen }: Required): Act<Span> {
  const first = yield* readBy(id, since);
  if (first === 0 || seen === first) return { first, last: first === 0 ? UNKNOWN : first };
  if ((yield* hasForgotten(id)) || (yield* isUntold(id, first))) return { first, last: UNKNOWN };
  const last = seen ?? (yield* readBy(id, until));
  return { first, last: last >= first ? last : UNKNOWN };
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
const isHeld = `exists (select 1 from @rows(first int, final int) k where (r.marked is null or r.marked > k.first) and (k.final = ${UNKNOWN}
  or exists (select 1 from membership m where m.resource_id = r.id and m.since <= k.final and (m.until is null or m.until > k.first))))`;
const mayGo = '(? = 0 or r.marked is not null)';
const bounds = ({ spans, stays }: Held): SqlValue[] => [
  Number(stays),
  JSON.stringify(spans.map(({ first, last }) => [first, last])),
];

function* isGivenUp(id: ResourceId, held: Held): Act<boolean> {
  return (
    (yield* queryOne(`select 1 as ok from resource r where r.id = ? and ${mayGo} and not ${isHeld}`, id, ...bounds(held))) !==
    undefined
  );
}

/** Something in it, or within, is referred to by nobody, and may go. */
export function* isLoose(id: StackId, held: Held): Act<boolean> {
  if (
    yield* queryOne(
      `select 1 as ok from resource r where r.stack_id = ? and ${mayGo} and not ${isHeld} limit 1`,
      id,
      ...bounds(held),
    )
  )
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
  return (yield* heldBy(child, yield* findRequired(id, stays), firstOf(held), stays))!;
}

/** Something in it that is not wanted, or within, is held. */
function* hasKept(id: StackId, held: Held): Act<boolean> {
  const row = yield* queryOne(
    `select 1 as ok from resource r where r.stack_id = ? and r.marked is not null and ${mayGo} and ${isHeld} limit 1`,
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
    `select r.id from resource r where r.stack_id = ? and ${mayGo} and ${isHeld}`,
    stack.id,
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
  const forgotten = newer.length > 0 && (yield* hasForgotten(id));
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

/** For which goals above something may have been made that is left in it, where that belongs to `goal` or is newer. */
export function* findMade(id: StackId, goal: number): Act<readonly Span[]> {
  const { first } = (yield* queryOne<{ first: number }>(
    'select read_in as first from goal where stack_id = ? and number = ?',
    id,
    goal,
  ))!;
  const forgetful = yield* hasForgotten(id);
  const spans: Span[] = [];
  for (const span of yield* loadBelonging(id, { former: false, forgetful })) {
    if (span.last < goal) continue;
    const known = span.first > goal && !forgetful;
    const asked = yield* askedDuring(id, { first: known ? span.first : goal, last: span.last });
    spans.push({ first: Math.max(known ? asked.first : 0, first), last: Math.max(asked.last, first) });
  }
  return spans;
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
