/**
 * What a goal would do within a nested stack: its own preview, under the path of names that leads to it. Where a property waits for what is
 * not made yet, nothing can be compiled, and the resource alone is told of.
 */
import { compileChild, nameFor } from '../engine/nested-stack.ts';
import type { GoalRow, ResourceRow, StackRow } from '../engine/ports/store.ts';
import { redact } from '../engine/redact.ts';
import type { Sha } from '../std/digest.ts';
import type { PlanningFacts } from '../store/reads/reads.ts';
import type { Definition, GoalDocuments } from '../template/definition.ts';
import type { PreviewEntry, PreviewInput } from './preview.ts';

/** How a nested stack stands. */
export interface ChildStanding {
  readonly stack: StackRow;
  /** The goal in force. */
  readonly goal: GoalRow;
  readonly facts: PlanningFacts;
  /** Something in it was made of outputs that are others by now, or may have been. */
  readonly stale: boolean;
  readonly hidden: PreviewInput['hidden'];
}

/** A resource that is a stack, and what it is made of. */
export interface NestedUse {
  readonly name: string;
  readonly definition: Definition;
  readonly documents: GoalDocuments;
  readonly secrets: ReadonlySet<string>;
}

/** The preview of the child's goal, with the digest of that; or why it can't be one. */
export async function previewChild(
  input: PreviewInput,
  { name, definition, documents, secrets }: NestedUse,
  child: ChildStanding | null,
  previewGoal: (input: PreviewInput) => Promise<{ readonly entries: readonly PreviewEntry[] }>,
): Promise<{ readonly entries: readonly PreviewEntry[]; readonly sha: Sha } | { readonly message: string }> {
  const uuid = child?.stack.uuid ?? '';
  const own = child?.stack.name ?? nameFor({ stack: { name: input.stack?.name ?? '' }, resource: { name } }, uuid);
  const goal = compileChild(input.desk, definition, documents, {
    uuid,
    name: own,
    tenant: input.tenant,
    previous: child?.goal ?? null,
  });
  if ('code' in goal) return { message: redact(goal.message, secrets) };
  const { entries } = await previewGoal({
    ...input,
    documents,
    asked: child?.goal.sha !== goal.sha,
    declared: goal.declared,
    rules: goal.rules,
    stack: child?.stack ?? null,
    facts: child?.facts ?? null,
    rollbackMembers: null,
    empty: false,
    hidden: child?.hidden ?? [],
  });
  return { entries: entries.map((entry) => ({ ...entry, name: `${name}/${entry.name}` })), sha: goal.sha };
}

/** Why a nested stack that is to stay as it is has its goal carried on all the same; null when it has not. */
export function whyAgain(
  row: Pick<ResourceRow, 'unhealthy' | 'unread' | 'doubt'>,
  { stack, stale }: ChildStanding,
): string | null {
  if (row.unhealthy !== null) return row.unhealthy;
  if (row.unread) return 'to be read after the database was restored';
  if (stack.status === 'FAILED') return 'its stack had failed';
  return row.doubt && stale ? 'outputs within it have changed' : null;
}
