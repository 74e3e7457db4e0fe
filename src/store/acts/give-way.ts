/**
 * A nested stack that is to go, what it was made of before, and what stands between the two.
 *
 * Where a stack and what it required were turned round, the order is: what it was made of before, what that required, the stack. So its node is
 * visited twice: what is left of before goes, then the stack gives way to all that requires it, and goes when they are gone. What is recorded of
 * a stack is of all that it was made of; of these, what the goal that it reached last does not ask for is former (`loadOutlived`).
 */
import type { Claim, ResourceId, StackId } from '../../engine/ports/store.ts';
import { type Act, query, queryOne, run, runRows } from '../sql.ts';

export interface FormerRequirement {
  readonly resourceId: ResourceId;
  readonly requiredId: ResourceId;
}

interface RecordedName {
  readonly resource_id: number;
  readonly required_id: number;
  readonly name: string;
  readonly requires: string;
}

/**
 * Of nested stacks that are to go and have reached their goal: the newest member of a name that their definition requires is required still, and nothing
 * else is. Of one that is on its way to another goal, what is recorded is of both.
 */
export function* loadOutlived(stackId: StackId, only: ResourceId | null = null): Act<FormerRequirement[]> {
  const rows = yield* query<RecordedName>(
    `select q.resource_id, q.required_id, x.name, d.requires
     from resource r cross join requirement q cross join resource x cross join definition d
     where r.stack_id = ? and r.nested = 1 and (? = 0 or r.id = ?) and q.stack_id = r.stack_id and q.resource_id = r.id and x.id = q.required_id
       and d.stack_id = r.stack_id and d.sha = r.definition and r.status = 'COMPLETE' and r.doubt = 0
     order by coalesce((select max(m.since) from membership m where m.stack_id = r.stack_id and m.resource_id = x.id), 0) desc, x.id desc`,
    stackId,
    only ?? 0,
    only ?? 0,
  );
  const asked = new Set<string>();
  const layered = new Set<number>();
  for (const id of new Set(rows.map((row) => row.resource_id))) if (!(yield* isOneLayer(id))) layered.add(id);
  return rows.flatMap(({ resource_id, required_id, name, requires }) => {
    const key = `${resource_id}/${name}`;
    const former = !layered.has(resource_id) && (asked.has(key) || !(JSON.parse(requires) as string[]).includes(name));
    asked.add(key);
    return former ? [{ resourceId: resource_id as ResourceId, requiredId: required_id as ResourceId }] : [];
  });
}

/**
 * What is left of before was given up at one time. Where it was given up at several, some of it may be what the stack is required for: which is
 * recorded of the stack as a whole, so nobody can say.
 */
function* isOneLayer(resourceId: number): Act<boolean> {
  const rows = yield* query(
    `with recursive within(id) as (
       select s.id from stack s where s.parent_resource = ? and s.deleted_at is null
       union all select s.id from within w join stack s on s.parent_id = w.id where s.deleted_at is null)
     select distinct r.stack_id, r.marked from within w join resource r on r.stack_id = w.id where r.marked is not null limit 2`,
    resourceId,
  );
  return rows.length < 2;
}

/** Something that stands requires it, and it holds on to what it required before. */
export function* mustGiveWay(stackId: StackId, id: ResourceId): Act<boolean> {
  return (yield* isRequired(id)) && (yield* loadOutlived(stackId, id)).length > 0;
}

export function* isRequired(resourceId: ResourceId): Act<boolean> {
  return (yield* queryOne('select 1 as ok from requirement where required_id = ? limit 1', resourceId)) !== undefined;
}

/** Nobody wants it any more, or something that it is nested in. */
export function* isGoing(stackId: StackId): Act<boolean> {
  const row = yield* queryOne(
    `with recursive above(id) as (
       select s.parent_resource from stack s where s.id = ?
       union all select s.parent_resource from above a join resource r on r.id = a.id join stack s on s.id = r.stack_id)
     select 1 as ok from above a join resource r on r.id = a.id where r.marked is not null limit 1`,
    stackId,
  );
  return row !== undefined;
}

/** Nested stacks that are wanted, and in which something is left that is not. */
export function* findUntidy(stackId: StackId): Act<Set<ResourceId>> {
  const rows = yield* query<{ top: number }>(
    `with recursive within(top, id) as (
       select r.id, s.id from resource r join stack s on s.parent_resource = r.id and s.deleted_at is null
         where r.stack_id = ? and r.nested = 1 and r.marked is null
       union all select w.top, s.id from within w join stack s on s.parent_id = w.id where s.deleted_at is null)
     select distinct w.top from within w join resource r on r.stack_id = w.id where r.marked is not null`,
    stackId,
  );
  return new Set(rows.map((row) => row.top as ResourceId));
}

/** The node lets go of what its stack formerly required, and waits for what requires the stack. */
export function* giveWay({ stackId, traversal, nodeId, resourceId }: Claim): Act<void> {
  const former = yield* loadOutlived(stackId, resourceId);
  const released = JSON.stringify(former.map((row) => row.requiredId));
  yield* run(
    'delete from requirement where stack_id = ? and resource_id = ? and required_id in @ids',
    stackId,
    resourceId,
    released,
  );
  yield* release(stackId, traversal, nodeId, released);
  const waitsFor = yield* findWaitedFor(stackId, traversal, nodeId, resourceId);
  yield* runRows(
    'insert into edge (stack_id, traversal, required, requirer) select k.a, k.b, k.c, k.d from @rows(a int, b int, c int, d int) k',
    waitsFor.map((required) => [stackId, traversal, required, nodeId]),
  );
  yield* run(
    `update node set state = ?, unmet = ?, engine_id = null where stack_id = ? and traversal = ? and id = ?`,
    waitsFor.length > 0 ? 'waiting' : 'ready',
    waitsFor.length,
    stackId,
    traversal,
    nodeId,
  );
}

function* release(stackId: StackId, traversal: number, nodeId: number, resources: string): Act<void> {
  const rows = yield* query<{ requirer: number }>(
    `delete from edge where stack_id = ? and traversal = ? and required = ? and requirer in
       (select n.id from node n where n.stack_id = ? and n.traversal = ? and n.resource_id in @ids) returning requirer`,
    stackId,
    traversal,
    nodeId,
    stackId,
    traversal,
    resources,
  );
  yield* run(
    `update node set unmet = unmet - 1, state = case when unmet = 1 and state = 'waiting' then 'ready' else state end
     where stack_id = ? and traversal = ? and id in @ids`,
    stackId,
    traversal,
    JSON.stringify(rows.map((row) => row.requirer)),
  );
}

/** Never what waits for it all the same, so that no circle is closed (I-12). */
function* findWaitedFor(stackId: StackId, traversal: number, nodeId: number, resourceId: ResourceId): Act<number[]> {
  const rows = yield* query<{ id: number }>(
    `with recursive after(id) as (
       select e.requirer from edge e where e.stack_id = ? and e.traversal = ? and e.required = ?
       union select e.requirer from after a join edge e on e.stack_id = ? and e.traversal = ? and e.required = a.id)
     select n.id from requirement q join node n on n.stack_id = q.stack_id and n.traversal = ? and n.resource_id = q.resource_id
     where q.stack_id = ? and q.required_id = ? and n.id <> ? and n.state not in ('done', 'failed', 'skipped') and n.id not in (select id from after)
     order by n.id`,
    stackId,
    traversal,
    nodeId,
    stackId,
    traversal,
    traversal,
    stackId,
    resourceId,
    nodeId,
  );
  return rows.map((row) => row.id);
}
