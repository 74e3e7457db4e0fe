/** SUSPEND, RESUME and CHECK of one resource. What a type can't do is done at once, and says so. */
import { failure } from '../std/failure.ts';
import { type CallSubject, callProvider, look } from './call-provider.ts';
import { claimOf, operationClaim } from './claim-of.ts';
import type { Desk } from './desk.ts';
import { type Ending, endOperation, seenOutputs, stepOnTheWay } from './outcome.ts';
import type { Observation, ResourceType } from './ports/provider.ts';
import type { Intent, ResourcePatch, ResourceRow, Settlement, WorkItem } from './ports/store.ts';
import { keptSettings } from './provider-settings.ts';
import { secretsOf } from './redact.ts';
import { refusedIntent } from './refused-intent.ts';
import type { ResourceAction } from './states.ts';

export async function actOnResource(desk: Desk, item: WorkItem): Promise<Settlement | null> {
  const type = desk.types.findType(item.resource.type);
  const claim = claimOf(item);
  const done = (patch: ResourcePatch | null): Settlement => ({ kind: 'done', claim, patch, requirements: null });
  if (type === undefined)
    return {
      kind: 'failed',
      claim,
      patch: null,
      failure: failure('NO_TYPE', `no engine here offers the type ${item.resource.type}`),
    };
  if (item.action === 'CHECK') return checkResource(desk, item, type);
  const { resource } = item;
  const method = item.action === 'SUSPEND' ? type.suspend : type.resume;
  if (!stands(resource)) return { kind: 'failed', claim, patch: null, failure: failure('NOT_COMPLETE', howItIs(resource)) };
  if (resource.suspended === (item.action === 'SUSPEND')) return done(asItIs(resource, type));
  if (resource.external)
    return done({ action: item.action as ResourceAction, status: 'COMPLETE', reason: 'left alone: it was only adopted' });
  if (!method)
    return done(
      item.action === 'SUSPEND'
        ? { action: 'SUSPEND', status: 'COMPLETE', reason: nothingToSuspend(type) }
        : { action: 'RESUME', status: 'COMPLETE', reason: `${type.name} has nothing to resume` },
    );
  return callMethod(desk, item, type, method);
}

const stands = (row: ResourceRow): boolean =>
  isWhole(row) && !row.doubt && row.status !== 'IN_PROGRESS' && row.unhealthy === null;

const howItIs = ({ action, status, unhealthy }: ResourceRow): string =>
  unhealthy === null ? `it is ${action} ${status}` : `it is marked unhealthy (${unhealthy}): the next update replaces it`;

/** That it was not suspended or resumed as it was asked does not say that it is not whole. */
function isWhole({ status, action }: ResourceRow): boolean {
  return status === 'COMPLETE' || action === 'SUSPEND' || action === 'RESUME';
}

/** What is asleep says so, whatever was done to it in its sleep. */
function asItIs({ action, suspended }: ResourceRow, type: ResourceType): ResourcePatch | null {
  if (suspended !== true || action === 'SUSPEND') return null;
  return { action: 'SUSPEND', status: 'COMPLETE', reason: type.suspend ? 'suspended still' : nothingToSuspend(type) };
}

const nothingToSuspend = (type: ResourceType): string => `${type.name} has nothing to suspend`;

async function callMethod(
  desk: Desk,
  item: WorkItem,
  type: ResourceType,
  method: NonNullable<ResourceType['suspend']>,
  isOtherwise = false,
): Promise<Settlement | null> {
  const intent: Intent = { ...actionIntent(desk, item, type), isOtherwise };
  let claim = intent.claim;
  let operation = item.resource.operationNumber + 1;
  if (type.facts.effects) {
    const answer = await desk.intend(intent);
    if (answer.kind !== 'go') return refusedIntent(item, answer);
    claim = operationClaim(claim, answer.epoch);
    operation = answer.operationNumber;
  }
  const subject: CallSubject = {
    item,
    type,
    claim,
    token: intent.token,
    operation,
    properties: item.resource.properties ?? {},
    progress: null,
    deadline: intent.deadline,
    settings: keptSettings(desk, item.settings, type),
    secrets: secretsOf(item.resource),
  };
  return endOperation(
    actionEnding(desk, item, type, claim, intent),
    await callProvider(desk, subject, intent.kind as 'suspend' | 'resume', method),
  );
}

function actionIntent(desk: Desk, item: WorkItem, type: ResourceType): Intent {
  return {
    claim: claimOf(item),
    kind: item.action === 'SUSPEND' ? 'suspend' : 'resume',
    token: item.resource.token ?? desk.random.token(),
    properties: null,
    inputsSha: null,
    definition: null,
    secret: item.resource.secret,
    requirements: [],
    identity: null,
    host: null,
    settingId: item.resource.settingId,
    deadline: type.facts.timeoutMs === null ? null : desk.clock.now() + type.facts.timeoutMs,
    reason: `stack ${item.action}`,
    buryToken: null,
    deed: null,
  };
}

function actionEnding(desk: Desk, item: WorkItem, type: ResourceType, claim: Intent['claim'], intent: Intent): Ending {
  const { resource } = item;
  return {
    desk,
    claim,
    row: resource,
    type,
    kind: intent.kind,
    properties: resource.properties ?? {},
    inputsSha: resource.inputsSha,
    definitionSha: resource.definition,
    secret: resource.secret,
    requirements: null,
    reason: intent.reason,
    attempts: item.node?.attempts ?? 0,
    restrictedActions: [],
    intent,
  };
}

/** A suspended resource that can't be updated as it is, or that such a one requires. */
export function mustResume({ node, resource }: WorkItem): boolean {
  return node?.resume === true && resource.physicalId !== null && resource.suspended !== false;
}

/** It stays, and the stack is awake when the goal is reached. */
export function isToBeAwake({ stack, resource }: WorkItem): boolean {
  return !stack.suspended && resource.physicalId !== null && resource.suspended !== false && !resource.external;
}

/** Resumes it; then the node decides anew. `isOtherwise`: a look has shown that it is not as it is wanted, which being awake does not change. */
export async function resumeFirst(desk: Desk, item: WorkItem, isOtherwise = false): Promise<Settlement | null> {
  const type = desk.types.findType(item.resource.type);
  const claim = claimOf(item);
  if (!type?.resume || item.resource.external) {
    const patch: ResourcePatch = { action: 'RESUME', status: 'COMPLETE', reason: 'nothing to resume' };
    return { kind: 'again', claim, patch: isWhole(item.resource) && !isOtherwise ? patch : { ...patch, doubt: true } };
  }
  return stepOnTheWay(await callMethod(desk, { ...item, action: 'RESUME' }, type, type.resume, isOtherwise));
}

/** CHECK changes nothing in a provider: it reads, and records what it saw. */
async function checkResource(desk: Desk, item: WorkItem, type: ResourceType): Promise<Settlement | null> {
  const claim = claimOf(item);
  const { resource } = item;
  if (resource.doubt || resource.unhealthy !== null || (resource.status !== 'COMPLETE' && resource.action !== 'CHECK')) {
    return {
      kind: 'failed',
      claim,
      patch: null,
      failure: failure('NOT_COMPLETE', howItIs(resource)),
    };
  }
  const method = type.check ?? type.read;
  if (!method || resource.physicalId === null) {
    return {
      kind: 'done',
      claim,
      patch: {
        action: 'CHECK',
        status: 'COMPLETE',
        reason: `CHECK not supported for ${type.name}`,
      },
      requirements: null,
    };
  }
  const subject: CallSubject = {
    item,
    type,
    claim,
    token: resource.token ?? '',
    operation: resource.operationNumber,
    properties: resource.properties ?? {},
    progress: null,
    deadline: null,
    settings: keptSettings(desk, item.settings, type),
    secrets: secretsOf(item.resource),
  };
  const observation = await look(desk, subject, 'check', method);
  const wrong = complaint(type, item, observation) ?? sleepComplaint(type, item);
  if (wrong === null) {
    const outputs = observation.presence === 'present' ? seenOutputs(resource, observation) : {};
    const reason = outputs.revised ? 'as wanted; its outputs have changed' : 'as wanted';
    return { kind: 'done', claim, patch: { action: 'CHECK', status: 'COMPLETE', reason, ...outputs }, requirements: null };
  }
  return { kind: 'failed', claim, patch: { action: 'CHECK', status: 'FAILED', reason: wrong }, failure: failure('CHECK', wrong) };
}

/** What nobody can see: what was done last is believed. */
function sleepComplaint(type: ResourceType, { resource, stack }: WorkItem): string | null {
  if (resource.external || resource.suspended === stack.suspended || !(type.suspend || type.resume)) return null;
  if (resource.suspended === null) return `whether it is ${stack.suspended ? 'suspended' : 'awake'} is not known`;
  return resource.suspended ? 'it is suspended, and its stack is not' : 'it is awake, and its stack is suspended';
}

function complaint(type: ResourceType, item: WorkItem, observation: Observation): string | null {
  if (observation.presence === 'absent') return 'it is gone';
  if (observation.presence === 'unknown') return observation.reason;
  if (observation.healthy === false || observation.complete === false) return observation.reason ?? 'it is not healthy';
  const { properties, external } = item.resource;
  if (properties && !external && observation.properties && type.matches?.(observation.properties, properties) === false)
    return 'it differs from what was made';
  return null;
}
