/**
 * What was picked becomes the engine's, each with the next epoch, and comes back with all that is needed to work on it. Working on a node never
 * loads the graph: its definition, what it requires and its siblings are found by name.
 */
import type {
  Inside,
  NestedFacts,
  NodeRow,
  OperationRow,
  Purpose,
  RequiredOutputs,
  ResourceId,
  ResourceRow,
  StackId,
  StoredSettings,
  TurnRequest,
  WorkItem,
} from '../../engine/ports/store.ts';
import type { StackAction } from '../../engine/states.ts';
import type { Sha } from '../../std/digest.ts';
import type { JsonMap } from '../../std/json.ts';
import type { Definition } from '../../template/definition.ts';
import { insideOf, joinInside } from '../../template/nested/inside-references.ts';
import { toNode, toOperation, toResource } from '../rows.ts';
import { type Act, type Ask, ask, askRows, queryRows, run, type SqlRow, together } from '../sql.ts';
import type { Vault } from '../vault.ts';
import type { DueOperation } from './find-due.ts';
import { loadAsked } from './load-asked.ts';
import { loadInside } from './load-inside.ts';
import { type DocumentsRead, loadNested } from './load-nested.ts';
import type { ReadyNode, Subject } from './pick-ready.ts';
import { type OutputColumns, toRequiredOutputs } from './required-outputs.ts';

/** What the engine gets, from trees that are locked: operations that are due, nodes that need no call, nodes that do. */
export interface Picked {
  readonly nodes: readonly ReadyNode[];
  readonly operations: readonly DueOperation[];
}

/**
 * Makes what was picked the engine's, each with the next epoch, and loads in the same round what it takes to work on it. Of an operation that is late the
 * grace begins anew, or else whoever comes next would take it away again, before anybody had found out what became of it.
 */
export function* takeOver(vault: Vault, { engineId, now }: TurnRequest, { nodes, operations }: Picked): Act<WorkItem[]> {
  const all: readonly Subject[] = [...operations, ...nodes];
  if (all.length === 0) return [];
  const lost = operations.filter((row) => row.state === 'running').map((row) => row.resource_id);
  if (lost.length > 0) yield* run('update resource set lost = 1 where id in @ids', JSON.stringify(lost));
  const ids = (subjects: readonly Subject[]): string => JSON.stringify(subjects.map((subject) => subject.resource_id));
  const started = ids(operations);
  const converging = ids([...operations, ...nodes.filter((node) => node.converges === 1)]);
  const [operationRows, nodeRows, operationNodes, stacks, resources, definitions, namesakes, settings] = yield* together(
    askRows(
      `update operation set state = 'running', engine_id = k.engine_id, epoch = epoch + 1, wake_at = null, deadline = case when deadline < k.now then k.now else deadline end
       from @rows(resource_id int, engine_id text, now int) k where operation.resource_id = k.resource_id returning *`,
      operations.map((row) => [row.resource_id, engineId, now]),
    ),
    askRows(
      `update node set state = 'claimed', engine_id = k.engine_id, epoch = epoch + 1 from @rows(stack_id int, traversal int, id int, engine_id text) k
       where node.stack_id = k.stack_id and node.traversal = k.traversal and node.id = k.id returning *`,
      nodes.map((row) => [row.stack_id, row.traversal, row.id, engineId]),
    ),
    operations.length === 0 ? null : askNodesOf(started),
    askStacks([...new Set(all.map((subject) => subject.stack_id))]),
    ask(
      'select * from resource where id in @ids',
      JSON.stringify([...new Set(all.flatMap((subject) => [subject.resource_id, subject.about_id]))]),
    ),
    askDefinitions(ids([...operations, ...nodes.filter((node) => node.converges === 1 || node.nested === 1)])),
    askNamesakes(converging),
    askSettings(all.map((subject) => subject.setting_id)),
  );
  const recover = new Set(lost);
  return yield* complete(vault, {
    drafts: draftsOf({
      nodes: nodeRows.map(toNode).sort((a, b) => a.stackId - b.stackId || a.id - b.id),
      operations: operationRows.map((row) => toOperation(row, vault)).sort((a, b) => a.resourceId - b.resourceId),
      nodeOf: new Map(operationNodes.map(toNode).map((node) => [`${node.stackId}/${node.traversal}/${node.id}`, node])),
      stacks: new Map(stacks.map((row) => [row.id, row])),
      resources: new Map(resources.map((row) => toResource(row, vault)).map((row) => [row.id, row])),
      recover,
    }),
    definitions: new Map(definitions.map((row) => [row.resource_id, row])),
    namesakes: Map.groupBy(namesakes, (row) => row.named),
    settings: new Map(settings.map((row) => [row.id, toSettings(row, vault)])),
  });
}

interface StackFacts {
  id: number;
  uuid: string;
  name: string;
  suspended: number;
  goal: number;
  traversal: number;
  action: string;
  then_action: string | null;
  state: string;
  tenant: string;
  rollback_of: number | null;
  complete_goal: number | null;
  rules: string;
}

function askStacks(ids: readonly number[]): Ask<StackFacts> {
  return ask(
    `select s.id, s.uuid, s.name, s.suspended, s.goal, s.complete_goal, s.traversal, s.tenant, t.rollback_of, t.action, t.then_action, t.state, coalesce(g.rules, '[]') as rules
     from stack s join traversal t on t.stack_id = s.id and t.number = s.traversal left join goal g on g.stack_id = s.id and g.number = s.goal where s.id in @ids`,
    JSON.stringify(ids),
  );
}

/** The nodes that these operations work for. */
function askNodesOf(ids: string): Ask<SqlRow> {
  return ask(
    `select n.* from operation o cross join node n where o.resource_id in @ids and n.stack_id = o.stack_id and n.traversal = o.traversal and n.id = o.node_id`,
    ids,
  );
}

interface ClaimedRows {
  readonly nodes: readonly NodeRow[];
  readonly operations: readonly OperationRow[];
  readonly nodeOf: ReadonlyMap<string, NodeRow>;
  readonly stacks: ReadonlyMap<number, StackFacts>;
  readonly resources: ReadonlyMap<ResourceId, ResourceRow>;
  /** Those of whose operation the holder was lost. */
  readonly recover: ReadonlySet<number>;
}

function draftsOf({ nodes, operations, nodeOf, stacks, resources, recover }: ClaimedRows): Draft[] {
  const drafts: Draft[] = [];
  for (const node of nodes) {
    const resource = resources.get(node.victim ?? node.resourceId);
    const stack = stacks.get(node.stackId);
    const about = resources.get(node.resourceId) ?? resource;
    if (resource && stack && about)
      drafts.push({ stack, resource, about, node, operation: null, recover: false, purpose: purposeOf(node) });
  }
  for (const operation of operations) {
    const resource = resources.get(operation.resourceId);
    const stack = stacks.get(operation.stackId);
    const node = nodeOf.get(`${operation.stackId}/${operation.traversal}/${operation.nodeId}`) ?? null;
    const mine = node !== null && node.state === 'working' ? node : null;
    const about = (mine && resources.get(mine.resourceId)) ?? resource;
    const purpose = mine ? purposeOf(mine) : 'operation';
    if (resource && stack && about)
      drafts.push({ stack, resource, about, node: mine, operation, recover: recover.has(operation.resourceId), purpose });
  }
  return drafts;
}

interface Draft {
  readonly stack: StackFacts;
  readonly resource: ResourceRow;
  /** The version that the node is about: another one where a victim goes first. */
  readonly about: ResourceRow;
  readonly node: NodeRow | null;
  readonly operation: OperationRow | null;
  readonly recover: boolean;
  readonly purpose: Purpose;
}

function purposeOf(node: NodeRow): Purpose {
  if (node.victim !== null) return 'victim';
  if (node.phase === 'converge') return 'converge';
  return node.phase === 'action' ? 'action' : 'delete';
}

/** Drafts, and what was loaded for their resources, by id. */
interface Material {
  readonly drafts: readonly Draft[];
  readonly definitions: ReadonlyMap<number, DefinitionRow>;
  readonly namesakes: ReadonlyMap<number, readonly NamesakeRow[]>;
  readonly settings: ReadonlyMap<number, StoredSettings>;
}

/** Adds what the definitions require, and what nested stacks are made of. */
function* complete(vault: Vault, material: Material): Act<WorkItem[]> {
  const { drafts, settings } = material;
  const definitions = openDefinitions(vault, material);
  const required = yield* loadRequired(vault, drafts, definitions);
  const nested = yield* loadNestedOf(vault, drafts, definitions);
  const asked = yield* loadAsked(
    drafts.map((draft) => ({ ...draft, external: definitions.get(draft)?.definition.externalId != null })),
  );
  return drafts.map((draft, i) => {
    const found = definitions.get(draft);
    return {
      stack: {
        id: draft.stack.id as StackId,
        uuid: draft.stack.uuid,
        name: draft.stack.name,
        suspended: draft.stack.suspended === 1,
      },
      traversal: draft.operation?.traversal ?? draft.node!.traversal,
      goal: draft.stack.goal,
      purpose: draft.purpose,
      action: (draft.stack.state === 'action'
        ? (draft.stack.then_action ?? draft.stack.action)
        : draft.stack.action) as StackAction,
      resource: draft.resource,
      node: draft.node,
      operation: draft.operation,
      recover: draft.recover,
      definition: found?.definition ?? null,
      definitionSha: found?.sha ?? null,
      required: outputsFor(draft, found?.definition ?? null, required),
      ...namesakesOf(draft, material),
      settings: draft.resource.settingId === null ? null : (settings.get(draft.resource.settingId) ?? null),
      nested: nested.get(draft) ?? null,
      asked: asked[i]!,
    };
  });
}

function* loadNestedOf(vault: Vault, drafts: readonly Draft[], definitions: Definitions): Act<Map<Draft, NestedFacts>> {
  const found = new Map<Draft, NestedFacts>();
  const read: DocumentsRead = new Map();
  for (const draft of drafts) {
    if (!draft.resource.nested && definitions.get(draft)?.definition.nested === undefined) continue;
    const { id, goal, tenant, rollback_of, complete_goal } = draft.stack;
    const stack = {
      id: id as StackId,
      goal,
      tenant,
      restoring: rollback_of !== null,
      complete: complete_goal === goal,
      deletes: draft.purpose === 'delete',
    };
    found.set(draft, yield* loadNested(vault, stack, draft.resource, read));
  }
  return found;
}

type Definitions = Map<Draft, { readonly sha: Sha; readonly definition: Definition }>;

interface DefinitionRow {
  readonly resource_id: number;
  readonly sha: string;
  readonly body: string;
}

/** What the goal in force says of these resources. */
function askDefinitions(ids: string): Ask<DefinitionRow> {
  return ask(
    `select r.id as resource_id, c.sha, d.body from resource r cross join declaration c cross join definition d
     where r.id in @ids and c.stack_id = r.stack_id and c.name = r.name and c.until is null and d.stack_id = c.stack_id and d.sha = c.sha`,
    ids,
  );
}

function openDefinitions(vault: Vault, { drafts, definitions }: Material): Definitions {
  const found: Definitions = new Map();
  for (const draft of drafts) {
    const row = draft.purpose === 'converge' || draft.resource.nested ? definitions.get(draft.resource.id) : undefined;
    if (row === undefined) continue;
    const definition = vault.open(row.body, `definition/${row.sha}`) as unknown as Definition;
    found.set(draft, { sha: row.sha as Sha, definition });
  }
  return found;
}

function* loadRequired(vault: Vault, drafts: readonly Draft[], definitions: Definitions): Act<Map<string, RequiredOutputs>> {
  const wanted = new Set<string>();
  const keys: [number, string][] = [];
  for (const draft of drafts) {
    for (const name of definitions.get(draft)?.definition.requires ?? []) {
      const key = `${draft.stack.id}/${name}`;
      if (!wanted.has(key)) keys.push([draft.stack.id, name]);
      wanted.add(key);
    }
  }
  const rows = yield* queryRows<OutputColumns & { stack_id: number }>(
    `select m.stack_id, m.name, r.id, r.revision, r.type, r.reference, r.physical_id, r.attributes, r.secret, r.nested,
       case when r.nested = 1 then (select c.goal from stack c where c.parent_resource = r.id and c.deleted_at is null) end as goal
     from @rows(stack_id int, name text) k cross join membership m cross join resource r
     where m.stack_id = k.stack_id and m.name = k.name and m.until is null and r.id = m.resource_id`,
    keys,
  );
  const inside = yield* loadInsideRequired(vault, rows, drafts, definitions);
  return new Map(rows.map((row) => [`${row.stack_id}/${row.name}`, toRequiredOutputs(row, vault, inside.get(row.id))]));
}

/** Within nested stacks, what any of the drafts refers to. */
function* loadInsideRequired(
  vault: Vault,
  rows: readonly (OutputColumns & { readonly stack_id: number })[],
  drafts: readonly Draft[],
  definitions: Definitions,
): Act<Map<number, Inside>> {
  const found = new Map<number, Inside>();
  const nested = rows.filter((row) => row.nested === 1);
  for (const [stackId, ofStack] of Map.groupBy(nested, (row) => row.stack_id)) {
    const readers = drafts.filter((d) => d.stack.id === stackId).flatMap((d) => definitions.get(d)?.definition ?? []);
    const names = joinInside(readers.map(insideOf));
    for (const row of ofStack) found.set(row.id, yield* loadInside(vault, row.id as ResourceId, names.get(row.name)));
  }
  return found;
}

function outputsFor(
  draft: Draft,
  definition: Definition | null,
  required: ReadonlyMap<string, RequiredOutputs>,
): ReadonlyMap<string, RequiredOutputs> {
  const outputs = new Map<string, RequiredOutputs>();
  for (const name of definition?.requires ?? []) {
    const found = required.get(`${draft.stack.id}/${name}`);
    if (found) outputs.set(name, found);
  }
  return outputs;
}

interface NamesakeRow {
  /** The version whose name it bears. */
  readonly named: number;
  readonly id: number;
  readonly type: string;
  readonly inputs_sha: string | null;
  readonly sound: number;
}

/**
 * Marked versions of the same name that stand, or may: all stand in the way of a type that can't exist twice; one that is sound is taken by a
 * decision to replace when it is already what is wanted.
 */
function askNamesakes(ids: string): Ask<NamesakeRow> {
  return ask(
    `select w.id as named, r.id, r.type, r.inputs_sha, case when r.action <> 'DELETE' and o.kind is null and r.status = 'COMPLETE' and r.doubt = 0 and r.unread = 0
         and r.unhealthy is null and r.forced is null and r.inputs_sha is not null then 1 else 0 end as sound
     from resource w cross join resource r left join operation o on o.resource_id = r.id
     where w.id in @ids and r.stack_id = w.stack_id and r.name = w.name and r.id <> w.id and r.marked is not null and r.external = 0
       and (r.physical_id is not null or r.doubt = 1 or o.kind is not null)
     order by r.id desc`,
    ids,
  );
}

function namesakesOf({ purpose, resource }: Draft, { namesakes }: Material): Pick<WorkItem, 'siblings' | 'namesakes'> {
  const own = purpose === 'converge' ? (namesakes.get(resource.id) ?? []) : [];
  const sound = own.filter((row) => row.sound === 1);
  return {
    siblings: sound.map((row) => ({ resourceId: row.id as ResourceId, type: row.type, inputsSha: row.inputs_sha as Sha })),
    namesakes: own.map((row) => ({ resourceId: row.id as ResourceId, type: row.type })),
  };
}

interface SettingRow {
  readonly id: number;
  readonly name: string;
  readonly body: string;
}

export function askSettings(ids: readonly (number | null)[]): Ask<SettingRow> | null {
  const known = new Set(ids.filter((id) => id !== null));
  return known.size === 0 ? null : ask('select id, name, body from setting where id in @ids', JSON.stringify([...known]));
}

export function toSettings({ id, name, body }: SettingRow, vault: Vault): StoredSettings {
  return { id, name, values: vault.open(body, `setting/${id}`) as JsonMap };
}
