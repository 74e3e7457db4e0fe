/**
 * Intents: committed before any call that changes the world, so that nothing is ever made that the database does not know of (I-02).
 *
 * The fence is checked here a first time: a claim of a superseded traversal, or one that somebody else holds, gets no intent and so makes no
 * call. Recovery relies on the operation row: kind, token and what was wanted. A batch is recorded as a set, in a number of statements that
 * does not depend on how many they are; each gets the answer that it would have got had they been recorded one after the other.
 */
import type { EngineId, Intent, IntentAnswer, StackId } from '../../engine/ports/store.ts';
import { checkTransition } from '../../engine/states.ts';
import { placeOf } from '../rows.ts';
import { type Act, queryRows, run, runRows, type SqlValue } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { claimIdentities, keepIdentities } from './identities.ts';
import { requirementRow, writeRequirements } from './requirements.ts';
import { buryTokens } from './tombstones.ts';

/** `engineId` is null for operations that go to sleep in the same transaction. */
export function* recordIntents(cx: ActContext, intents: readonly Intent[], engineId: EngineId | null): Act<IntentAnswer[]> {
  const answers: IntentAnswer[] = [];
  for (const run of inRuns(intents)) answers.push(...(yield* recordRun(cx, run, engineId)));
  return answers;
}

/** Runs of intents none of which depends on what an earlier one of its run writes: nearly always one run. */
function inRuns(intents: readonly Intent[]): Intent[][] {
  const runs: Intent[][] = [];
  let resources = new Set<number>();
  let required = new Set<number>();
  for (const intent of intents) {
    const id = intent.claim.resourceId;
    if (runs.length === 0 || resources.has(id) || (intent.kind === 'delete' && required.has(id))) {
      runs.push([]);
      resources = new Set();
      required = new Set();
    }
    runs.at(-1)!.push(intent);
    resources.add(id);
    for (const { resourceId } of intent.requirements) required.add(resourceId);
  }
  return runs;
}

/** What an intent is held against. */
interface Standing {
  readonly name: string | null;
  readonly type: string;
  readonly stack_id: number;
  readonly action: string;
  readonly status: string;
  readonly physical_id: string | null;
  readonly operation_number: number;
  /** Of the operation that the resource is under; null for none. */
  readonly operation_epoch: number | null;
  /** Of the claimed node; null where it is not claimed any more. */
  readonly node_epoch: number | null;
  readonly victim: number | null;
  /** Whether a live version records it; looked at for deletions only. */
  readonly required: number;
}

interface Weighed {
  readonly intent: Intent;
  readonly standing: Standing;
}

function* recordRun(cx: ActContext, intents: readonly Intent[], engineId: EngineId | null): Act<IntentAnswer[]> {
  const weighed = (yield* loadStandings(intents)).map((standing, i): Weighed => ({ intent: intents[i]!, standing }));
  const answers = weighed.map(refuse);
  const allowed = weighed.filter((_, i) => answers[i] === null);
  const taken = yield* claimIdentities(
    allowed.flatMap(({ intent: { claim, identity }, standing }) =>
      identity === null ? [] : [{ key: identity, claim, type: standing.type }],
    ),
  );
  const going = allowed.filter(({ intent }) => !taken.has(intent.claim.resourceId));
  yield* record(cx, going, engineId);
  return weighed.map(({ intent, standing }, i): IntentAnswer => {
    const holder = taken.get(intent.claim.resourceId);
    if (answers[i]) return answers[i];
    if (holder) return { kind: 'identity-taken', holder };
    return { kind: 'go', epoch: epochOf(intent, standing), operationNumber: standing.operation_number + 1 };
  });
}

/** In the order of the intents. */
function* loadStandings(intents: readonly Intent[]): Act<Standing[]> {
  const rows = yield* queryRows<Standing & { place: number }>(
    `select k.place, r.name, r.type, r.stack_id, r.action, r.status, r.physical_id, r.operation_number,
       o.epoch as operation_epoch, case when n.state = 'claimed' then n.epoch end as node_epoch, n.victim,
       case when k.deletes = 1 and exists (select 1 from requirement q where q.required_id = k.resource_id) then 1 else 0 end as required
     from @rows(place int, resource_id int, stack_id int, traversal int, node_id int, deletes int) k
       left join resource r on r.id = k.resource_id left join operation o on o.resource_id = k.resource_id
       left join node n on n.stack_id = k.stack_id and n.traversal = k.traversal and n.id = k.node_id`,
    intents.map(({ claim, kind }, place) => [
      place,
      claim.resourceId,
      claim.stackId,
      claim.traversal,
      claim.nodeId,
      Number(kind === 'delete'),
    ]),
  );
  return [...rows].sort((a, b) => a.place - b.place);
}

/** null: nothing speaks against it. */
function refuse({ intent: { claim, kind }, standing }: Weighed): IntentAnswer | null {
  const held = claim.operation ? standing.operation_epoch : standing.node_epoch;
  if (held !== claim.epoch) return { kind: 'superseded' };
  if (standing.name === null || (!claim.operation && standing.operation_epoch !== null)) return { kind: 'busy' };
  if (kind === 'delete' && standing.required === 1 && standing.victim !== claim.resourceId) return { kind: 'required' };
  return null;
}

/** Epochs of one resource never repeat, or a zombie's result of an earlier operation would pass for a later one's. */
const epochsPerOperation = 2 ** 24;

function epochOf({ claim }: Intent, { operation_number }: Standing): number {
  return claim.operation ? claim.epoch : (operation_number + 1) * epochsPerOperation;
}

function* record(cx: ActContext, going: readonly Weighed[], engineId: EngineId | null): Act<void> {
  const anew = going.filter(({ intent }) => intent.buryToken !== null).map(({ intent }) => intent);
  yield* buryTokens(
    cx,
    anew.map(({ claim }) => claim.resourceId),
    'all',
  );
  // What was to be made before is not there, so it is called nothing.
  yield* keepIdentities(anew.map(({ claim, identity }) => ({ resourceId: claim.resourceId, key: identity })));
  yield* runRows(
    `update node set state = 'working', engine_id = null, deed = coalesce(k.deed, node.deed) from @rows(stack_id int, traversal int, id int, deed text) k
     where node.stack_id = k.stack_id and node.traversal = k.traversal and node.id = k.id`,
    going
      .filter(({ intent }) => !intent.claim.operation)
      .map(({ intent: { claim, deed } }) => [claim.stackId, claim.traversal, claim.nodeId, deed]),
  );
  yield* writeOperations(cx, going, engineId);
  yield* writeInDoubt(cx, going);
  yield* writeRequirements(
    going.flatMap(({ intent: { claim, requirements } }) => requirements.map((r) => requirementRow(claim, r))),
    'more',
  );
}

function* writeOperations(cx: ActContext, going: readonly Weighed[], engineId: EngineId | null): Act<void> {
  if (going.length === 0) return;
  yield* run(
    `insert into operation (resource_id, stack_id, traversal, node_id, kind, token, number, epoch, state, engine_id, wake_at, deadline, progress, cancel, definition, inputs_sha, started_at, reason)
     select k.resource_id, k.stack_id, k.traversal, k.node_id, k.kind, k.token, k.number, k.epoch, 'running', ?, null, k.deadline, 'null', 0, k.definition, k.inputs_sha, ?, k.reason
     from @rows(resource_id int, stack_id int, traversal int, node_id int, kind text, token text, number int, epoch int, deadline int, definition text, inputs_sha text, reason text) k
     where true
     on conflict (resource_id) do update set kind = excluded.kind, token = excluded.token, number = excluded.number, state = 'running', engine_id = excluded.engine_id,
       definition = excluded.definition, inputs_sha = excluded.inputs_sha, deadline = excluded.deadline, reason = excluded.reason`,
    engineId,
    cx.wallTime,
    JSON.stringify(
      going.map(({ intent, standing }): SqlValue[] => [
        intent.claim.resourceId,
        intent.claim.stackId,
        intent.claim.traversal,
        intent.claim.nodeId,
        intent.kind,
        intent.token,
        standing.operation_number + 1,
        epochOf(intent, standing),
        intent.deadline,
        intent.definition,
        intent.inputsSha,
        intent.reason,
      ]),
    ),
  );
}

const actionOf = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
  suspend: 'SUSPEND',
  resume: 'RESUME',
  check: 'CHECK',
  adopt: 'CREATE',
} as const;

function* writeInDoubt(cx: ActContext, going: readonly Weighed[]): Act<void> {
  if (going.length === 0) return;
  for (const { intent, standing } of going)
    checkTransition('resource', `${standing.action}_${standing.status}`, `${actionOf[intent.kind]}_IN_PROGRESS`);
  yield* run(
    `update resource set action = k.action, status = 'IN_PROGRESS', reason = k.reason, lost = case when doubt = 1 then 1 else lost end,
       doubt = case when k.sleep = 1 and (status = 'COMPLETE' or resource.action in ('SUSPEND', 'RESUME')) then doubt else 1 end,
       suspended = case when k.creates = 1 and coalesce(resource.token, '') <> k.token then 0 else suspended end,
       state = case when k.creates = 1 and coalesce(resource.token, '') <> k.token then 'null' else state end,
       operation_number = operation_number + 1, token = case when k.creates = 1 then k.token else resource.token end, token_sha = case when k.creates = 1 then k.inputs_sha else token_sha end,
       host = coalesce(resource.host, k.host), setting_id = k.setting_id,
       secret = case when k.secret = 1 then 1 else resource.secret end, pending = case when k.wants = 1 then k.pending else resource.pending end,
       pending_sha = case when k.wants = 1 then k.inputs_sha else pending_sha end,
       pending_definition = case when k.wants = 1 then k.definition else pending_definition end,
       physical_id = case when k.finds = 1 then k.physical_id else resource.physical_id end, acted = coalesce(k.acted, resource.acted), updated_at = ?
     from @rows(id int, action text, reason text, token text, creates int, sleep int, inputs_sha text, host text, setting_id int, secret int, wants int, pending text, definition text, finds int, physical_id text, acted text) k
     where resource.id = k.id`,
    cx.wallTime,
    JSON.stringify(going.map(({ intent }) => doubtRow(cx, intent))),
  );
  for (const { intent, standing } of going) {
    cx.journal.add(standing.stack_id as StackId, {
      traversal: intent.claim.traversal,
      resourceId: intent.claim.resourceId,
      name: standing.name!,
      type: standing.type,
      physicalId: intent.found ? intent.found.physicalId : standing.physical_id,
      action: actionOf[intent.kind],
      status: 'IN_PROGRESS',
      reason: intent.reason,
    });
  }
}

function doubtRow({ vault }: ActContext, intent: Intent): SqlValue[] {
  const id = intent.claim.resourceId;
  const wants = intent.kind === 'create' || intent.kind === 'update';
  const pending = wants && intent.properties !== null;
  return [
    id,
    actionOf[intent.kind],
    intent.reason,
    intent.token,
    Number(intent.kind === 'create'),
    Number((intent.kind === 'suspend' || intent.kind === 'resume') && intent.isOtherwise !== true),
    intent.inputsSha,
    intent.host,
    intent.settingId,
    Number(intent.secret),
    Number(wants),
    pending ? vault.seal(intent.properties, intent.secret, placeOf(id, 'pending')) : null,
    intent.definition,
    Number(intent.found !== undefined),
    intent.found?.physicalId ?? null,
    intent.deed,
  ];
}
