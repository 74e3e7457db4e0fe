/**
 * What a goal would do, said by the engine's own planning and decisions, operations under way included. Nothing is changed; providers are
 * only read, and only where the engine would look too.
 */

import { identityOf, inputsSha, lookAt, toOutputs } from '../engine/converge-resource.ts';
import {
  changedProperties,
  type Decision,
  decide,
  decideOwner,
  isRestricted,
  refuseUnasked,
  restrictedText,
} from '../engine/decide.ts';
import type { Desk, ProviderSettings } from '../engine/desk.ts';
import { stopsAt } from '../engine/hooks.ts';
import { type DeclaredFacts, planStart, type StartPlan, type VersionFacts } from '../engine/plan-start.ts';
import type { ResourceType } from '../engine/ports/provider.ts';
import type { Declared, Inside, NodeRow, ResourceId, ResourceRow, StackId, StackRow, WorkItem } from '../engine/ports/store.ts';
import { isElsewhere, lackOfSettings, wantedSettings } from '../engine/provider-settings.ts';
import { redact } from '../engine/redact.ts';
import { lookNeeded, type Standing, standingOf } from '../engine/standing.ts';
import type { Json, JsonMap } from '../std/json.ts';
import type { PlanningFacts } from '../store/reads/reads.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { evaluate } from '../template/evaluate.ts';
import type { Outputs, Scope } from '../template/expression.ts';
import type { InsideNames } from '../template/nested/inside.ts';
import { type InsideReferences, insideOf, joinInside } from '../template/nested/inside-references.ts';
import { resolveStack } from '../template/nested/resolve-stack.ts';
import type { TypeSchema } from '../template/property-schema.ts';
import { resolveProperties } from '../template/resolve-properties.ts';
import { type Hook, type NameRule, restrictionsFor } from '../template/resource-rules.ts';
import { holdsSensitive } from '../template/sensitive.ts';
import { pausesAt, pausesGoing } from './preview-hooks.ts';
import { type ChildStanding, previewChild } from './preview-nested.ts';
import { holdsText, secretTextsOf } from './preview-secrets.ts';

export type PreviewAction = 'create' | 'update' | 'replace' | 'reuse' | 'keep' | 'delete' | 'retain' | 'fail' | 'none';

export interface PropertyChange {
  readonly name: string;
  readonly before: Json;
  readonly after: Json;
  /** The value can't be known before something else is made. */
  readonly unknown: boolean;
  readonly sensitive: boolean;
}

export interface PreviewEntry {
  readonly name: string;
  readonly type: string;
  readonly action: PreviewAction;
  /** The version at hand; null for a new one. */
  readonly version: number | null;
  readonly reason: string;
  readonly changes: readonly PropertyChange[];
  /** What it depends on whether this is so. */
  readonly perhaps: boolean;
  /** The old one goes before the new one is made. */
  readonly deleteFirst: boolean;
  /** It was another resource's object until now. */
  readonly renamedFrom: string | null;
  /** An operation is under way; this comes after its end. */
  readonly after: string | null;
  /** The hooks at which it would wait for a person. */
  readonly pauses: readonly Hook[];
}

export interface Preview {
  readonly entries: readonly PreviewEntry[];
  readonly refusal: string | null;
  readonly counts: { readonly [action in PreviewAction]: number };
}

export interface PreviewInput {
  readonly desk: Desk;
  readonly stack: StackRow | null;
  readonly facts: PlanningFacts | null;
  readonly declared: readonly Declared[];
  /** What the environment asks of them. */
  readonly rules: readonly NameRule[];
  readonly rollbackMembers: ReadonlyMap<string, ResourceId> | null;
  readonly empty: boolean;
  /** Values of the parameters that are hidden in the goal in force. */
  readonly hidden: readonly Json[];
  /** Of the goal; null for the empty one. */
  readonly documents: GoalDocuments | null;
  readonly tenant: string;
  /** A nested stack by its id; null when there is none. */
  readonly loadChild: (uuid: string) => Promise<ChildStanding | null>;
  /** What is referred to within a nested stack as it stands. */
  readonly loadInside: (row: ResourceRow, names: InsideNames | undefined) => Promise<Inside>;
}

export async function previewGoal(input: PreviewInput): Promise<Preview> {
  let next = -1;
  const plan = planStart({
    versions: input.facts?.versions ?? [],
    recorded: input.facts?.recorded ?? [],
    declared: input.declared.map(factsOf),
    rollbackMembers: input.rollbackMembers,
    completeMembers: input.facts?.completeMembers ?? new Set(),
    child: false,
    suspended: input.stack?.suspended === true,
    stops: stopsAt(input.rules, true),
    empty: input.empty,
    allocate: () => next-- as ResourceId,
  });
  const walker = new PreviewWalk(input, plan);
  const entries: PreviewEntry[] = [];
  for (const declared of input.declared) entries.push(...(await walker.visit(declared)));
  entries.push(...deletions(input, plan, entries));
  return { entries, refusal: plan.refusal?.message ?? null, counts: countOf(entries) };
}

const factsOf = ({ name, sha, definition, identity }: Declared): DeclaredFacts => ({
  name,
  sha,
  type: definition.type,
  requires: definition.requires,
  deletionPolicy: definition.deletionPolicy,
  identity,
  resumeToUpdate: false,
  nested: definition.nested !== undefined,
});

function countOf(entries: readonly PreviewEntry[]): Preview['counts'] {
  const counts = { create: 0, update: 0, replace: 0, reuse: 0, keep: 0, delete: 0, retain: 0, fail: 0, none: 0 };
  for (const entry of entries) counts[entry.action]++;
  return counts;
}

function deletions(input: PreviewInput, plan: StartPlan, entries: readonly PreviewEntry[]): PreviewEntry[] {
  const chosen = new Set(plan.chosen.values());
  const gone = (input.facts?.versions ?? []).filter((v) => !chosen.has(v.id) && !plan.discarded.includes(v.id));
  const replaced = entries
    .filter((e) => e.action === 'replace' || e.action === 'reuse')
    .flatMap((e) => (input.facts?.versions ?? []).filter((v) => v.id === e.version));
  const wanted = new Set(input.declared.map(({ name }) => name));
  const entry = (v: VersionFacts, reason: string): PreviewEntry => ({
    name: v.name,
    type: v.type,
    action: v.deletionPolicy === 'retain' ? 'retain' : 'delete',
    version: v.id,
    reason,
    changes: [],
    perhaps: false,
    deleteFirst: false,
    renamedFrom: null,
    after: v.operation === null ? null : `${v.operation.kind} under way`,
    pauses: wanted.has(v.name) ? [] : pausesGoing(v.name, input.rules),
  });
  const roomFor = roomMadeFor(plan);
  const reason = (v: VersionFacts): string => {
    const name = roomFor.get(v.id);
    if (name === undefined) return 'not part of the goal';
    return `goes first, to make room for ${name === v.name ? 'its replacement' : name}`;
  };
  return [...gone.map((v) => entry(v, reason(v))), ...replaced.map((v) => entry(v, 'replaced'))];
}

/** By the version that goes first: the name of the resource whose object is to come in its place. */
function roomMadeFor({ chosen, nodes }: StartPlan): Map<ResourceId, string> {
  const nameOf = new Map([...chosen].map(([name, id]) => [id, name]));
  return new Map(nodes.flatMap((node) => (node.victim === null ? [] : [[node.victim, nameOf.get(node.resourceId)!] as const])));
}

class PreviewWalk {
  private readonly input: PreviewInput;
  private readonly plan: StartPlan;
  private readonly versions: ReadonlyMap<ResourceId, VersionFacts>;
  private readonly outputs = new Map<string, Outputs | undefined>();
  private readonly secretTexts: ReadonlySet<string>;
  private inside: InsideReferences | undefined;

  constructor(input: PreviewInput, plan: StartPlan) {
    this.input = input;
    this.plan = plan;
    this.versions = new Map((input.facts?.versions ?? []).map((v) => [v.id, v]));
    this.secretTexts = secretTextsOf(input.declared, input.facts?.resources.values() ?? [], input.hidden, input.desk.types);
  }

  /** The resource, and where it is a stack of its own what is within it. */
  async visit(declared: Declared): Promise<PreviewEntry[]> {
    const id = this.plan.chosen.get(declared.name)!;
    const row = this.input.facts?.resources.get(id) ?? null;
    const version = this.versions.get(id) ?? null;
    const [entry, within] =
      declared.definition.nested === undefined
        ? [await this.entryFor(declared, row, version), []]
        : await this.entriesForNested(declared, row, version);
    const known = row !== null && (entry.action === 'none' || entry.action === 'keep');
    this.outputs.set(declared.name, known ? await this.outputsOf(row) : undefined);
    const told = {
      ...entry,
      pauses: this.plan.dirty.has(declared.name) ? this.pausesOf(declared, entry.action, row) : [],
      reason: redact(entry.reason, this.secretTexts),
      changes: entry.changes.map((change) => this.coverSecrets(change, declared)),
    };
    return [told, ...within];
  }

  private pausesOf({ name, definition }: Declared, action: PreviewAction, row: ResourceRow | null): readonly Hook[] {
    if (definition.externalId !== null) return [];
    const deed = row === null ? undefined : this.plan.deeds.get(row.id);
    return pausesAt(name, action, row === null || deed === undefined ? row : { ...row, acted: deed }, this.input.rules);
  }

  private async outputsOf(row: ResourceRow): Promise<Outputs> {
    const told = { ...row, reference: row.reference ?? row.physicalId };
    if (!row.nested) return toOutputs(told, this.input.desk.types);
    this.inside ??= joinInside(this.input.declared.map(({ definition }) => insideOf(definition)));
    const inside = await this.input.loadInside(row, this.inside.get(row.name));
    return toOutputs({ ...told, inside }, this.input.desk.types);
  }

  private async entriesForNested(
    declared: Declared,
    row: ResourceRow | null,
    version: VersionFacts | null,
  ): Promise<[PreviewEntry, readonly PreviewEntry[]]> {
    const base = this.baseOf(declared, row, version);
    const { definition } = declared;
    if (!this.plan.dirty.has(declared.name)) return [{ ...base, action: 'none', reason: 'unchanged' }, []];
    const scope: Scope = { findOutputs: (name) => this.outputs.get(name) };
    const use = definition.nested!;
    const resolved = resolveStack({ definition, use, files: this.input.documents!.files }, scope);
    if (typeof resolved === 'string') return [{ ...base, action: 'fail', reason: resolved }, []];
    const { properties, problems } = resolved;
    const schema = use.form === undefined ? resolved.type : this.input.desk.types.findType(definition.type)!;
    if (problems.length > 0)
      return [{ ...base, action: 'fail', reason: problems.map((p) => `${p.path}: ${p.message}`).join('; ') }, []];
    const unknown = this.unknownProperties(declared, scope);
    const stands = row?.nested === true && row.physicalId !== null ? row : null;
    const within = unknown.size > 0 ? null : await previewChild(this.input, declared, stands, resolved, scope, previewGoal);
    const entry = { ...base, changes: changesOf(stands?.properties ?? {}, properties, unknown, schema) };
    const forbidden = restrictionsFor(this.input.rules, declared.name);
    if (row !== null && row.physicalId !== null && !row.nested) {
      if (isRestricted('replace', row, forbidden)) return [{ ...entry, action: 'fail', reason: restrictedText('replace') }, []];
      const unasked = refuseUnasked(row);
      if (unasked !== null) return [{ ...entry, action: 'fail', reason: unasked.failure.message }, []];
      return [{ ...entry, action: 'replace', reason: 'its type is a template now' }, within ?? []];
    }
    if (stands === null) return [{ ...entry, action: 'create', reason: 'new' }, within ?? []];
    const quiet = within?.every(({ action }) => action === 'none') === true && entry.changes.length === 0;
    if (quiet) return [{ ...entry, action: 'none', reason: 'unchanged' }, []];
    if (isRestricted('update', stands, forbidden)) return [{ ...entry, action: 'fail', reason: restrictedText('update') }, []];
    return [{ ...entry, action: 'update', reason: 'what it is made from changed', perhaps: within === null }, within ?? []];
  }

  private baseOf(declared: Declared, row: ResourceRow | null, version: VersionFacts | null) {
    return {
      name: declared.name,
      type: declared.definition.type,
      version: row?.id ?? null,
      changes: [] as PropertyChange[],
      perhaps: false,
      deleteFirst: false,
      pauses: [] as readonly Hook[],
      renamedFrom: row !== null && row.name !== declared.name ? row.name : null,
      after: version?.operation ? `${version.operation.kind} under way` : null,
    };
  }

  /** A value that a secret went into is not shown, whatever its schema says. */
  private coverSecrets(change: PropertyChange, { definition }: Declared): PropertyChange {
    const holds = holdsText(change.before, this.secretTexts) || holdsText(change.after, this.secretTexts);
    if (!change.sensitive && !holds && !(change.unknown && definition.secret)) return change;
    const cover = (value: Json) => (value === null ? null : '******');
    return { ...change, sensitive: true, before: cover(change.before), after: cover(change.after) };
  }

  private async entryFor(declared: Declared, row: ResourceRow | null, version: VersionFacts | null): Promise<PreviewEntry> {
    const base = this.baseOf(declared, row, version);
    const type = this.input.desk.types.findType(declared.definition.type);
    if (type === undefined)
      return { ...base, action: 'fail', reason: `no engine here offers the type ${declared.definition.type}` };
    if (!this.plan.dirty.has(declared.name)) return { ...base, action: 'none', reason: 'unchanged' };
    const kept = row === null ? null : this.settingsOf(row);
    const lacking = lackOfSettings(this.input.desk, type, declared.definition.provider, kept);
    if (lacking !== null) return { ...base, action: 'fail', reason: lacking };
    const scope: Scope = { findOutputs: (name) => this.outputs.get(name) };
    const resolved = resolveProperties(declared.definition, type, scope);
    if (resolved.problems.length > 0)
      return { ...base, action: 'fail', reason: resolved.problems.map((p) => `${p.path}: ${p.message}`).join('; ') };
    const unknown = this.unknownProperties(declared, scope);
    if (row === null)
      return { ...base, action: 'create', reason: 'new', changes: changesOf({}, resolved.properties, unknown, type) };
    const decision = await this.decideFor(declared, row, version, type, resolved.properties, unknown);
    const described = describe(decision, row, resolved.properties, unknown, type);
    const wakes = this.plan.dirty.get(declared.name) === 'to be resumed' && described.action === 'none';
    return {
      ...base,
      ...described,
      ...(wakes ? { action: 'keep', reason: 'suspended, and resumed' } : {}),
      perhaps: described.perhaps || this.isOutOfSight(row, type),
    };
  }

  private unknownProperties(declared: Declared, scope: Scope): Set<string> {
    return new Set(
      Object.entries(declared.definition.properties)
        .filter(([, e]) => evaluate(e, scope).unknownFrom.length > 0)
        .map(([name]) => name),
    );
  }

  private async decideFor(
    declared: Declared,
    row: ResourceRow,
    version: VersionFacts | null,
    type: ResourceType,
    properties: JsonMap,
    unknown: ReadonlySet<string>,
  ): Promise<Decision> {
    const { desk, stack } = this.input;
    const settings = wantedSettings(desk, type, declared.definition.provider, this.settingsOf(row));
    const restrictedActions = restrictionsFor(this.input.rules, declared.name);
    const otherOwner = decideOwner(row, type.name, declared.definition.externalId, restrictedActions);
    if (otherOwner !== null) return otherOwner;
    const presentType = desk.types.findType(row.type) ?? type;
    const key = row.secret || declared.definition.secret ? desk.digestKey : null;
    const wanted = { properties, inputsSha: inputsSha(type.name, properties, declared.definition.provider, key) };
    const before = row.properties ?? row.pending;
    return decide({
      row,
      standing: await this.standing(row, version, presentType, wanted, settings),
      type,
      wanted,
      unknown,
      siblings: this.siblings(declared.name, row),
      restrictedActions,
      otherProvider: isElsewhere({ resource: row, settings: this.settingsOf(row) }, settings),
      sameIdentity:
        stack !== null &&
        before !== null &&
        identityOf(desk.host, type, properties) !== null &&
        identityOf(row.host ?? desk.host, presentType, before) === identityOf(desk.host, type, properties),
    });
  }

  /** Only an engine on its own machine can see how it stands. */
  private isOutOfSight(row: ResourceRow, type: ResourceType): boolean {
    return row.host !== null && row.host !== this.input.desk.host && lookNeeded(row, type) !== null;
  }

  /** An operation under way is taken to end well, and so is what is out of sight; what is in doubt is looked at, as the engine would. */
  private async standing(
    row: ResourceRow,
    version: VersionFacts | null,
    type: ResourceType,
    wanted: { properties: JsonMap; inputsSha: ResourceRow['inputsSha'] & string },
    settings: ProviderSettings | null,
  ): Promise<Standing> {
    if (version?.operation && version.operation.kind !== 'delete')
      return { kind: 'whole', properties: row.pending, inputsSha: row.pendingSha, seen: null };
    if (this.isOutOfSight(row, type)) {
      const made = row.pending === null ? row : { properties: row.pending, inputsSha: row.pendingSha };
      return { kind: 'whole', properties: made.properties, inputsSha: made.inputsSha, seen: null };
    }
    const item = pseudoItem(this.input.stack!, row, this.settingsOf(row));
    const sought = { properties: wanted.properties, settings, secrets: this.secretTexts };
    return standingOf(row, type, await lookAt(this.input.desk, item, type, sought), wanted);
  }

  private settingsOf({ settingId }: ResourceRow): ProviderSettings | null {
    return (settingId === null ? undefined : this.input.facts?.settings.get(settingId)) ?? null;
  }

  private siblings(name: string, row: ResourceRow) {
    const rows = [...(this.input.facts?.resources.values() ?? [])];
    return rows
      .filter(
        (r) =>
          r.name === name &&
          r.id !== row.id &&
          r.marked !== null &&
          r.status === 'COMPLETE' &&
          !r.doubt &&
          r.inputsSha !== null &&
          r.action !== 'DELETE',
      )
      .map((r) => ({ resourceId: r.id, type: r.type, inputsSha: r.inputsSha! }));
  }
}

function pseudoItem(stack: StackRow, row: ResourceRow, settings: ProviderSettings | null): WorkItem {
  const node = { stackId: stack.id, traversal: 0, id: 0, epoch: 0 } as unknown as NodeRow;
  return {
    stack: { id: stack.id as StackId, uuid: stack.uuid, name: stack.name, suspended: stack.suspended },
    traversal: 0,
    goal: stack.goal,
    purpose: 'converge',
    action: 'UPDATE',
    resource: row,
    node,
    operation: null,
    recover: false,
    definition: null,
    definitionSha: null,
    required: new Map(),
    siblings: [],
    namesakes: [],
    settings,
    nested: null,
    asked: { deed: 'update', hooks: [], cleared: [], restrictedActions: [] },
  };
}

function describe(
  decision: Decision,
  row: ResourceRow,
  properties: JsonMap,
  unknown: ReadonlySet<string>,
  type: ResourceType,
): Pick<PreviewEntry, 'action' | 'reason' | 'changes' | 'perhaps' | 'deleteFirst'> {
  const changes = () => changesOf(row.properties ?? {}, properties, unknown, type);
  const plain = { changes: [] as PropertyChange[], perhaps: false, deleteFirst: false };
  const perhaps = unknown.size > 0 && changes().every((c) => c.unknown);
  switch (decision.kind) {
    case 'nothing':
      return { ...plain, action: 'none', reason: decision.reason };
    case 'keep':
      return { ...plain, action: 'keep', reason: decision.reason };
    case 'create':
      return { ...plain, action: 'create', reason: decision.reason, changes: changesOf({}, properties, unknown, type) };
    case 'update':
      return { ...plain, action: 'update', reason: decision.reason, changes: changes(), perhaps };
    case 'replace':
      return { action: 'replace', reason: decision.reason, changes: changes(), perhaps, deleteFirst: decision.deleteFirst };
    case 'reuse':
      return { ...plain, action: 'reuse', reason: decision.reason };
    case 'fail':
      return { ...plain, action: 'fail', reason: decision.failure.message };
  }
}

function changesOf(before: JsonMap, after: JsonMap, unknown: ReadonlySet<string>, type: TypeSchema): PropertyChange[] {
  return changedProperties(before, after, unknown).map((name) => ({
    name,
    before: before[name] ?? null,
    after: after[name] ?? null,
    unknown: unknown.has(name),
    sensitive: type.properties[name] !== undefined && holdsSensitive(type.properties[name]),
  }));
}
