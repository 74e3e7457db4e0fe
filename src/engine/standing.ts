/**
 * How a resource stands, as far as can be known: from its row, and from a look at the object where the row alone can't say.
 *
 * A crash is no failure: what is in doubt is looked at, and only what a look can't tell stays unknown. Pure; the look itself is work.ts.
 */
import type { Sha } from '../std/digest.ts';
import type { JsonMap } from '../std/json.ts';
import type { Observation, ResourceType } from './ports/provider.ts';
import type { ResourceRow } from './ports/store.ts';
import { tooNew } from './type-state.ts';

export type Seen = Extract<Observation, { presence: 'present' }>;

export type Standing =
  /** Nothing was ever begun. */
  | { readonly kind: 'unmade' }
  /** Nothing is there; `gone` when something was. */
  | { readonly kind: 'absent'; readonly gone: boolean }
  /** It stands with these properties. */
  | { readonly kind: 'whole'; readonly properties: JsonMap | null; readonly inputsSha: Sha | null; readonly seen: Seen | null }
  /** It stands, but was not finished or is broken. */
  | { readonly kind: 'half'; readonly reason: string; readonly seen: Seen | null }
  /** It stands, but how can't be said. */
  | { readonly kind: 'doubt'; readonly reason: string; readonly seen: Seen | null }
  /** Whether anything stands can't be said. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** A person says that it is broken. */
  | { readonly kind: 'unhealthy'; readonly reason: string };

export interface Wanted {
  readonly properties: JsonMap;
  readonly inputsSha: Sha;
}

/** Which look, if any, must come before a decision. */
export function lookNeeded(row: ResourceRow, type: ResourceType): 'find' | 'read' | null {
  if (row.unhealthy !== null || isUnmade(row) || !type.facts.effects) return null;
  if (row.status === 'COMPLETE' && !row.doubt && !row.unread) return null;
  if (row.physicalId !== null && type.read) return 'read';
  if (row.token !== null && type.find && (row.doubt || row.physicalId !== null)) return 'find';
  return null;
}

/** Why this engine can't take the look that must come first, and one with a newer version of the type can; null where it can, or none is needed. */
export function lookForNewer(row: ResourceRow, type: ResourceType): string | null {
  return lookNeeded(row, type) === null ? null : tooNew(row, type);
}

function isUnmade(row: ResourceRow): boolean {
  return row.physicalId === null && !row.doubt && (row.action === 'INIT' || row.token === null);
}

/**
 * A person said that this is the object, we did not make it, and it was never as a goal wanted it. What was recorded last does not say so: an
 * import may have failed or been marked since.
 */
export function isForeign(row: Pick<ResourceRow, 'token' | 'definition' | 'physicalId' | 'external' | 'nested'>): boolean {
  return row.physicalId !== null && row.token === null && row.definition === null && !row.external && !row.nested;
}

/** `wanted` is null when the resource is to go. */
export function standingOf(row: ResourceRow, type: ResourceType, look: Observation | null, wanted: Wanted | null): Standing {
  if (isUnmade(row)) return { kind: 'unmade' };
  if (row.unhealthy !== null) return { kind: 'unhealthy', reason: row.unhealthy };
  if (row.status === 'COMPLETE' && !row.doubt && look === null)
    return { kind: 'whole', properties: row.properties, inputsSha: row.inputsSha, seen: null };
  if (isAdopted(row) && !isUnderChange(row) && isCredible(look)) return adoptedStanding(row, type, look, wanted);
  if (look !== null) return seenStanding(row, type, look, wanted);
  return blindStanding(row, type, wanted !== null);
}

/** A person said that this is the object, whether we made it or not. */
export const isAdopted = (row: Pick<ResourceRow, 'action'> & Parameters<typeof isForeign>[0]): boolean =>
  row.action === 'ADOPT' || isForeign(row);

/** Of what was imported: to bring it into line was begun, and did not end well. */
const isUnderChange = (row: ResourceRow): boolean => row.action !== 'ADOPT' && row.pending !== null;

/** Nothing that was seen speaks against it. */
function isCredible(look: Observation | null): look is Seen | null {
  return look === null || (look.presence === 'present' && look.complete !== false && look.healthy !== false);
}

/**
 * A person said that this is the object: only what can be seen to differ is brought into line. Where its content can't be seen it is what we know of
 * it: as it was made or recorded, or, of an object that we know nothing of, as it is wanted. Whether a lost change reached it is not known then.
 */
function adoptedStanding(row: ResourceRow, type: ResourceType, look: Seen | null, wanted: Wanted | null): Standing {
  const seen: Seen = look ?? { presence: 'present', physicalId: row.physicalId ?? '' };
  const recorded = row.properties === null ? wanted : { properties: row.properties, inputsSha: row.inputsSha };
  const made = row.pending === null ? recorded : { properties: row.pending, inputsSha: row.pendingSha };
  if (made === null) return { kind: 'doubt', reason: 'adopted', seen };
  const matches = seen.properties === undefined ? undefined : type.matches?.(seen.properties, made.properties);
  if (matches === undefined && row.pending !== null && row.properties !== null)
    return { kind: 'doubt', reason: 'adopted, and whether it was changed is not known', seen };
  return matches === false ? { kind: 'doubt', reason: 'adopted, and not as wanted', seen } : { kind: 'whole', ...made, seen };
}

function seenStanding(row: ResourceRow, type: ResourceType, look: Observation, wanted: Wanted | null): Standing {
  if (look.presence === 'absent') return { kind: 'absent', gone: hasStood(row, type) };
  if (look.presence === 'unknown') {
    return row.physicalId === null || row.unread
      ? { kind: 'unknown', reason: look.reason }
      : { kind: 'doubt', reason: look.reason, seen: null };
  }
  if (look.complete === false || look.healthy === false)
    return { kind: 'half', reason: look.reason ?? 'only half made', seen: look };
  const matches = (properties: JsonMap | null | undefined): boolean | undefined =>
    properties && look.properties ? type.matches?.(look.properties, properties) : undefined;
  if (wanted && isSameObject(row, type, wanted) && matches(wanted.properties) === true)
    return { kind: 'whole', ...wanted, seen: look };
  if (matches(row.pending) === true) return { kind: 'whole', properties: row.pending, inputsSha: row.pendingSha, seen: look };
  if (row.action === 'CREATE' && row.properties === null && row.pending !== null && matches(row.pending) === undefined) {
    return { kind: 'whole', properties: row.pending, inputsSha: row.pendingSha, seen: look };
  }
  if (matches(row.properties) === true)
    return { kind: 'whole', properties: row.properties, inputsSha: row.inputsSha, seen: look };
  if (!row.doubt && row.properties !== null && matches(row.properties) === undefined)
    return { kind: 'whole', properties: row.properties, inputsSha: row.inputsSha, seen: look };
  return { kind: 'doubt', reason: 'what it is now could not be told from outside', seen: look };
}

/**
 * An id alone may be of an object that is still being made, and was listed late: create tells, where it honours its token. It is not where a person said
 * that the object stands.
 */
function hasStood(row: ResourceRow, { facts }: ResourceType): boolean {
  return row.physicalId !== null && (row.properties !== null || isAdopted(row) || !facts.idempotent);
}

/** What an object is called in the world need not be among what can be seen of it. */
function isSameObject(row: ResourceRow, type: ResourceType, wanted: Wanted): boolean {
  const made = row.properties ?? row.pending;
  return made === null || type.identity === undefined || type.identity(made) === type.identity(wanted.properties);
}

/** Nobody can look. */
function blindStanding(row: ResourceRow, type: ResourceType, wanted: boolean): Standing {
  const { facts } = type;
  if (!facts.effects)
    return row.physicalId === null
      ? { kind: 'unmade' }
      : { kind: 'doubt', reason: 'an operation on it did not end well', seen: null };
  if (row.physicalId === null) {
    if (!row.doubt) return { kind: 'absent', gone: false };
    // Making it again with its token finds out; but something that is to go can't be found out about that way.
    if (facts.idempotent && wanted) return { kind: 'absent', gone: false };
    return { kind: 'unknown', reason: `an answer was lost, and ${row.type} can't be looked for` };
  }
  if (!row.doubt && row.properties !== null)
    return { kind: 'whole', properties: row.properties, inputsSha: row.inputsSha, seen: null };
  if (row.properties === null) return { kind: 'half', reason: 'its making did not end well', seen: null };
  return { kind: 'doubt', reason: 'an operation on it did not end well', seen: null };
}
