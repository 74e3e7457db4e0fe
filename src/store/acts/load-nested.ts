/** Loads what work on a nested stack needs: the documents its template is among, and how the child stands. */
import type { ChildFacts, NestedFacts, RequiredOutputs, ResourceRow, StackId, StackRow } from '../../engine/ports/store.ts';
import type { Sha } from '../../std/digest.ts';
import type { GoalDocuments, OutputDefinition } from '../../template/definition.ts';
import { referencesOf } from '../../template/evaluate.ts';
import { insideOfOutputs } from '../../template/nested/inside-references.ts';
import { readDocuments } from '../reads/read-documents.ts';
import { toGoal } from '../rows.ts';
import { type Act, query, queryOne } from '../sql.ts';
import type { Vault } from '../vault.ts';
import { findHeld, hasFormer } from './held.ts';
import { loadOutputs, readInsideMark } from './load-inside.ts';
import { currentTraversal, findChild } from './nested.ts';

/** Documents are read once a stack, however many of its nested ones are worked on in a turn. */
export type DocumentsRead = Map<StackId, GoalDocuments | null>;

export function* loadNested(
  vault: Vault,
  stack: {
    readonly id: StackId;
    readonly goal: number;
    readonly tenant: string;
    readonly restoring: boolean;
    readonly complete: boolean;
    /** It is to go. */
    readonly deletes: boolean;
  },
  resource: Pick<ResourceRow, 'id' | 'doubt'>,
  read: DocumentsRead,
): Act<NestedFacts> {
  if (!read.has(stack.id)) read.set(stack.id, yield* readDocuments(vault, stack.id, stack.goal));
  const child = yield* findChild(resource.id);
  return {
    documents: read.get(stack.id) ?? null,
    tenant: stack.tenant,
    restoring: stack.restoring,
    complete: stack.complete,
    held: stack.deletes && child !== null && (yield* findHeld(child)) !== null,
    child: child === null ? null : yield* loadChildFacts(vault, child, resource.doubt),
  };
}

/** `doubt`: only then may something in it be stale, which is not looked for otherwise, for a child may be large. */
function* loadChildFacts(vault: Vault, child: StackRow, doubt: boolean): Act<ChildFacts | null> {
  const traversal = yield* currentTraversal(child);
  const row = yield* queryOne('select * from goal where stack_id = ? and number = ?', child.id, child.goal);
  if (traversal === null || row === undefined) return null;
  const goal = toGoal(row, vault);
  const kept = yield* query<{ number: number; sha: string }>(
    'select number, sha from goal where stack_id = ? order by number',
    child.id,
  );
  const marked = yield* queryOne('select 1 as ok from resource where stack_id = ? and marked is not null limit 1', child.id);
  return {
    uuid: child.uuid,
    name: child.name,
    traversal: traversal.number,
    state: traversal.state,
    action: traversal.action,
    reason: traversal.reason,
    goalSha: goal.sha,
    goalOutcome: goal.outcome,
    pursued: goal.traversal === traversal.number,
    description: goal.description,
    parameters: goal.parameters,
    immutable: goal.immutable,
    goals: new Map(kept.map(({ number, sha }) => [sha as Sha, number])),
    held: traversal.held && traversal.failures === 1,
    untidy: marked !== undefined,
    former: marked !== undefined || (yield* hasFormer(child.id)),
    stale: doubt && traversal.state === 'complete' && (yield* isStale(child.id)),
    outputs: goal.outputs,
    outputsOf: yield* loadOutputsOf(vault, child.id, goal.outputs),
    inside: yield* readInsideMark(child.id),
  };
}

/** Something in it was made of outputs that are others now, or what is nested in it is in doubt: an action brought that to light. */
/** Something in it was made of outputs that are others by now, or may have been. */
export function* isStale(stackId: StackId): Act<boolean> {
  const row = yield* queryOne(
    `select 1 as ok from requirement q cross join resource r cross join resource u
     where q.stack_id = ? and r.id = q.required_id and u.id = q.resource_id and r.revision <> q.revision and r.marked is null and u.marked is null
     union all select 1 as ok from resource where stack_id = ? and nested = 1 and doubt = 1 and marked is null and action <> 'DELETE' limit 1`,
    stackId,
    stackId,
  );
  return row !== undefined;
}

/** Only what the outputs refer to: a child may be large. */
function* loadOutputsOf(
  vault: Vault,
  stackId: StackId,
  outputs: { readonly [name: string]: OutputDefinition },
): Act<ReadonlyMap<string, RequiredOutputs>> {
  const names = new Set(Object.values(outputs).flatMap((output) => referencesOf(output.value).resources));
  return yield* loadOutputs(vault, stackId, [...names], insideOfOutputs(outputs));
}
