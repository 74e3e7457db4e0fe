/**
 * Work on a resource that is a stack of its own: its goal is compiled when its properties are values, and begun in the child; when the child
 * has reached it, its outputs become the resource's attributes.
 *
 * Each visit compares what is wanted with how the child stands, so a visit too many changes nothing, and a child that somebody else moved on
 * is simply looked at again. Nothing here waits: a node that has begun something rests until the child wakes it.
 */

import { digest, type Sha } from '../std/digest.ts';
import { failure } from '../std/failure.ts';
import { canonicalJson, type Json, type JsonMap, sameJson } from '../std/json.ts';
import type { Definition, GoalDocuments } from '../template/definition.ts';
import { evaluate, FunctionError } from '../template/evaluate.ts';
import type { Scope } from '../template/expression.ts';
import { childDocuments } from '../template/nested/child-documents.ts';
import { resolveStack, stackTimeoutMs } from '../template/nested/resolve-stack.ts';
import { type StackTold, tellStack } from '../template/nested/stack-attributes.ts';
import type { TypeSchema } from '../template/property-schema.ts';
import type { Restriction } from '../template/resource-rules.ts';
import { EVALUATING, withWork } from '../template/work.ts';
import { claimOf } from './claim-of.ts';
import { tryCompileRequest } from './compile-request.ts';
import { deedInHand, scopeOf } from './converge-resource.ts';
import { type Decision, isRestricted, refuseUnasked, restrictedText } from './decide.ts';
import type { Desk } from './desk.ts';
import type {
  ChildFacts,
  GoalRow,
  NestedBegin,
  NewGoal,
  ResourcePatch,
  ResourceRow,
  SeenChild,
  Settlement,
  UsedRequirement,
  WorkItem,
} from './ports/store.ts';
import { redact } from './redact.ts';
import { usedRequirement } from './used-requirement.ts';

/** What the resource is to be, worked out. */
interface Wanted {
  readonly goal: NewGoal;
  readonly uuid: string;
  readonly name: string;
  readonly properties: JsonMap;
  readonly timeoutMs: number | null;
  readonly secret: boolean;
  readonly requirements: readonly UsedRequirement[];
}

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** Heat's name for a nested stack: the parent's, the resource's, and something of its own. */
const OWN_PART_LENGTH = 12;
const LONGEST_NAME = 255;

export function isNested(item: WorkItem): boolean {
  return item.nested !== null && item.purpose !== 'operation';
}

/** A failure goes by how the nested stack was seen, as what is begun in it and read from it does. */
export function workOnNested(desk: Desk, item: WorkItem): Settlement {
  const settlement = decideNested(desk, item);
  return settlement.kind === 'failed' ? { ...settlement, seen: seenOf(item) } : settlement;
}

function decideNested(desk: Desk, item: WorkItem): Settlement {
  switch (item.purpose) {
    case 'converge':
      return convergeNested(desk, item);
    case 'action':
      return actOnNested(desk, item);
    default:
      return item.resource.marked === null && item.purpose === 'delete' ? cleanUpNested(item) : deleteNested(item);
  }
}

// ── converge ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function convergeNested(desk: Desk, item: WorkItem): Settlement {
  const { resource, definition } = item;
  const child = item.nested!.child;
  if (definition === null) return failedStack(item, { code: 'NO_DEFINITION', message: 'the goal does not declare it' });
  const other = decideVersion(resource, definition, item.asked.restrictedActions);
  if (other?.kind === 'fail') return failedStack(item, other.failure);
  if (other !== null) return replaced(item, other.reason);
  const wanted = resolveWanted(desk, item, definition);
  if ('code' in wanted) return failedStack(item, wanted);
  if (child === null) {
    const { uuid, name, goal, timeoutMs } = wanted;
    const begin: NestedBegin = { kind: 'create', uuid, name, goal, timeoutMs };
    return begun(item, wanted, begin, resource.physicalId === null ? 'new' : 'its stack is gone');
  }
  return followChild(desk, item, wanted, child);
}

/** Whether it is to become another version, as one of the two is a stack; null where it is not. */
export function decideVersion(
  row: ResourceRow,
  { type, nested }: Definition,
  restrictedActions: readonly Restriction[],
): Extract<Decision, { kind: 'replace' | 'fail' }> | null {
  const reason = reasonToReplace(row, type, nested !== undefined);
  if (reason === null) return null;
  const unasked = nested !== undefined && !row.nested ? refuseUnasked(row) : null;
  if (unasked !== null) return unasked;
  if (isRestricted('replace', row, restrictedActions))
    return { kind: 'fail', failure: failure('RESTRICTED', restrictedText('replace')) };
  return { kind: 'replace', reason, deleteFirst: false };
}

function reasonToReplace(row: ResourceRow, type: string, isStack: boolean): string | null {
  if (row.nested !== isStack) return isStack ? 'its type is a template now' : 'its type is no template any more';
  const made = row.physicalId !== null || row.action !== 'INIT';
  if (made && row.type !== type) return `its type is ${type} now`;
  return row.forced;
}

function followChild(desk: Desk, item: WorkItem, wanted: Wanted, child: ChildFacts): Settlement {
  if (child.goalSha !== wanted.goal.sha) {
    if (isForbidden(item, 'update')) return failedStack(item, { code: 'RESTRICTED', message: restrictedText('update') });
    return begun(item, wanted, retarget(item, wanted, child), 'what it is made from changed');
  }
  const mine = item.node?.child === child.traversal;
  if (item.resource.unhealthy !== null && !mine) return begun(item, wanted, again, item.resource.unhealthy);
  if (item.resource.unread && !mine) return begun(item, wanted, again, 'to be read after the database was restored');
  if (child.state === 'action') return begun(item, wanted, { kind: 'wait' }, item.resource.reason);
  if (child.state === 'complete' && child.stale) return begun(item, wanted, again, 'outputs within it have changed');
  // Where the goal is complete and the last traversal failed, an action did (a check, say): it is looked at again.
  const reached = child.state === 'converged' || (child.goalOutcome === 'complete' && child.state !== 'failed');
  if (reached) return reachedGoal(desk, item, wanted, child);
  if (child.state === 'converge') return begun(item, wanted, { kind: 'wait' }, item.resource.reason);
  // An action that a person asked for was waited for: it says nothing about the goal.
  if (mine && child.pursued && child.goalOutcome !== 'complete')
    return failedStack(item, { code: 'NESTED', message: child.reason });
  return begun(item, wanted, again, 'its stack had failed');
}

const again: NestedBegin = { kind: 'start', action: 'UPDATE', goal: { kind: 'carry' } };

/** A rollback finds the versions of the former goal again, so that their objects are kept. */
function retarget(item: WorkItem, { goal, timeoutMs }: Wanted, child: ChildFacts): NestedBegin {
  const former = item.nested!.restoring ? child.goals.get(goal.sha) : undefined;
  if (former !== undefined) return { kind: 'start', action: 'ROLLBACK', goal: { kind: 'rollback', to: former } };
  return { kind: 'start', action: 'UPDATE', goal: { kind: 'new', goal }, timeoutMs };
}

function begun(item: WorkItem, wanted: Wanted, begin: NestedBegin, reason: string): Settlement {
  const action = isFirst(item.resource) ? 'CREATE' : 'UPDATE';
  const quiet = item.resource.status === 'IN_PROGRESS' && item.resource.action === action;
  return {
    kind: 'nest',
    claim: claimOf(item),
    begin,
    seen: seenOf(item),
    deed: begin.kind === 'wait' ? null : deedInHand(item),
    patch: {
      action,
      status: 'IN_PROGRESS',
      reason,
      doubt: true,
      ...(begin.kind === 'wait' ? {} : { acted: deedInHand(item) }),
      ...(begin.kind === 'create' ? { physicalId: begin.uuid } : {}),
      ...(quiet ? { silent: true } : {}),
    },
    requirements: wanted.requirements,
  };
}

/** It has never reached a goal. */
export function isFirst({ definition, action }: Pick<ResourceRow, 'definition' | 'action'>): boolean {
  return definition === null && (action === 'INIT' || action === 'CREATE');
}

/** What the node began in the child, or what the child is made of, can't be. */
function failedStack(item: WorkItem, { code, message }: Problem): Settlement {
  const patch: ResourcePatch = { action: isFirst(item.resource) ? 'CREATE' : 'UPDATE', status: 'FAILED', reason: message };
  return { kind: 'failed', claim: claimOf(item), patch, failure: failure(code, message) };
}

function seenOf({ nested }: WorkItem): SeenChild | null {
  const child = nested?.child ?? null;
  return child === null ? null : seenAs(child);
}

const seenAs = ({ traversal, state }: ChildFacts): SeenChild => ({ traversal, state });

function replaced(item: WorkItem, reason: string): Settlement {
  const { definition } = item;
  return {
    kind: 'replace',
    claim: claimOf(item),
    patch: null,
    reason,
    type: definition!.type,
    deleteFirst: false,
    deletionPolicy: definition!.deletionPolicy,
    nested: definition!.nested !== undefined,
  };
}

const isForbidden = ({ resource, asked }: WorkItem, action: Restriction): boolean =>
  isRestricted(action, resource, asked.restrictedActions);

/** The child's outputs are read; while it has former versions to clean up, what these were made from stays recorded. */
function reachedGoal(desk: Desk, item: WorkItem, wanted: Wanted, child: ChildFacts): Settlement {
  const { resource } = item;
  let told: Told;
  try {
    told = outputsOf(desk, item, child);
  } catch (thrown) {
    if (!(thrown instanceof FunctionError)) throw thrown;
    return failedStack(item, { code: 'OUTPUTS', message: `its outputs: ${thrown.message}` });
  }
  const { attributes, reference } = told;
  const state: Json = { inside: child.inside };
  const revised = differs(resource, told, child);
  const secret = wanted.secret || told.secret;
  const settled = resource.status === 'COMPLETE' && !resource.doubt && resource.unhealthy === null && !revised;
  const sha = item.definitionSha!;
  const patch: ResourcePatch = {
    action: settled ? resource.action : isFirst(item.resource) ? 'CREATE' : 'UPDATE',
    status: 'COMPLETE',
    reason: settled ? resource.reason : 'its stack has reached its goal',
    physicalId: child.uuid,
    reference,
    attributes,
    state,
    properties: wanted.properties,
    inputsSha: digest(canonicalJson([wanted.goal.sha]), null),
    definition: sha,
    doubt: false,
    secret,
    unhealthy: null,
    pending: null,
    ...(revised ? { revised: true } : {}),
    ...(settled ? { silent: true } : {}),
  };
  const tidy = !child.former && child.state !== 'cleanup';
  const unchanged =
    settled && resource.acted === null && resource.definition === sha && sameJson(resource.properties ?? {}, wanted.properties);
  return {
    kind: 'done',
    claim: claimOf(item),
    patch: unchanged ? null : patch,
    requirements: wanted.requirements,
    keepRecorded: !tidy,
    seen: seenAs(child),
  };
}

/** Something that others may refer to is another than it was: an output, or a resource within. */
function differs(resource: ResourceRow, { attributes, reference }: Told, child: ChildFacts): boolean {
  const same = sameJson(attributes, resource.attributes) && sameJson(resource.state, { inside: child.inside });
  return !same || reference !== resource.reference || resource.physicalId !== child.uuid;
}

interface Told extends StackTold {
  readonly secret: boolean;
}

function outputsOf(desk: Desk, item: WorkItem, child: ChildFacts): Told {
  const scope = scopeOf(child.outputsOf, desk.types);
  const outputs: { [name: string]: Json } = {};
  let secret = false;
  withWork(EVALUATING, () => {
    for (const [name, output] of Object.entries(child.outputs)) {
      const { value, secrets } = evaluate(output.value, scope);
      outputs[name] = value;
      if (output.secret || secrets.size > 0) secret = true;
    }
  });
  const { uuid, name, description } = child;
  const { tenant } = item.nested!;
  return { ...tellStack(item.definition?.nested?.form, { uuid, name, tenant, description, outputs }), secret };
}

// ── what is wanted ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function resolveWanted(desk: Desk, item: WorkItem, definition: Definition): Wanted | Problem {
  const parent = item.nested!.documents;
  if (parent === null) return { code: 'NO_DEFINITION', message: 'the goal does not declare it' };
  const missing = definition.requires.find((name) => !item.required.has(name));
  if (missing !== undefined) return { code: 'NO_REQUIREMENT', message: `${missing}, which it requires, does not exist` };
  const resolved = resolveFacade(definition, parent, item.resource.name, scopeOf(item.required, desk.types));
  if ('code' in resolved) return resolved;
  const { properties, documents, secrets } = resolved;
  const { child, tenant } = item.nested!;
  const uuid = child?.uuid ?? desk.random.uuid();
  const name = child?.name ?? nameFor(item, uuid);
  const goal = compileChild(desk, definition, documents, { uuid, name, tenant, previous: child });
  if ('code' in goal) return { ...goal, message: redact(goal.message, secrets) };
  const timeoutMs = stackTimeoutMs(definition.nested!, properties);
  const requirements = definition.requires.map((required) => usedRequirement(item.required.get(required)!));
  return { goal, uuid, name, properties, timeoutMs, secret: definition.secret, requirements };
}

export interface ResolvedDocuments {
  readonly properties: JsonMap;
  /** The template as a type. */
  readonly type: TypeSchema;
  readonly documents: GoalDocuments;
  readonly secrets: ReadonlySet<string>;
}

/** What a resource that is a stack is made of, by its parent's documents and the outputs of what it uses. */
export function resolveFacade(
  definition: Definition,
  parent: GoalDocuments,
  resource: string,
  scope: Scope,
): ResolvedDocuments | Problem {
  try {
    const resolved = resolveStack({ definition, use: definition.nested!, files: parent.files }, scope);
    if (typeof resolved === 'string') return { code: 'NO_TEMPLATE', message: resolved };
    const { properties, parameters, text, type, problems, secrets } = resolved;
    if (problems.length > 0)
      return {
        code: 'PROPERTY',
        message: problems.map((p) => redact(`Property error: ${p.path}: ${p.message}`, secrets)).join('; '),
      };
    const metadata = evaluate(definition.metadata, scope).value;
    const updatePolicy = evaluate(definition.updatePolicy, scope).value;
    return {
      properties,
      type,
      secrets,
      documents: childDocuments(parent, resource, definition, { text, parameters, metadata, updatePolicy }),
    };
  } catch (thrown) {
    if (!(thrown instanceof FunctionError)) throw thrown;
    return { code: 'FUNCTION', message: redact(thrown.message, new Set(definition.secretTexts)) };
  }
}

interface Identity {
  readonly uuid: string;
  readonly name: string;
  readonly tenant: string;
  /** The goal in force; null where there is none. */
  readonly previous: Pick<GoalRow, 'parameters' | 'immutable'> | null;
}

/** The goal of a nested stack. */
export function compileChild(
  desk: Desk,
  definition: Definition,
  documents: GoalDocuments,
  { uuid, name, tenant, previous }: Identity,
): NewGoal | Problem {
  const compiled = tryCompileRequest(desk, documents, {
    pseudo: { stackId: uuid, stackName: name, projectId: tenant },
    ...(previous === null ? {} : { previous: { parameters: previous.parameters, immutable: previous.immutable } }),
  });
  if (compiled.ok) return { ...compiled.goal, sha: goalShaOf(desk, definition, documents, compiled.goal.hidden.length > 0) };
  const errors = compiled.diagnostics.filter((d) => d.severity === 'error');
  const place = (file: string | undefined, line: number | undefined) =>
    file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  return { code: 'TEMPLATE', message: errors.map((d) => `${place(d.file, d.line)}${d.message}`).join('; ') };
}

/** Of what the child is made of: the goal's other files are none of its business. */
function goalShaOf(desk: Desk, definition: Definition, documents: GoalDocuments, secret: boolean): Sha {
  const { parameters, nested } = documents;
  const text = canonicalJson({ parameters, nested: nested as never, template: definition.nested!.sha });
  return digest(text, secret || definition.secret ? desk.digestKey : null);
}

interface Named {
  readonly name: string;
}

/** What its stack is called. */
export function nameFor({ stack, resource }: { readonly stack: Named; readonly resource: Named }, uuid: string): string {
  const own = uuid.replaceAll('-', '').slice(0, OWN_PART_LENGTH);
  return `${`${stack.name}-${resource.name}`.slice(0, LONGEST_NAME - OWN_PART_LENGTH - 1)}-${own}`;
}

// ── cleanup, deletion, actions ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Past the barrier: the versions of the child's former goals go, before what they required. Not what it was changed from on its own since it was
 * read: nobody has read what it is now.
 */
function cleanUpNested(item: WorkItem): Settlement {
  const child = item.nested!.child;
  const claim = claimOf(item);
  const requirements = requiredNow(item);
  const done: Settlement = { kind: 'done', claim, patch: null, requirements };
  if (child === null) return done;
  const begin = (what: NestedBegin): Settlement => ({
    kind: 'nest',
    claim,
    begin: what,
    seen: seenOf(item),
    patch: null,
    requirements: [],
    deed: null,
  });
  const mine = item.node?.child === child.traversal;
  if (item.resource.doubt && !mine && child.goalOutcome !== 'complete')
    return { ...done, keepRecorded: true, seen: seenAs(child) };
  if (child.state === 'converged') return begin({ kind: 'cleanup' });
  if (!isEnded(child)) return begin({ kind: 'wait' });
  const partly = child.state === 'failed' && child.held;
  if (!child.untidy && !partly) return done;
  if (!mine || !child.pursued) return begin(again);
  if (partly) return begin(item.nested!.held ? { kind: 'give-way', stays: true } : again);
  return { kind: 'failed', claim, patch: null, failure: failure('NESTED', child.reason) };
}

function isEnded({ state }: ChildFacts): boolean {
  return state === 'complete' || state === 'failed' || state === 'superseded';
}

function requiredNow(item: WorkItem): readonly UsedRequirement[] | null {
  if (item.definition === null) return null;
  return item.definition.requires.flatMap((name) => {
    const required = item.required.get(name);
    return required ? [usedRequirement(required)] : [];
  });
}

/** The stack goes, or is given up with its parent; one that is to be retained goes on as a stack of its own. */
function deleteNested(item: WorkItem): Settlement {
  const { resource } = item;
  const child = item.nested!.child;
  const claim = claimOf(item);
  const gone = (reason: string): Settlement => ({ kind: 'gone', claim, reason, buryToken: null });
  if (child === null) return gone(resource.physicalId === null ? 'was not made' : 'not part of the goal any more');
  if (resource.deletionPolicy === 'retain' && item.action !== 'ABANDON') return gone('retained by its deletion policy');
  const action = item.action === 'ABANDON' ? 'ABANDON' : 'DELETE';
  const going = child.action === 'DELETE' || child.action === 'ABANDON';
  if (going && isEnded(child) && !child.held && item.node?.child === child.traversal) {
    const patch: ResourcePatch = { action: 'DELETE', status: 'FAILED', reason: child.reason };
    const begun = resource.action === 'DELETE';
    return { kind: 'failed', claim, patch: begun ? patch : null, failure: failure('NESTED', child.reason) };
  }
  // What is given up now does not go on being deleted.
  const wait = going && !isEnded(child) && (child.action === 'ABANDON' || action === 'DELETE');
  if (item.nested!.held && item.node?.phase === 'cleanup' && action === 'DELETE')
    return {
      kind: 'nest',
      claim,
      begin: wait ? { kind: 'wait' } : { kind: 'give-way', stays: false },
      seen: seenOf(item),
      patch: null,
      requirements: [],
      deed: null,
    };
  const begin: NestedBegin = wait ? { kind: 'wait' } : { kind: 'start', action, goal: { kind: 'empty' } };
  const reason = resource.replacedBy === null ? 'not part of the goal any more' : `replaced by version ${resource.replacedBy}`;
  const quiet = resource.action === 'DELETE' && resource.status === 'IN_PROGRESS';
  const patch: ResourcePatch = {
    action: 'DELETE',
    status: 'IN_PROGRESS',
    reason,
    doubt: true,
    ...(quiet ? { silent: true } : {}),
  };
  return { kind: 'nest', claim, begin, seen: seenOf(item), patch, requirements: [], deed: null };
}

/** What is under way in the child ends first; one that waits for a barrier that is not coming is taken as it stands. */
function actOnNested(desk: Desk, item: WorkItem): Settlement {
  const { resource, nested, node } = item;
  const child = nested!.child;
  const claim = claimOf(item);
  const action = item.action as 'SUSPEND' | 'RESUME' | 'CHECK';
  const begin = (what: NestedBegin): Settlement => ({
    kind: 'nest',
    claim,
    begin: what,
    seen: seenOf(item),
    patch: null,
    requirements: [],
    deed: null,
  });
  if (child === null) return { kind: 'failed', claim, patch: null, failure: failure('NOT_COMPLETE', 'its stack is gone') };
  if (!isEnded(child) && child.state !== 'converged') return begin({ kind: 'wait' });
  if (child.state === 'converged' && nested!.complete) {
    const message = 'it was changed on its own, and is to be read first';
    return { kind: 'failed', claim, patch: null, failure: failure('NOT_COMPLETE', message) };
  }
  // Where it was under way to a goal, this action was none of ours: it was not begun, only waited for.
  const isOurs = node?.child === child.traversal && child.action === action && resource.status !== 'IN_PROGRESS';
  if (!isOurs || child.state === 'converged') {
    if (resource.status === 'COMPLETE') return begin({ kind: 'start', action, goal: { kind: 'carry' } });
    const message = `it is ${resource.action} ${resource.status}`;
    return { kind: 'failed', claim, patch: null, failure: failure('NOT_COMPLETE', message) };
  }
  if (child.state === 'complete') {
    const patch: ResourcePatch = {
      action,
      status: 'COMPLETE',
      reason: 'its stack too',
      ...broughtToLight(desk, item, child),
    };
    return { kind: 'done', claim, patch, requirements: null };
  }
  return {
    kind: 'failed',
    claim,
    patch: { action, status: 'FAILED', reason: child.reason },
    failure: failure('NESTED', child.reason),
  };
}

/** A check may have found what others changed: what is referred to is read anew. Outputs that can't be worked out stay as they were. */
function broughtToLight(desk: Desk, item: WorkItem, child: ChildFacts): Partial<ResourcePatch> {
  const { resource } = item;
  try {
    const told = outputsOf(desk, item, child);
    if (!differs(resource, told, child)) return {};
    const { attributes, reference } = told;
    return { attributes, reference, state: { inside: child.inside }, secret: resource.secret || told.secret, revised: true };
  } catch (thrown) {
    if (!(thrown instanceof FunctionError)) throw thrown;
    return {};
  }
}
