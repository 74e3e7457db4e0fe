/** Loads what planning a start needs: one stack's versions, recorded requirements, members and declarations. */

import type { DeclaredFacts, Recorded, VersionFacts } from '../../engine/plan-start.ts';
import type { ResourceId, StackId } from '../../engine/ports/store.ts';
import type { OperationKind, ResourceAction, ResourceStatus } from '../../engine/states.ts';
import type { Sha } from '../../std/digest.ts';
import { isSuspended } from '../rows.ts';
import { type Act, query } from '../sql.ts';

interface VersionColumns {
  id: number;
  name: string;
  type: string;
  action: string;
  status: string;
  definition: string | null;
  revision: number;
  marked: number | null;
  doubt: number;
  unread: number;
  unhealthy: string | null;
  forced: string | null;
  made: number;
  asked: number;
  nested: number;
  suspended: number;
  external: number;
  deletion_policy: string;
  victim: number | null;
  acted: string | null;
  taken: string | null;
}

export function* loadVersions(stackId: StackId): Act<VersionFacts[]> {
  const rows = yield* query<VersionColumns>(
    `select id, name, type, action, status, definition, revision, marked, doubt, unread, unhealthy, forced, deletion_policy, victim, nested, acted, taken, suspended, external,
       case when physical_id is not null or token is not null or doubt = 1 or action not in ('INIT', 'CHECK') then 1 else 0 end as made,
       case when token_sha is not null then 1 else 0 end as asked
     from resource where stack_id = ? order by id`,
    stackId,
  );
  const operations = yield* query<{ resource_id: number; kind: string; definition: string | null }>(
    'select resource_id, kind, definition from operation where stack_id = ?',
    stackId,
  );
  const identities = yield* query<{ key: string; resource_id: number }>(
    'select key, resource_id from identity where stack_id = ?',
    stackId,
  );
  const operationOf = new Map(
    operations.map((o) => [o.resource_id, { kind: o.kind as OperationKind, definition: o.definition as Sha | null }]),
  );
  const identitiesOf = Map.groupBy(identities, (i) => i.resource_id);
  return rows.map((row) => ({
    id: row.id as ResourceId,
    name: row.name,
    type: row.type,
    action: row.action as ResourceAction,
    status: row.status as ResourceStatus,
    definition: row.definition as Sha | null,
    revision: row.revision,
    marked: row.marked !== null,
    doubt: row.doubt === 1 || row.unread === 1,
    unhealthy: row.unhealthy !== null,
    forced: row.forced !== null,
    made: row.made === 1,
    nested: row.nested === 1,
    deletionPolicy: row.deletion_policy,
    identities: identitiesOf.get(row.id)?.map((i) => i.key) ?? [],
    operation: operationOf.get(row.id) ?? null,
    suspended: row.external === 1 ? false : isSuspended(row),
    victim: row.victim as ResourceId | null,
    acted: row.acted as VersionFacts['acted'],
    taken: row.taken as Sha | null,
    asked: row.asked === 1,
  }));
}

export function* loadRecorded(stackId: StackId): Act<Recorded[]> {
  const rows = yield* query<{ resource_id: number; required_id: number; revision: number }>(
    'select resource_id, required_id, revision from requirement where stack_id = ? order by resource_id, required_id',
    stackId,
  );
  return rows.map((row) => ({
    resourceId: row.resource_id as ResourceId,
    requiredId: row.required_id as ResourceId,
    revision: row.revision,
  }));
}

/** The versions that made up a goal, by name. */
export function* loadMembers(stackId: StackId, goal: number): Act<Map<string, ResourceId>> {
  const rows = yield* query<{ name: string; resource_id: number }>(
    'select name, resource_id from membership where stack_id = ? and since <= ? and (until is null or until > ?)',
    stackId,
    goal,
    goal,
  );
  return new Map(rows.map((row) => [row.name, row.resource_id as ResourceId]));
}

export type StoredDeclaration = DeclaredFacts;

/** What a kept goal declares. */
export function* loadDeclared(stackId: StackId, goal: number): Act<StoredDeclaration[]> {
  const rows = yield* query<{
    name: string;
    sha: string;
    type: string;
    requires: string;
    deletion_policy: string;
    identity: string | null;
    resume_to_update: number;
    nested: number;
  }>(
    `select c.name, c.sha, d.type, d.requires, d.deletion_policy, d.identity, d.resume_to_update, d.nested
     from declaration c join definition d on d.stack_id = c.stack_id and d.sha = c.sha
     where c.stack_id = ? and c.since <= ? and (c.until is null or c.until > ?) order by c.name`,
    stackId,
    goal,
    goal,
  );
  return rows.map((row) => ({
    name: row.name,
    sha: row.sha as Sha,
    type: row.type,
    requires: JSON.parse(row.requires) as string[],
    deletionPolicy: row.deletion_policy,
    identity: row.identity,
    resumeToUpdate: row.resume_to_update === 1,
    nested: row.nested === 1,
  }));
}
