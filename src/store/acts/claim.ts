/**
 * Claiming: ready nodes and due operations become an engine's, each with the next epoch, and come back with all that is needed to work on
 * them. Working on a node never loads the graph: its definition, what it requires and its siblings are found by name.
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
  Served,
  StackId,
  StoredSettings,
  TurnRequest,
  WorkItem,
} from '../../engine/ports/store.ts';
import { priorityOf } from '../../engine/priorities.ts';
import type { StackAction } from '../../engine/states.ts';
import type { Sha } from '../../std/digest.ts';
import type { JsonMap } from '../../std/json.ts';
import type { Definition } from '../../template/definition.ts';
import { insideOf, joinInside } from '../../template/nested/inside-references.ts';
import { toNode, toOperation, toResource } from '../rows.ts';
import { type Act, type Ask, ask, askRows, query, queryRows, run, type SqlRow, together } from '../sql.ts';
import type { Vault } from '../vault.ts';
import type { ActContext } from './act-context.ts';
import { claimableOf, loadWithin, pickWithin, type Tenants, type Within } from './claim-within.ts';
import { isClosed } from './gate.ts';
import { loadAsked } from './load-asked.ts';
import { loadInside } from './load-inside.ts';
import { type DocumentsRead, loadNested } from './load-nested.ts';
import { lockFree } from './lock.ts';
import { askShares, evenOut, type ReadyNode, type Subject, type Wants } from './pick-ready.ts';
import { askReadyStacks, findRanks, heldDepth, lastServed, type Rank, toRank } from './ready-stacks.ts';
import { type OutputColumns, toRequiredOutputs } from './required-outputs.ts';

/** After its deadline an operation's holder has so long to end it by itself: milliseconds. */
export const deadlineGraceMs = 30_000;

export interface Claimed {
  readonly items: readonly WorkItem[];
  /** The next time after now at which something that sleeps is due. What is due already and was not claimed is for another engine. */
  readonly dueAt: number | null;
  /** False: the engine's lease lapsed, so it gets nothing before it has registered again: nobody would free what it holds. */
  readonly enlisted: boolean;
  /** Where the next turn begins to look. */
  readonly served: Served;
}

/** `held`: the stacks whose trees this transaction has locked already. */
export function* claimWork(cx: ActContext, request: TurnRequest, held: readonly StackId[]): Act<Claimed> {
  const { free, calls } = request.claim;
  const asks = free > 0 || calls > 0;
  const [[seen], ...found] = yield* together(askProbe(request), ...(asks ? askReadyStacks(request) : []));
  const nothing: Claimed = { items: [], dueAt: seen!.due_at, enlisted: true, served: {} };
  if (seen!.enlisted === 0) return { ...nothing, enlisted: false };
  if (seen!.closed === 1 || !asks) return nothing;
  if (seen!.ready + seen!.wakes + seen!.operations === 0) return nothing;
  const within = seen!.limited === 1 ? yield* loadWithin(request.offer) : null;
  const ranks = yield* rankStacks(request, seen!, found, within);
  const stacks = [...new Set([...ranks.flatMap((rank) => rank.stacks), ...(yield* findDue(request, seen!))])];
  const mine = yield* lockStacks(cx, held, stacks);
  const picked = yield* pick(cx, request, seen!, yield* queueUp(mine, seen!, ranks, within));
  const items = yield* claim(cx.vault, request, picked);
  const missed = mine.length < stacks.length || within?.missed === true ? request.now + missedMs : null;
  const dueAt = missed === null || (seen!.due_at !== null && seen!.due_at < missed) ? seen!.due_at : missed;
  const got = new Set(picked.nodes.map((node) => node.stack_id));
  return { items, dueAt, enlisted: true, served: lastServed(request, ranks, got) };
}

/** Most of the time all are alike, and what was found along with the probe is what there is. */
function* rankStacks(
  request: TurnRequest,
  seen: Probe,
  found: readonly (readonly { readonly id: StackId }[])[],
  within: Within | null,
): Act<readonly Rank[]> {
  if (within === null && seen.ranked === 0) return [toRank(request, found)];
  const tenants =
    within === null ? [] : yield* query<{ tenant: string }>('select distinct tenant from stack where deleted_at is null');
  const claimable =
    within &&
    claimableOf(
      within,
      tenants.map(({ tenant }) => tenant),
    );
  return yield* findRanks(request, seen.ranked === 1, claimable);
}

/** The stacks that are ours in this turn, in groups of which the first is served first. */
interface Queue {
  readonly groups: readonly (readonly StackId[])[];
  readonly tenants: Tenants;
  readonly within: Within | null;
}

function* queueUp(mine: readonly StackId[], seen: Probe, ranks: readonly Rank[], within: Within | null): Act<Queue> {
  if (mine.length === 0 || (within === null && seen.ranked === 0)) return { groups: [mine], tenants: new Map(), within };
  const rows = yield* query<{ id: StackId; priority: number; tenant: string }>(
    'select id, priority, tenant from stack where id in @ids',
    JSON.stringify(mine),
  );
  const priorities = new Map(rows.map((row) => [row.id, priorityOf(row.priority)]));
  const groups = ranks.map((rank) => mine.filter((id) => ranks.length === 1 || priorities.get(id) === rank.priority));
  return {
    groups: groups.filter((group) => group.length > 0),
    tenants: new Map(rows.map((row) => [row.id, row.tenant])),
    within,
  };
}

/** Of the stacks with something to do, those whose trees are ours now. */
function* lockStacks(cx: ActContext, held: readonly StackId[], stacks: readonly StackId[]): Act<readonly StackId[]> {
  const has = new Set(held);
  if (stacks.every((id) => has.has(id))) return stacks;
  const locked = new Set(yield* lockFree(cx, [...new Set([...held, ...stacks])]));
  return stacks.filter((id) => locked.has(id));
}

/** Work in a tree, or within a limit, that somebody else holds is looked for again so soon: milliseconds. */
const missedMs = 15;
/** Sleepers that one turn looks at. */
const rowsPerTurn = 256;

/** Stacks in which something that slept, or whose holder is lost, is due. */
function* findDue({ now }: TurnRequest, seen: Probe): Act<readonly StackId[]> {
  const found: StackId[] = [];
  const add = (rows: readonly { stack_id: StackId }[]) => found.push(...rows.map((row) => row.stack_id));
  if (seen.operations === 1) {
    add(
      yield* query<{ stack_id: StackId }>(
        `select distinct stack_id from (select stack_id from operation where (state = 'sleeping' and (wake_at <= ? or cancel = 1 or deadline <= ?))
           or (state = 'running' and (engine_id is null or deadline + ? <= ?)) order by resource_id limit ? + 0) o`,
        now,
        now,
        deadlineGraceMs,
        now,
        rowsPerTurn,
      ),
    );
  }
  if (seen.wakes === 1) {
    add(
      yield* query<{ stack_id: StackId }>(
        `select distinct stack_id from (select stack_id from node where state = 'sleeping' and wake_at <= ? order by wake_at limit ? + 0) n`,
        now,
        rowsPerTurn,
      ),
    );
  }
  return found;
}

function* wakeSleepers(stacks: readonly StackId[], now: number): Act<void> {
  if (stacks.length === 0) return;
  yield* run(
    `update node set state = 'ready', wake_at = null where state = 'sleeping' and wake_at <= ? and stack_id in @ids`,
    now,
    JSON.stringify(stacks),
  );
}

interface Probe {
  readonly enlisted: number;
  readonly closed: number;
  readonly ready: number;
  readonly wakes: number;
  readonly operations: number;
  /** Some stack in progress is not of normal priority. */
  readonly ranked: number;
  /** Limits are set. */
  readonly limited: number;
  readonly due_at: number | null;
}

/** One look at the indexes tells an idle turn from a busy one. */
function askProbe({ engineId, now }: TurnRequest): Ask<Probe> {
  return ask(
    `select exists (select 1 from engine where id = ?) as enlisted, ${isClosed} as closed,
       exists (select 1 from node where state = 'ready') as ready,
       exists (select 1 from node where state = 'sleeping' and wake_at <= ?) as wakes,
       exists (select 1 from operation where (state = 'sleeping' and (wake_at <= ? or cancel = 1 or deadline <= ?))
         or (state = 'running' and (engine_id is null or deadline + ? <= ?))) as operations,
       exists (select 1 from stack where priority <> 0 and status = 'IN_PROGRESS') as ranked, exists (select 1 from work_limit) as limited,
       (select min(at) from (select min(wake_at) as at from node where state = 'sleeping' and wake_at > ?
         union all select min(wake_at) from operation where state = 'sleeping' and wake_at > ?
         union all select min(deadline) from operation where deadline > ?
         union all select min(deadline) + ? from operation where deadline + ? > ?) d) as due_at`,
    engineId,
    now,
    now,
    now,
    deadlineGraceMs,
    now,
    now,
    now,
    now,
    deadlineGraceMs,
    deadlineGraceMs,
    now,
  );
}

interface DueOperation extends Subject {
  readonly state: string;
}

/** What the engine gets, from trees that are locked: operations that are due, nodes that need no call, nodes that do. */
interface Picked {
  readonly nodes: readonly ReadyNode[];
  readonly operations: readonly DueOperation[];
}

/** Group by group: what the first leave of what this turn may claim the next get. */
function* pick(cx: ActContext, request: TurnRequest, seen: Probe, { groups, tenants, within }: Queue): Act<Picked> {
  const stacks = groups.flat();
  if (stacks.length === 0) return { nodes: [], operations: [] };
  if (seen.wakes === 1) yield* wakeSleepers(stacks, request.now);
  const { offer, claim } = request;
  const nodes: ReadyNode[] = [];
  let operations: readonly DueOperation[] = [];
  let [free, calls] = [claim.free, claim.calls];
  for (const [i, group] of groups.entries()) {
    const wantsFree: Wants = { offer, stacks: group, types: offer.freeTypes, nested: true, limit: free };
    const wantsCalls: Wants = { offer, stacks: group, types: offer.effectTypes, nested: false, limit: calls };
    const depth = within === null ? {} : { depth: heldDepth };
    const [freeAsks, callAsks] = [askShares(cx, { ...wantsFree, ...depth }), within === null ? askShares(cx, wantsCalls) : []];
    const due = i === 0 && seen.operations === 1 ? askDue(request, stacks) : null;
    const [begun, ...found] = yield* together(due, ...freeAsks, ...callAsks);
    if (due !== null) [operations, calls] = [begun, calls - begun.length];
    const ready = yield* evenOut(cx, { ...wantsFree, ...depth }, found.slice(0, freeAsks.length));
    const left = { ...wantsCalls, limit: calls };
    const called =
      within === null ? yield* evenOut(cx, left, found.slice(freeAsks.length)) : yield* pickWithin(cx, within, left, tenants);
    nodes.push(...ready, ...called);
    [free, calls] = [free - ready.length, calls - called.length];
  }
  return { operations, nodes };
}

/** Sleeping ones that are due or not wanted any more, and running ones whose holder is lost. */
function askDue({ now, offer, claim }: TurnRequest, stacks: readonly StackId[]): Ask<DueOperation> {
  return ask(
    `select o.resource_id, coalesce(n.resource_id, o.resource_id) as about_id, o.stack_id, o.state, r.setting_id
     from operation o cross join resource r left join node n on n.stack_id = o.stack_id and n.traversal = o.traversal and n.id = o.node_id
     where r.id = o.resource_id and ((o.state = 'sleeping' and (o.wake_at <= ? or o.cancel = 1 or o.deadline <= ?)) or (o.state = 'running' and (o.engine_id is null or o.deadline + ? <= ?)))
       and r.type in @names and (r.host is null or r.host = ?) and o.stack_id in @ids order by o.resource_id limit ? + 0`,
    now,
    now,
    deadlineGraceMs,
    now,
    JSON.stringify([...offer.effectTypes, ...offer.freeTypes]),
    offer.host,
    JSON.stringify(stacks),
    Math.max(claim.calls, 0),
  );
}

/** Makes what was picked the engine's, each with the next epoch, and loads in the same round what it takes to work on it. */
function* claim(vault: Vault, { engineId }: TurnRequest, { nodes, operations }: Picked): Act<WorkItem[]> {
  const all: readonly Subject[] = [...operations, ...nodes];
  if (all.length === 0) return [];
  const lost = operations.filter((row) => row.state === 'running').map((row) => row.resource_id);
  if (lost.length > 0) yield* run('update resource set lost = 1 where id in @ids', JSON.stringify(lost));
  const ids = (subjects: readonly Subject[]): string => JSON.stringify(subjects.map((subject) => subject.resource_id));
  const started = ids(operations);
  const converging = ids([...operations, ...nodes.filter((node) => node.converges === 1)]);
  const [operationRows, nodeRows, operationNodes, stacks, resources, definitions, namesakes, settings] = yield* together(
    askRows(
      `update operation set state = 'running', engine_id = k.engine_id, epoch = epoch + 1, wake_at = null from @rows(resource_id int, engine_id text) k
       where operation.resource_id = k.resource_id returning *`,
      operations.map((row) => [row.resource_id, engineId]),
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

// ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

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
    const stack = { id: id as StackId, goal, tenant, restoring: rollback_of !== null, complete: complete_goal === goal };
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
    `select m.stack_id, m.name, r.id, r.revision, r.type, r.reference, r.physical_id, r.attributes, r.secret, r.nested
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
