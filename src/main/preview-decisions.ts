/**
 * What would be decided for a resource that is no stack: as the engine decides, by the same functions, with what is not known yet taken to change.
 * What is decided otherwise where it does not is told as perhaps.
 */
import { isDeleting } from '../engine/choose-versions.ts';
import { identityOf, lookAt, lookAtExternal, type Resolved, resolveWanted } from '../engine/converge-resource.ts';
import { changedProperties, type DecideInput, type Decision, decide, decideOwner } from '../engine/decide.ts';
import type { ProviderSettings } from '../engine/desk.ts';
import type { StartPlan, VersionFacts } from '../engine/plan-start.ts';
import type { ResourceType } from '../engine/ports/provider.ts';
import type { Declared, ResourceId, ResourceRow, Sibling } from '../engine/ports/store.ts';
import { isElsewhere, lackOfSettings, wantedSettings } from '../engine/provider-settings.ts';
import { lookForNewer, lookNeeded, type Seen, type Standing, standingOf } from '../engine/standing.ts';
import type { Sha } from '../std/digest.ts';
import type { JsonMap } from '../std/json.ts';
import type { Scope } from '../template/expression.ts';
import type { TypeSchema } from '../template/property-schema.ts';
import { restrictionsFor } from '../template/resource-rules.ts';
import { holdsSensitive } from '../template/sensitive.ts';
import type { PreviewEntry, PreviewInput, PropertyChange } from './preview.ts';
import { pseudoItem, unmadeRow } from './preview-rows.ts';

/** A resource that is not a stack, as a preview comes to it. */
interface About {
  readonly declared: Declared;
  /** As it stands, or as a start would make it. */
  readonly row: ResourceRow;
  readonly version: VersionFacts | null;
  readonly type: ResourceType;
  readonly resolved: Resolved;
  readonly settings: ProviderSettings | null;
}

/** What an entry says of a decision; the rest is of the resource. */
type Foreseen = Partial<PreviewEntry> & Pick<PreviewEntry, 'action' | 'reason'>;

export class PreviewDecisions {
  /** Versions that no name had chosen, and one takes all the same. */
  readonly retaken = new Set<ResourceId>();
  /** Those that a name would take again, if they are what it needs, or still there by then. */
  readonly contested = new Set<ResourceId>();
  /** Outputs that a look has found, by version. */
  readonly seen = new Map<ResourceId, Pick<Seen, 'attributes' | 'reference'>>();
  private readonly input: PreviewInput;
  private readonly plan: StartPlan;
  private readonly secretTexts: ReadonlySet<string>;
  private readonly versions: ReadonlyMap<ResourceId, VersionFacts>;
  private readonly chosen: ReadonlySet<ResourceId>;
  /** Versions that have a node, and those that are cleaned up as soon as the goal is accepted. */
  private readonly walked: ReadonlySet<ResourceId>;
  private readonly early: ReadonlySet<ResourceId>;
  /** Types of those that no name chose and that are on other machines. */
  private readonly elsewhere: ReadonlySet<string>;
  /** Versions that no name chose, newest first. */
  private readonly others: ReadonlyMap<string, readonly ResourceRow[]>;

  constructor(input: PreviewInput, plan: StartPlan, secretTexts: ReadonlySet<string>) {
    this.input = input;
    this.plan = plan;
    this.secretTexts = secretTexts;
    this.versions = new Map((input.facts?.versions ?? []).map((v) => [v.id, v]));
    this.chosen = new Set(plan.chosen.values());
    this.walked = new Set(plan.nodes.map(({ resourceId }) => resourceId));
    this.early = new Set(plan.nodes.flatMap(({ phase, resourceId }) => (phase === 'aside' ? [resourceId] : [])));
    const rows = [...(input.facts?.resources.values() ?? [])].filter(({ id }) => !this.chosen.has(id));
    this.elsewhere = new Set(rows.flatMap(({ type, host }) => (host !== null && host !== input.desk.host ? [type] : [])));
    this.others = Map.groupBy(
      rows.sort((x, y) => y.id - x.id),
      ({ name }) => name,
    );
  }

  /** Of a resource that is walked. */
  async foresee(declared: Declared, row: ResourceRow | null, version: VersionFacts | null, scope: Scope): Promise<Foreseen> {
    const { definition, name } = declared;
    const { desk, stack } = this.input;
    const type = desk.types.findType(definition.type);
    // One that does may do anything with it.
    if (type === undefined) return { action: 'fail', reason: `no engine here offers the type ${definition.type}`, perhaps: true };
    const kept = row === null ? null : this.settingsOf(row);
    const lacking = lackOfSettings(desk, type, definition.provider, kept);
    if (lacking !== null) return { action: 'fail', reason: lacking };
    const resolved = resolveWanted(desk, type, definition, scope);
    if ('message' in resolved) return { action: 'fail', reason: resolved.message };
    const settings = wantedSettings(desk, type, definition.provider, kept);
    const about: About = { declared, row: row ?? unmadeRow(declared, stack), version, type, resolved, settings };
    const owner = decideOwner(about.row, type.name, definition.externalId, restrictionsFor(this.input.rules, name));
    if (owner !== null) return describe(owner, about);
    if (definition.externalId !== null) return this.adopted(about);
    const { likely, least } = await this.decideFor(about);
    const claimed = await this.claim(about, likely);
    if (claimed !== null) return claimed;
    this.spare(about, likely);
    const told = describe(likely, about);
    const wakes = this.plan.dirty.get(name) === 'to be resumed' && told.action === 'none';
    return {
      ...told,
      ...(wakes ? { action: 'keep', reason: 'suspended, and resumed' } : {}),
      perhaps: likely.kind !== least.kind || this.isUnsure(about, likely),
    };
  }

  /** What is taken again is not deleted, or perhaps not. */
  private spare({ declared, row, type, resolved }: About, decision: Decision): void {
    if (decision.kind === 'reuse') {
      const { resourceId } = decision.sibling;
      (this.early.has(resourceId) ? this.contested : this.retaken).add(resourceId);
    }
    if (decision.kind !== 'replace' || resolved.unknown.size === 0) return;
    for (const sibling of this.siblings(declared.name, row))
      if (sibling.type === type.name) this.contested.add(sibling.resourceId);
  }

  private isUnsure(about: About, decision: Decision): boolean {
    const { declared, row, resolved } = about;
    if (decision.kind === 'reuse') return this.early.has(decision.sibling.resourceId);
    // A version that stands may turn out to be what is wanted.
    if (decision.kind === 'replace' && resolved.unknown.size > 0 && this.siblings(declared.name, row).length > 0) return true;
    return this.isOutOfSight(row, this.presentType(about)) || (decision.kind === 'create' && this.mayBeCalledSo(about));
  }

  /** Made on another machine, it may find there what no name wants any more, and take that over. */
  private mayBeCalledSo({ row, type }: About): boolean {
    if (!type.facts.hostBound || !type.identity || row.host !== null) return false;
    return this.elsewhere.has(type.name);
  }

  /** What comes of it where the object that is to be made or changed is called what another one is called; null where that changes nothing. */
  private async claim(about: About, { kind }: Decision): Promise<Foreseen | null> {
    if (kind !== 'create' && kind !== 'update') return null;
    const { row, type, resolved } = about;
    const identity = identityOf(this.input.desk.host, type, resolved.properties);
    const holder = identity === null ? null : await this.input.loadHolder(identity);
    if (holder === null || holder.resourceId === row.id) return null;
    const reason = `its object is ${holder.name} of stack ${holder.stackName} already`;
    // What is bound to a machine may be made on another one, where nothing is called so.
    const taken = { action: 'fail' as const, reason, perhaps: type.facts.hostBound && row.host === null };
    const version = this.versions.get(holder.resourceId);
    if (version === undefined) return taken;
    // It is called otherwise first, or not, when its turn comes.
    if (this.chosen.has(version.id)) return this.walked.has(version.id) ? { ...taken, perhaps: true } : taken;
    const mayTake = row.physicalId === null && row.replaces !== version.id;
    if (version.type === type.name && mayTake && !isDeleting(version)) return this.takeOver(about, version);
    return version.deletionPolicy === 'retain' || this.rowOf(version.id).external ? taken : null;
  }

  private async takeOver(about: About, version: VersionFacts): Promise<Foreseen> {
    const over = { ...about, row: this.rowOf(version.id), version };
    (this.early.has(version.id) ? this.contested : this.retaken).add(version.id);
    const { likely, least } = await this.decideFor(over);
    const renamedFrom = version.name === about.declared.name ? null : version.name;
    const perhaps = likely.kind !== least.kind || this.early.has(version.id) || about.type.facts.hostBound;
    return { ...describe(likely, over), version: version.id, renamedFrom, perhaps };
  }

  private rowOf(id: ResourceId): ResourceRow {
    return this.input.facts!.resources.get(id)!;
  }

  /** It is somebody else's object: only whether it is there matters. */
  private async adopted({ declared, row, type, resolved, settings }: About): Promise<Foreseen> {
    const externalId = declared.definition.externalId!;
    const item = pseudoItem(this.input.stack, row, this.settingsOf(row));
    if (row.external && row.status === 'COMPLETE' && !isElsewhere(item, settings))
      return { action: 'none', reason: `it adopts ${externalId}` };
    const found = await lookAtExternal(this.input.desk, item, { ...resolved, type, settings, externalId });
    if ('missing' in found) return { action: 'fail', reason: found.missing };
    return { action: row.external ? 'keep' : 'adopt', reason: `the object ${externalId}, as it is` };
  }

  private presentType({ row, type }: About): ResourceType {
    return this.input.desk.types.findType(row.type) ?? type;
  }

  /** What is decided when all that is not known yet changes, and when none of it does. */
  private async decideFor(about: About): Promise<{ readonly likely: Decision; readonly least: Decision }> {
    const { declared, row, type, resolved, settings } = about;
    const { desk } = this.input;
    const presentType = this.presentType(about);
    const standing = await this.standing(about, presentType);
    const before = row.properties ?? row.pending;
    const { properties, unknown } = resolved;
    const identity = identityOf(desk.host, type, properties);
    const input: DecideInput = {
      row,
      standing,
      type,
      wanted: resolved,
      unknown,
      siblings: this.siblings(declared.name, row),
      restrictedActions: restrictionsFor(this.input.rules, declared.name),
      otherProvider: isElsewhere({ resource: row, settings: this.settingsOf(row) }, settings),
      sameIdentity: before !== null && identity !== null && identityOf(row.host ?? desk.host, presentType, before) === identity,
    };
    const likely = decide(input);
    if (likely.kind === 'keep' && 'seen' in standing) this.noteSeen(row.id, standing.seen);
    if (unknown.size === 0) return { likely, least: likely };
    const present = (standing.kind === 'whole' ? standing.properties : before) ?? {};
    const same = Object.fromEntries([...unknown].map((name) => [name, present[name] ?? null]));
    const wanted = { properties: { ...properties, ...same }, inputsSha: '' as Sha };
    return { likely, least: decide({ ...input, wanted, unknown: new Set() }) };
  }

  /** Only an engine on its own machine, or one with a newer version of the type, can see how it stands. */
  private isOutOfSight(row: ResourceRow, type: ResourceType): boolean {
    const elsewhere = row.host !== null && row.host !== this.input.desk.host && lookNeeded(row, type) !== null;
    return elsewhere || lookForNewer(row, type) !== null;
  }

  /** An operation under way is taken to end well, and so is what is out of sight; what is in doubt is looked at, as the engine would. */
  private async standing({ row, version, resolved, settings }: About, type: ResourceType): Promise<Standing> {
    if (version?.operation && version.operation.kind !== 'delete')
      return { kind: 'whole', properties: row.pending, inputsSha: row.pendingSha, seen: null };
    if (this.isOutOfSight(row, type)) {
      const made = row.pending === null ? row : { properties: row.pending, inputsSha: row.pendingSha };
      return { kind: 'whole', properties: made.properties, inputsSha: made.inputsSha, seen: null };
    }
    const item = pseudoItem(this.input.stack, row, this.settingsOf(row));
    const sought = { properties: resolved.properties, settings, secrets: this.secretTexts };
    return standingOf(row, type, await lookAt(this.input.desk, item, type, sought), resolved);
  }

  private noteSeen(id: ResourceId, seen: Seen | null): void {
    if (seen === null) return;
    const { attributes, reference } = seen;
    this.seen.set(id, { ...(attributes === undefined ? {} : { attributes }), ...(reference === undefined ? {} : { reference }) });
  }

  private settingsOf({ settingId }: ResourceRow): ProviderSettings | null {
    return (settingId === null ? undefined : this.input.facts?.settings.get(settingId)) ?? null;
  }

  /** Other versions of the name that stand once the goal is accepted, newest first. */
  private siblings(name: string, { id }: ResourceRow): readonly Sibling[] {
    const isSound = (r: ResourceRow): boolean =>
      r.status === 'COMPLETE' && r.action !== 'DELETE' && !r.doubt && !r.unread && r.unhealthy === null && r.forced === null;
    return (this.others.get(name) ?? [])
      .filter((r) => r.id !== id && !r.external && r.physicalId !== null && isSound(r))
      .filter((r) => r.inputsSha !== null && this.versions.get(r.id)?.operation === null)
      .map((r) => ({ resourceId: r.id, type: r.type, inputsSha: r.inputsSha! }));
  }
}

function describe(
  decision: Decision,
  { row, type, resolved: { properties, unknown } }: About,
): Pick<PreviewEntry, 'action' | 'reason' | 'changes' | 'deleteFirst'> {
  const changes = (before: JsonMap | null) => changesOf(before ?? {}, properties, unknown, type);
  const plain = { changes: [] as PropertyChange[], deleteFirst: false };
  switch (decision.kind) {
    case 'nothing':
      return { ...plain, action: 'none', reason: decision.reason };
    case 'create':
      return { ...plain, action: 'create', reason: decision.reason, changes: changes(null) };
    case 'update':
      return { ...plain, action: 'update', reason: decision.reason, changes: changes(row.properties) };
    case 'replace':
      return {
        action: 'replace',
        reason: decision.reason,
        changes: changes(row.properties),
        deleteFirst: decision.deleteFirst,
      };
    case 'fail':
      return { ...plain, action: 'fail', reason: decision.failure.message };
    default:
      return { ...plain, action: decision.kind, reason: decision.reason };
  }
}

export function changesOf(before: JsonMap, after: JsonMap, unknown: ReadonlySet<string>, type: TypeSchema): PropertyChange[] {
  return changedProperties(before, after, unknown).map((name) => ({
    name,
    before: before[name] ?? null,
    after: after[name] ?? null,
    unknown: unknown.has(name),
    sensitive: type.properties[name] !== undefined && holdsSensitive(type.properties[name]),
  }));
}
