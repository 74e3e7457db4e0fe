/** Engines: who is alive, what the dead leave behind, progress and deadlines. */
import type { Claim, EngineId, EngineRegistration, EngineRow, Heartbeat, ResourceId, StackId } from '../../engine/ports/store.ts';
import { toStack } from '../rows.ts';
import { type Act, query, queryOne, run, type SqlRow } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { advance } from './advance.ts';
import { isClosed, throwIfMoved } from './gate.ts';
import { type Locking, lockAll, lockTree } from './lock.ts';
import { stateOfAnother } from './sleep.ts';

export function* registerEngine(engine: EngineRegistration): Act<void> {
  yield* throwIfMoved();
  yield* run(
    `insert into engine (id, host, boot_id, pid, started, lease_until, registered_at) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set lease_until = excluded.lease_until`,
    engine.id,
    engine.host,
    engine.bootId,
    engine.pid,
    engine.started,
    engine.leaseUntil,
    engine.wallTime,
  );
}

export function* renewLease(engineId: EngineId, leaseUntil: number, now: number): Act<Heartbeat> {
  const rows = yield* query('update engine set lease_until = ? where id = ? returning id', leaseUntil, engineId);
  const held = yield* query<{ resource_id: number; cancel: number }>(
    `select resource_id, cancel from operation where engine_id = ? and state = 'running'`,
    engineId,
  );
  const claimed = yield* query<{ resource_id: number }>(
    `select coalesce(victim, resource_id) as resource_id from node where engine_id = ? and state = 'claimed'`,
    engineId,
  );
  const stopped = yield* query<{ resource_id: number; cancel: number }>(
    `update operation set engine_id = null where engine_id = ? and state = 'stopped' returning resource_id, cancel`,
    engineId,
  );
  const ids = (list: readonly { resource_id: number }[]) => list.map((row) => row.resource_id as ResourceId);
  return {
    alive: rows.length > 0,
    cancelled: ids(held.filter((row) => row.cancel === 1)),
    held: [...ids(held), ...ids(claimed)],
    stopped: ids(stopped),
    ...(yield* lookAround(now)),
  };
}

/** Who is there, and what is due: one look at the indexes tells whether freeing, sweeping and looking are worth a transaction. */
function* lookAround(now: number): Act<Pick<Heartbeat, 'engines' | 'due'>> {
  const engines = (yield* query('select * from engine order by registered_at, id')).map(toRegistration);
  const seen = yield* queryOne<{ nodes: number; operations: number; late: number; lost: number }>(
    `select exists (select 1 from node where state = 'claimed' and engine_id not in (select id from engine)) as nodes,
       exists (select 1 from operation where state <> 'sleeping' and engine_id is not null and engine_id not in (select id from engine)) as operations,
       exists (select 1 from traversal where deadline <= ? and ended_at is null) as late, exists (select 1 from tombstone where look_at <= ?) as lost`,
    now,
    now,
  );
  const lapsed = engines.some((engine) => engine.leaseUntil <= now);
  return {
    engines,
    due: {
      freeing: lapsed || seen!.nodes === 1 || seen!.operations === 1,
      sweeping: seen!.late === 1,
      tombstones: seen!.lost === 1,
    },
  };
}

export function* disown(locking: Locking, engineId: EngineId, resourceIds: readonly ResourceId[]): Act<void> {
  const ids = JSON.stringify(resourceIds);
  const stacks = yield* query<{ stack_id: StackId }>('select distinct stack_id from resource where id in @ids', ids);
  yield* lockAll(
    locking,
    stacks.map((row) => row.stack_id),
  );
  yield* run(
    `update node set state = 'ready', engine_id = null where engine_id = ? and state = 'claimed' and coalesce(victim, resource_id) in @ids`,
    engineId,
    ids,
  );
  yield* run(
    `update operation set engine_id = null where engine_id = ? and state = 'running' and resource_id in @ids`,
    engineId,
    ids,
  );
}

export function* listEngines(): Act<EngineRow[]> {
  const rows = yield* query(
    `select e.*, (select count(*) from node n where n.engine_id = e.id and n.state = 'claimed') as claims,
       (select count(*) from operation o where o.engine_id = e.id) as operations from engine e order by e.registered_at, e.id`,
  );
  return rows.map(toEngine);
}

function toEngine(row: SqlRow): EngineRow {
  return { ...toRegistration(row), claims: Number(row['claims']), operations: Number(row['operations']) };
}

function toRegistration(row: SqlRow): EngineRegistration {
  return {
    id: String(row['id']) as EngineId,
    host: String(row['host']),
    bootId: String(row['boot_id']),
    pid: Number(row['pid']),
    started: String(row['started']),
    leaseUntil: Number(row['lease_until']),
    wallTime: Number(row['registered_at']),
  };
}

/** So long after a database came up, leases are given to be renewed before any counts as lapsed: milliseconds. */
const graceMs = 9_000;

/**
 * What lapsed or named engines hold: claimed nodes become ready, running operations lose their holder (the next claim raises the epoch and
 * looks first). Whoever deletes an engine's row frees what it held, in the same transaction; that the row is gone when an engine comes back
 * is what tells it that its lease was lost.
 */
export function* freeDead(locking: Locking, dead: readonly EngineId[], now: number): Act<number> {
  const rows = yield* query<{ id: string }>(
    `delete from engine where (lease_until <= ? and @upsince <= ?) or id in @names returning id`,
    now,
    now - graceMs,
    JSON.stringify(dead),
  );
  return rows.length + (yield* freeStrays(locking));
}

/** Held in the name of an engine that is not registered: it was just found dead, or lapsed and came back only to claim. */
function* freeStrays(locking: Locking): Act<number> {
  const strays = yield* query<{ stack_id: StackId }>(
    `select stack_id from node where state = 'claimed' and engine_id not in (select id from engine)
     union select stack_id from operation where state <> 'sleeping' and engine_id is not null and engine_id not in (select id from engine)`,
  );
  if (strays.length === 0) return 0;
  const stackIds = strays.map((row) => row.stack_id);
  yield* lockAll(locking, stackIds);
  const ids = JSON.stringify(stackIds);
  const nodes = yield* query(
    `update node set state = 'ready', engine_id = null
     where stack_id in @ids and state = 'claimed' and engine_id not in (select id from engine) returning id`,
    ids,
  );
  const operations = yield* query(
    `update operation set engine_id = null
     where stack_id in @ids and state <> 'sleeping' and engine_id is not null and engine_id not in (select id from engine) returning resource_id`,
    ids,
  );
  return nodes.length + operations.length;
}

export function* retireEngine(locking: Locking, engineId: EngineId): Act<void> {
  yield* run('delete from engine where id = ?', engineId);
  yield* freeStrays(locking);
}

export function* saveProgress(
  cx: ActContext,
  claim: Claim,
  known: { readonly physicalId?: string; readonly progress?: unknown },
): Act<boolean> {
  yield* lockTree(cx, claim.stackId);
  const held = yield* queryOne(
    'select 1 as ok from operation where resource_id = ? and epoch = ?',
    claim.resourceId,
    claim.epoch,
  );
  if (held === undefined) return false;
  if (known.progress !== undefined) {
    const row = yield* queryOne<{ secret: number }>('select secret from resource where id = ?', claim.resourceId);
    const sealed = cx.vault.seal(known.progress as never, row?.secret === 1, `resource/${claim.resourceId}/progress`);
    yield* run('update operation set progress = ? where resource_id = ?', sealed, claim.resourceId);
  }
  if (known.physicalId !== undefined)
    yield* run(
      `update resource set physical_id = ?, ${stateOfAnother('?')} where id = ?`,
      known.physicalId,
      known.physicalId,
      claim.resourceId,
    );
  return true;
}

/** Traversals past their deadline: what has not begun is failed, what is under way is not wanted any more. */
export function* sweep(cx: ActContext): Act<number> {
  const seen = yield* findLate(cx);
  if (seen.length === 0) return 0;
  yield* lockAll(
    cx,
    seen.map((row) => row.stack_id),
  );
  const late = cx.rowLocks ? yield* findLate(cx) : seen;
  for (const { stack_id, number } of late) yield* timeOut(cx, stack_id, number);
  return late.length;
}

function* findLate(cx: ActContext): Act<readonly { stack_id: StackId; number: number }[]> {
  return yield* query<{ stack_id: StackId; number: number }>(
    `select t.stack_id, t.number from traversal t join stack s on s.id = t.stack_id and s.traversal = t.number where t.deadline <= ? and t.ended_at is null and not ${isClosed}`,
    cx.now,
  );
}

function* timeOut(cx: ActContext, stackId: StackId, traversal: number): Act<void> {
  yield* timeOutChildren(cx, stackId);
  const open = yield* query<{ phase: string; state: string }>(
    `update node set state = case when state = 'waiting' or phase = 'aside' then 'skipped' else 'failed' end, reason = 'Timed out', engine_id = null
     where stack_id = ? and traversal = ? and state in ('waiting', 'ready', 'claimed', 'working', 'nested', 'hooked', 'sleeping') returning phase, state`,
    stackId,
    traversal,
  );
  yield* run('update operation set cancel = 1 where stack_id = ? and traversal = ?', stackId, traversal);
  const failures = Math.max(1, open.filter((row) => row.state === 'failed').length);
  yield* run(
    `update traversal set deadline = null, reason = 'Timed out', failures = failures + ?, converge_left = 0, aside_left = 0, cleanup_left = 0, action_left = 0 where stack_id = ? and number = ?`,
    failures,
    stackId,
    traversal,
  );
  const stack = yield* queryOne('select * from stack where id = ?', stackId);
  if (stack) cx.journal.touch(toStack(stack).id);
  yield* advance(cx, stackId);
}

/** Those that a node waits for are out of time with it. */
function* timeOutChildren(cx: ActContext, stackId: StackId): Act<void> {
  const children = yield* query<{ id: number; traversal: number }>(
    `select s.id, s.traversal from node n cross join stack s cross join traversal t where n.stack_id = ? and n.state = 'nested' and s.parent_resource = n.resource_id
       and s.deleted_at is null and t.stack_id = s.id and t.number = s.traversal and t.ended_at is null`,
    stackId,
  );
  for (const child of children) yield* timeOut(cx, child.id as StackId, child.traversal);
}
