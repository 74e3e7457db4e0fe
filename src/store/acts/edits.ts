/**
 * Changes that a person makes to single versions, in the transaction that starts the traversal which acts on them: what ended UNKNOWN is
 * settled, a version is forgotten, imported, or marked for replacement.
 */
import type { DeclaredFacts } from '../../engine/plan-start.ts';
import type { Edit, ResourceId, StackId, StackRow, StartAnswer } from '../../engine/ports/store.ts';
import { type Act, query, queryOne, run, type SqlRow } from '../sql.ts';
import { type ActContext, allocateIds, removeResources } from './act-context.ts';
import { keepIdentities } from './identities.ts';
import { releaseChildren } from './nested.ts';
import { buryTokens } from './tombstones.ts';

/** Refuses edits that can't be made; writes nothing. */
export function* checkEdits(_cx: ActContext, stack: StackRow, edits: readonly Edit[]): Act<StartAnswer | null> {
  for (const edit of edits) {
    if (edit.kind === 'import') {
      const live = yield* queryOne<{ id: number }>(
        `select id from resource where stack_id = ? and name = ? and marked is null and (action <> 'INIT' or token is not null)`,
        stack.id,
        edit.name,
      );
      if (live)
        return {
          kind: 'refused',
          code: 'ALREADY_MANAGED',
          message: `${edit.name} stands already, as version ${live.id}: forget it first`,
        };
      continue;
    }
    const row = yield* queryOne(
      'select id, name, status, doubt, nested from resource where id = ? and stack_id = ?',
      edit.resourceId,
      stack.id,
    );
    if (!row)
      return { kind: 'refused', code: 'NO_SUCH_RESOURCE', message: `stack ${stack.name} has no version ${edit.resourceId}` };
    const settles = edit.kind === 'adopt' || edit.kind === 'absent';
    if (settles && row['nested'] === 1)
      return {
        kind: 'refused',
        code: 'NESTED',
        message: `${row['name']} is a stack of its own: settle what is unknown within it`,
      };
    if (settles && row['status'] !== 'UNKNOWN' && row['doubt'] !== 1) {
      return { kind: 'refused', code: 'NOT_UNKNOWN', message: `${row['name']} is not UNKNOWN: there is nothing to resolve` };
    }
    const operation = yield* queryOne<{ kind: string; rests: number }>(
      `select kind, case when state = 'stopped' then 1 else 0 end as rests from operation where resource_id = ?`,
      edit.resourceId,
    );
    const anyTime = edit.kind === 'replace' || edit.kind === 'unhealthy' || edit.kind === 'healthy';
    if (operation && !anyTime && !(edit.kind === 'forget' && operation.rests === 1)) {
      return {
        kind: 'refused',
        code: 'IN_OPERATION',
        message: `${row['name']} is under an operation (${operation.kind}): wait until it ends${edit.kind === 'forget' ? `, or first setpoint stop ${stack.name}` : ''}`,
      };
    }
  }
  return null;
}

/** `declared` is what the goal that is being started says. */
export function* applyEdits(
  cx: ActContext,
  stack: StackRow,
  edits: readonly Edit[],
  declared: readonly DeclaredFacts[],
  traversal: number,
): Act<void> {
  for (const edit of edits) {
    if (edit.kind === 'import') {
      const target = declared.find((d) => d.name === edit.name);
      if (target) yield* importObject(cx, stack, target, edit.physicalId, traversal);
      continue;
    }
    const row = yield* queryOne('select * from resource where id = ? and stack_id = ?', edit.resourceId, stack.id);
    if (row) yield* applyEdit(cx, stack, row, edit, traversal);
  }
}

function* applyEdit(
  cx: ActContext,
  stack: StackRow,
  row: SqlRow,
  edit: Exclude<Edit, { kind: 'import' }>,
  traversal: number,
): Act<void> {
  const id = edit.resourceId;
  const record = (action: string, status: string, reason: string, physicalId: string | null) =>
    cx.journal.add(stack.id, {
      traversal,
      resourceId: id,
      name: String(row['name']),
      type: String(row['type']),
      physicalId,
      action,
      status,
      reason,
    });
  const physicalId = row['physical_id'] === null ? null : String(row['physical_id']);
  const underOperation = (yield* queryOne('select 1 as ok from operation where resource_id = ?', id)) !== undefined;
  switch (edit.kind) {
    case 'replace':
      yield* query('update resource set forced = ? where id = ?', edit.reason, id);
      return;
    case 'unhealthy':
      yield* query('update resource set unhealthy = ? where id = ?', edit.reason, id);
      if (underOperation || row['status'] === 'IN_PROGRESS' || row['action'] === 'DELETE') return;
      yield* run(`update resource set action = 'CHECK', status = 'FAILED', reason = ? where id = ?`, edit.reason, id);
      record('CHECK', 'FAILED', edit.reason, physicalId);
      return;
    case 'healthy': {
      const marked = yield* query(
        `update resource set unhealthy = null, action = 'CHECK', status = 'COMPLETE', reason = 'marked healthy'
         where id = ? and unhealthy is not null and action = 'CHECK' returning id`,
        id,
      );
      if (marked.length > 0) record('CHECK', 'COMPLETE', 'marked healthy', physicalId);
      else yield* query('update resource set unhealthy = null where id = ?', id);
      return;
    }
    case 'forget':
      record('DELETE', 'COMPLETE', 'forgotten: the object, if there is one, stays', physicalId);
      yield* strikeOut(cx, stack.id, id);
      return;
    case 'adopt':
      yield* query(
        // What is recorded was said of the object that it had.
        `update resource set properties = case when physical_id = k.given then properties end, inputs_sha = case when physical_id = k.given then inputs_sha end,
           state = case when physical_id = k.given then state else 'null' end, physical_id = k.given, doubt = 1, action = 'ADOPT', status = 'COMPLETE', reason = 'adopted by a person, to be read'
         from (select ? as given) k where id = ?`,
        edit.physicalId,
        id,
      );
      record('ADOPT', 'COMPLETE', 'adopted by a person, to be read', edit.physicalId);
      return;
    case 'absent':
      yield* buryTokens(cx, [id]);
      yield* keepIdentities([{ resourceId: id, key: null }]);
      yield* run(
        `update resource set physical_id = null, doubt = 0, token = null, token_sha = null, action = 'CREATE', status = 'FAILED', reason = 'resolved: absent, says a person',
           pending = null, pending_sha = null, pending_definition = null, properties = null, inputs_sha = null where id = ?`,
        id,
      );
      record('CREATE', 'FAILED', 'resolved: absent, says a person', null);
      return;
  }
}

/** With a stopped operation, that nobody may ever be able to go on with: its machine is gone. */
function* strikeOut(cx: ActContext, stackId: StackId, id: ResourceId): Act<void> {
  yield* releaseChildren(cx, [id]);
  yield* run('delete from operation where resource_id = ?', id);
  yield* removeResources(stackId, [id]);
}

/** A row for an object that stands already; it is read before anything is decided about it. */
function* importObject(
  cx: ActContext,
  stack: StackRow,
  declared: DeclaredFacts,
  physicalId: string,
  traversal: number,
): Act<void> {
  const { name, type, deletionPolicy } = declared;
  yield* removeUnmade(stack, name);
  const [id] = (yield* allocateIds('resource', 1)) as [ResourceId];
  yield* run(
    `insert into resource (id, stack_id, name, type, physical_id, action, status, reason, revision, attributes, state, schema_version, doubt, operation_number,
       deletion_policy, external, secret, created_at)
     values (?, ?, ?, ?, ?, 'ADOPT', 'COMPLETE', 'imported', 0, '{}', 'null', 1, 1, 0, ?, 0, 0, ?)`,
    id,
    stack.id,
    name,
    type,
    physicalId,
    deletionPolicy,
    cx.wallTime,
  );
  cx.journal.add(stack.id, {
    traversal,
    resourceId: id,
    name,
    type,
    physicalId,
    action: 'ADOPT',
    status: 'COMPLETE',
    reason: 'imported',
  });
}

function* removeUnmade(stack: StackRow, name: string): Act<void> {
  const rows = yield* query<{ id: number }>(
    `select id from resource where stack_id = ? and name = ? and action = 'INIT' and token is null and physical_id is null`,
    stack.id,
    name,
  );
  yield* removeResources(
    stack.id,
    rows.map((row) => row.id),
  );
}
