/** Recorded requirements: which version was made with what revision of which. They outlive traversals, and deletions go by them. */
import type { Claim, UsedRequirement } from '../../engine/ports/store.ts';
import { type Act, type Ask, askRows, runRows, type SqlValue } from '../sql.ts';

export interface RecordedBefore {
  readonly resource_id: number;
  readonly required_id: number;
  readonly revision: number;
}

/** What is recorded for the resources of these claims, each row once: one batch may bring a stale claim of a resource and the one that rules. */
export function askRecorded(claims: readonly Claim[]): Ask<RecordedBefore> | null {
  return askRows<RecordedBefore>(
    `select q.resource_id, q.required_id, q.revision from @rows(stack_id int, resource_id int) k cross join requirement q
     where q.stack_id = k.stack_id and q.resource_id = k.resource_id`,
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
    const wanted = new Map<number, number>(requirements.map((r) => [r.resourceId, r.revision]));
    for (const row of recorded.get(claim.resourceId) ?? []) {
      if (!wanted.has(row.required_id)) gone.push([claim.stackId, claim.resourceId, row.required_id]);
      else if (wanted.get(row.required_id) === row.revision) wanted.delete(row.required_id);
    }
    for (const [required, revision] of wanted) written.push([claim.stackId, claim.resourceId, required, revision]);
  }
  yield* runRows(
    'delete from requirement where (stack_id, resource_id, required_id) in (select a, b, c from @rows(a int, b int, c int) k)',
    gone,
  );
  yield* writeRequirements(written);
}

/** Rows of (stack, resource, required, revision). */
export function* writeRequirements(rows: readonly (readonly SqlValue[])[]): Act<void> {
  yield* runRows(
    `insert into requirement (stack_id, resource_id, required_id, revision) select a, b, c, d from @rows(a int, b int, c int, d int) k
     where exists (select 1 from resource r where r.id = k.c)
     on conflict (stack_id, resource_id, required_id) do update set revision = excluded.revision`,
    rows,
  );
}
