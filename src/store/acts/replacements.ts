/** Replacements: another version takes a resource's name and place, and the node goes on with it; the old one is marked. A batch is one set. */
import { deedOf } from '../../engine/hooks.ts';
import type { Deed, ResourceId, ResourceRow, Settlement, StackId } from '../../engine/ports/store.ts';
import { type Act, queryRows, run, runRows, type SqlRow } from '../sql.ts';
import { type ActContext, allocateIds } from './act-context.ts';

export type Replace = Extract<Settlement, { kind: 'replace' }>;

interface Replacing {
  readonly settlement: Replace;
  readonly id: ResourceId;
  readonly name: string;
  /** The goal in force. */
  readonly goal: number;
  /** What it is part of, as hooks see it. */
  readonly deed: Exclude<Deed, 'delete'>;
}

/** What tells a version's deed. */
export type DeedColumns = Pick<ResourceRow, 'action' | 'definition' | 'acted' | 'taken' | 'replaces' | 'physicalId'>;

/** For nodes that are the caller's. */
export function* insertReplacements(cx: ActContext, settlements: readonly Replace[]): Act<void> {
  const replacing = yield* allocate(settlements);
  if (replacing.length === 0) return;
  yield* insertVersions(cx, replacing);
  yield* runRows(
    'update resource set replaced_by = k.replaced_by, marked = k.goal, forced = null from @rows(id int, replaced_by int, goal int) k where resource.id = k.id',
    replacing.map(({ settlement, id, goal }) => [settlement.claim.resourceId, id, goal]),
  );
  yield* switchMembers(replacing.map(({ settlement, ...to }) => ({ stackId: settlement.claim.stackId, ...to })));
  yield* runRows(
    `update node set state = 'ready', engine_id = null, resource_id = k.resource_id, victim = k.old, attempts = 0, replacements = replacements + 1, deed = k.deed, reason = k.reason
     from @rows(stack_id int, traversal int, id int, resource_id int, old int, deed text, reason text) k
     where node.stack_id = k.stack_id and node.traversal = k.traversal and node.id = k.id`,
    replacing.map(({ settlement: { claim, deleteFirst, reason }, id, deed }) => [
      claim.stackId,
      claim.traversal,
      claim.nodeId,
      id,
      deleteFirst ? claim.resourceId : null,
      deed,
      reason,
    ]),
  );
}

function* allocate(settlements: readonly Replace[]): Act<Replacing[]> {
  if (settlements.length === 0) return [];
  const rows = yield* queryRows<
    SqlRow & DeedColumns & { id: number; name: string; goal: number; deed: Replacing['deed'] | null }
  >(
    `select r.id, r.name, r.action, r.definition, r.acted, r.taken, r.replaces, r.physical_id as "physicalId", s.goal, n.deed
     from @rows(id int, stack_id int, traversal int, node_id int) k cross join resource r cross join stack s cross join node n
     where r.id = k.id and s.id = r.stack_id and n.stack_id = k.stack_id and n.traversal = k.traversal and n.id = k.node_id`,
    settlements.map(({ claim }) => [claim.resourceId, claim.stackId, claim.traversal, claim.nodeId]),
  );
  const olds = new Map(rows.map((row) => [row.id, row]));
  const standing = settlements.filter((s) => olds.has(s.claim.resourceId));
  const ids = yield* allocateIds('resource', standing.length);
  return standing.map((settlement, i) => {
    const old = olds.get(settlement.claim.resourceId)!;
    return { settlement, id: ids[i] as ResourceId, name: old.name, goal: old.goal, deed: deedOf(old, old) };
  });
}

const reasonOf = ({ claim, reason }: Replace): string => `replaces version ${claim.resourceId}: ${reason}`;

function* insertVersions(cx: ActContext, replacing: readonly Replacing[]): Act<void> {
  yield* run(
    `insert into resource (id, stack_id, name, type, action, status, reason, revision, attributes, state, schema_version, doubt, operation_number,
       victim, replaces, deletion_policy, external, secret, nested, acted, created_at)
     select k.id, k.stack_id, k.name, k.type, 'INIT', 'COMPLETE', k.reason, 0, '{}', 'null', 1, 0, 0, k.old, k.replaces, k.policy, 0, 0, k.nested, k.deed, ?
     from @rows(id int, stack_id int, name text, type text, reason text, old int, replaces int, policy text, nested int, deed text) k`,
    cx.wallTime,
    JSON.stringify(
      replacing.map(({ settlement, id, name, deed }) => [
        id,
        settlement.claim.stackId,
        name,
        settlement.type,
        reasonOf(settlement),
        settlement.deleteFirst ? settlement.claim.resourceId : null,
        settlement.claim.resourceId,
        settlement.deletionPolicy,
        Number(settlement.nested ?? false),
        deed,
      ]),
    ),
  );
  for (const { settlement, id, name } of replacing) {
    cx.journal.add(settlement.claim.stackId, {
      traversal: settlement.claim.traversal,
      resourceId: id,
      name,
      type: settlement.type,
      physicalId: null,
      action: 'INIT',
      status: 'COMPLETE',
      reason: reasonOf(settlement),
    });
  }
}

export interface Switch {
  readonly stackId: StackId;
  readonly name: string;
  readonly goal: number;
  /** The version that bears the name from this goal on. */
  readonly id: ResourceId;
}

/** Closes versions' memberships at a goal and opens others'. */
export function* switchMembers(switches: readonly Switch[]): Act<void> {
  const keys = switches.map(({ stackId, name, goal }) => [stackId, name, goal]);
  yield* runRows(
    'delete from membership where (stack_id, name, since) in (select a, b, c from @rows(a int, b text, c int) k) and until is null',
    keys,
  );
  yield* runRows(
    `update membership set until = k.goal from @rows(stack_id int, name text, goal int) k
     where membership.stack_id = k.stack_id and membership.name = k.name and membership.until is null`,
    keys,
  );
  yield* runRows(
    'insert into membership (stack_id, name, since, until, resource_id) select k.stack_id, k.name, k.goal, null, k.id from @rows(stack_id int, name text, goal int, id int) k',
    switches.map(({ stackId, name, goal, id }) => [stackId, name, goal, id]),
  );
}
