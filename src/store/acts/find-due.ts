/** What is due: whether there is anything at all, and the stacks in which something that slept, or whose holder is lost, is due. */
import { deadlineGraceMs, type StackId, type TurnRequest } from '../../engine/ports/store.ts';
import { type Act, type Ask, ask, query, run } from '../sql.ts';
import { isClosed } from './gate.ts';
import type { Subject } from './pick-ready.ts';

export interface Probe {
  readonly enlisted: number;
  readonly closed: number;
  readonly ready: number;
  readonly wakes: number;
  readonly operations: number;
  /** Some stack in progress is not of normal priority. */
  readonly ranked: number;
  /** Limits are set. */
  readonly limited: number;
  /** Stacks of more than one tenant are in progress. */
  readonly tenants: number;
  readonly due_at: number | null;
}

const probe = `select exists (select 1 from engine where id = ?) as enlisted, ${isClosed} as closed,
     exists (select 1 from node where state = 'ready') as ready,
     exists (select 1 from node where state = 'sleeping' and wake_at <= ?) as wakes,
     exists (select 1 from operation where (state = 'sleeping' and (wake_at <= ? or cancel = 1 or deadline <= ?))
       or (state = 'running' and (engine_id is null or deadline + ? <= ?))) as operations,
     exists (select 1 from stack where priority <> 0 and status = 'IN_PROGRESS') as ranked, exists (select 1 from work_limit) as limited,
     exists (select 1 from stack where status = 'IN_PROGRESS' and tenant > (select min(tenant) from stack where status = 'IN_PROGRESS')) as tenants,
     (select min(at) from (select min(wake_at) as at from node where state = 'sleeping' and wake_at > ?
       union all select min(wake_at) from operation where state = 'sleeping' and wake_at > ?
       union all select min(deadline) from operation where deadline > ?
       union all select min(deadline) + ? from operation where deadline + ? > ?) d) as due_at`;

/** One look at the indexes tells an idle turn from a busy one. */
export function askProbe({ engineId, now }: TurnRequest): Ask<Probe> {
  return ask(probe, engineId, now, now, now, deadlineGraceMs, now, now, now, now, deadlineGraceMs, deadlineGraceMs, now);
}

/** Sleepers that one turn looks at. */
const rowsPerTurn = 256;

/** Stacks in which something that slept, or whose holder is lost, is due; of operations, those that this engine can go on with. */
export function* findDue({ now, offer }: TurnRequest, seen: Probe): Act<readonly StackId[]> {
  const found: StackId[] = [];
  const add = (rows: readonly { stack_id: StackId }[]) => found.push(...rows.map((row) => row.stack_id));
  if (seen.operations === 1) {
    add(
      yield* query<{ stack_id: StackId }>(
        `select distinct stack_id from (select o.stack_id from operation o cross join resource r
           where ((o.state = 'sleeping' and (o.wake_at <= ? or o.cancel = 1 or o.deadline <= ?)) or (o.state = 'running' and (o.engine_id is null or o.deadline + ? <= ?)))
             and r.id = o.resource_id and r.type in @names and (r.host is null or r.host = ?) order by o.resource_id limit ? + 0) d`,
        now,
        now,
        deadlineGraceMs,
        now,
        JSON.stringify([...offer.effectTypes, ...offer.freeTypes]),
        offer.host,
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

export function* wakeSleepers(stacks: readonly StackId[], now: number): Act<void> {
  if (stacks.length === 0) return;
  yield* run(
    `update node set state = 'ready', wake_at = null where state = 'sleeping' and wake_at <= ? and stack_id in @ids`,
    now,
    JSON.stringify(stacks),
  );
}

export interface DueOperation extends Subject {
  readonly state: string;
}

/** Sleeping ones that are due or not wanted any more, and running ones whose holder is lost. */
export function askDue({ now, offer, claim }: TurnRequest, stacks: readonly StackId[]): Ask<DueOperation> {
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
