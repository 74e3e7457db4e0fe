/** Loads what work on a nested stack needs: the documents its template is among, and how the child stands. */
import type { ChildFacts, NestedFacts, RequiredOutputs, ResourceId, StackId, StackRow } from '../../engine/ports/store.ts';
import type { Sha } from '../../std/digest.ts';
import type { JsonMap } from '../../std/json.ts';
import type { GoalDocuments, OutputDefinition } from '../../template/definition.ts';
import { referencesOf } from '../../template/evaluate.ts';
import { readDocuments } from '../reads/read-documents.ts';
import { placeOf, toGoal } from '../rows.ts';
import { type Act, query, queryOne } from '../sql.ts';
import type { Vault } from '../vault.ts';
import { currentTraversal, findChild } from './nested.ts';

/** Documents are read once a stack, however many of its nested ones are worked on in a turn. */
export type DocumentsRead = Map<StackId, GoalDocuments | null>;

export function* loadNested(
  vault: Vault,
  stack: { readonly id: StackId; readonly goal: number; readonly tenant: string; readonly restoring: boolean },
  resourceId: ResourceId,
  read: DocumentsRead,
): Act<NestedFacts> {
  if (!read.has(stack.id)) read.set(stack.id, yield* readDocuments(vault, stack.id, stack.goal));
  const child = yield* findChild(resourceId);
  return {
    documents: read.get(stack.id) ?? null,
    tenant: stack.tenant,
    restoring: stack.restoring,
    child: child === null ? null : yield* loadChildFacts(vault, child),
  };
}

function* loadChildFacts(vault: Vault, child: StackRow): Act<ChildFacts | null> {
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
    parameters: goal.parameters,
    immutable: goal.immutable,
    goals: new Map(kept.map(({ number, sha }) => [sha as Sha, number])),
    untidy: marked !== undefined,
    outputs: goal.outputs,
    outputsOf: yield* loadOutputsOf(vault, child.id, goal.outputs),
  };
}

/** Only what the outputs refer to: a child may be large. */
function* loadOutputsOf(
  vault: Vault,
  stackId: StackId,
  outputs: { readonly [name: string]: OutputDefinition },
): Act<ReadonlyMap<string, RequiredOutputs>> {
  const names = new Set(Object.values(outputs).flatMap((output) => referencesOf(output.value).resources));
  if (names.size === 0) return new Map();
  return yield* loadOutputs(vault, stackId, [...names]);
}

interface OutputColumns {
  name: string;
  id: number;
  revision: number;
  type: string;
  reference: string | null;
  physical_id: string | null;
  attributes: string;
  secret: number;
}

function* loadOutputs(vault: Vault, stackId: StackId, names: readonly string[]): Act<ReadonlyMap<string, RequiredOutputs>> {
  const rows = yield* query<OutputColumns>(
    `select m.name, r.id, r.revision, r.type, r.reference, r.physical_id, r.attributes, r.secret from membership m cross join resource r
     where m.stack_id = ? and m.name in @names and m.until is null and r.id = m.resource_id`,
    stackId,
    JSON.stringify(names),
  );
  return new Map(rows.map((row) => [row.name, toRequiredOutputs(row, vault)]));
}

export function toRequiredOutputs(row: OutputColumns, vault: Vault): RequiredOutputs {
  return {
    resourceId: row.id as ResourceId,
    revision: row.revision,
    type: row.type,
    reference: row.reference === null ? row.physical_id : (vault.open(row.reference, placeOf(row.id, 'reference')) as string),
    attributes: vault.open(row.attributes, placeOf(row.id, 'attributes')) as JsonMap,
    secret: row.secret === 1,
  };
}
