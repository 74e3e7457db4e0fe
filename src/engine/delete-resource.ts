/**
 * Deleting what no goal wants: never what is to be retained or was only adopted (I-19), never without knowing its id, and what can't be
 * known is said to be unknown.
 */
import { failure } from '../std/failure.ts';
import { type CallSubject, callProvider } from './call-provider.ts';
import { claimOf, operationClaim } from './claim-of.ts';
import { lookAt } from './converge-resource.ts';
import type { Desk } from './desk.ts';
import { type Ending, endDeletion, leaveToNewer } from './outcome.ts';
import type { ResourceType } from './ports/provider.ts';
import type { Intent, Settlement, WorkItem } from './ports/store.ts';
import { keptSettings } from './provider-settings.ts';
import { secretsOf } from './redact.ts';
import { refusedIntent } from './refused-intent.ts';
import { lookForNewer, standingOf } from './standing.ts';

export async function deleteResource(desk: Desk, item: WorkItem): Promise<Settlement | null> {
  const claim = claimOf(item);
  const { resource } = item;
  if (resource.external) return { kind: 'gone', claim, reason: 'left alone: it was only adopted', buryToken: null };
  if (resource.deletionPolicy === 'retain')
    return { kind: 'gone', claim, reason: 'retained by its deletion policy', buryToken: null };
  const type = desk.types.findType(resource.type);
  if (type === undefined) return failedDeletion(item, 'NO_TYPE', `no engine here offers the type ${resource.type}`, 'FAILED');
  if (resource.physicalId === null) {
    // What a person says of its health is no reason not to look whether it is there.
    const row = { ...resource, unhealthy: null };
    const newer = lookForNewer(row, type);
    if (newer !== null) return leaveToNewer(desk, item, claim, null, newer);
    const standing = standingOf(row, type, await lookAt(desk, { ...item, resource: row }, type, null), null);
    switch (standing.kind) {
      case 'unmade':
      case 'absent':
        return type.facts.effects || !type.delete
          ? { kind: 'gone', claim, reason: 'was not made', buryToken: resource.token }
          : performDelete(desk, item, type, null);
      case 'unknown':
        return failedDeletion(
          item,
          'UNKNOWN',
          `whether it was made is not known (${standing.reason}); say so with: setpoint resolve`,
          'UNKNOWN',
        );
      default:
        return performDelete(desk, item, type, ('seen' in standing ? standing.seen?.physicalId : null) ?? null);
    }
  }
  return performDelete(desk, item, type, resource.physicalId);
}

function failedDeletion(item: WorkItem, code: string, message: string, status: 'FAILED' | 'UNKNOWN'): Settlement {
  return {
    kind: 'failed',
    claim: claimOf(item),
    patch: { action: 'DELETE', status, reason: message },
    failure: failure(code, message),
  };
}

async function performDelete(
  desk: Desk,
  item: WorkItem,
  type: ResourceType,
  physicalId: string | null,
): Promise<Settlement | null> {
  const { resource } = item;
  if (!type.delete) return { kind: 'gone', claim: claimOf(item), reason: 'nothing to delete', buryToken: null };
  const intent = deleteIntent(desk, item, type, physicalId);
  if (!type.facts.effects) return callDelete(desk, item, type, intent, intent.claim, resource.operationNumber + 1);
  const answer = await desk.intend(intent);
  if (answer.kind !== 'go') return refusedIntent(item, answer);
  return callDelete(desk, item, type, intent, operationClaim(intent.claim, answer.epoch), answer.operationNumber);
}

function deleteIntent(desk: Desk, item: WorkItem, type: ResourceType, physicalId: string | null): Intent {
  const { resource } = item;
  return {
    claim: claimOf(item),
    kind: 'delete',
    token: resource.token ?? desk.random.token(),
    properties: null,
    inputsSha: null,
    definition: null,
    secret: resource.secret,
    requirements: [],
    identity: null,
    host: null,
    settingId: resource.settingId,
    deadline: type.facts.timeoutMs === null ? null : desk.clock.now() + type.facts.timeoutMs,
    reason: reasonToDelete(item),
    ...(physicalId !== resource.physicalId ? { found: { physicalId } } : {}),
    buryToken: null,
    deed: null,
  };
}

function reasonToDelete({ purpose, resource }: WorkItem): string {
  if (purpose === 'victim') return 'to make room for its replacement';
  return resource.replacedBy === null ? 'not part of the goal any more' : `replaced by version ${resource.replacedBy}`;
}

async function callDelete(
  desk: Desk,
  item: WorkItem,
  type: ResourceType,
  intent: Intent,
  claim: Intent['claim'],
  operation: number,
): Promise<Settlement | null> {
  const subject: CallSubject = {
    item,
    type,
    claim,
    token: intent.token,
    operation,
    properties: item.resource.properties ?? item.resource.pending ?? {},
    progress: item.operation?.progress ?? null,
    deadline: intent.deadline,
    settings: keptSettings(desk, item.settings, type),
    secrets: secretsOf(item.resource),
    ...(intent.found ? { physicalId: intent.found.physicalId } : {}),
  };
  const result = await callProvider(desk, subject, 'delete', (call) => type.delete!(call));
  return endDeletion(deletionEnding(desk, item, type, claim, intent), result);
}

export function deletionEnding(
  desk: Desk,
  item: WorkItem,
  type: ResourceType,
  claim: Intent['claim'],
  intent: Intent | null,
): Ending {
  return {
    desk,
    claim,
    row: item.resource,
    type,
    kind: 'delete',
    properties: item.resource.properties ?? {},
    inputsSha: null,
    definitionSha: null,
    secret: item.resource.secret,
    requirements: null,
    reason: intent?.reason ?? item.resource.reason,
    attempts: item.node?.attempts ?? 0,
    restrictedActions: [],
    intent,
  };
}
