/**
 * From what a provider call gave to the settlement of its claim.
 *
 * The patch says the truth about the object whatever goal rules by now; whether anything follows from it in the graph is for the store's
 * fence to say.
 */

import type { Sha } from '../std/digest.ts';
import { failure } from '../std/failure.ts';
import { type Json, type JsonMap, sameJson } from '../std/json.ts';
import type { Restriction } from '../template/resource-rules.ts';
import { backoffMs } from './backoff.ts';
import type { CallResult } from './call-provider.ts';
import { isRestricted, refuseUnasked, restrictedText } from './decide.ts';
import type { Desk } from './desk.ts';
import type { DeleteOutcome, Made, Outcome, ResourceType } from './ports/provider.ts';
import type { Claim, Intent, ResourcePatch, ResourceRow, Settlement, UsedRequirement, WorkItem } from './ports/store.ts';
import type { OperationKind, ResourceAction } from './states.ts';
import { keptState } from './type-state.ts';

/** An operation's end, seen from the one who made the call. */
export interface Ending {
  readonly desk: Desk;
  readonly claim: Claim;
  readonly row: ResourceRow;
  readonly type: ResourceType;
  readonly kind: OperationKind;
  readonly properties: JsonMap;
  /** What the object is called with these properties, null for nothing; absent where that does not change. */
  readonly identity?: string | null;
  /** Of the provider settings that it is made with; absent where that does not change. */
  readonly settingId?: number | null;
  readonly inputsSha: Sha | null;
  readonly definitionSha: Sha | null;
  readonly secret: boolean;
  /** What the resource will be recorded to require; null leaves the record as it is. */
  readonly requirements: readonly UsedRequirement[] | null;
  readonly reason: string;
  /** Attempts of the node so far. */
  readonly attempts: number;
  /** An earlier call with this token may have changed something, whatever this one says of itself. */
  readonly begun?: boolean;
  /** What the environment forbids to do to it. */
  readonly restrictedActions: readonly Restriction[];
  /** To be recorded if the operation goes to sleep and there is none yet. */
  readonly intent: Intent | null;
}

const actionOf: { readonly [kind in OperationKind]: ResourceAction } = {
  create: 'CREATE',
  update: 'UPDATE',
  delete: 'DELETE',
  suspend: 'SUSPEND',
  resume: 'RESUME',
  check: 'CHECK',
  adopt: 'ADOPT',
};

export function endOperation(ending: Ending, result: CallResult<Outcome>): Settlement | null {
  if (result.kind !== 'answer') return endBadly(ending, result);
  const { answer } = result;
  switch (answer.kind) {
    case 'done':
      return {
        kind: 'done',
        claim: ending.claim,
        patch: isSleep(ending) ? actedPatch(ending, answer) : madePatch(ending, answer),
        requirements: ending.requirements,
      };
    case 'ask-again':
      return sleepUntil(ending, answer.afterMs, answer.progress, answer.physicalId ?? null, answer.reason);
    case 'replace-me':
      return isSleep(ending) ? toBeReplaced(ending, answer.reason) : replaceMe(ending, answer.reason);
  }
}

/** It is half changed by now, so it stays in doubt, whether another version is made of it or may not be. */
function replaceMe(ending: Ending, reason: string): Settlement {
  const { claim, row, type } = ending;
  const action = actionOf[ending.kind];
  const patch: ResourcePatch = {
    action,
    status: 'FAILED',
    reason: `asks to be replaced: ${reason}`,
    doubt: type.facts.effects,
    inputsSha: null,
  };
  if (isRestricted('replace', row, ending.restrictedActions)) {
    const forbidden = `${restrictedText('replace')} It asks for it: ${reason}`;
    return { kind: 'failed', claim, patch: { ...patch, reason: forbidden }, failure: failure('RESTRICTED', forbidden) };
  }
  const unasked = refuseUnasked(row);
  if (unasked !== null) return { kind: 'failed', claim, patch, failure: unasked.failure };
  const deleteFirst = type.facts.replace === 'delete-first' || keepsIdentity(ending);
  return { kind: 'replace', claim, patch, reason, type: type.name, deleteFirst, deletionPolicy: row.deletionPolicy };
}

const toReplace = 'TO_BE_REPLACED';

/** Nothing new is made by suspending a stack, or by waking it: the next goal that wants the resource makes it anew. */
function toBeReplaced(ending: Ending, reason: string): Settlement {
  const message = `it asks to be replaced: ${reason}`;
  const patch: ResourcePatch = { ...failedPatch(ending, message, true), unhealthy: message };
  return { kind: 'failed', claim: ending.claim, patch, failure: failure(toReplace, `${message}; the next update does it`) };
}

/** To wake what is to be changed is a step on the way: its node decides anew, also that it is to be replaced. */
export function stepOnTheWay(settlement: Settlement | null): Settlement | null {
  const goesOn = settlement?.kind === 'done' || (settlement?.kind === 'failed' && settlement.failure.code === toReplace);
  return goesOn && settlement.patch ? { kind: 'again', claim: settlement.claim, patch: settlement.patch } : settlement;
}

/** Its replacement is to be called what it is called itself, so that the two can't stand at once. */
function keepsIdentity({ type, row, properties }: Ending): boolean {
  const wanted = type.identity?.(properties) ?? null;
  return wanted !== null && wanted === type.identity?.(row.properties ?? properties);
}

export function endDeletion(ending: Ending, result: CallResult<DeleteOutcome>): Settlement | null {
  if (result.kind !== 'answer') return endBadly(ending, result);
  if (result.answer.kind === 'deleted')
    return { kind: 'gone', claim: ending.claim, reason: ending.reason, buryToken: ending.row.token };
  return sleepUntil(ending, result.answer.afterMs, result.answer.progress, null, result.answer.reason);
}

function sleepUntil(ending: Ending, afterMs: number, progress: Json, physicalId: string | null, reason?: string): Settlement {
  return {
    kind: 'sleep',
    claim: ending.claim,
    wakeAt: ending.desk.clock.now() + Math.max(0, afterMs),
    progress,
    physicalId,
    reason: reason ?? ending.reason,
    intent: ending.claim.operation ? null : ending.intent,
  };
}

/** It was made with a token of its own, or in place of one that was to be finished and is gone: what was kept about a former one is not about it. */
const isAnother = ({ kind, intent, row }: Ending, { physicalId }: Made): boolean =>
  kind === 'create' && ((intent !== null && intent.token !== row.token) || (row.physicalId ?? physicalId) !== physicalId);

/** The object is what was wanted. */
export function madePatch(ending: Ending, made: Made): ResourcePatch {
  const { row, kind } = ending;
  const fresh = kind === 'create' || kind === 'adopt';
  const attributes = made.attributes ?? (fresh ? {} : row.attributes);
  const reference = made.reference ?? (fresh ? null : row.reference);
  const revised = row.revision === 0 || made.physicalId !== row.physicalId || changesOutputs(row, { attributes, reference });
  return {
    action: actionOf[kind],
    status: 'COMPLETE',
    reason: ending.reason,
    physicalId: made.physicalId,
    reference,
    attributes,
    properties: ending.properties,
    inputsSha: ending.inputsSha,
    definition: ending.definitionSha,
    ...keptState(row, ending.type, isAnother(ending, made) ? { ...made, state: made.state ?? null } : made),
    pending: null,
    doubt: false,
    secret: ending.secret || row.secret,
    ...(ending.identity === undefined ? {} : { identity: ending.identity }),
    ...(ending.settingId === undefined ? {} : { settingId: ending.settingId }),
    ...(fresh && row.unhealthy !== null ? { unhealthy: null } : {}),
    ...(row.late ? { late: false } : {}),
    ...(kind === 'create' && row.forced !== null ? { forced: null } : {}),
    revised,
  };
}

/** Suspending and resuming say nothing of what the object is made of. */
const isSleep = ({ kind }: Pick<Ending, 'kind'>): boolean => kind === 'suspend' || kind === 'resume';

function actedPatch({ row, kind, type, reason }: Ending, made: Made): ResourcePatch {
  const attributes = made.attributes ?? row.attributes;
  const reference = made.reference ?? row.reference;
  const revised = made.physicalId !== row.physicalId || changesOutputs(row, { attributes, reference });
  return {
    action: actionOf[kind],
    status: 'COMPLETE',
    reason,
    physicalId: made.physicalId,
    reference,
    attributes,
    ...keptState(row, type, made),
    ...(row.late ? { late: false } : {}),
    revised,
  };
}

const changesOutputs = (row: ResourceRow, { attributes, reference }: Pick<ResourceRow, 'attributes' | 'reference'>): boolean =>
  reference !== row.reference || !sameJson(attributes, row.attributes);

/** What a look saw of a whole object's outputs, where they are not what is recorded; what it does not tell stays as it was. */
export function seenOutputs(row: ResourceRow, seen: Made): Pick<ResourcePatch, 'attributes' | 'reference' | 'revised'> {
  const outputs = { attributes: seen.attributes ?? row.attributes, reference: seen.reference ?? row.reference };
  return changesOutputs(row, outputs) ? { ...outputs, revised: true } : {};
}

function endBadly(ending: Ending, result: Exclude<CallResult<unknown>, { kind: 'answer' }>): Settlement | null {
  const { claim, desk } = ending;
  if (result.kind === 'aborted') return endAborted(ending, result);
  const changed = result.changed !== false || ending.begun === true;
  const patch = failedPatch(ending, result.message, changed);
  if (result.retry === 'later') {
    const wakeAt = desk.clock.now() + backoffMs(ending.attempts, result.afterMs, desk.random);
    return { kind: 'retry', claim, patch, wakeAt, failure: failure('PROVIDER', result.message, 'later') };
  }
  return { kind: 'failed', claim, patch, failure: failure('PROVIDER', result.message) };
}

/** What only an engine with a newer version of the type could know is no reason to know nothing: it is tried again, by whoever comes. */
export function leaveToNewer(desk: Desk, item: WorkItem, claim: Claim, patch: ResourcePatch | null, newer: string): Settlement {
  const wakeAt = desk.clock.now() + backoffMs(item.node?.attempts ?? 0, null, desk.random);
  return { kind: 'retry', claim, patch, wakeAt, failure: failure('TOO_NEW', newer, 'later') };
}

function endAborted(ending: Ending, result: Extract<CallResult<unknown>, { kind: 'aborted' }>): Settlement | null {
  switch (result.why) {
    case 'lost':
    case 'stopping':
      return null;
    case 'deadline':
      return {
        kind: 'failed',
        claim: ending.claim,
        patch: cutOffPatch(ending, 'Timed out'),
        failure: failure('TIMEOUT', 'Timed out'),
      };
    case 'cancelled':
      return { kind: 'again', claim: ending.claim, patch: cutOffPatch(ending, 'interrupted: not wanted any more') };
  }
}

/** What was asked for may still reach the provider. */
export function cutOffPatch(ending: Pick<Ending, 'kind' | 'type' | 'row'>, reason: string): ResourcePatch {
  return { ...failedPatch(ending, reason, true), ...(ending.kind === 'update' ? { late: true } : {}) };
}

export function failedPatch(ending: Pick<Ending, 'kind' | 'type' | 'row'>, reason: string, changed: boolean): ResourcePatch {
  if (isSleep(ending)) return { action: actionOf[ending.kind], status: 'FAILED', reason };
  const doubt = changed && ending.type.facts.effects;
  return { action: actionOf[ending.kind], status: 'FAILED', reason, doubt: doubt || (ending.row.doubt && changed) };
}
