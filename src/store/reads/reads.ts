/** What people and previews ask of the store; each from one snapshot, nothing is written. */

import type { Recorded, VersionFacts } from '../../engine/plan-start.ts';
import type {
  EventRow,
  GoalRow,
  Inside,
  NodeRow,
  OperationRow,
  ResourceId,
  ResourceRow,
  StackId,
  StackRow,
  StoredSettings,
  TraversalRow,
} from '../../engine/ports/store.ts';
import type { Sha } from '../../std/digest.ts';
import type { Definition, GoalDocuments } from '../../template/definition.ts';
import type { InsideNames } from '../../template/nested/inside.ts';
import { loadInside } from '../acts/load-inside.ts';
import { isStale } from '../acts/load-nested.ts';
import { askSettings, toSettings } from '../acts/load-work.ts';
import { loadDeclared, loadMembers, loadRecorded, loadVersions, type StoredDeclaration } from '../acts/start-facts.ts';
import { toEvent, toGoal, toNode, toOperation, toResource, toStack, toTraversal } from '../rows.ts';
import { type Act, type ActRunner, type Ask, ask, query, queryOne, type SqlRow, together } from '../sql.ts';
import type { Vault } from '../vault.ts';
import { checkRows, type RowFinding } from './fsck-rows.ts';
import { type Hooked, listHooked } from './hooked.ts';
import { readDocuments } from './read-documents.ts';

/** Everything about one stack as it stands now. */
export interface StackView {
  readonly stack: StackRow;
  readonly traversal: TraversalRow | null;
  readonly resources: readonly ResourceRow[];
  readonly nodes: readonly NodeRow[];
  readonly edges: readonly { readonly required: number; readonly requirer: number }[];
  readonly operations: readonly OperationRow[];
  readonly recorded: readonly Recorded[];
  /** By name, of stacks within it: the types that an engine must offer to work on them, as far as they are known. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

/** What planning the next goal needs, for a preview. */
export interface PlanningFacts {
  readonly versions: readonly VersionFacts[];
  readonly recorded: readonly Recorded[];
  readonly completeMembers: ReadonlySet<ResourceId>;
  readonly resources: ReadonlyMap<ResourceId, ResourceRow>;
  /** Provider settings, by their ids, that these belong to. */
  readonly settings: ReadonlyMap<number, StoredSettings>;
}

/** A version, and what it is called. */
export interface NamedVersion {
  readonly resourceId: ResourceId;
  readonly stackId: StackId;
  readonly name: string;
  readonly stackName: string;
}

/** Which version bore a name, from the goal `since` up to, not including, `until`. */
export interface Membership {
  readonly name: string;
  readonly since: number;
  readonly until: number | null;
  readonly resourceId: ResourceId;
}

/** All from one moment. */
export interface Progress {
  /** The stack's, for a later look at whether there is anything new. */
  readonly change: number;
  readonly traversal: TraversalRow | null;
  /** The one that came after it. */
  readonly next: TraversalRow | null;
  /** Oldest first. */
  readonly events: readonly EventRow[];
  /** There are more events than could be given at once. */
  readonly more: boolean;
}

export interface LastEvents {
  /** So many at most. */
  readonly count: number;
  /** Only those with a higher number. */
  readonly after?: number;
  /** Only those of resources of that name. */
  readonly resource?: string;
}

export interface Reads {
  findStack(tenant: string, name: string): Promise<StackRow | null>;
  findStackByUuid(uuid: string): Promise<StackRow | null>;
  /** Roots; with `nested` those within them, too. By name. */
  listStacks(tenant: string, options?: { readonly deleted?: boolean; readonly nested?: boolean }): Promise<readonly StackRow[]>;
  /** The stacks nested in one, at any depth, outer ones first. */
  listNested(stack: Pick<StackRow, 'id'>): Promise<readonly StackRow[]>;
  readStack(stackId: StackId): Promise<StackView | null>;
  readTraversal(stackId: StackId, number: number): Promise<TraversalRow | null>;
  /** The `change` of each stack; one that is gone is left out. */
  readChanges(stackIds: readonly StackId[]): Promise<ReadonlyMap<StackId, number>>;
  /** How far a traversal is, with the events that follow number `after`; null: without events. */
  readProgress(stackId: StackId, number: number, after: number | null): Promise<Progress>;
  listTraversals(stackId: StackId): Promise<readonly TraversalRow[]>;
  listGoals(stackId: StackId): Promise<readonly GoalRow[]>;
  findGoal(stackId: StackId, number: number): Promise<GoalRow | null>;
  readDocuments(stackId: StackId, goal: number): Promise<GoalDocuments | null>;
  readDefinitions(
    stackId: StackId,
    goal: number,
  ): Promise<ReadonlyMap<string, { readonly sha: Sha; readonly definition: Definition }>>;
  listMembers(stackId: StackId, goal: number): Promise<ReadonlyMap<string, ResourceId>>;
  listMemberships(stackId: StackId): Promise<readonly Membership[]>;
  listDeclared(stackId: StackId, goal: number): Promise<readonly StoredDeclaration[]>;
  readPlanningFacts(stack: StackRow): Promise<PlanningFacts>;
  /** Something in it was made of outputs that are others by now, or may have been. */
  readStale(stackId: StackId): Promise<boolean>;
  /** Who holds what an object is called in the world; null when nobody does. */
  findNamed(identity: string): Promise<NamedVersion | null>;
  /** Outputs of resources within the nested stack that a resource is. */
  readInside(resourceId: ResourceId, names: InsideNames | undefined): Promise<Inside>;
  /** Events with a number above `after`, oldest first: so many at most, 100,000 when left out. */
  listEvents(stackId: StackId, after: number, limit?: number): Promise<readonly EventRow[]>;
  /** The last ones, in the same order. */
  listLastEvents(stackId: StackId, which: LastEvents): Promise<readonly EventRow[]>;
  /** What rests at a hook, in the stack and those nested in it; null: in all. */
  listHooked(stackId: StackId | null): Promise<readonly Hooked[]>;
  readMeta(key: string): Promise<string | null>;
  /** What the rows of the whole database contradict; empty when all is well. */
  checkRows(): Promise<readonly RowFinding[]>;
}

export function createReads({ read, glance }: Pick<ActRunner, 'read' | 'glance'>, vault: Vault): Reads {
  return {
    readChanges: (stackIds) => glance(() => readChanges(stackIds)),
    readProgress: (stackId, number, after) => read(() => readProgress(stackId, number, after)),
    findStack: (tenant, name) => read(() => findStack(tenant, name)),
    findStackByUuid: (uuid) => read(() => findStackByUuid(uuid)),
    listStacks: (tenant, options) => read(() => listStacks(tenant, options?.deleted ?? false, options?.nested ?? false)),
    listNested: (stack) => read(() => listNested(stack.id)),
    readStack: (stackId) => read(() => readStack(vault, stackId)),
    readTraversal: (stackId, number) => read(() => readTraversal(stackId, number)),
    listTraversals: (stackId) => read(() => listTraversals(stackId)),
    listGoals: (stackId) => read(() => listGoals(vault, stackId)),
    findGoal: (stackId, number) => read(() => findGoal(vault, stackId, number)),
    readDocuments: (stackId, goal) => read(() => readDocuments(vault, stackId, goal)),
    readDefinitions: (stackId, goal) => read(() => readDefinitions(vault, stackId, goal)),
    listMembers: (stackId, goal) => read(() => loadMembers(stackId, goal)),
    listMemberships: (stackId) => read(() => listMemberships(stackId)),
    listDeclared: (stackId, goal) => read(() => loadDeclared(stackId, goal)),
    readPlanningFacts: (stack) => read(() => readPlanningFacts(vault, stack)),
    readStale: (stackId) => read(() => isStale(stackId)),
    findNamed: (identity) => read(() => findNamed(identity)),
    readInside: (resourceId, names) => read(() => loadInside(vault, resourceId, names)),
    listEvents: (stackId, after, limit) => read(() => listEvents(stackId, after, limit ?? 100_000)),
    listLastEvents: (stackId, which) => read(() => listLastEvents(stackId, which)),
    listHooked: (stackId) => read(() => listHooked(stackId)),
    readMeta: (key) => read(() => readMeta(key)),
    checkRows: () => read(() => checkRows(vault)),
  };
}

export function* findStack(tenant: string, name: string): Act<StackRow | null> {
  const row = yield* queryOne('select * from stack where tenant = ? and name = ? and deleted_at is null', tenant, name);
  return row ? toStack(row) : null;
}

export function* findStackByUuid(uuid: string): Act<StackRow | null> {
  const row = yield* queryOne('select * from stack where uuid = ?', uuid);
  return row ? toStack(row) : null;
}

export function* listStacks(tenant: string, deleted: boolean, nested: boolean): Act<StackRow[]> {
  const rows = yield* query(
    'select * from stack where tenant = ? and (deleted_at is null or ? = 1) and (parent_id is null or ? = 1) order by name, id',
    tenant,
    Number(deleted),
    Number(nested),
  );
  return rows.map(toStack);
}

function* listNested(stackId: StackId): Act<StackRow[]> {
  const rows = yield* query(
    `with recursive below(id) as (
       select s.id from stack s where s.parent_id = ? union all select s.id from below b join stack s on s.parent_id = b.id)
     select s.* from below b join stack s on s.id = b.id where s.deleted_at is null order by s.depth, s.id`,
    stackId,
  );
  return rows.map(toStack);
}

function* readStack(vault: Vault, stackId: StackId): Act<StackView | null> {
  const row = yield* queryOne('select * from stack where id = ?', stackId);
  if (row === undefined) return null;
  const stack = toStack(row);
  const resources = yield* query('select * from resource where stack_id = ? order by id', stackId);
  const nodes = yield* query('select * from node where stack_id = ? and traversal = ? order by id', stackId, stack.traversal);
  const edges = yield* query<{ required: number; requirer: number }>(
    'select required, requirer from edge where stack_id = ? and traversal = ?',
    stackId,
    stack.traversal,
  );
  const operations = yield* query('select * from operation where stack_id = ? order by resource_id', stackId);
  return {
    stack,
    traversal: yield* readTraversal(stackId, stack.traversal),
    resources: resources.map((r) => toResource(r, vault)),
    nodes: nodes.map(toNode),
    edges,
    operations: operations.map((o) => toOperation(o, vault)),
    recorded: yield* loadRecorded(stackId),
    needs: resources.some((r) => r['nested'] === 1) ? yield* readNeeds(stackId) : new Map(),
  };
}

function* readNeeds(stackId: StackId): Act<ReadonlyMap<string, readonly string[]>> {
  const rows = yield* query<{ name: string; needs: string }>(
    `select c.name, d.needs from declaration c join definition d on d.stack_id = c.stack_id and d.sha = c.sha
     where c.stack_id = ? and c.until is null and d.needs is not null`,
    stackId,
  );
  return new Map(rows.map(({ name, needs }) => [name, JSON.parse(needs) as string[]]));
}

function* readTraversal(stackId: StackId, number: number): Act<TraversalRow | null> {
  const row = yield* queryOne('select * from traversal where stack_id = ? and number = ?', stackId, number);
  return row ? toTraversal(row) : null;
}

function* readChanges(stackIds: readonly StackId[]): Act<ReadonlyMap<StackId, number>> {
  const rows = yield* query<{ id: StackId; change: number }>(
    'select id, change from stack where id in @ids',
    JSON.stringify(stackIds),
  );
  return new Map(rows.map((row) => [row.id, row.change]));
}

const eventsAtOnce = 100_000;

function* readProgress(stackId: StackId, number: number, after: number | null): Act<Progress> {
  const [stacks, traversals, events] = yield* together(
    ask<{ change: number }>('select change from stack where id = ?', stackId),
    ask('select * from traversal where stack_id = ? and number in (?, ?)', stackId, number, number + 1),
    after === null ? null : askEvents(stackId, after, eventsAtOnce),
  );
  const found = traversals.map(toTraversal);
  return {
    change: stacks[0]?.change ?? 0,
    traversal: found.find((traversal) => traversal.number === number) ?? null,
    next: found.find((traversal) => traversal.number === number + 1) ?? null,
    events: events.map(toEvent),
    more: events.length === eventsAtOnce,
  };
}

function* listTraversals(stackId: StackId): Act<TraversalRow[]> {
  return (yield* query('select * from traversal where stack_id = ? order by number', stackId)).map(toTraversal);
}

function* listGoals(vault: Vault, stackId: StackId): Act<GoalRow[]> {
  return (yield* query('select * from goal where stack_id = ? order by number', stackId)).map((row) => toGoal(row, vault));
}

function* findGoal(vault: Vault, stackId: StackId, number: number): Act<GoalRow | null> {
  const row = yield* queryOne('select * from goal where stack_id = ? and number = ?', stackId, number);
  return row ? toGoal(row, vault) : null;
}

function* readDefinitions(vault: Vault, stackId: StackId, goal: number): Act<Map<string, { sha: Sha; definition: Definition }>> {
  const rows = yield* query<{ name: string; sha: string; body: string }>(
    `select c.name, c.sha, d.body from declaration c join definition d on d.stack_id = c.stack_id and d.sha = c.sha
     where c.stack_id = ? and c.since <= ? and (c.until is null or c.until > ?) order by c.name`,
    stackId,
    goal,
    goal,
  );
  return new Map(
    rows.map((row) => [
      row.name,
      { sha: row.sha as Sha, definition: vault.open(row.body, `definition/${row.sha}`) as unknown as Definition },
    ]),
  );
}

function* listMemberships(stackId: StackId): Act<Membership[]> {
  const rows = yield* query<{ name: string; since: number; until: number | null; resource_id: number }>(
    'select name, since, until, resource_id from membership where stack_id = ? order by name, since',
    stackId,
  );
  return rows.map((row) => ({ name: row.name, since: row.since, until: row.until, resourceId: row.resource_id as ResourceId }));
}

function* readPlanningFacts(vault: Vault, stack: StackRow): Act<PlanningFacts> {
  const resources = yield* query('select * from resource where stack_id = ? order by id', stack.id);
  const members = stack.completeGoal === null ? new Map<string, ResourceId>() : yield* loadMembers(stack.id, stack.completeGoal);
  const [settings] = yield* together(askSettings(resources.map((r) => r['setting_id'] as number | null)));
  return {
    versions: yield* loadVersions(stack.id),
    recorded: yield* loadRecorded(stack.id),
    completeMembers: new Set(members.values()),
    resources: new Map(resources.map((r) => toResource(r, vault)).map((r) => [r.id, r])),
    settings: new Map(settings.map((row) => [row.id, toSettings(row, vault)])),
  };
}

function* findNamed(identity: string): Act<NamedVersion | null> {
  const row = yield* queryOne<{ id: number; stack_id: number; name: string; stack_name: string }>(
    `select r.id, r.stack_id, r.name, s.name as stack_name from identity i join resource r on r.id = i.resource_id join stack s on s.id = r.stack_id
     where i.key = ?`,
    identity,
  );
  if (row === undefined) return null;
  return { resourceId: row.id as ResourceId, stackId: row.stack_id as StackId, name: row.name, stackName: row.stack_name };
}

function askEvents(stackId: StackId, after: number, limit: number): Ask<SqlRow> {
  return ask('select * from event where stack_id = ? and seq > ? order by seq limit ? + 0', stackId, after, limit);
}

function* listEvents(stackId: StackId, after: number, limit: number): Act<EventRow[]> {
  const [events] = yield* together(askEvents(stackId, after, limit));
  return events.map(toEvent);
}

function* listLastEvents(stackId: StackId, { after = 0, resource, count }: LastEvents): Act<EventRow[]> {
  const named = resource === undefined ? [] : [resource];
  const rows = yield* query(
    `select * from event where stack_id = ? and seq > ? ${named.length > 0 ? 'and name = ? and resource_id is not null' : ''}
     order by seq desc limit ? + 0`,
    stackId,
    after,
    ...named,
    count,
  );
  return rows.map(toEvent).reverse();
}

function* readMeta(key: string): Act<string | null> {
  const row = yield* queryOne<{ value: string }>('select value from meta where key = ?', key);
  return row?.value ?? null;
}
