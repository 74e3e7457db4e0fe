/** What there is to do in the whole database, and who does it: for metrics, `engines`, and an engine that leaves when nothing is left for it. */
import type { Offer } from '../../engine/ports/store.ts';
import { isClosed } from '../acts/gate.ts';
import { isLetGo } from '../acts/pick-ready.ts';
import { type Act, query, queryOne } from '../sql.ts';

export interface Workload {
  readonly nodes: { readonly [state in 'waiting' | 'ready' | 'claimed' | 'working' | 'nested' | 'hooked' | 'sleeping']: number };
  readonly operations: { readonly [state in 'running' | 'sleeping' | 'stopped']: number };
  readonly stacks: { readonly [status in 'IN_PROGRESS' | 'COMPLETE' | 'FAILED']: number };
  readonly engines: { readonly alive: number; readonly lapsed: number };
  readonly tombstones: number;
  /** Nothing may be claimed. */
  readonly closed: boolean;
  /** Since when the oldest traversal that has ready nodes runs. */
  readonly oldestReadyMs: number;
  /** How long ago the first sleeper was due. */
  readonly overdueMs: number;
}

interface Count {
  readonly key: string;
  readonly n: number;
}

const counted = (rows: readonly Count[], keys: readonly string[]): { [key: string]: number } => ({
  ...Object.fromEntries(keys.map((key) => [key, 0])),
  ...Object.fromEntries(rows.map(({ key, n }) => [key, n])),
});

export function* readWorkload(now: number, wallTime: number): Act<Workload> {
  const nodes = yield* query<Count>(
    `select state as key, count(*) as n from node where state in ('waiting', 'ready', 'claimed', 'working', 'nested', 'hooked', 'sleeping') group by state`,
  );
  const operations = yield* query<Count>('select state as key, count(*) as n from operation group by state');
  const stacks = yield* query<Count>('select status as key, count(*) as n from stack where deleted_at is null group by status');
  const engines = yield* query<Count>(
    `select case when lease_until > ? then 'alive' else 'lapsed' end as key, count(*) as n from engine group by 1`,
    now,
  );
  const rest = yield* queryOne<{ tombstones: number; closed: number; since: number | null; due: number | null }>(
    `select (select count(*) from tombstone) as tombstones, case when ${isClosed} then 1 else 0 end as closed,
       (select min(t.started_at) from stack s join traversal t on t.stack_id = s.id and t.number = s.traversal
        where exists (select 1 from node n where n.stack_id = s.id and n.state = 'ready')) as since,
       (select min(at) from (select min(wake_at) as at from node where state = 'sleeping'
          union all select min(wake_at) from operation where state = 'sleeping') d) as due`,
  );
  const { tombstones, closed, since, due } = rest!;
  return {
    nodes: counted(nodes, ['waiting', 'ready', 'claimed', 'working', 'nested', 'hooked', 'sleeping']) as Workload['nodes'],
    operations: counted(operations, ['running', 'sleeping', 'stopped']) as Workload['operations'],
    stacks: counted(stacks, ['IN_PROGRESS', 'COMPLETE', 'FAILED']) as Workload['stacks'],
    engines: counted(engines, ['alive', 'lapsed']) as Workload['engines'],
    tombstones,
    closed: closed === 1,
    oldestReadyMs: since === null ? 0 : Math.max(0, wallTime - since),
    overdueMs: due === null ? 0 : Math.max(0, now - due),
  };
}

/** What one engine holds. */
export interface HeldWork {
  readonly engineId: string;
  readonly stack: string;
  readonly resource: string;
  readonly version: number;
  /** The operation's kind; `looking` where a claim has no operation yet. */
  readonly doing: string;
  /** Wall time; null for a claim without an operation. */
  readonly since: number | null;
}

export function* listHeld(): Act<HeldWork[]> {
  return [
    ...(yield* query<HeldWork & { [column: string]: string | number | null }>(
      `select o.engine_id as "engineId", s.name as stack, r.name as resource, r.id as version, o.kind as doing, o.started_at as since
       from operation o join resource r on r.id = o.resource_id join stack s on s.id = o.stack_id where o.engine_id is not null
       union all
       select n.engine_id, s.name, r.name, r.id, 'looking', null
       from node n join resource r on r.id = coalesce(n.victim, n.resource_id) join stack s on s.id = n.stack_id where n.state = 'claimed'
       order by 1, 2, 3, 4`,
    )),
  ];
}

/** How much an engine with this offer, or an engine that is registered, could still do; what only wants another kind of engine is not counted. */
export interface Outlook {
  readonly possible: number;
  /** Types, with their host where they are bound to one, that wait for an engine that offers them. */
  readonly beyond: readonly string[];
  /** Stacks in progress. */
  readonly unfinished: readonly string[];
}

interface Wanting {
  /** Empty for a stack within a stack, and for what is only let go. */
  readonly type: string;
  readonly host: string | null;
  readonly held: number;
  readonly needs: string | null;
}

export function* readOutlook(offer: Pick<Offer, 'effectTypes' | 'freeTypes' | 'host'>): Act<Outlook> {
  const rows = yield* query<Wanting & { n: number; [column: string]: string | number | null }>(
    `select type, host, held, needs, count(*) as n from (
       select case when r.nested = 1 or ${isLetGo('n.phase')} then '' else r.type end as type,
         case when ${isLetGo('n.phase')} then null else r.host end as host,
         case when n.phase = 'converge' then d.needs else null end as needs,
         case when n.state in ('claimed', 'working') and not exists (select 1 from operation o where o.resource_id = r.id) then 1 else 0 end as held
       from node n join resource r on r.id = coalesce(n.victim, n.resource_id)
         left join declaration c on r.nested = 1 and c.stack_id = n.stack_id and c.name = r.name and c.until is null
         left join definition d on d.stack_id = c.stack_id and d.sha = c.sha
       where n.state in ('ready', 'claimed', 'sleeping')
       union all
       select r.type, r.host, null, case when o.engine_id is null then 0 else 1 end
       from operation o join resource r on r.id = o.resource_id where o.state <> 'stopped') w group by type, host, held, needs`,
  );
  const offered = new Set([...offer.effectTypes, ...offer.freeTypes]);
  /** Every engine works on stacks within stacks, where it offers what these are made of. */
  const missing = ({ type, needs }: Wanting): readonly string[] =>
    (type === '' ? (JSON.parse(needs ?? '[]') as string[]) : [type]).filter((name) => !offered.has(name));
  const isElsewhere = ({ host }: Wanting): boolean => host !== null && host !== offer.host;
  const isPossible = (row: Wanting): boolean => row.held === 1 || (!isElsewhere(row) && missing(row).length === 0);
  const stacks = yield* query<{ name: string }>(
    `select name from stack where deleted_at is null and status = 'IN_PROGRESS' order by name`,
  );
  return {
    possible: rows.filter(isPossible).reduce((sum, row) => sum + row.n, 0),
    beyond: [
      ...new Set(
        rows
          .filter((row) => !isPossible(row))
          .flatMap((row) => (row.host === null ? missing(row) : `${row.type} of the machine ${row.host}`)),
      ),
    ].sort(),
    unfinished: stacks.map((row) => row.name),
  };
}
