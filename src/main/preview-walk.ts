/** Visits the resources of a goal in the order of their requirements, with the outputs of what stays as it is. */
import { toOutputs, unknownProperties } from '../engine/converge-resource.ts';
import { isRestricted, restrictedText } from '../engine/decide.ts';
import { decideVersion, isFirst, resolveFacade } from '../engine/nested-stack.ts';
import type { StartPlan, VersionFacts } from '../engine/plan-start.ts';
import type { Declared, ResourceRow } from '../engine/ports/store.ts';
import { redact } from '../engine/redact.ts';
import type { Json } from '../std/json.ts';
import type { Outputs, Scope } from '../template/expression.ts';
import { type InsideReferences, insideOf, joinInside } from '../template/nested/inside-references.ts';
import { type Hook, restrictionsFor } from '../template/resource-rules.ts';
import type { PreviewAction, PreviewEntry, PreviewInput, PropertyChange, previewGoal } from './preview.ts';
import { changesOf, PreviewDecisions } from './preview-decisions.ts';
import { pausesAt } from './preview-hooks.ts';
import { previewChild, whyAgain } from './preview-nested.ts';
import { holdsText, secretTextsOf } from './preview-secrets.ts';

export class PreviewWalk {
  readonly decisions: PreviewDecisions;
  private readonly input: PreviewInput;
  private readonly plan: StartPlan;
  /** For what is nested. */
  private readonly previewGoal: typeof previewGoal;
  private readonly versions: ReadonlyMap<number, VersionFacts>;
  private readonly outputs = new Map<string, Outputs | undefined>();
  private readonly scope: Scope = { findOutputs: (name) => this.outputs.get(name) };
  private readonly secretTexts: ReadonlySet<string>;
  private inside: InsideReferences | undefined;

  constructor(input: PreviewInput, plan: StartPlan, goal: typeof previewGoal) {
    this.input = input;
    this.plan = plan;
    this.previewGoal = goal;
    this.versions = new Map((input.facts?.versions ?? []).map((v) => [v.id, v]));
    this.secretTexts = secretTextsOf(input.declared, input.facts?.resources.values() ?? [], input.hidden, input.desk.types);
    this.decisions = new PreviewDecisions(input, plan, this.secretTexts);
  }

  /** The resource, and where it is a stack of its own what is within it. */
  async visit(declared: Declared): Promise<PreviewEntry[]> {
    const id = this.plan.chosen.get(declared.name)!;
    const found = this.input.facts?.resources.get(id) ?? null;
    const row = found === null ? null : { ...found, deletionPolicy: declared.definition.deletionPolicy };
    const version = this.versions.get(id) ?? null;
    const [entry, within] =
      declared.definition.nested === undefined
        ? [await this.entryFor(declared, row, version), []]
        : await this.entriesForNested(declared, row, version);
    const known = row !== null && version?.operation == null && (entry.action === 'none' || entry.action === 'keep');
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
    const { attributes, reference } = { ...row, ...this.decisions.seen.get(row.id) };
    const told = { ...row, attributes, reference: reference ?? row.physicalId };
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
    const { definition, name } = declared;
    if (!this.plan.dirty.has(name)) return [{ ...base, action: 'none', reason: 'unchanged' }, []];
    const restrictedActions = restrictionsFor(this.input.rules, name);
    const other = row === null ? null : decideVersion(row, definition, restrictedActions);
    if (other?.kind === 'fail') return [{ ...base, action: 'fail', reason: other.failure.message }, []];
    const resolved = resolveFacade(definition, this.input.documents!, name, this.scope);
    if ('code' in resolved) return [{ ...base, action: 'fail', reason: resolved.message }, []];
    const unknown = unknownProperties(definition, this.scope);
    const stands = other === null && row !== null && row.physicalId !== null ? row : null;
    const child = stands === null ? null : await this.input.loadChild(stands.physicalId!);
    const use = { ...resolved, name, definition };
    const within = unknown.size > 0 ? null : await previewChild(this.input, use, child, this.previewGoal);
    if (within !== null && 'message' in within) return [{ ...base, action: 'fail', reason: within.message }, []];
    const changes = changesOf(stands?.properties ?? {}, resolved.properties, unknown, resolved.type);
    const busy = child?.stack.status === 'IN_PROGRESS' ? `${child.stack.action} under way` : null;
    const entry = { ...base, changes, after: base.after ?? busy };
    const begun = within?.entries ?? [];
    if (other !== null) return [{ ...entry, action: 'replace', reason: other.reason }, begun];
    if (stands === null) return [{ ...entry, action: 'create', reason: 'new' }, begun];
    if (child === null) return [{ ...entry, action: 'create', reason: 'its stack is gone' }, begun];
    const same = within?.sha === child.goal.sha;
    const again = whyAgain(stands, child);
    if (same && again === null) return [{ ...entry, action: 'none', reason: 'unchanged' }, []];
    if (!same && isRestricted('update', stands, restrictedActions))
      return [{ ...entry, action: 'fail', reason: restrictedText('update'), perhaps: within === null }, []];
    const reason = same ? again! : 'what it is made from changed';
    const action = isFirst(stands) ? 'create' : 'update';
    return [{ ...entry, action, reason, perhaps: within === null && again === null }, begun];
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
    if (!this.plan.dirty.has(declared.name)) return { ...base, action: 'none', reason: 'unchanged' };
    const other = row?.nested ? decideVersion(row, declared.definition, restrictionsFor(this.input.rules, declared.name)) : null;
    if (other?.kind === 'fail') return { ...base, action: 'fail', reason: other.failure.message };
    if (other !== null) return { ...base, action: 'replace', reason: other.reason };
    return { ...base, ...(await this.decisions.foresee(declared, row, version, this.scope)) };
  }
}
