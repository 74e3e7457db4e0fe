/** Definitions in an order in which every resource comes after what it requires, with what is secret told from what is not. */
import { cycleText, type DependencyGraph, findCycle, topologicalOrder } from '../graph/dependency-graph.ts';
import { present } from '../std/assert.ts';
import type { CompiledGoal, Definition, OutputDefinition } from './definition.ts';
import type { Findings } from './findings.ts';
import { checkInside, isSecretInside, type NestedView } from './nested/check-inside.ts';
import type { CompiledChild } from './nested/compile-child.ts';
import type { StackUse } from './nested/read-stack-use.ts';
import { within } from './path.ts';
import type { TypeCatalog } from './property-schema.ts';
import type { DefinitionDraft } from './read-definition.ts';
import type { OutputDraft } from './read-outputs.ts';
import type { Usage } from './read-values.ts';
import type { ResourceEntry } from './resource-table.ts';

export type Drafts = ReadonlyMap<string, DefinitionDraft>;

/** Every resource after what it requires; any order, and a report of each circle, when there is none. */
export function orderDrafts(drafts: Drafts, section: string, findings: Findings): readonly string[] {
  if (isOrdered(drafts)) return [...drafts.keys()];
  const graph = new Map([...drafts].map(([name, { definition }]) => [name, definition.requires]));
  const order = topologicalOrder(graph);
  if (order !== undefined) return order;
  reportCycles(graph, section, findings);
  return [...drafts.keys()];
}

/** Most templates are written in an order that will do. */
function isOrdered(drafts: Drafts): boolean {
  for (const { definition, place } of drafts.values()) {
    for (const required of definition.requires) if ((drafts.get(required)?.place ?? place) >= place) return false;
  }
  return true;
}

/** One report for each circle that shares nothing with those before it. */
function reportCycles(graph: DependencyGraph, section: string, findings: Findings): void {
  const left = new Map(graph);
  for (let cycle = findCycle(left); cycle !== undefined; cycle = findCycle(left)) {
    const first = present(cycle[0], 'the beginning of a cycle');
    if (cycle.length > 2) {
      const placeOf = (name: string) => within(within(null, section), name);
      const notes = cycle
        .slice(0, -1)
        .map((name, i) => ({ message: `"${name}" requires "${cycle[i + 1]}"`, path: placeOf(name) }));
      const message = `resources require each other in a circle: ${cycleText(cycle)}`;
      findings.error('HOT-CYCLE', placeOf(first), message, { atKey: true, notes });
    }
    for (const name of cycle) left.delete(name);
  }
}

export interface FinishedDefinitions {
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly outputs: { readonly [name: string]: OutputDefinition };
  /** Of nested stacks, as far as they could be looked at. */
  readonly nestedGoals: ReadonlyMap<string, CompiledGoal>;
  /** The resources in nested stacks. */
  readonly nestedSize: number;
}

export type CompileNested = (entry: ResourceEntry, stack: StackUse, hidden: readonly string[]) => CompiledChild;

export interface FinishingSources {
  readonly compileNested: CompileNested;
  readonly catalog: TypeCatalog;
  readonly findings: Findings;
}

interface Finishing extends FinishingSources {
  readonly definitions: Map<string, Definition>;
  readonly children: Map<string, NestedView>;
  nestedSize: number;
}

/** What refers to a secret resource is secret itself; of a nested stack, what refers to a secret output. */
export function finishDefinitions(
  order: readonly string[],
  drafts: Drafts,
  outputs: ReadonlyMap<string, OutputDraft>,
  sources: FinishingSources,
): FinishedDefinitions {
  const on: Finishing = { ...sources, definitions: new Map(), children: new Map(), nestedSize: 0 };
  for (const name of order) finish(name, present(drafts.get(name), `the definition of ${name}`), on);
  for (const { usage } of outputs.values()) checkUsage(usage, on);
  return {
    definitions: on.definitions,
    outputs: Object.fromEntries([...outputs].map(([name, { output, usage }]) => [name, withSecrecy(output, usage, on)])),
    nestedGoals: new Map([...on.children].flatMap(([name, { goal }]) => (goal === undefined ? [] : [[name, goal]]))),
    nestedSize: on.nestedSize,
  };
}

function checkUsage({ nestedAttributes }: Usage, { children, catalog, findings }: Finishing): void {
  if (children.size === 0) return;
  for (const one of nestedAttributes) checkInside(one, children.get(one.resource), catalog, findings);
}

function finish(name: string, draft: DefinitionDraft, on: Finishing): void {
  checkUsage(draft.usage, on);
  const definition = withSecrecy(draft.definition, draft.usage, on);
  const { stack, entry } = draft;
  on.definitions.set(name, stack === undefined ? definition : finishNested(entry, stack, definition, on));
}

function finishNested(entry: ResourceEntry, stack: StackUse, definition: Definition, on: Finishing): Definition {
  const { file, form } = stack;
  const hidden = [...stack.usage].filter(([, usage]) => isSecretUsage(usage, on)).map(([parameter]) => parameter);
  const { goal, without, sha } = on.compileNested(entry, stack, hidden);
  on.children.set(entry.name, { form, goal });
  on.nestedSize += goal?.treeSize ?? 0;
  const nested = { ...(form === undefined ? {} : { form }), file, without, hidden, sha: sha.sha };
  return { ...definition, secret: definition.secret || sha.secret, nested };
}

function withSecrecy<T extends { readonly secret: boolean }>(part: T, usage: Usage, on: Finishing): T {
  return part.secret || !isSecretUsage(usage, on) ? part : { ...part, secret: true };
}

function isSecretUsage(usage: Usage, on: Finishing): boolean {
  if (usage.sensitive || usage.hiddenParameters.size > 0) return true;
  for (const name of usage.resources) if (!on.children.has(name) && on.definitions.get(name)?.secret === true) return true;
  return usage.nestedAttributes.some(({ resource, attribute, rest }) =>
    isSecretInside(on.children.get(resource), attribute, rest, on.catalog),
  );
}
