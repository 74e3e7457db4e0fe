/**
 * Recorded requirements: which version was made with what revision of which, and under which goals. They outlive traversals, and deletions go by
 * them.
 */
import type { Claim, UsedRequirement } from '../../engine/ports/store.ts';
import { type Act, type Ask, askRows, runRows, type SqlValue } from '../sql.ts';

export interface RecordedBefore {
  readonly resource_id: number;
  readonly required_id: number;
  readonly revision: number;
  /** One of the two is a stack of its own: under which goals they belong together matters. */
  readonly nested: number;
}

/** What is recorded for the resources of these claims, each row once: one batch may bring a stale claim of a resource and the one that rules. */
export function askRecorded(claims: readonly Claim[]): Ask<RecordedBefore> | null {
  return askRows<RecordedBefore>(
    `select q.resource_id, q.required_id, q.revision, case when u.nested = 1 or r.nested = 1 then 1 else 0 end as nested
     from @rows(stack_id int, resource_id int) k cross join requirement q cross join resource u cross join resource r
     where q.stack_id = k.stack_id and q.resource_id = k.resource_id and u.id = q.resource_id and r.id = q.required_id`,
    [...new Map(claims.map((claim) => [claim.resourceId, claim])).values()].map(({ stackId, resourceId }) => [
      stackId,
      resourceId,
    ]),
  );
}

/** Narrows what is recorded to what was used; unchanged rows are not written. */
export function* narrowRequirements(
  used: readonly { readonly claim: Claim; readonly requirements: readonly UsedRequirement[] }[],
  recorded: ReadonlyMap<number, readonly RecordedBefore[]>,
): Act<void> {
  const gone: SqlValue[][] = [];
  const written: SqlValue[][] = [];
  for (const { claim, requirements } of used) {
    const wanted = new Map<number, UsedRequirement>(requirements.map((r) => [r.resourceId, r]));
    for (const row of recorded.get(claim.resourceId) ?? []) {
      if (!wanted.has(row.required_id)) gone.push([claim.stackId, claim.resourceId, row.required_id]);
      else if (row.nested === 0 && wanted.get(row.required_id)!.revision === row.revision) wanted.delete(row.required_id);
    }
    for (const used of wanted.values()) written.push(requirementRow(claim, used));
  }
  yield* runRows(
    'delete from requirement where (stack_id, resource_id, required_id) in (select a, b, c from @rows(a int, b int, c int) k)',
    gone,
  );
  yield* writeRequirements(written, 'all');
}

export function requirementRow(claim: Claim, { resourceId, revision, goal }: UsedRequirement): SqlValue[] {
  return [claim.stackId, claim.resourceId, resourceId, revision, claim.traversal, goal ?? null];
}

/** A goal of the requiring stack was read under one above that came between, and did not ask for it. */
const wasBroken = `exists (select 1 from stack c join goal g on g.stack_id = c.id
  where c.parent_resource = requirement.resource_id and c.deleted_at is null and g.read_in > requirement.last and g.read_in < excluded.last)`;

/** Characters. */
const MAX_BREAKS = 400;

/** `seen` is not known any more where it was not known before. */
const goingOn = `seen = case when requirement.seen > excluded.seen then requirement.seen when requirement.seen <= excluded.seen then excluded.seen end,
  until = case when ${wasBroken} then requirement.last else requirement.until end, again = case when ${wasBroken} then excluded.since else requirement.again end,
  breaks = case when ${wasBroken} and length(coalesce(requirement.breaks, '')) < ${MAX_BREAKS}
    then coalesce(requirement.breaks, '') || ' ' || requirement.last || '-' || excluded.since else requirement.breaks end`;

/** `more`: what was recorded before may still hold, so that a requirement goes on since then. */
export function* writeRequirements(rows: readonly SqlValue[][], what: 'all' | 'more'): Act<void> {
  yield* runRows(
    `insert into requirement (stack_id, resource_id, required_id, revision, since, last, seen, told) select a, b, c, d, t.goal, t.goal, k.f, d
     from @rows(a int, b int, c int, d int, e int, f int) k left join traversal t on t.stack_id = k.a and t.number = k.e
     where exists (select 1 from resource r where r.id = k.c)
     on conflict (stack_id, resource_id, required_id) do update set revision = excluded.revision, last = excluded.last, told = excluded.told,
       ${what === 'all' ? 'since = excluded.since, seen = excluded.seen, until = null, again = null, breaks = null' : goingOn}`,
    rows,
  );
}
