/** From SQL rows to the port's rows, and back: the one place that knows columns, 0/1 booleans and sealed texts. */

import type {
  EngineId,
  EventRow,
  GoalRow,
  NodeRow,
  OperationRow,
  ResourceId,
  ResourcePatch,
  ResourceRow,
  StackId,
  StackRow,
  TraversalRow,
} from '../engine/ports/store.ts';
import { priorityOf } from '../engine/priorities.ts';
import type { Sha } from '../std/digest.ts';
import type { Json, JsonMap } from '../std/json.ts';
import type { Hook } from '../template/resource-rules.ts';
import type { SqlRow, SqlValue } from './sql.ts';
import type { Vault } from './vault.ts';

type Column = SqlValue | undefined;
const int = (value: Column): number => Number(value);
const intOrNull = (value: Column): number | null => (value === null || value === undefined ? null : Number(value));
const text = (value: Column): string => String(value);
/** Kept as words. */
const toHooks = (value: Column): readonly Hook[] =>
  text(value)
    .split(' ')
    .filter((word) => word !== '') as Hook[];
const textOrNull = (value: Column): string | null => (value === null || value === undefined ? null : String(value));

export function toStack(row: SqlRow): StackRow {
  return {
    id: int(row['id']) as StackId,
    uuid: text(row['uuid']),
    tenant: text(row['tenant']),
    name: text(row['name']),
    rootId: int(row['root_id']) as StackId,
    parentId: intOrNull(row['parent_id']) as StackId | null,
    parentResource: intOrNull(row['parent_resource']) as ResourceId | null,
    depth: int(row['depth']),
    goal: int(row['goal']),
    completeGoal: intOrNull(row['complete_goal']),
    traversal: int(row['traversal']),
    action: text(row['action']) as StackRow['action'],
    status: text(row['status']) as StackRow['status'],
    reason: text(row['reason']),
    rollback: row['rollback'] === 1,
    timeoutMs: intOrNull(row['timeout_ms']),
    suspended: row['suspended'] === 1,
    priority: priorityOf(int(row['priority'])),
    change: int(row['change']),
    eventSeq: int(row['event_seq']),
    createdAt: int(row['created_at']),
    updatedAt: intOrNull(row['updated_at']),
    deletedAt: intOrNull(row['deleted_at']),
  };
}

type SleepColumns = { readonly [column in 'action' | 'status' | 'suspended' | 'nested']?: SqlValue };

/** By the action, where that tells; by the column otherwise. What an engine of before schema version 11 did to it only the action tells. */
export function isSuspended({ action, status, suspended, nested }: SleepColumns): boolean | null {
  if (nested === 1) return false;
  if (action === 'SUSPEND' || action === 'RESUME') return status === 'COMPLETE' ? action === 'SUSPEND' : null;
  return suspended === 2 ? null : suspended === 1;
}

/** The associated data of a sealed column of a resource. */
export function placeOf(resourceId: number, column: string): string {
  return `resource/${resourceId}/${column}`;
}

export function toResource(row: SqlRow, vault: Vault): ResourceRow {
  const id = int(row['id']) as ResourceId;
  const open = (column: string): Json => {
    const value = row[column];
    return typeof value === 'string' ? vault.open(value, placeOf(id, column)) : null;
  };
  return {
    id,
    stackId: int(row['stack_id']) as StackId,
    name: text(row['name']),
    type: text(row['type']),
    host: textOrNull(row['host']),
    settingId: intOrNull(row['setting_id']),
    physicalId: textOrNull(row['physical_id']),
    reference: open('reference') as string | null,
    action: text(row['action']) as ResourceRow['action'],
    status: text(row['status']) as ResourceRow['status'],
    reason: text(row['reason']),
    definition: textOrNull(row['definition']) as Sha | null,
    inputsSha: textOrNull(row['inputs_sha']) as Sha | null,
    revision: int(row['revision']),
    attributes: open('attributes') as JsonMap,
    properties: open('properties') as JsonMap | null,
    pending: open('pending') as JsonMap | null,
    pendingSha: textOrNull(row['pending_sha']) as Sha | null,
    pendingDefinition: textOrNull(row['pending_definition']) as Sha | null,
    state: open('state'),
    schemaVersion: int(row['schema_version']),
    marked: intOrNull(row['marked']),
    doubt: row['doubt'] === 1,
    unread: row['unread'] === 1,
    unhealthy: textOrNull(row['unhealthy']),
    forced: textOrNull(row['forced']),
    late: row['late'] === 1,
    suspended: isSuspended(row),
    token: textOrNull(row['token']),
    tokenSha: textOrNull(row['token_sha']) as Sha | null,
    operationNumber: int(row['operation_number']),
    replaces: intOrNull(row['replaces']) as ResourceId | null,
    replacedBy: intOrNull(row['replaced_by']) as ResourceId | null,
    deletionPolicy: text(row['deletion_policy']),
    external: row['external'] === 1,
    nested: row['nested'] === 1,
    acted: textOrNull(row['acted']) as ResourceRow['acted'],
    taken: textOrNull(row['taken']) as Sha | null,
    secret: row['secret'] === 1,
    createdAt: int(row['created_at']),
    updatedAt: intOrNull(row['updated_at']),
  };
}

export function toNode(row: SqlRow): NodeRow {
  return {
    stackId: int(row['stack_id']) as StackId,
    traversal: int(row['traversal']),
    id: int(row['id']),
    phase: text(row['phase']) as NodeRow['phase'],
    resourceId: int(row['resource_id']) as ResourceId,
    state: text(row['state']) as NodeRow['state'],
    unmet: int(row['unmet']),
    awaits: row['awaits'] === 1,
    attempts: int(row['attempts']),
    replacements: int(row['replacements']),
    wakeAt: intOrNull(row['wake_at']),
    engineId: textOrNull(row['engine_id']) as EngineId | null,
    epoch: int(row['epoch']),
    resume: row['resume'] === 1,
    victim: intOrNull(row['victim']) as ResourceId | null,
    child: intOrNull(row['child']),
    hook: textOrNull(row['hook']) as NodeRow['hook'],
    subject: textOrNull(row['subject']),
    cleared: toHooks(row['cleared']),
    deed: textOrNull(row['deed']) as NodeRow['deed'],
    reason: text(row['reason']),
  };
}

export function toOperation(row: SqlRow, vault: Vault): OperationRow {
  const resourceId = int(row['resource_id']) as ResourceId;
  return {
    resourceId,
    stackId: int(row['stack_id']) as StackId,
    traversal: int(row['traversal']),
    nodeId: int(row['node_id']),
    kind: text(row['kind']) as OperationRow['kind'],
    token: text(row['token']),
    number: int(row['number']),
    epoch: int(row['epoch']),
    state: text(row['state']) as OperationRow['state'],
    engineId: textOrNull(row['engine_id']) as EngineId | null,
    wakeAt: intOrNull(row['wake_at']),
    deadline: intOrNull(row['deadline']),
    progress: vault.open(text(row['progress']), placeOf(resourceId, 'progress')),
    cancel: row['cancel'] === 1,
    definition: textOrNull(row['definition']) as Sha | null,
    inputsSha: textOrNull(row['inputs_sha']) as Sha | null,
    startedAt: int(row['started_at']),
    reason: text(row['reason']),
  };
}

export function toTraversal(row: SqlRow): TraversalRow {
  return {
    stackId: int(row['stack_id']) as StackId,
    number: int(row['number']),
    goal: int(row['goal']),
    action: text(row['action']) as TraversalRow['action'],
    state: text(row['state']) as TraversalRow['state'],
    rollback: row['rollback'] === 1,
    rollbackOf: intOrNull(row['rollback_of']),
    then: textOrNull(row['then_action']) as TraversalRow['then'],
    convergeLeft: int(row['converge_left']),
    asideLeft: int(row['aside_left']),
    cleanupLeft: int(row['cleanup_left']),
    actionLeft: int(row['action_left']),
    failures: int(row['failures']),
    held: row['held'] === 1,
    nodes: int(row['nodes']),
    deadline: intOrNull(row['deadline']),
    startedAt: int(row['started_at']),
    endedAt: intOrNull(row['ended_at']),
    reason: text(row['reason']),
  };
}

export function toGoal(row: SqlRow, vault: Vault): GoalRow {
  const stackId = int(row['stack_id']) as StackId;
  const number = int(row['number']);
  return {
    stackId,
    number,
    sha: text(row['sha']) as Sha,
    action: text(row['action']) as GoalRow['action'],
    rollbackOf: intOrNull(row['rollback_of']),
    traversal: int(row['traversal']),
    description: text(row['description']),
    parameters: vault.open(text(row['parameters']), `goal/${stackId}/parameters`) as JsonMap,
    hidden: JSON.parse(text(row['hidden'])) as string[],
    immutable: JSON.parse(text(row['immutable'])) as string[],
    outputs: vault.open(text(row['outputs']), `goal/${stackId}/outputs`) as unknown as GoalRow['outputs'],
    outcome: text(row['outcome']) as GoalRow['outcome'],
    requestedAt: int(row['requested_at']),
    completedAt: intOrNull(row['completed_at']),
  };
}

export function toEvent(row: SqlRow): EventRow {
  return {
    stackId: int(row['stack_id']) as StackId,
    seq: int(row['seq']),
    at: int(row['at']),
    traversal: int(row['traversal']),
    resourceId: intOrNull(row['resource_id']) as ResourceId | null,
    name: text(row['name']),
    type: text(row['type']),
    physicalId: textOrNull(row['physical_id']),
    action: text(row['action']),
    status: text(row['status']),
    reason: text(row['reason']),
  };
}

/** The columns that a patch writes, with their values, for one resource. */
export function patchColumns(
  resourceId: ResourceId,
  patch: ResourcePatch,
  secret: boolean,
  vault: Vault,
): [column: string, value: SqlValue][] {
  const columns: [string, SqlValue][] = [
    ['action', patch.action],
    ['status', patch.status],
    ['reason', patch.reason],
  ];
  const seal = (column: string, value: Json | null | undefined) => {
    if (value !== undefined)
      columns.push([
        column,
        value === null && column !== 'state' ? null : vault.seal(value, secret, placeOf(resourceId, column)),
      ]);
  };
  const plain = (column: string, value: SqlValue | boolean | undefined) => {
    if (value !== undefined) columns.push([column, typeof value === 'boolean' ? Number(value) : value]);
  };
  plain('physical_id', patch.physicalId);
  seal('reference', patch.reference);
  seal('attributes', patch.attributes);
  seal('properties', patch.properties);
  plain('inputs_sha', patch.inputsSha);
  plain('definition', patch.definition);
  seal('state', patch.state);
  plain('schema_version', patch.schemaVersion);
  plain('doubt', patch.doubt);
  plain('secret', patch.secret);
  plain('host', patch.host);
  plain('setting_id', patch.settingId);
  plain('unhealthy', patch.unhealthy);
  plain('external', patch.external);
  plain('late', patch.late);
  if (patch.action === 'SUSPEND' || patch.action === 'RESUME')
    plain('suspended', patch.status === 'COMPLETE' ? patch.action === 'SUSPEND' : 2);
  plain('acted', patch.acted);
  if (patch.pending === null) columns.push(['pending', null], ['pending_sha', null], ['pending_definition', null]);
  if (patch.forced === null) columns.push(['forced', null]);
  if (patch.token !== undefined) columns.push(['token', patch.token]);
  if (patch.token === null) columns.push(['token_sha', null]);
  return columns;
}
