/**
 * Intents: committed before any call that changes the world, so that nothing is ever made that the database does not know of (I-02).
 *
 * The fence is checked here a first time: a claim of a superseded traversal, or one that somebody else holds, gets no intent and so makes no
 * call. Recovery relies on the operation row: kind, token and what was wanted.
 */
import type { EngineId, IdentityHolder, Intent, IntentAnswer, ResourceId, StackId } from '../../engine/ports/store.ts';
import { checkTransition } from '../../engine/states.ts';
import { placeOf } from '../rows.ts';
import { type Act, query, queryOne } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { writeRequirements } from './settle.ts';
import { buryTokens } from './tombstones.ts';

export function* recordIntents(cx: ActContext, intents: readonly Intent[], engineId: EngineId): Act<IntentAnswer[]> {
  const answers: IntentAnswer[] = [];
  for (const intent of intents) answers.push(yield* recordIntent(cx, intent, engineId));
  return answers;
}

interface Standing {
  name: string;
  type: string;
  stack_id: number;
  action: string;
  status: string;
  physical_id: string | null;
  marked: number | null;
  operation_number: number;
}

/** `engineId` is null when the operation goes to sleep in the same transaction. */
export function* recordIntent(cx: ActContext, intent: Intent, engineId: EngineId | null): Act<IntentAnswer> {
  const { claim } = intent;
  const resource = yield* queryOne<Standing>(
    'select name, type, stack_id, action, status, physical_id, marked, operation_number from resource where id = ?',
    claim.resourceId,
  );
  if (!(yield* holdsClaim(intent))) return { kind: 'superseded' };
  if (resource === undefined || (!claim.operation && (yield* isUnderOperation(claim.resourceId)))) return { kind: 'busy' };
  if (intent.kind === 'delete') {
    const requirer = yield* queryOne('select resource_id from requirement where required_id = ? limit 1', claim.resourceId);
    const asVictim = yield* isVictim(intent);
    if (requirer !== undefined && !asVictim) return { kind: 'required' };
  }
  const holder = yield* claimIdentity(intent, resource);
  if (holder) return { kind: 'identity-taken', holder };
  if (intent.buryToken !== null) yield* buryTokensOf(cx, claim.stackId, claim.resourceId);
  const epoch = yield* writeOperation(cx, intent, engineId, resource.operation_number + 1);
  yield* writeInDoubt(cx, intent, resource);
  yield* writeRequirements(intent.requirements.map((r) => [claim.stackId, claim.resourceId, r.resourceId, r.revision]));
  return { kind: 'go', epoch, operationNumber: resource.operation_number + 1 };
}

function* holdsClaim({ claim }: Intent): Act<boolean> {
  if (claim.operation)
    return (
      (yield* queryOne('select 1 as ok from operation where resource_id = ? and epoch = ?', claim.resourceId, claim.epoch)) !==
      undefined
    );
  const row = yield* queryOne(
    `select 1 as ok from node n where n.stack_id = ? and n.traversal = ? and n.id = ? and n.state = 'claimed' and n.epoch = ?`,
    claim.stackId,
    claim.traversal,
    claim.nodeId,
    claim.epoch,
  );
  return row !== undefined;
}

function* isUnderOperation(resourceId: ResourceId): Act<boolean> {
  return (yield* queryOne('select 1 as ok from operation where resource_id = ?', resourceId)) !== undefined;
}

function* isVictim({ claim }: Intent): Act<boolean> {
  const row = yield* queryOne<{ victim: number | null }>(
    'select victim from node where stack_id = ? and traversal = ? and id = ?',
    claim.stackId,
    claim.traversal,
    claim.nodeId,
  );
  return row?.victim === claim.resourceId;
}

/** Takes the object's identity for the resource, besides the one it may hold; the holder when it is taken. */
function* claimIdentity(intent: Intent, resource: Standing, tries = 5): Act<IdentityHolder | null> {
  const { claim, identity } = intent;
  if (identity === null) return null;
  // Identities are the one thing that stacks share. The insert waits for another stack's that is under way, and tells whether it was first.
  const own = yield* queryOne(
    'insert into identity (key, resource_id, stack_id) values (?, ?, ?) on conflict do nothing returning key',
    identity,
    claim.resourceId,
    claim.stackId,
  );
  if (own !== undefined) return null;
  const holder = yield* holderOf(identity, resource);
  if (holder === null && tries > 0) return yield* claimIdentity(intent, resource, tries - 1);
  return holder?.resourceId === claim.resourceId ? null : holder;
}

/** null: whoever held it when we asked has let it go since. */
function* holderOf(identity: string, resource: Standing): Act<IdentityHolder | null> {
  const row = yield* queryOne<{
    resource_id: number;
    name: string;
    type: string;
    stack_id: number;
    stack_name: string;
    marked: number | null;
  }>(
    `select i.resource_id, r.name, r.type, r.stack_id, r.marked, s.name as stack_name from identity i join resource r on r.id = i.resource_id join stack s on s.id = r.stack_id where i.key = ?`,
    identity,
  );
  if (row === undefined) return null;
  return {
    resourceId: row.resource_id as ResourceId,
    stackName: row.stack_name,
    name: row.name,
    sameStack: row.stack_id === resource.stack_id,
    sameType: row.type === resource.type,
    wanted: row.marked === null,
  };
}

function* buryTokensOf(cx: ActContext, stackId: StackId, resourceId: ResourceId): Act<void> {
  const stack = yield* queryOne<{ uuid: string; name: string }>('select uuid, name from stack where id = ?', stackId);
  if (stack) yield* buryTokens(cx, stack, [resourceId], 'all');
}

function* writeOperation(cx: ActContext, intent: Intent, engineId: EngineId | null, number: number): Act<number> {
  const { claim } = intent;
  const epoch = claim.operation ? claim.epoch : number * epochsPerOperation;
  if (!claim.operation) {
    yield* query(
      `update node set state = 'working', engine_id = null where stack_id = ? and traversal = ? and id = ?`,
      claim.stackId,
      claim.traversal,
      claim.nodeId,
    );
  }
  yield* query(
    `insert into operation (resource_id, stack_id, traversal, node_id, kind, token, number, epoch, state, engine_id, wake_at, deadline, progress, cancel, definition, inputs_sha, started_at, reason)
     values (?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, null, ?, 'null', 0, ?, ?, ?, ?)
     on conflict (resource_id) do update set kind = excluded.kind, token = excluded.token, number = excluded.number, state = 'running', engine_id = excluded.engine_id,
       definition = excluded.definition, inputs_sha = excluded.inputs_sha, deadline = excluded.deadline, reason = excluded.reason`,
    claim.resourceId,
    claim.stackId,
    claim.traversal,
    claim.nodeId,
    intent.kind,
    intent.token,
    number,
    epoch,
    engineId,
    intent.deadline,
    intent.definition,
    intent.inputsSha,
    cx.wallTime,
    intent.reason,
  );
  return epoch;
}

/** Epochs of one resource never repeat, or a zombie's result of an earlier operation would pass for a later one's. */
const epochsPerOperation = 2 ** 24;

const actionOf = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
  suspend: 'SUSPEND',
  resume: 'RESUME',
  check: 'CHECK',
  adopt: 'CREATE',
} as const;

function* writeInDoubt(cx: ActContext, intent: Intent, resource: Standing): Act<void> {
  const action = actionOf[intent.kind];
  checkTransition('resource', `${resource.action}_${resource.status}`, `${action}_IN_PROGRESS`);
  const id = intent.claim.resourceId;
  const wants = intent.kind === 'create' || intent.kind === 'update';
  yield* query(
    `update resource set action = ?, status = 'IN_PROGRESS', reason = ?, lost = case when doubt = 1 then 1 else lost end, doubt = 1, operation_number = operation_number + 1, token = ?,
       token_sha = case when ? = 1 then ? else token_sha end, host = coalesce(host, ?), setting_id = coalesce(?, setting_id), secret = case when ? = 1 then 1 else secret end,
       pending = case when ? = 1 then ? else pending end, pending_sha = case when ? = 1 then ? else pending_sha end,
       pending_definition = case when ? = 1 then ? else pending_definition end, updated_at = ?
     where id = ?`,
    action,
    intent.reason,
    intent.token,
    Number(intent.kind === 'create'),
    intent.inputsSha,
    intent.host,
    intent.settingId,
    Number(intent.secret),
    Number(wants),
    intent.properties === null ? null : cx.vault.seal(intent.properties, intent.secret, placeOf(id, 'pending')),
    Number(wants),
    intent.inputsSha,
    Number(wants),
    intent.definition,
    cx.wallTime,
    id,
  );
  if (intent.found) yield* query('update resource set physical_id = ? where id = ?', intent.found.physicalId, id);
  cx.journal.add(resource.stack_id as StackId, {
    traversal: intent.claim.traversal,
    resourceId: id,
    name: resource.name,
    type: resource.type,
    physicalId: intent.found ? intent.found.physicalId : resource.physical_id,
    action,
    status: 'IN_PROGRESS',
    reason: intent.reason,
  });
}
