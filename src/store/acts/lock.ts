/**
 * The root lock: one row lock per stack tree, taken before anything of the tree is read to be changed (PostgreSQL, READ COMMITTED).
 *
 * A statement that follows the lock sees all that earlier holders committed, and nobody else changes the tree until this transaction ends.
 * So every act that holds it may read, decide and write in as many statements as it likes. No circle of waiting can arise from it: whoever
 * waits for a root holds no other, except `lockAll`, which takes them in the order of their ids; everything beyond the first is taken only
 * if it is free. (A nested stack that becomes a root meanwhile is the one exception; should it close a circle, PostgreSQL ends it, and the
 * act is run anew.) On SQLite the writer lock is the root lock of every stack, and nothing here says any SQL.
 */
import type { StackId } from '../../engine/ports/store.ts';
import { type Act, type Ask, ask, query, queryOne, run } from '../sql.ts';

export interface Locking {
  /** Whether the database has row locks that must be taken; false where a transaction excludes all others. */
  readonly rowLocks: boolean;
}

/** Waits for the tree of one stack. */
export function* lockTree({ rowLocks }: Locking, stackId: StackId): Act<void> {
  if (!rowLocks) return;
  const root = yield* queryOne<{ id: StackId }>(
    '@postgres select id from stack where id = (select root_id from stack where id = ?) for update',
    stackId,
  );
  if (root !== undefined) yield* followRoots([stackId], [root.id]);
}

/** The same, by the stack's uuid; nothing is locked when it does not exist. */
export function* lockTreeByUuid(locking: Locking, uuid: string): Act<void> {
  if (!locking.rowLocks) return;
  const stack = yield* queryOne<{ id: StackId }>('@postgres select id from stack where uuid = ?', uuid);
  if (stack !== undefined) yield* lockTree(locking, stack.id);
}

/** Waits for the first stack's tree and takes the others' if they are free. Gives the stacks that are locked. */
export function* lockFirst(locking: Locking, stackIds: readonly StackId[]): Act<ReadonlySet<StackId>> {
  const asked = new Set(stackIds);
  const [first, ...others] = asked;
  if (!locking.rowLocks || first === undefined) return asked;
  yield* lockTree(locking, first);
  return new Set([first, ...(yield* lockFree(locking, others))]);
}

/** Takes the trees that are free, in this transaction's possession included. Gives the stacks that are locked. */
export function* lockFree({ rowLocks }: Locking, stackIds: readonly StackId[]): Act<readonly StackId[]> {
  if (!rowLocks || stackIds.length === 0) return stackIds;
  const ids = JSON.stringify(stackIds);
  const rows = yield* query<{ id: StackId; root_id: StackId }>(
    `@postgres with free as (select id from stack where id in (select root_id from stack where id in @ids) order by id for update skip locked)
     select s.id, s.root_id from stack s where s.id in @ids and s.root_id in (select id from free)`,
    ids,
    ids,
  );
  const locked = new Set(rows.filter((row) => row.id === row.root_id).map((row) => row.id));
  const roots = new Set(rows.map((row) => row.root_id));
  const nested = rows.filter((row) => row.id !== row.root_id).map((row) => row.id);
  for (const [id, root] of yield* readRoots(nested)) if (roots.has(root)) locked.add(id);
  return stackIds.filter((id) => locked.has(id));
}

/** Waits for all of them, in the order of their ids. Only for a transaction that holds no root yet. */
export function* lockAll({ rowLocks }: Locking, stackIds: readonly StackId[]): Act<void> {
  if (!rowLocks || stackIds.length === 0) return;
  const roots = yield* query<{ id: StackId }>(
    '@postgres select id from stack where id in (select root_id from stack where id in @ids) order by id for update',
    JSON.stringify(stackIds),
  );
  yield* followRoots(
    stackIds,
    roots.map((row) => row.id),
  );
}

/** A nested stack may have become a root of its own while its tree was waited for: then it is waited for, too. */
function* followRoots(stackIds: readonly StackId[], held: readonly StackId[]): Act<void> {
  const nested = stackIds.filter((id) => !held.includes(id));
  for (const [id, root] of yield* readRoots(nested)) if (!held.includes(root)) yield* lockTree({ rowLocks: true }, id);
}

function* readRoots(stackIds: readonly StackId[]): Act<ReadonlyMap<StackId, StackId>> {
  if (stackIds.length === 0) return new Map();
  const rows = yield* query<{ id: StackId; root_id: StackId }>(
    '@postgres select id, root_id from stack where id in @ids',
    JSON.stringify(stackIds),
  );
  return new Map(rows.map((row) => [row.id, row.root_id]));
}

/** Every tree there is, for what changes the whole database. */
export function* lockEvery({ rowLocks }: Locking): Act<void> {
  if (rowLocks) yield* run('@postgres select id from stack where id = root_id order by id for update');
}

/** Whoever imports an object waits for others that import it, into whatever tree. Held in the order of the objects' names. */
export function* lockObject({ rowLocks }: Locking, name: string): Act<void> {
  if (rowLocks) yield* run('@postgres select pg_advisory_xact_lock(hashtextextended(?, 0))', name);
}

/**
 * Whoever claims within a limit holds it until its claims can be counted; nobody waits for it, so no circle can come of it. Gives those that
 * are held.
 */
export function askLimitLocks(names: readonly string[]): Ask<{ readonly name: string }> {
  return ask(
    `@postgres select k.name from @rows(name text) k where pg_try_advisory_xact_lock(hashtextextended('limit ' || k.name, 0))`,
    JSON.stringify(names.map((name) => [name])),
  );
}

/** Any number that nobody else's advisory locks use. */
const gateLock = 7_338_706_018;

/**
 * Whoever accepts a request passes the gate, together with others. Whoever closes it waits until those that have passed are done, so that no
 * request is accepted behind the back of an export that has seen the gate closed.
 */
export function* passGate({ rowLocks }: Locking): Act<void> {
  if (rowLocks) yield* run(`@postgres select pg_advisory_xact_lock_shared(${gateLock})`);
}

export function* holdGate({ rowLocks }: Locking): Act<void> {
  if (rowLocks) yield* run(`@postgres select pg_advisory_xact_lock(${gateLock})`);
}
