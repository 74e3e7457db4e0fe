/**
 * Claiming: ready nodes and due operations become an engine's, each with the next epoch, and come back with all that is needed to work on
 * them. Working on a node never loads the graph: its definition, what it requires and its siblings are found by name.
 */

import type {
  Inside,
  Leaving,
  NestedFacts,
  NodeRow,
  Offer,
  OperationRow,
  Purpose,
  RequiredOutputs,
  ResourceId,
  ResourceRow,
  Sibling,
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
import { type Act, query, queryOne, queryRows, type SqlRow } from '../sql.ts';
import type { Vault } from '../vault.ts';
import type { ActContext } from './act-context.ts';
import { isClosed } from './gate.ts';
import { loadAsked } from './load-asked.ts';
import { loadInside } from './load-inside.ts';
import { type DocumentsRead, loadNested } from './load-nested.ts';
import { lockFree } from './lock.ts';
import { type OutputColumns, toRequiredOutputs } from './required-outputs.ts';

/** After its deadline an operation's holder has so long to end it by itself: milliseconds. */
export const deadlineGraceMs = 30_000;

export interface Claimed {
  readonly items: readonly WorkItem[];
  /** The next time after now at which something that sleeps is due. What is due already and was not claimed is for another engine. */
  readonly dueAt: number | null;
  /** False: the engine's lease lapsed, so it gets nothing before it has registered again: nobody would free what it holds. */
  readonly enlisted: boolean;
  /** The stack after which the next turn begins to look; null when there was none to look at. */
  readonly served: StackId | null;
}

/** `held`: the stacks whose trees this transaction has locked already. */
export function* claimWork(cx: ActContext, request: TurnRequest, held: readonly StackId[]): Act<Claimed> {
  const seen = yield* probe(request);
  const nothing: Claimed = { items: [], dueAt: seen.due_at, enlisted: true, served: null };
  if (seen.enlisted === 0) return { ...nothing, enlisted: false };
  if (seen.closed === 1) return nothing;
  if (seen.ready + seen.wakes + seen.operations === 0) return nothing;
  const { free, calls } = request.claim;
  if (free <= 0 && calls <= 0) return nothing;
  const ready = seen.ready === 1 ? yield* findReady(request.claim.after ?? 0) : [];
  const stacks = [...new Set([...ready, ...(yield* findDue(request, seen))])];
  const locked = yield* lockFree(cx, [...new Set([...held, ...stacks])]);
  const mine = locked.filter((id) => stacks.includes(id));
  if (seen.wakes === 1) yield* wakeSleepers(mine, request.now);
  const operations = seen.operations === 1 ? yield* claimOperations(request, mine) : [];
  const nodes = [
    ...(yield* claimNodes(cx, request, mine, request.offer.freeTypes, free, true)),
    ...(yield* claimNodes(cx, request, mine, request.offer.effectTypes, calls - operations.length, false)),
  ];
  const items = operations.length + nodes.length === 0 ? [] : yield* loadItems(cx.vault, nodes, operations);
  const missed = mine.length < stacks.length ? request.now + missedMs : null;
  const dueAt = missed === null || (seen.due_at !== null && seen.due_at < missed) ? seen.due_at : missed;
  return { items, dueAt, enlisted: true, served: lastServed(ready, nodes) };
}

/** Where the next turn goes on: after the last stack that got a share, or after all of them when none had anything for us. */
function lastServed(ready: readonly StackId[], nodes: readonly NodeRow[]): StackId | null {
  const got = new Set(nodes.map((node) => node.stackId));
  return ready.findLast((id) => got.has(id)) ?? ready.at(-1) ?? null;
}

/** Work in a tree that somebody else holds is looked for again so soon: milliseconds. */
const missedMs = 15;
/** Stacks that one turn looks at. */
const stacksPerTurn = 64;
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

/**
 * Stacks that have ready nodes, the next after the one that was served last first: so each has its turn, whatever another one holds ready.
 * One step in the index for each stack, not for each node.
 */
function* findReady(after: number): Act<readonly StackId[]> {
  const behind = yield* findReadyAfter(after, stacksPerTurn);
  if (after === 0 || behind.length === stacksPerTurn) return behind;
  const before = yield* findReadyAfter(0, stacksPerTurn - behind.length);
  return [...behind, ...before.filter((id) => id <= after)];
}

function* findReadyAfter(after: number, limit: number): Act<readonly StackId[]> {
  const rows = yield* query<{ id: StackId }>(
    `with recursive s(id) as (
       select min(stack_id) from node where state = 'ready' and stack_id > ?
       union all select (select min(n.stack_id) from node n where n.state = 'ready' and n.stack_id > s.id) from s where s.id is not null)
     select id from s where id is not null limit ? + 0`,
    after,
    limit,
  );
  return rows.map((row) => row.id);
}

function* wakeSleepers(stacks: readonly StackId[], now: number): Act<void> {
  if (stacks.length === 0) return;
  yield* query(
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
  readonly due_at: number | null;
}

/** One look at the indexes tells an idle turn from a busy one. */
function* probe({ engineId, now }: TurnRequest): Act<Probe> {
  const row = yield* queryOne<SqlRow & Probe>(
    `select exists (select 1 from engine where id = ?) as enlisted, ${isClosed} as closed,
       exists (select 1 from node where state = 'ready') as ready,
       exists (select 1 from node where state = 'sleeping' and wake_at <= ?) as wakes,
       exists (select 1 from operation where (state = 'sleeping' and (wake_at <= ? or cancel = 1 or deadline <= ?))
         or (state = 'running' and (engine_id is null or deadline + ? <= ?))) as operations,
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
  return row!;
}

interface ReadyNode {
  readonly stack_id: number;
  readonly traversal: number;
  readonly id: number;
}

/** `nested`: those that are stacks of their own, too, which need no call. At most `limit`, the same share from each stack first; what some stacks leave of their share the others get. */
function* claimNodes(
  cx: ActContext,
  { engineId, offer }: TurnRequest,
  stacks: readonly StackId[],
  types: readonly string[],
  limit: number,
  nested: boolean,
): Act<NodeRow[]> {
  if (limit <= 0 || (types.length === 0 && !nested) || stacks.length === 0) return [];
  const share = Math.ceil(limit / stacks.length);
  let ready = yield* findReadyNodes(cx, offer, stacks, types, nested, share);
  if (ready.length < limit && stacks.length > 1 && holdsShare(ready, share))
    ready = yield* findReadyNodes(cx, offer, stacks, types, nested, limit);
  const rows = yield* queryRows(
    `update node set state = 'claimed', engine_id = k.engine_id, epoch = epoch + 1 from @rows(stack_id int, traversal int, id int, engine_id text) k
     where node.stack_id = k.stack_id and node.traversal = k.traversal and node.id = k.id returning *`,
    ready.slice(0, limit).map((row) => [row.stack_id, row.traversal, row.id, engineId]),
  );
  return rows.map(toNode).sort((a, b) => a.stackId - b.stackId || a.id - b.id);
}

/** Whether some stack may have more than its share. */
function holdsShare(ready: readonly ReadyNode[], share: number): boolean {
  const counts = new Map<number, number>();
  for (const { stack_id } of ready) counts.set(stack_id, (counts.get(stack_id) ?? 0) + 1);
  return [...counts.values()].some((count) => count >= share);
}

const readyNode = `n.state = 'ready' and (r.type in @names and r.nested = 0 or r.nested = 1 and ? = 1) and (r.host is null or r.host = ?)
  and not exists (select 1 from operation o where o.resource_id = r.id)`;

/** The first `share` of each stack, those within everybody's share first. The two databases differ in how they stop early. */
function* findReadyNodes(
  cx: ActContext,
  offer: Offer,
  stacks: readonly StackId[],
  types: readonly string[],
  nested: boolean,
  share: number,
): Act<readonly ReadyNode[]> {
  if (cx.rowLocks)
    return yield* query<ReadyNode & SqlRow>(
      `@postgres select m.stack_id, m.traversal, m.id from @rows(id int, place int) s cross join lateral (
         select n.stack_id, n.traversal, n.id, row_number() over (order by n.id) as rank from node n join resource r on r.id = coalesce(n.victim, n.resource_id)
         where n.stack_id = s.id and ${readyNode} order by n.id limit ? + 0) m order by m.rank, s.place`,
      JSON.stringify(stacks.map((id, place) => [id, place])),
      JSON.stringify(types),
      Number(nested),
      offer.host,
      share,
    );
  const found: ReadyNode[][] = [];
  for (const stackId of stacks) {
    const rows = yield* query<ReadyNode & SqlRow>(
      `@sqlite select n.stack_id, n.traversal, n.id from node n cross join resource r
       where n.stack_id = ? and r.id = coalesce(n.victim, n.resource_id) and ${readyNode} order by n.id limit ? + 0`,
      stackId,
      JSON.stringify(types),
      Number(nested),
      offer.host,
      share,
    );
    found.push([...rows]);
  }
  return found.length === 1 ? found[0]! : inRounds(found);
}

/** The first of each list, then the second of each, and so on. */
function inRounds<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => (i < list.length ? [list[i]!] : []))).flat();
}

interface ClaimedOperation {
  readonly row: SqlRow;
  readonly recover: boolean;
}

/** Sleeping ones that are due or not wanted any more, and running ones whose holder is lost. */
function* claimOperations(request: TurnRequest, stacks: readonly StackId[]): Act<ClaimedOperation[]> {
  const due = yield* query<{ resource_id: number; state: string }>(
    `select o.resource_id, o.state from operation o cross join resource r
     where r.id = o.resource_id and ((o.state = 'sleeping' and (o.wake_at <= ? or o.cancel = 1 or o.deadline <= ?)) or (o.state = 'running' and (o.engine_id is null or o.deadline + ? <= ?)))
       and r.type in @names and (r.host is null or r.host = ?) and o.stack_id in @ids order by o.resource_id limit ? + 0`,
    request.now,
    request.now,
    deadlineGraceMs,
    request.now,
    JSON.stringify([...request.offer.effectTypes, ...request.offer.freeTypes]),
    request.offer.host,
    JSON.stringify(stacks),
    Math.max(request.claim.calls, 0),
  );
  const recover = new Map(due.map((row) => [row.resource_id, row.state === 'running']));
  const rows = yield* queryRows(
    `update operation set state = 'running', engine_id = k.engine_id, epoch = epoch + 1, wake_at = null from @rows(resource_id int, engine_id text) k
     where operation.resource_id = k.resource_id returning *`,
    due.map((row) => [row.resource_id, request.engineId]),
  );
  const lost = due.filter((row) => row.state === 'running').map((row) => row.resource_id);
  if (lost.length > 0) yield* query('update resource set lost = 1 where id in @ids', JSON.stringify(lost));
  return rows
    .map((row) => ({ row, recover: recover.get(Number(row['resource_id'])) ?? false }))
    .sort((a, b) => Number(a.row['resource_id']) - Number(b.row['resource_id']));
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
  rules: string;
}

function* loadItems(vault: Vault, nodes: readonly NodeRow[], claimed: readonly ClaimedOperation[]): Act<WorkItem[]> {
  const operations = claimed.map(({ row, recover }) => ({ operation: toOperation(row, vault), recover }));
  const nodeOf = yield* loadNodesOf(operations.map((o) => o.operation));
  const stackIds = [...new Set([...nodes.map((n) => n.stackId), ...operations.map((o) => o.operation.stackId)])];
  const stacks = yield* query<StackFacts & SqlRow>(
    `select s.id, s.uuid, s.name, s.suspended, s.goal, s.traversal, s.tenant, t.rollback_of, t.action, t.then_action, t.state, coalesce(g.rules, '[]') as rules
     from stack s join traversal t on t.stack_id = s.id and t.number = s.traversal left join goal g on g.stack_id = s.id and g.number = s.goal where s.id in @ids`,
    JSON.stringify(stackIds),
  );
  const stackOf = new Map(stacks.map((row) => [row.id, row]));
  const resources = yield* loadResources(vault, [
    ...nodes.flatMap((n) => (n.victim === null ? [n.resourceId] : [n.victim, n.resourceId])),
    ...operations.map((o) => o.operation.resourceId),
    ...[...nodeOf.values()].flatMap((n) => (n.victim === null ? [] : [n.resourceId])),
  ]);
  const drafts: Draft[] = [];
  for (const node of nodes) {
    const resource = resources.get(node.victim ?? node.resourceId);
    const stack = stackOf.get(node.stackId);
    const about = resources.get(node.resourceId);
    if (resource && stack)
      drafts.push({
        stack,
        resource,
        about: about ?? resource,
        node,
        operation: null,
        recover: false,
        purpose: purposeOf(node),
      });
  }
  for (const { operation, recover } of operations) {
    const resource = resources.get(operation.resourceId);
    const stack = stackOf.get(operation.stackId);
    const node = nodeOf.get(`${operation.stackId}/${operation.traversal}/${operation.nodeId}`) ?? null;
    const mine = node !== null && node.state === 'working' ? node : null;
    const about = mine === null ? undefined : resources.get(mine.resourceId);
    if (resource && stack)
      drafts.push({
        stack,
        resource,
        about: about ?? resource,
        node: mine,
        operation,
        recover,
        purpose: mine ? purposeOf(mine) : 'operation',
      });
  }
  return yield* complete(vault, drafts);
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

function* loadNodesOf(operations: readonly OperationRow[]): Act<Map<string, NodeRow>> {
  const rows = yield* queryRows(
    `select n.* from @rows(stack_id int, traversal int, id int) k cross join node n where n.stack_id = k.stack_id and n.traversal = k.traversal and n.id = k.id`,
    operations.map((o) => [o.stackId, o.traversal, o.nodeId]),
  );
  return new Map(rows.map(toNode).map((node) => [`${node.stackId}/${node.traversal}/${node.id}`, node]));
}

function* loadResources(vault: Vault, ids: readonly ResourceId[]): Act<Map<ResourceId, ResourceRow>> {
  const rows = yield* query('select * from resource where id in @ids', JSON.stringify(ids));
  return new Map(rows.map((row) => toResource(row, vault)).map((row) => [row.id, row]));
}

/** Adds definitions, required outputs and siblings. */
function* complete(vault: Vault, drafts: readonly Draft[]): Act<WorkItem[]> {
  const definitions = yield* loadDefinitions(vault, drafts);
  const required = yield* loadRequired(vault, drafts, definitions);
  const namesakesOf = yield* loadNamesakes(drafts);
  const settings = yield* loadSettings(vault, drafts);
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
      ...namesakesOf(draft),
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
    const { id, goal, tenant, rollback_of } = draft.stack;
    const stack = { id: id as StackId, goal, tenant, restoring: rollback_of !== null };
    found.set(draft, yield* loadNested(vault, stack, draft.resource.id, read));
  }
  return found;
}

type Definitions = Map<Draft, { readonly sha: Sha; readonly definition: Definition }>;

function* loadDefinitions(vault: Vault, drafts: readonly Draft[]): Act<Definitions> {
  const found: Definitions = new Map();
  const wanting = drafts.filter((d) => d.purpose === 'converge' || d.resource.nested);
  const rows = yield* queryRows<{ stack_id: number; name: string; sha: string; body: string }>(
    `select c.stack_id, c.name, c.sha, d.body from @rows(stack_id int, name text) k cross join declaration c cross join definition d
     where c.stack_id = k.stack_id and c.name = k.name and c.until is null and d.stack_id = c.stack_id and d.sha = c.sha`,
    wanting.map((d) => [d.stack.id, d.resource.name]),
  );
  const byName = new Map(rows.map((row) => [`${row.stack_id}/${row.name}`, row]));
  for (const draft of wanting) {
    const row = byName.get(`${draft.stack.id}/${draft.resource.name}`);
    if (row)
      found.set(draft, {
        sha: row.sha as Sha,
        definition: vault.open(row.body, `definition/${row.sha}`) as unknown as Definition,
      });
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

interface Namesakes {
  readonly siblings: readonly Sibling[];
  readonly leaving: readonly Leaving[];
}

/**
 * Marked versions of the same name: those that stand, one of which a decision to replace takes when it is already what is wanted, and those
 * whose deletion has begun, which stand in the way of a type that can't exist twice.
 */
function* loadNamesakes(drafts: readonly Draft[]): Act<(draft: Draft) => Namesakes> {
  const rows = yield* queryRows<{
    stack_id: number;
    name: string;
    id: number;
    type: string;
    inputs_sha: string | null;
    leaving: number;
  }>(
    `select r.stack_id, r.name, r.id, r.type, r.inputs_sha, case when r.action = 'DELETE' or o.kind = 'delete' then 1 else 0 end as leaving
     from @rows(stack_id int, name text) k cross join resource r left join operation o on o.resource_id = r.id
     where r.stack_id = k.stack_id and r.name = k.name and r.marked is not null and (r.action = 'DELETE' or o.kind = 'delete' or (o.kind is null and
       r.status = 'COMPLETE' and r.doubt = 0 and r.unread = 0 and r.external = 0 and r.unhealthy is null and r.forced is null and r.inputs_sha is not null))
     order by r.id desc`,
    drafts.filter((d) => d.purpose === 'converge').map((d) => [d.stack.id, d.resource.name]),
  );
  const found = Map.groupBy(rows, (row) => `${row.stack_id}/${row.name}`);
  return (draft) => {
    const own = (found.get(`${draft.stack.id}/${draft.resource.name}`) ?? []).filter((row) => row.id !== draft.resource.id);
    const [leaving, standing] = [own.filter((row) => row.leaving === 1), own.filter((row) => row.leaving === 0)];
    return {
      siblings: standing.map((row) => ({ resourceId: row.id as ResourceId, type: row.type, inputsSha: row.inputs_sha as Sha })),
      leaving: leaving.map((row) => ({ resourceId: row.id as ResourceId, type: row.type })),
    };
  };
}

export function* loadSettings(
  vault: Vault,
  drafts: readonly { readonly resource: Pick<ResourceRow, 'settingId'> }[],
): Act<Map<number, StoredSettings>> {
  const ids = new Set(drafts.map((d) => d.resource.settingId).filter((id) => id !== null));
  if (ids.size === 0) return new Map();
  const rows = yield* query<{ id: number; name: string; body: string }>(
    'select id, name, body from setting where id in @ids',
    JSON.stringify([...ids]),
  );
  return new Map(
    rows.map((row) => [row.id, { id: row.id, name: row.name, values: vault.open(row.body, `setting/${row.id}`) as JsonMap }]),
  );
}
