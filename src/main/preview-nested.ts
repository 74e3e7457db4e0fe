/**
 * What a goal would do within a nested stack: its own preview, under the path of names that leads to it. Where a property waits for what is
 * not made yet, nothing can be compiled, and the resource alone is told of.
 */
import { tryCompileRequest } from '../engine/compile-request.ts';
import type { ResourceRow, StackRow } from '../engine/ports/store.ts';
import type { PlanningFacts } from '../store/reads/reads.ts';
import type { Definition } from '../template/definition.ts';
import { evaluate } from '../template/evaluate.ts';
import type { Scope } from '../template/expression.ts';
import { childDocuments } from '../template/nested/child-documents.ts';
import type { ResolvedStack } from '../template/nested/resolve-stack.ts';
import type { PreviewEntry, PreviewInput } from './preview.ts';

/** How a nested stack stands. */
export interface ChildStanding {
  readonly stack: StackRow;
  readonly facts: PlanningFacts;
  readonly hidden: PreviewInput['hidden'];
}

/** The preview of the child's goal; null when it can't be told yet. */
export async function previewChild(
  input: PreviewInput,
  { name, definition }: { readonly name: string; readonly definition: Definition },
  row: ResourceRow | null,
  { text, parameters }: ResolvedStack,
  scope: Scope,
  previewGoal: (input: PreviewInput) => Promise<{ readonly entries: readonly PreviewEntry[] }>,
): Promise<readonly PreviewEntry[] | null> {
  const child = row?.physicalId == null ? null : await input.loadChild(row.physicalId);
  const documents = childDocuments(input.documents!, name, definition, {
    text,
    parameters,
    metadata: evaluate(definition.metadata, scope).value,
    updatePolicy: evaluate(definition.updatePolicy, scope).value,
  });
  const compiled = tryCompileRequest(input.desk, documents, {
    pseudo: { stackId: child?.stack.uuid ?? '', stackName: child?.stack.name ?? name, projectId: input.tenant },
  });
  if (!compiled.ok) return null;
  const { declared, rules } = compiled.goal;
  const within: PreviewInput = {
    ...input,
    documents,
    declared,
    rules,
    stack: child?.stack ?? null,
    facts: child?.facts ?? null,
    rollbackMembers: null,
    empty: false,
    hidden: child?.hidden ?? [],
  };
  const { entries } = await previewGoal(within);
  return entries.map((entry) => ({ ...entry, name: `${name}/${entry.name}` }));
}
