/**
 * Going on with an operation that slept, or that its holder lost.
 *
 * A sleeping one is simply asked again. For a lost one the first act is to look for what was made; its truth is recorded and the operation
 * ends, and the node, if its goal still rules, decides anew. So a crash never makes anything twice and never replaces anything by itself.
 */
import { failure } from '../std/failure.ts';
import { type CallSubject, callProvider } from './call-provider.ts';
import { claimOf } from './claim-of.ts';
import { identityOf, lookAt } from './converge-resource.ts';
import { deletionEnding } from './delete-resource.ts';
import type { Desk } from './desk.ts';
import {
  cutOffPatch,
  type Ending,
  endDeletion,
  endOperation,
  failedPatch,
  leaveToNewer,
  madePatch,
  stepOnTheWay,
} from './outcome.ts';
import type { CallVerb } from './ports/observer.ts';
import type { Outcome, ProviderCall, ResourceType } from './ports/provider.ts';
import type { OperationRow, ResourcePatch, Settlement, WorkItem } from './ports/store.ts';
import { keptSettings } from './provider-settings.ts';
import { secretsOf } from './redact.ts';
import { lookForNewer, standingOf } from './standing.ts';
import { usedRequirement } from './used-requirement.ts';

export async function goOnWithOperation(desk: Desk, item: WorkItem): Promise<Settlement | null> {
  const operation = item.operation!;
  const type = desk.types.findType(item.resource.type);
  if (type === undefined)
    return {
      kind: 'sleep',
      claim: claimOf(item),
      wakeAt: desk.clock.now() + 60_000,
      progress: operation.progress,
      physicalId: null,
      reason: `no engine here offers ${item.resource.type}`,
      intent: null,
    };
  if (item.recover && type.facts.effects && operation.kind !== 'delete') return recover(desk, item, type, operation);
  if (operation.cancel && type.facts.interruptible && operation.kind !== 'delete')
    return interrupted(endingOfOperation(desk, item, type), 'interrupted: not wanted any more');
  if (operation.deadline !== null && operation.deadline <= desk.clock.now()) return timedOut(desk, item, type);
  return askAgain(desk, item, type, operation);
}

const makes = ({ kind }: OperationRow): boolean => kind === 'create' || kind === 'update' || kind === 'adopt';

function endingOfOperation(desk: Desk, item: WorkItem, type: ResourceType): Ending {
  const operation = item.operation!;
  if (operation.kind === 'delete') return { ...deletionEnding(desk, item, type, claimOf(item), null), begun: true };
  const properties = item.resource.pending ?? item.resource.properties ?? {};
  return {
    begun: true,
    desk,
    claim: claimOf(item),
    row: item.resource,
    type,
    kind: operation.kind,
    properties,
    ...(type.identity && makes(operation) ? { identity: identityOf(item.resource.host ?? desk.host, type, properties) } : {}),
    inputsSha: operation.inputsSha ?? item.resource.inputsSha,
    definitionSha: operation.definition ?? item.resource.definition,
    secret: item.resource.secret,
    requirements: null,
    reason: item.resource.reason,
    attempts: item.node?.attempts ?? 0,
    restrictedActions: item.asked.restrictedActions,
    intent: null,
  };
}

async function askAgain(desk: Desk, item: WorkItem, type: ResourceType, operation: OperationRow): Promise<Settlement | null> {
  const ending = endingOfOperation(desk, item, type);
  const subject: CallSubject = {
    item,
    type,
    claim: ending.claim,
    token: operation.token,
    operation: operation.number,
    properties: ending.properties,
    progress: operation.progress,
    deadline: operation.deadline,
    settings: keptSettings(desk, item.settings, type),
    secrets: secretsOf(item.resource),
  };
  if (operation.kind === 'delete')
    return endDeletion(ending, await callProvider(desk, subject, 'delete', (call) => type.delete!(call)));
  const settlement = endOperation(ending, await callProvider(desk, subject, verbOf(operation), methodFor(type, operation)));
  if (operation.kind === 'resume' && item.node?.phase === 'converge') return stepOnTheWay(settlement);
  return settlement?.kind === 'done' ? { ...settlement, requirements: item.node === null ? null : usedByNode(item) } : settlement;
}

function methodFor(type: ResourceType, operation: OperationRow): (call: ProviderCall) => Promise<Outcome> {
  switch (operation.kind) {
    case 'update':
      return (call) => type.update!(call);
    case 'suspend':
      return (call) => type.suspend!(call);
    case 'resume':
      return (call) => type.resume!(call);
    default:
      return (call) => type.create(call);
  }
}

function verbOf({ kind }: OperationRow): CallVerb {
  return kind === 'adopt' || kind === 'check' ? 'create' : kind;
}

/** While its goal rules, what it requires is what it was given. */
function usedByNode(item: WorkItem): Extract<Settlement, { kind: 'done' }>['requirements'] {
  if (item.definition === null) return null;
  return item.definition.requires.flatMap((name) => {
    const required = item.required.get(name);
    return required ? [usedRequirement(required)] : [];
  });
}

async function recover(desk: Desk, item: WorkItem, type: ResourceType, operation: OperationRow): Promise<Settlement | null> {
  const ending = endingOfOperation(desk, item, type);
  if (operation.kind === 'suspend' || operation.kind === 'resume') return interrupted(ending, lostWith(operation));
  const row = { ...item.resource, unhealthy: null, doubt: true };
  const newer = lookForNewer(row, type);
  if (newer !== null)
    return leaveToNewer(desk, item, ending.claim, cutOffPatch(ending, `${lostWith(operation)}; ${newer}`), newer);
  const seen = await lookAt(desk, { ...item, resource: row }, type, null);
  const standing = standingOf(row, type, seen, null);
  const again = (patch: ResourcePatch, buryToken: string | null = null): Settlement => ({
    kind: 'again',
    claim: ending.claim,
    patch,
    buryToken,
  });
  const lost = lostWith(operation);
  switch (standing.kind) {
    case 'whole':
      return again(
        standing.properties === item.resource.pending && standing.properties !== null
          ? {
              ...madePatch(
                { ...ending, reason: 'found after its engine was lost' },
                standing.seen ?? { physicalId: row.physicalId ?? '' },
              ),
              ...stillToCome(operation),
            }
          : { ...failedPatch(ending, `${lost}; it is as before`, false), doubt: false, late: operation.kind === 'update' },
      );
    case 'absent':
      // It had been made, so its token is spent: a provider may remember it.
      if (standing.gone)
        return again(
          { ...failedPatch(ending, `${lost}; it is gone`, false), physicalId: null, token: null, identity: null },
          item.resource.token,
        );
      return again({ ...failedPatch(ending, `${lost}; nothing was made`, false), ...nothingMade(type) });
    case 'unmade':
      return again({ ...failedPatch(ending, `${lost}; nothing was made`, false), ...nothingMade(type) });
    case 'unknown': {
      const reason = `${lost}; whether it was made is not known (${standing.reason}); say so with: setpoint resolve`;
      return {
        kind: 'failed',
        claim: ending.claim,
        patch: { ...cutOffPatch(ending, reason), status: 'UNKNOWN' },
        failure: failure('UNKNOWN', reason),
      };
    }
    default:
      return again({
        ...cutOffPatch(ending, `${lost}; ${standing.reason}`),
        ...(standing.kind !== 'unhealthy' && standing.seen ? { physicalId: standing.seen.physicalId } : {}),
      });
  }
}

const lostWith = ({ kind }: OperationRow): string => `its engine was lost while ${kind} was under way`;

/**
 * That an object is as the lost update was to make it does not say that the update has arrived: an earlier one may have made it so, or its making. One that
 * arrives late begins anew what takes several rounds, and nobody ends it. So it is sent once more, which fences what was lost.
 */
const stillToCome = ({ kind }: OperationRow): Pick<ResourcePatch, 'doubt' | 'late'> =>
  kind === 'update' ? { doubt: true, late: true } : {};

const nothingMade = (type: ResourceType): Pick<ResourcePatch, 'doubt' | 'physicalId'> => ({
  doubt: type.facts.idempotent && !type.find,
  physicalId: null,
});

/** Of a call to suspend or to resume nothing can be seen; the next one fences it. */
function interrupted(ending: Ending, reason: string): Settlement {
  return { kind: 'again', claim: ending.claim, patch: failedPatch(ending, reason, true) };
}

function timedOut(desk: Desk, item: WorkItem, type: ResourceType): Settlement {
  const ending = endingOfOperation(desk, item, type);
  return {
    kind: 'failed',
    claim: ending.claim,
    patch: failedPatch(ending, 'Timed out', true),
    failure: failure('TIMEOUT', 'Timed out'),
  };
}
