/**
 * Decides what is to be done with a resource: a value that names the decision and its reason, which goes into the event.
 *
 * Pure, no I/O, so that the preview runs the very same function: what it says is what would happen. It deliberately knows nothing of
 * versions, graphs or engines.
 */

import { type Failure, failure } from '../std/failure.ts';
import { type JsonMap, sameJson } from '../std/json.ts';
import type { Restriction } from '../template/resource-rules.ts';
import type { ResourceType } from './ports/provider.ts';
import type { ResourceRow, Sibling } from './ports/store.ts';
import { isAdopted, isForeign, type Standing, type Wanted } from './standing.ts';

export type Decision =
  | { readonly kind: 'nothing'; readonly reason: string }
  /** It was looked at and is what is wanted: record that, call nobody. */
  | { readonly kind: 'keep'; readonly reason: string }
  | { readonly kind: 'create'; readonly reason: string; readonly newToken: boolean }
  | { readonly kind: 'update'; readonly reason: string; readonly changed: readonly string[] }
  | { readonly kind: 'replace'; readonly reason: string; readonly deleteFirst: boolean }
  | { readonly kind: 'reuse'; readonly reason: string; readonly sibling: Sibling }
  | { readonly kind: 'fail'; readonly failure: Failure };

export interface DecideInput {
  readonly row: Pick<
    ResourceRow,
    | 'type'
    | 'forced'
    | 'late'
    | 'token'
    | 'tokenSha'
    | 'action'
    | 'physicalId'
    | 'external'
    | 'nested'
    | 'deletionPolicy'
    | 'definition'
    | 'properties'
    | 'pending'
  >;
  readonly standing: Standing;
  /** The type that is wanted. */
  readonly type: ResourceType;
  readonly wanted: Wanted;
  /** Property names whose wanted value can't be known yet (previews). */
  readonly unknown?: ReadonlySet<string>;
  readonly siblings: readonly Sibling[];
  /** What the wanted object and the present one are called in the world. */
  readonly sameIdentity: boolean;
  /** It was made with provider settings of another name. */
  readonly otherProvider: boolean;
  /** What the environment forbids to do to it. */
  readonly restrictedActions: readonly Restriction[];
}

/**
 * Why the resource must become another version because of whose its object is: what is adopted by external_id is never ours to change, and
 * what is ours is not given away. Null when that is no question.
 */
export function changesOwner(
  row: Pick<ResourceRow, 'external' | 'physicalId' | 'token' | 'doubt' | 'type'>,
  type: string,
  externalId: string | null,
): string | null {
  const begun = row.physicalId !== null || row.token !== null || row.doubt;
  if (externalId === null) return row.external ? `it adopts ${row.physicalId} no more` : null;
  if (row.type !== type) return typeChangeText(row.type, type);
  if (!begun || (row.external && row.physicalId === externalId)) return null;
  return `it adopts ${externalId}`;
}

type Owned = Parameters<typeof changesOwner>[0] & Pick<ResourceRow, 'definition' | 'nested' | 'forced'>;

/** What is decided where that is a question; null where it is none. */
export function decideOwner(
  row: Owned,
  type: string,
  externalId: string | null,
  restrictedActions: readonly Restriction[],
): Extract<Decision, { kind: 'replace' | 'fail' }> | null {
  const reason = changesOwner(row, type, externalId);
  if (reason === null) return null;
  if (isRestricted('replace', row, restrictedActions))
    return { kind: 'fail', failure: failure('RESTRICTED', restrictedText('replace')) };
  if (!row.external && externalId !== null && row.physicalId === externalId && row.type === type)
    return {
      kind: 'fail',
      failure: failure(
        'OWN_OBJECT',
        `${externalId} is its own object, and giving it up would delete it: setpoint forget lets it go first`,
      ),
    };
  return refuseUnasked(row) ?? { kind: 'replace', reason, deleteFirst: false };
}

/** An object that was imported, and never was as a goal wants it, is not given up for another one unasked: it would be deleted. Null where it may be. */
export function refuseUnasked(
  row: Parameters<typeof isForeign>[0] & Pick<ResourceRow, 'forced'>,
): Extract<Decision, { kind: 'fail' }> | null {
  return isForeign(row) && row.forced === null ? importDiffers('would be given up for another one') : null;
}

export const typeChangeText = (from: string, to: string): string => `its type changes from ${from} to ${to}`;

/** As Heat words it. */
export function restrictedText(action: Restriction): string {
  return `${action} is restricted for resource.`;
}

/** Whether it is forbidden: never to a resource that did not stand yet, whose making is only being finished. */
export function isRestricted(
  action: Restriction,
  row: Pick<ResourceRow, 'definition'>,
  restrictedActions: readonly Restriction[],
): boolean {
  return row.definition !== null && restrictedActions.includes(action);
}

export function decide(input: DecideInput): Decision {
  const decision = decideAlone(input);
  const { row, restrictedActions } = input;
  if ((decision.kind === 'update' || decision.kind === 'replace') && isRestricted(decision.kind, row, restrictedActions))
    return { kind: 'fail', failure: failure('RESTRICTED', restrictedText(decision.kind)) };
  if (decision.kind !== 'replace') return decision;
  const unasked = input.standing.kind === 'unhealthy' ? null : refuseUnasked(row);
  if (unasked !== null) return unasked;
  const sibling = input.siblings.find((s) => s.type === input.type.name && s.inputsSha === input.wanted.inputsSha);
  if (sibling && input.row.forced === null)
    return { kind: 'reuse', sibling, reason: `version ${sibling.resourceId} is already what is wanted` };
  if (decision.deleteFirst && input.row.deletionPolicy === 'retain') {
    return {
      kind: 'fail',
      failure: failure(
        'RETAINED',
        `it must be deleted before its replacement can be made (${decision.reason}), but its deletion policy is retain`,
      ),
    };
  }
  return decision;
}

function decideAlone(input: DecideInput): Decision {
  const { standing, row, type } = input;
  if (standing.kind === 'unknown')
    return {
      kind: 'fail',
      failure: failure('UNKNOWN', `whether it was made is not known (${standing.reason}); say so with: setpoint resolve`),
    };
  const elsewhere = madeElsewhere(input);
  if (elsewhere !== null && standing.kind !== 'unmade') return replace(input, elsewhere);
  switch (standing.kind) {
    case 'unmade':
      return row.type === type.name ? create(input, 'new') : replace(input, typeChangeText(row.type, type.name));
    case 'absent':
      if (isForeign(row)) return { kind: 'fail', failure: importMissing };
      return create(input, standing.gone ? 'it is gone' : 'it was not made');
    case 'unhealthy':
      return replace(input, `marked unhealthy: ${standing.reason}`);
    case 'half':
      return half(input, standing.reason);
    case 'doubt':
      return doubt(input, standing);
    case 'whole':
      return whole(input, standing);
  }
}

/** Why what was begun can be nothing that is wanted; where nothing was, the version may still be made elsewhere. */
function madeElsewhere({ row, type, otherProvider }: DecideInput): string | null {
  if (row.type !== type.name) return typeChangeText(row.type, type.name);
  return otherProvider ? 'it belongs to other provider settings' : null;
}

const replace = (input: DecideInput, reason: string): Decision => ({
  kind: 'replace',
  reason,
  deleteFirst: (input.type.facts.replace === 'delete-first' && input.row.type === input.type.name) || input.sameIdentity,
});

/**
 * A token serves one decision: never other inputs, never an object that is gone; and where it would make two objects, a single call: a lost one may
 * still arrive, and is looked for by its own token.
 */
function create({ row, type, standing, wanted }: DecideInput, reason: string): Decision {
  const gone = standing.kind === 'absent' && standing.gone;
  const spent = row.token === null || gone || row.tokenSha !== wanted.inputsSha || !type.facts.idempotent;
  return { kind: 'create', reason, newToken: spent };
}

function half(input: DecideInput, reason: string): Decision {
  if (input.row.forced !== null) return replace(input, input.row.forced);
  if (isForeign(input.row)) return importDiffers(`is not whole (${reason})`);
  if (input.type.facts.halfMade === 'resume' && input.row.tokenSha === input.wanted.inputsSha)
    return { kind: 'create', reason: `to be finished: ${reason}`, newToken: false };
  return replace(input, reason);
}

function doubt(input: DecideInput, { reason, seen }: Extract<Standing, { kind: 'doubt' }>): Decision {
  const { row, type } = input;
  if (row.forced !== null) return replace(input, row.forced);
  const otherwise = notInPlace(input, row.properties ?? row.pending);
  const fixed = isAdopted(row) && seen !== null ? seenDifferences(input, seen.properties ?? {}) : [];
  if (fixed.length > 0) return adoptedOtherwise(input, fixed);
  if (type.update && otherwise === null) return { kind: 'update', reason, changed: [] };
  if (otherwise?.kind === 'fail') return otherwise;
  if (isAdopted(row)) return adopted(input, reason, seen !== null);
  return otherwise ?? replace(input, reason);
}

/** Why what was made of these properties can't become what is wanted by an update, and what is done then; null where it can, or nothing is known. */
function notInPlace(input: DecideInput, before: JsonMap | null): Decision | null {
  if (before === null) return null;
  const { type, wanted } = input;
  const unknown = input.unknown ?? new Set<string>();
  const changed = changedProperties(before, wanted.properties, unknown);
  const immutable = changed.filter((name) => type.properties[name]?.immutable);
  if (immutable.length > 0) return { kind: 'fail', failure: failure('IMMUTABLE', `${immutable.join(', ')} must not change`) };
  const replacing = changed.filter((name) => (type.properties[name]?.update ?? 'replace') === 'replace');
  if (replacing.length > 0) return replace(input, `${replacing.join(', ')} can't change in place`);
  const own = changed.length > 0 && unknown.size === 0 ? (type.replaceReason?.(before, wanted.properties) ?? null) : null;
  return own === null ? null : replace(input, own);
}

/**
 * A person said that this is the object, and it can't be brought into line. Of our own making (it has the token it was asked for with), it is
 * replaced as any other would be; an object that was imported is never deleted unasked.
 */
function adopted(input: DecideInput, reason: string, wasSeen: boolean): Decision {
  if (!wasSeen) return { kind: 'fail', failure: failure('NOT_READ', `the adopted object can't be read: ${reason}`) };
  return isForeign(input.row) ? importDiffers("is not as wanted and can't be updated") : replace(input, reason);
}

function adoptedOtherwise(input: DecideInput, names: readonly string[]): Decision {
  const how = `${names.join(', ')}, which can't change in place`;
  return isForeign(input.row) ? importDiffers(`differs in ${how}`) : replace(input, `it differs in ${how}`);
}

/** Another one is not made in its place: whoever imports means an object that is there. */
const importMissing = failure(
  'IMPORT_MISSING',
  'the object to be imported is not there: setpoint forget, then import the right one, or let it be made',
);

function importDiffers(how: string): Extract<Decision, { kind: 'fail' }> {
  const advice = 'describe it as it is, let it go with: setpoint forget, or ask for its replacement with: setpoint replace';
  return { kind: 'fail', failure: failure('IMPORT_DIFFERS', `the imported object ${how}: ${advice}`) };
}

/** Of what its type can't change in place, what the object visibly has otherwise: the type itself compares, for it knows how things are spelled out there. */
function seenDifferences({ type, wanted }: DecideInput, seen: JsonMap): string[] {
  return Object.keys(seen).filter((name) => {
    const schema = type.properties[name];
    if (schema === undefined || (!schema.immutable && (schema.update ?? 'replace') !== 'replace')) return false;
    return type.matches?.({ ...wanted.properties, [name]: seen[name]! }, wanted.properties) === false;
  });
}

function whole(input: DecideInput, standing: Extract<Standing, { kind: 'whole' }>): Decision {
  const { row, type, wanted } = input;
  if (row.forced !== null) return replace(input, row.forced);
  const unknown = input.unknown ?? new Set<string>();
  const before = standing.properties ?? {};
  const isSame = unknown.size === 0 && standing.inputsSha === wanted.inputsSha;
  const otherwise = isSame ? null : notInPlace(input, before);
  if (otherwise !== null) return otherwise;
  if (row.late && type.update) return { kind: 'update', reason: 'a lost update may still arrive', changed: [] };
  const changed = isSame ? [] : changedProperties(before, wanted.properties, unknown);
  if (changed.length === 0) return settled(standing, 'nothing to change');
  if (!type.update) return replace(input, `${type.name} can't be updated in place`);
  return { kind: 'update', reason: `${changed.join(', ')} changed`, changed };
}

function settled(standing: Extract<Standing, { kind: 'whole' }>, reason: string): Decision {
  return standing.seen === null ? { kind: 'nothing', reason } : { kind: 'keep', reason: 'found as wanted' };
}

/** Names whose values differ, or may differ. */
export function changedProperties(before: JsonMap, after: JsonMap, unknown: ReadonlySet<string>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after), ...unknown]);
  return [...names].filter((name) => unknown.has(name) || !sameJson(before[name] ?? null, after[name] ?? null)).sort();
}
