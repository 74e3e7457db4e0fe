/** Bringing one resource to what the goal says of it: look, decide, intend, call. */
import { digest, type Sha } from '../std/digest.ts';
import type { Failure } from '../std/failure.ts';
import { canonicalJson, type Json, type JsonMap, sameJson } from '../std/json.ts';
import type { Definition } from '../template/definition.ts';
import { evaluate, FunctionError } from '../template/evaluate.ts';
import type { Outputs, Scope } from '../template/expression.ts';
import type { PropertySchema } from '../template/property-schema.ts';
import { resolveProperties } from '../template/resolve-properties.ts';
import { type CallSubject, callProvider, look } from './call-provider.ts';
import { claimOf, operationClaim } from './claim-of.ts';
import { type Decision, decide, decideOwner, typeChangeText } from './decide.ts';
import type { Desk, ProviderSettings } from './desk.ts';
import { type Ending, endOperation, leaveToNewer, madePatch } from './outcome.ts';
import type { Observation, ResourceType, TypeRegistry } from './ports/provider.ts';
import type {
  Intent,
  Namesake,
  RequiredOutputs,
  ResourcePatch,
  ResourceRow,
  Settlement,
  UsedRequirement,
  WorkItem,
} from './ports/store.ts';
import { isElsewhere, isPlaced, keptSettings, lackOfSettings, wantedSettings } from './provider-settings.ts';
import { addSecretTexts, redact, secretsOf } from './redact.ts';
import { failedNode, refusedIntent } from './refused-intent.ts';
import { isToBeAwake, mustResume, resumeFirst } from './stack-action.ts';
import { lookForNewer, lookNeeded, type Seen, type Standing, standingOf, type Wanted } from './standing.ts';
import { usedRequirement } from './used-requirement.ts';

/** What is wanted of a resource, with everything it was worked out from. */
export interface Target extends Wanted {
  readonly type: ResourceType;
  readonly definitionSha: Sha;
  readonly secret: boolean;
  readonly secrets: ReadonlySet<string>;
  readonly requirements: readonly UsedRequirement[];
  readonly settings: ProviderSettings | null;
  readonly identity: string | null;
  readonly externalId: string | null;
  readonly deletionPolicy: string;
}

export async function convergeResource(desk: Desk, item: WorkItem): Promise<Settlement | null> {
  const claim = claimOf(item);
  const target = resolveTarget(desk, item);
  if ('message' in target) {
    const present = target.code === 'NO_TYPE' ? desk.types.findType(item.resource.type) : undefined;
    return present ? leaveType(desk, item, item.definition!, present) : failedNode(item, target.code, target.message);
  }
  const presentType = desk.types.findType(item.resource.type) ?? target.type;
  const otherOwner = decideOwner(item.resource, target.type.name, target.externalId, item.asked.restrictedActions);
  if (otherOwner?.kind === 'fail') return failedNode(item, otherOwner.failure.code, otherOwner.failure.message);
  if (otherOwner !== null) return replaceWith(item, target, otherOwner.reason, false);
  if (target.externalId !== null) return adoptExternal(desk, item, target);
  const newer = lookForNewer(item.resource, presentType);
  if (newer !== null) return leaveToNewer(desk, item, claim, null, newer);
  const observation = await lookAt(desk, item, presentType, target);
  const standing = standingOf(item.resource, presentType, observation, target);
  const decision = decide({
    row: item.resource,
    standing,
    type: target.type,
    wanted: target,
    siblings: item.siblings,
    sameIdentity: sameIdentity(desk, item, presentType, target),
    otherProvider: isElsewhere(item, target.settings),
    restrictedActions: item.asked.restrictedActions,
  });
  if ((isToBeAwake(item) || mustResume(item)) && keepsObject(decision, standing))
    return resumeFirst(desk, item, decision.kind !== 'nothing' && decision.kind !== 'keep');
  switch (decision.kind) {
    case 'nothing':
      return { kind: 'done', claim, patch: unchangedPatch(item.resource, target), requirements: target.requirements };
    case 'keep':
      return {
        kind: 'done',
        claim,
        patch: keptPatch(desk, item, target, seenOf(standing), decision.reason),
        requirements: target.requirements,
      };
    case 'replace':
      return replaceWith(item, target, decision.reason, decision.deleteFirst);
    case 'reuse':
      return {
        kind: 'reuse',
        claim,
        sibling: decision.sibling.resourceId,
        inputsSha: decision.sibling.inputsSha,
        reason: decision.reason,
      };
    case 'fail':
      return failedAt(item, target, decision.failure);
    default:
      return carryOut(desk, item, target, standing, decision);
  }
}

/** Where an imported object was looked for is remembered, whatever came of it. */
function failedAt(item: WorkItem, { settings }: Target, { code, message }: Failure): Settlement {
  return failedNode(item, code, message, isPlaced(item.resource) ? {} : { settingId: settings?.id ?? null });
}

/** Making what is half made with its token finishes the object that stands. */
function keepsObject({ kind }: Decision, standing: Standing): boolean {
  return kind === 'nothing' || kind === 'keep' || kind === 'update' || (kind === 'create' && standing.kind === 'half');
}

/**
 * It is to have a type that this engine does not offer, unlike the one that it has: another version, for whoever does. Nothing that could be known of
 * that type would change it.
 */
async function leaveType(
  desk: Desk,
  item: WorkItem,
  { type, deletionPolicy }: Definition,
  present: ResourceType,
): Promise<Settlement> {
  const wanted = { properties: {}, inputsSha: '' as Sha };
  const decision = decide({
    row: item.resource,
    standing: standingOf(item.resource, present, await lookAt(desk, item, present, null), wanted),
    type: { ...present, name: type },
    wanted,
    siblings: [],
    sameIdentity: false,
    otherProvider: false,
    restrictedActions: item.asked.restrictedActions,
  });
  if (decision.kind === 'fail') return failedNode(item, decision.failure.code, decision.failure.message);
  const reason = typeChangeText(item.resource.type, type);
  return { kind: 'replace', claim: claimOf(item), patch: null, reason, type, deleteFirst: false, deletionPolicy };
}

function replaceWith(item: WorkItem, target: Target, reason: string, deleteFirst: boolean): Settlement {
  const { type, deletionPolicy } = target;
  return { kind: 'replace', claim: claimOf(item), patch: null, reason, type: type.name, deleteFirst, deletionPolicy };
}

const seenOf = (standing: Standing): Seen | null => ('seen' in standing ? standing.seen : null);

// ── the target ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Resolves a definition against the outputs of what it requires; a problem when it can't be. */
export function resolveTarget(desk: Desk, item: WorkItem): Target | { readonly code: string; readonly message: string } {
  const { definition, definitionSha } = item;
  if (definition === null || definitionSha === null) return { code: 'NO_DEFINITION', message: 'the goal does not declare it' };
  const type = desk.types.findType(definition.type);
  if (type === undefined) return { code: 'NO_TYPE', message: `no engine here offers the type ${definition.type}` };
  const missing = definition.requires.find((name) => !item.required.has(name));
  if (missing !== undefined) return { code: 'NO_REQUIREMENT', message: `${missing}, which it requires, does not exist` };
  const lacking = lackOfSettings(desk, type, definition.provider, item.settings);
  if (lacking !== null) return { code: 'NO_SETTINGS', message: lacking };
  const settings = wantedSettings(desk, type, definition.provider, item.settings);
  const resolved = resolveWanted(desk, type, definition, scopeOf(item.required, desk.types));
  if ('message' in resolved) return resolved;
  if (settings) addSecretTexts(resolved.secrets, settings.values);
  return {
    ...resolved,
    type,
    definitionSha,
    requirements: definition.requires.map((name) => usedRequirement(item.required.get(name)!)),
    settings,
    identity: identityOf(desk.host, type, resolved.properties),
    externalId: definition.externalId,
    deletionPolicy: definition.deletionPolicy,
  };
}

export interface Resolved extends Wanted {
  readonly secret: boolean;
  readonly secrets: Set<string>;
  /** Properties whose values are not known before something else is made (previews). */
  readonly unknown: ReadonlySet<string>;
}

/** What a definition comes to, as far as it is known what it uses. */
export function resolveWanted(
  desk: Pick<Desk, 'digestKey'>,
  type: ResourceType,
  definition: Definition,
  scope: Scope,
): Resolved | { readonly code: string; readonly message: string } {
  try {
    const { properties, problems, ...resolved } = resolveProperties(definition, type, scope);
    const secrets = new Set(resolved.secrets);
    if (problems.length > 0) {
      return {
        code: 'PROPERTY',
        message: problems.map((p) => redact(`Property error: ${p.path}: ${p.message}`, secrets)).join('; '),
      };
    }
    // What it uses may be a secret of a type that whoever wrote the goal did not know.
    const secret = definition.secret || secrets.size > 0 || holdsSecrets(type, properties);
    const key = secret ? desk.digestKey : null;
    const unknown = resolved.unknownFrom.length === 0 ? none : unknownProperties(definition, scope);
    return { properties, inputsSha: inputsSha(type.name, properties, definition.provider, key), secret, secrets, unknown };
  } catch (thrown) {
    if (thrown instanceof FunctionError)
      return { code: 'FUNCTION', message: redact(thrown.message, new Set(definition.secretTexts)) };
    throw thrown;
  }
}

const none: ReadonlySet<string> = new Set();

/** Those whose values are not known before something else is made. */
export function unknownProperties({ properties }: Definition, scope: Scope): ReadonlySet<string> {
  const known = ([, expression]: [string, Json]): boolean => evaluate(expression, scope).unknownFrom.length === 0;
  return new Set(Object.entries(properties).flatMap((entry) => (known(entry) ? [] : [entry[0]])));
}

/** Of the values that an object is made from; keyed when one of them is a secret. */
export function inputsSha(type: string, properties: JsonMap, provider: string | null, key: Uint8Array | null): Sha {
  return digest(canonicalJson({ type, properties, provider }), key);
}

const secretOutputs = new WeakMap<ResourceType, boolean>();

/** A secret comes out of it, or one went in: a sensitive property that is more than its default. */
function holdsSecrets(type: ResourceType, properties: JsonMap): boolean {
  let known = secretOutputs.get(type);
  if (known === undefined) {
    known = type.facts.sensitiveReference || Object.values(type.attributes).some((a) => a.sensitive);
    secretOutputs.set(type, known);
  }
  return known || Object.entries(type.properties).some(([name, schema]) => schema.sensitive && isGiven(schema, properties[name]));
}

function isGiven(schema: PropertySchema, value: Json | undefined): boolean {
  return value !== undefined && value !== null && !sameJson(value, (schema.default ?? null) as Json);
}

/** Unique over the database: the family, the machine where the object is bound to one, and what the type says. */
export function identityOf(host: string, type: ResourceType, properties: JsonMap): string | null {
  const own = type.identity?.(properties) ?? null;
  return own === null ? null : `${type.facts.provider}|${type.facts.hostBound ? host : ''}|${own}`;
}

/** Of a type whose objects are called something; others hold no identities to be let go. */
const calledNow = ({ type, identity }: Pick<Target, 'type' | 'identity'>): Pick<Ending, 'identity'> =>
  type.identity ? { identity } : {};

function sameIdentity(desk: Desk, item: WorkItem, presentType: ResourceType, target: Target): boolean {
  const before = item.resource.properties ?? item.resource.pending;
  return (
    target.identity !== null &&
    before !== null &&
    identityOf(item.resource.host ?? desk.host, presentType, before) === target.identity
  );
}

export function scopeOf(required: ReadonlyMap<string, RequiredOutputs>, types: TypeRegistry): Scope {
  const cache = new Map<string, Outputs>();
  return {
    findOutputs(name) {
      let known = cache.get(name);
      const outputs = required.get(name);
      if (!known && outputs) {
        known = toOutputs(outputs, types);
        cache.set(name, known);
      }
      return known;
    },
  };
}

export function toOutputs(
  outputs: Pick<RequiredOutputs, 'type' | 'reference' | 'attributes' | 'secret' | 'inside'>,
  types: TypeRegistry,
): Outputs {
  const type = types.findType(outputs.type);
  const sensitive = Object.entries(type?.attributes ?? {})
    .filter(([, a]) => a.sensitive)
    .map(([name]) => name);
  const all = outputs.secret && sensitive.length === 0 && !type?.facts.sensitiveReference;
  return {
    reference: outputs.reference,
    attributes: outputs.attributes,
    secret: all ? '*' : sensitive,
    secretReference: type?.facts.sensitiveReference ?? false,
    ...(outputs.inside === undefined ? {} : { inside: scopeWithin(outputs.inside, types) }),
  };
}

function scopeWithin(inside: ReadonlyMap<string, RequiredOutputs>, types: TypeRegistry): NonNullable<Outputs['inside']> {
  const { findOutputs } = scopeOf(inside, types);
  return { get: findOutputs };
}

// ── looking and recording ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is known of what it is to be, where it is to be anything. */
type Sought = Pick<Target, 'properties' | 'settings' | 'secrets'>;

export async function lookAt(desk: Desk, item: WorkItem, type: ResourceType, target: Sought | null): Promise<Observation | null> {
  const method = lookNeeded(item.resource, type);
  if (method === null) return null;
  const { resource } = item;
  const subject: CallSubject = {
    item,
    type,
    claim: claimOf(item),
    token: resource.token ?? '',
    operation: resource.operationNumber,
    properties: resource.pending ?? resource.properties ?? target?.properties ?? {},
    progress: item.operation?.progress ?? null,
    deadline: null,
    settings: target === null || isPlaced(resource) ? keptSettings(desk, item.settings, type) : target.settings,
    secrets: target?.secrets ?? secretsOf(item.resource),
  };
  return look(desk, subject, method);
}

function unchangedPatch(row: ResourceRow, target: Target): ResourcePatch | null {
  if (row.status !== 'COMPLETE') {
    return {
      action: row.action,
      status: 'COMPLETE',
      reason: 'as wanted',
      definition: target.definitionSha,
      pending: null,
      doubt: false,
      ...calledNow(target),
    };
  }
  if (row.definition === target.definitionSha && !row.unread && row.acted === null) return null;
  return { action: row.action, status: row.status, reason: row.reason, definition: target.definitionSha, silent: true };
}

function keptPatch(desk: Desk, item: WorkItem, target: Target, seen: Seen | null, reason: string): ResourcePatch {
  const { resource } = item;
  const kind = resource.action === 'UPDATE' ? 'update' : resource.action === 'ADOPT' ? 'adopt' : 'create';
  const ending = endingOf(desk, item, target, kind, reason, null);
  return { ...madePatch(ending, { physicalId: resource.physicalId ?? '', ...seen }), token: resource.token };
}

// ── doing ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function carryOut(
  desk: Desk,
  item: WorkItem,
  target: Target,
  standing: Standing,
  decision: Extract<Decision, { kind: 'create' | 'update' }>,
): Promise<Settlement | null> {
  const inTheWay = decision.kind === 'create' ? findInTheWay(item, target.type) : undefined;
  if (inTheWay !== undefined)
    return { kind: 'take-over', claim: claimOf(item), holder: inTheWay.resourceId, reason: 'in its place' };
  const intent = intentFor(desk, item, target, standing, decision);
  const begun = isUnsure(item.resource, target.type, standing, intent);
  const call = (claim: Intent['claim'], operation: number) =>
    callAndSettle(desk, item, target, decision, { intent, claim, operation, begun });
  if (!target.type.facts.effects) return doneNow(await call(intent.claim, item.resource.operationNumber + 1));
  const answer = await desk.intend(intent);
  if (answer.kind !== 'go') return refusedIntent(item, answer);
  const claim = operationClaim(intent.claim, answer.epoch);
  return doneNow(await call(claim, answer.operationNumber));
}

/** What an earlier call did is not known, and nobody has seen it. */
function isUnsure(resource: ResourceRow, type: ResourceType, standing: Standing, intent: Intent): boolean {
  if (isUnlisted(intent) && !type.find) return true;
  return resource.doubt && (standing.kind === 'doubt' || lookNeeded(resource, type) === null);
}

/**
 * Of a type that can't exist twice: another version of its name that stands is taken again, and one whose deletion has begun goes, before anything
 * is made. Not where making it is what finds out whether it was made already.
 */
function findInTheWay({ namesakes, resource }: WorkItem, type: ResourceType): Namesake | undefined {
  if (type.facts.replace !== 'delete-first' || (resource.doubt && !type.find)) return undefined;
  return namesakes.find((version) => version.type === type.name);
}

const doneNow = (settlement: Settlement | null): Settlement | null =>
  settlement?.kind === 'done' ? { ...settlement, did: true } : settlement;

function intentFor(
  desk: Desk,
  item: WorkItem,
  target: Target,
  standing: Standing,
  decision: Extract<Decision, { kind: 'create' | 'update' }>,
): Intent {
  const { resource } = item;
  const fresh = decision.kind === 'create' && decision.newToken;
  const seen = seenOf(standing);
  return {
    claim: claimOf(item),
    kind: decision.kind,
    token: fresh ? desk.random.token() : (resource.token ?? desk.random.token()),
    properties: target.properties,
    inputsSha: target.inputsSha,
    definition: target.definitionSha,
    secret: target.secret,
    requirements: target.requirements,
    identity: target.identity,
    host: target.type.facts.hostBound ? desk.host : null,
    settingId: target.settings?.id ?? null,
    deadline: target.type.facts.timeoutMs === null ? null : desk.clock.now() + target.type.facts.timeoutMs,
    reason: decision.reason,
    ...foundNow(resource, standing, seen),
    buryToken: fresh ? resource.token : null,
    deed: deedInHand(item),
  };
}

/** An object of a known id was looked for and not there, and its token goes on: where nobody can ask by it, whether it was made stays open. */
const isUnlisted = ({ kind, found, buryToken }: Intent): boolean =>
  kind === 'create' && found?.physicalId === null && buryToken === null;

function foundNow(resource: ResourceRow, standing: Standing, seen: Seen | null): { found?: { physicalId: string | null } } {
  if (standing.kind === 'absent' && resource.physicalId !== null) return { found: { physicalId: null } };
  return seen !== null && seen.physicalId !== resource.physicalId ? { found: { physicalId: seen.physicalId } } : {};
}

interface Begun {
  readonly intent: Intent;
  readonly claim: Intent['claim'];
  readonly operation: number;
  /** Whatever the call says of itself, an earlier one may have changed something. */
  readonly begun: boolean;
}

async function callAndSettle(
  desk: Desk,
  item: WorkItem,
  target: Target,
  decision: Extract<Decision, { kind: 'create' | 'update' }>,
  { intent, claim, operation, begun }: Begun,
): Promise<Settlement | null> {
  const { type } = target;
  const subject: CallSubject = {
    item,
    type,
    claim,
    token: intent.token,
    operation,
    properties: target.properties,
    progress: null,
    deadline: intent.deadline,
    settings: target.settings,
    secrets: target.secrets,
    ...(intent.found ? { physicalId: intent.found.physicalId } : {}),
    fresh: decision.kind === 'create' && decision.newToken,
  };
  const result = await callProvider(desk, subject, decision.kind, (call) =>
    decision.kind === 'create' ? type.create(call) : type.update!(call),
  );
  return endOperation({ ...endingOf(desk, item, target, decision.kind, decision.reason, intent), claim, begun }, result);
}

export function endingOf(
  desk: Desk,
  item: WorkItem,
  target: Target,
  kind: Ending['kind'],
  reason: string,
  intent: Intent | null,
): Ending {
  return {
    desk,
    claim: claimOf(item),
    row: item.resource,
    type: target.type,
    kind,
    properties: target.properties,
    settingId: target.settings?.id ?? null,
    ...calledNow(target),
    inputsSha: target.inputsSha,
    definitionSha: target.definitionSha,
    secret: target.secret,
    requirements: target.requirements,
    reason,
    attempts: item.node?.attempts ?? 0,
    restrictedActions: item.asked.restrictedActions,
    intent,
  };
}

/** What a converge node is about, to be kept with what it begins. */
export function deedInHand({ asked }: WorkItem): Intent['deed'] {
  return asked.deed === 'delete' ? null : asked.deed;
}

/** external_id: the object exists already and is never ours to change or delete. */
async function adoptExternal(desk: Desk, item: WorkItem, target: Target): Promise<Settlement | null> {
  const { resource } = item;
  if (resource.status === 'COMPLETE' && resource.external && !isElsewhere(item, target.settings))
    return { kind: 'done', claim: claimOf(item), patch: unchangedPatch(resource, target), requirements: target.requirements };
  const made = await lookAtExternal(desk, item, target);
  if ('missing' in made) return failedNode(item, 'EXTERNAL_ID', made.missing);
  const patch: ResourcePatch = {
    ...madePatch(endingOf(desk, item, target, 'adopt', 'adopted by external_id', null), made),
    external: true,
  };
  return {
    kind: 'done',
    claim: claimOf(item),
    patch: resource.action === 'INIT' ? patch : { ...patch, action: 'CHECK' },
    requirements: target.requirements,
  };
}

/** The object that is to be adopted by its id, as far as it can be seen; or why it can't be adopted. */
export async function lookAtExternal(
  desk: Desk,
  item: WorkItem,
  { type, properties, settings, secrets, externalId }: Sought & Pick<Target, 'type' | 'externalId'>,
): Promise<{ readonly physicalId: string } | { readonly missing: string }> {
  const physicalId = externalId!;
  if (!type.read) return { physicalId };
  const subject: CallSubject = {
    item,
    type,
    claim: claimOf(item),
    token: '',
    operation: 0,
    properties,
    progress: null,
    deadline: null,
    settings,
    secrets,
    physicalId,
  };
  const seen = await look(desk, subject, 'read');
  if (seen.presence === 'present') return { ...seen, physicalId };
  return { missing: seen.presence === 'absent' ? `there is no object ${physicalId}` : seen.reason };
}
