/** What every act needs besides its own arguments. */
import type { StackId } from '../../engine/ports/store.ts';
import { type Act, query, run, runRows, type SqlValue } from '../sql.ts';
import type { Vault } from '../vault.ts';
import type { Locking } from './lock.ts';

export interface ActContext extends Locking {
  readonly vault: Vault;
  readonly wallTime: number;
  readonly now: number;
  readonly journal: Journal;
  /** How many goals of a stack are kept besides the current and the last complete one. */
  readonly keptGoals: number;
}

export interface NewEvent {
  readonly traversal: number;
  readonly resourceId: number | null;
  readonly name: string;
  readonly type: string;
  readonly physicalId: string | null;
  readonly action: string;
  readonly status: string;
  readonly reason: string;
}

/**
 * Collects what an act writes to stacks' histories and writes it at the act's end: events get the next numbers of their stack, gapless, in
 * commit order, because the root lock is held; each stack that was touched is counted as changed once.
 */
export interface Journal {
  touch(stackId: StackId): void;
  add(stackId: StackId, event: NewEvent): void;
  flush(): Act<void>;
}

export function createJournal(wallTime: number): Journal {
  const events = new Map<StackId, NewEvent[]>();
  const list = (stackId: StackId): NewEvent[] => {
    let found = events.get(stackId);
    if (!found) {
      found = [];
      events.set(stackId, found);
    }
    return found;
  };
  return {
    touch: (stackId) => void list(stackId),
    add: (stackId, event) => void list(stackId).push(event),
    flush: () => flush(events, wallTime),
  };
}

function* flush(events: Map<StackId, NewEvent[]>, wallTime: number): Act<void> {
  yield* runRows(
    'update stack set event_seq = event_seq + k.added, change = change + 1 from @rows(id int, added int) k where stack.id = k.id',
    [...events].map(([stackId, added]) => [stackId, added.length]),
  );
  const rows = [...events].flatMap(([stackId, added]) => added.map((event, i) => rowOf(stackId, added.length - 1 - i, event)));
  if (rows.length > 0)
    yield* run(
      `insert into event (stack_id, seq, at, traversal, resource_id, name, type, physical_id, action, status, reason)
       select k.stack_id, s.event_seq - k.later, ?, k.traversal, k.resource_id, k.name, k.type, k.physical_id, k.action, k.status, k.reason
       from @rows(stack_id int, later int, traversal int, resource_id int, name text, type text, physical_id text, action text, status text, reason text) k
         cross join stack s where s.id = k.stack_id`,
      wallTime,
      JSON.stringify(rows),
    );
  events.clear();
}

/** `later`: how many events of the stack follow it. */
function rowOf(stackId: StackId, later: number, e: NewEvent): SqlValue[] {
  return [stackId, later, e.traversal, e.resourceId, e.name, e.type, e.physicalId, e.action, e.status, e.reason];
}

/**
 * New ids of a kind, rising. On PostgreSQL they come from a sequence, which no transaction holds: a counter's row would be one lock for all
 * stacks. Ids of one stack still rise in commit order, because they are taken under its root lock.
 */
export function* allocateIds(kind: 'stack' | 'resource' | 'setting', count: number): Act<readonly number[]> {
  if (count <= 0) return [];
  const [counted] = yield* query<{ next: number }>(
    '@sqlite update counter set next = next + ? where name = ? returning next',
    count,
    kind,
  );
  if (counted !== undefined) return Array.from({ length: count }, (_, i) => counted.next - count + i);
  const rows = yield* query<{ id: number }>(`@postgres select nextval('${kind}_ids') as id from generate_series(1, ?)`, count);
  return rows.map((row) => row.id);
}

/** Removes whatever refers to the given resource versions, and the rows themselves. */
export function* removeResources(stackId: StackId, ids: readonly number[]): Act<void> {
  if (ids.length === 0) return;
  const list = JSON.stringify(ids);
  yield* run('delete from requirement where stack_id = ? and resource_id in @ids', stackId, list);
  yield* run('delete from requirement where required_id in @ids', list);
  yield* run('delete from identity where resource_id in @ids', list);
  yield* run('delete from membership where resource_id in @ids', list);
  yield* run('update resource set replaces = null where replaces in @ids', list);
  yield* run('update resource set replaced_by = null where replaced_by in @ids', list);
  yield* run('update resource set victim = null where victim in @ids', list);
  yield* run('delete from resource where id in @ids', list);
}
