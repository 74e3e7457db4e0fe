/**
 * What a goal would do, said by the engine's own planning and decisions, operations under way included. Nothing is changed; providers are
 * only read, and only where the engine would look too.
 */

import type { Desk } from '../engine/desk.ts';
import { stopsAt } from '../engine/hooks.ts';
import { type DeclaredFacts, planStart } from '../engine/plan-start.ts';
import type { Declared, Inside, ResourceId, ResourceRow, StackRow } from '../engine/ports/store.ts';
import type { Json } from '../std/json.ts';
import type { NamedVersion, PlanningFacts } from '../store/reads/reads.ts';
import type { GoalDocuments } from '../template/definition.ts';
import type { InsideNames } from '../template/nested/inside.ts';
import type { Hook, NameRule } from '../template/resource-rules.ts';
import { deletions } from './preview-deletions.ts';
import type { ChildStanding } from './preview-nested.ts';
import { PreviewWalk } from './preview-walk.ts';

export type PreviewAction = 'create' | 'update' | 'replace' | 'reuse' | 'adopt' | 'keep' | 'delete' | 'retain' | 'fail' | 'none';

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
  /** Somebody asks for the goal; otherwise it is only carried on. */
  readonly asked: boolean;
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
  /** Who holds what an object is called in the world; null when nobody does. */
  readonly loadHolder: (identity: string) => Promise<NamedVersion | null>;
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
    stops: stopsAt(input.rules, input.asked),
    empty: input.empty,
    allocate: () => next-- as ResourceId,
  });
  const walker = new PreviewWalk(input, plan, previewGoal);
  const entries: PreviewEntry[] = [];
  for (const declared of input.declared) entries.push(...(await walker.visit(declared)));
  entries.push(...deletions(input, plan, entries, walker.decisions));
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
  const counts = { create: 0, update: 0, replace: 0, reuse: 0, adopt: 0, keep: 0, delete: 0, retain: 0, fail: 0, none: 0 };
  for (const entry of entries) counts[entry.action]++;
  return counts;
}
