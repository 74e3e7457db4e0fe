/**
 * What the rows of a database contradict: one query for each thing that must hold, giving a sentence for each place where it does not.
 *
 * It stands outside the engine and says nothing about the world; providers are not asked. Reads only.
 */
import { findCycle } from '../../graph/dependency-graph.ts';
import type { DocumentManifest } from '../acts/store-goal.ts';
import { type Act, query } from '../sql.ts';
import type { Vault } from '../vault.ts';

export interface RowFinding {
  /** As the list of invariants numbers it. */
  readonly invariant: string;
  /** Name of the stack; null for the database itself. */
  readonly stack: string | null;
  readonly what: string;
  readonly remedy: string;
}

interface RowCheck {
  readonly invariant: string;
  /** Gives columns `stack` and `what`. */
  readonly sql: string;
  readonly remedy: string;
}

/** None of the stacks that `s` is nested in is under way: what is not as it should be in it would be looked at from above. */
const restsAbove = `not exists (with recursive above(id) as (
    select s.parent_id union all select p.parent_id from above a join stack p on p.id = a.id)
  select 1 from above a join stack p on p.id = a.id join traversal x on x.stack_id = p.id and x.number = p.traversal where x.ended_at is null)`;

const open = `('waiting', 'ready', 'claimed', 'working', 'nested', 'hooked', 'sleeping')`;
/** Its goal is reached, and nothing is under way. */
const atGoal = `s.deleted_at is null and s.status = 'COMPLETE' and s.complete_goal = s.goal`;
/** As store/rows.ts reads it. */
const isAsleep = `((r.action = 'SUSPEND' and r.status = 'COMPLETE') or (r.action not in ('SUSPEND', 'RESUME') and r.suspended = 1))`;
const isAwake = `((r.action = 'RESUME' and r.status = 'COMPLETE') or (r.action not in ('SUSPEND', 'RESUME') and r.suspended = 0))`;
const again = 'setpoint retry starts a new traversal, which plans its graph anew; please report it';
const report = 'no command mends this: keep a copy of the database and report it';

const checks: readonly RowCheck[] = [
  {
    invariant: 'I-12',
    sql: `select s.name as stack, 'edge ' || e.required || ' → ' || e.requirer || ' of traversal ' || e.traversal || ' begins at no node' as what
      from edge e join stack s on s.id = e.stack_id join node n on n.stack_id = e.stack_id and n.traversal = e.traversal and n.id = e.requirer
      where n.phase <> 'aside' and not exists (select 1 from node q where q.stack_id = e.stack_id and q.traversal = e.traversal and q.id = e.required)`,
    remedy: again,
  },
  {
    invariant: 'I-12',
    sql: `select s.name as stack, 'node ' || n.id || ' is of traversal ' || n.traversal || ', but ' || s.traversal || ' rules' as what
      from node n join stack s on s.id = n.stack_id where n.traversal <> s.traversal`,
    remedy: again,
  },
  {
    invariant: 'I-12',
    sql: `select s.name as stack, 'node ' || n.id || ' works on version ' || n.resource_id || ', which does not exist' as what
      from node n join stack s on s.id = n.stack_id where n.state in ${open} and (n.state <> 'hooked' or n.hook <> 'post-delete') and not exists (select 1 from resource r where r.id = n.resource_id)`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' waits for ' || n.unmet || ' requirements, but ' || (n.awaits +
        (select count(*) from edge e join node q on q.stack_id = e.stack_id and q.traversal = e.traversal and q.id = e.required
         where e.stack_id = n.stack_id and e.traversal = n.traversal and e.requirer = n.id and q.state <> 'done')) || ' are unfinished' as what
      from node n join stack s on s.id = n.stack_id
      where n.state in ('waiting', 'ready') and n.unmet <> n.awaits +
        (select count(*) from edge e join node q on q.stack_id = e.stack_id and q.traversal = e.traversal and q.id = e.required
         where e.stack_id = n.stack_id and e.traversal = n.traversal and e.requirer = n.id and q.state <> 'done')`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' is ' || n.state || ' with ' || n.unmet || ' requirements unmet' as what
      from node n join stack s on s.id = n.stack_id where (n.state = 'waiting' and n.unmet = 0) or (n.state = 'ready' and n.unmet > 0) or n.unmet < 0`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' waits although node ' || q.id || ', which it requires, ' || q.state as what
      from node n join stack s on s.id = n.stack_id join edge e on e.stack_id = n.stack_id and e.traversal = n.traversal and e.requirer = n.id
        join node q on q.stack_id = e.stack_id and q.traversal = e.traversal and q.id = e.required
      where n.state = 'waiting' and q.state in ('failed', 'skipped')`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' is at work, but no operation of its own is under way' as what
      from node n join stack s on s.id = n.stack_id where n.state = 'working' and not exists
        (select 1 from operation o where o.resource_id in (n.resource_id, n.victim) and o.stack_id = n.stack_id and o.traversal = n.traversal and o.node_id = n.id)`,
    remedy: again,
  },
  {
    invariant: 'I-06',
    sql: `select s.name as stack, r.name || ' is being made or changed, and its row does not say so' as what
      from operation o join resource r on r.id = o.resource_id join stack s on s.id = o.stack_id
      where o.state = 'running' and o.kind in ('create', 'update') and r.doubt = 0`,
    remedy: report,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' sleeps without a time to wake' as what
      from node n join stack s on s.id = n.stack_id where n.state = 'sleeping' and n.wake_at is null
      union all select s.name, 'the operation on version ' || o.resource_id || ' sleeps without a time to wake'
      from operation o join stack s on s.id = o.stack_id where o.state = 'sleeping' and o.wake_at is null`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' waits for an operation that does not exist' as what
      from node n join stack s on s.id = n.stack_id where n.awaits = 1 and n.state in ${open}
       and not exists (select 1 from operation o where o.resource_id = n.resource_id or o.resource_id = n.victim)`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'it is IN_PROGRESS, but traversal ' || s.traversal || ' has nothing left to do' as what from stack s
      join traversal t on t.stack_id = s.id and t.number = s.traversal
      where s.deleted_at is null and s.status = 'IN_PROGRESS' and t.state <> 'converged'
       and not exists (select 1 from node n where n.stack_id = s.id and n.traversal = s.traversal and n.state in ${open})`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' rests at a hook that nobody can clear' as what from node n join stack s on s.id = n.stack_id
      where n.state = 'hooked' and (n.hook is null or n.subject is null or n.engine_id is not null
        or exists (select 1 from operation o where o.resource_id = n.resource_id))`,
    remedy: again,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'node ' || n.id || ' waits for a nested stack that has ended its part' as what
      from node n join stack s on s.id = n.stack_id where n.state = 'nested' and not exists
        (select 1 from stack c join traversal t on t.stack_id = c.id and t.number = c.traversal
         where c.parent_resource = coalesce(n.victim, n.resource_id) and c.deleted_at is null and t.ended_at is null and t.state <> 'converged')`,
    remedy: again,
  },
  // One that is nested in a failed stack waits for what a person asks of that.
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'it waits for the barrier of ' || r.name || ', which is complete' as what
      from stack s join traversal t on t.stack_id = s.id and t.number = s.traversal join stack r on r.id = s.root_id
      join traversal u on u.stack_id = r.id and u.number = r.traversal
      where s.deleted_at is null and t.state = 'converged' and u.state = 'complete' and r.status = 'COMPLETE' and ${restsAbove}
       and not exists (select 1 from stack p where p.id = s.parent_id and p.status = 'FAILED')`,
    remedy: 'setpoint retry of the stack that it is nested in',
  },
  {
    invariant: 'I-26',
    sql: `select s.name as stack, 'it is nested in a resource that does not exist' as what from stack s
      where s.deleted_at is null and s.parent_resource is not null and not exists (select 1 from resource r where r.id = s.parent_resource)`,
    remedy: report,
  },
  {
    invariant: 'I-13',
    sql: `select s.name as stack, 'the operation on version ' || o.resource_id || ' was stopped, and the stack is under way again' as what
      from operation o join stack s on s.id = o.stack_id join traversal t on t.stack_id = s.id and t.number = s.traversal
       join stack r on r.id = s.root_id join traversal u on u.stack_id = r.id and u.number = r.traversal
      where o.state = 'stopped' and (u.ended_at is null or (t.ended_at is null and t.state <> 'converged'))`,
    remedy: 'setpoint stop, then setpoint retry',
  },
  {
    invariant: 'I-14',
    sql: `select s.name as stack, 'traversal ' || t.number || ' counts ' || t.converge_left || ' converge, ' || t.cleanup_left || ' cleanup and ' || t.action_left || ' action nodes left, which is not what there is' as what
      from traversal t join stack s on s.id = t.stack_id and s.traversal = t.number
      where t.ended_at is null and (
        t.converge_left <> (select count(*) from node n where n.stack_id = s.id and n.traversal = t.number and n.phase = 'converge' and n.state in ${open})
        or t.cleanup_left <> (select count(*) from node n where n.stack_id = s.id and n.traversal = t.number and n.phase = 'cleanup' and n.state in ${open})
        or t.action_left <> (select count(*) from node n where n.stack_id = s.id and n.traversal = t.number and n.phase = 'action' and n.state in ${open}))`,
    remedy: again,
  },
  {
    invariant: 'I-16',
    sql: `select s.name as stack, r.name || ' has ' || count(*) || ' versions that are wanted' as what
      from resource r join stack s on s.id = r.stack_id where r.marked is null and s.deleted_at is null group by s.name, r.stack_id, r.name having count(*) > 1`,
    remedy: again,
  },
  {
    invariant: 'I-02',
    sql: `select s.name as stack, 'the ' || o.kind || ' operation with token ' || o.token || ' has no resource ' || o.resource_id as what
      from operation o left join stack s on s.id = o.stack_id where not exists (select 1 from resource r where r.id = o.resource_id)`,
    remedy: report,
  },
  {
    invariant: 'I-06',
    sql: `select s.name as stack, 'node ' || n.id || ' is claimed by the engine ' || coalesce(n.engine_id, '(none)') || ', which is not registered' as what
      from node n join stack s on s.id = n.stack_id where n.state = 'claimed' and not exists (select 1 from engine e where e.id = n.engine_id)
      union all select s.name, 'the operation on version ' || o.resource_id || ' is held by the engine ' || o.engine_id || ', which is not registered'
      from operation o join stack s on s.id = o.stack_id where o.engine_id is not null and not exists (select 1 from engine e where e.id = o.engine_id)`,
    remedy: again,
  },
  {
    invariant: 'I-10',
    sql: `select s.name as stack, a.name || ' has two versions in goal ' || b.since as what from membership a
      join membership b on b.stack_id = a.stack_id and b.name = a.name and b.since > a.since and (a.until is null or a.until > b.since) join stack s on s.id = a.stack_id`,
    remedy: report,
  },
  {
    invariant: 'I-09',
    sql: `select s.name as stack, m.name || ' of goal ' || s.goal || ' is version ' || m.resource_id || ', which does not exist' as what
      from membership m join stack s on s.id = m.stack_id where m.until is null and s.deleted_at is null and not exists (select 1 from resource r where r.id = m.resource_id)`,
    remedy: again,
  },
  {
    invariant: 'I-09',
    sql: `select s.name as stack, 'goal ' || s.goal || ', which is in force, is not stored' as what from stack s
      where s.deleted_at is null and s.goal > 0 and not exists (select 1 from goal g where g.stack_id = s.id and g.number = s.goal)
      union all select s.name, 'goal ' || s.complete_goal || ', the rollback point, is not stored' from stack s
      where s.deleted_at is null and s.complete_goal is not null and not exists (select 1 from goal g where g.stack_id = s.id and g.number = s.complete_goal)`,
    remedy: 'setpoint up with the template stores a goal anew',
  },
  {
    invariant: 'I-09',
    sql: `select s.name as stack, c.name || ' has a definition that is not stored' as what from declaration c join stack s on s.id = c.stack_id
      where not exists (select 1 from definition d where d.stack_id = c.stack_id and d.sha = c.sha)`,
    remedy: 'setpoint up with the template stores its definitions anew',
  },
  {
    invariant: 'I-08',
    sql: `select s.name as stack, 'version ' || q.resource_id || ' is recorded to require version ' || q.required_id || ', and one of them does not exist' as what
      from requirement q join stack s on s.id = q.stack_id
      where not exists (select 1 from resource r where r.id = q.resource_id) or not exists (select 1 from resource r where r.id = q.required_id)`,
    remedy: again,
  },
  {
    invariant: 'I-01',
    sql: `select s.name as stack, c.name || ' is declared by the goal, and nothing stands for it' as what
      from stack s join declaration c on c.stack_id = s.id and c.until is null
      where ${atGoal} and not exists (select 1 from resource r where r.stack_id = s.id and r.name = c.name and r.marked is null)
      union all select s.name, r.name || ' stands, and the goal does not declare it' from stack s join resource r on r.stack_id = s.id and r.marked is null
      where ${atGoal} and not exists (select 1 from declaration c where c.stack_id = s.id and c.name = r.name and c.until is null)`,
    remedy: again,
  },
  {
    invariant: 'I-01',
    sql: `select s.name as stack, r.name || ' was made by another definition than the goal has' as what
      from stack s join declaration c on c.stack_id = s.id and c.until is null join resource r on r.stack_id = s.id and r.name = c.name and r.marked is null
      where ${atGoal} and r.definition is not null and r.definition <> c.sha`,
    remedy: again,
  },
  {
    invariant: 'I-01',
    sql: `select s.name as stack, u.name || ' uses outputs of ' || r.name || ' at revision ' || q.revision || ', which are at ' || r.revision as what
      from stack s join requirement q on q.stack_id = s.id join resource r on r.id = q.required_id join resource u on u.id = q.resource_id
      where ${atGoal} and s.suspended = 0 and u.marked is null and (r.marked is not null or r.revision <> q.revision) and ${restsAbove}`,
    remedy: again,
  },
  {
    invariant: 'I-01',
    sql: `select s.name as stack, r.name || ' is ' || case when ${isAsleep} then 'suspended' when ${isAwake} then 'awake' else 'perhaps suspended' end
        || ', and the stack is ' || case when s.suspended = 1 then 'suspended' else 'not' end as what
      from stack s join resource r on r.stack_id = s.id and r.marked is null and r.nested = 0 and r.external = 0
      where ${atGoal} and not (case when s.suspended = 1 then ${isAsleep} else ${isAwake} end)`,
    remedy: 'setpoint suspend or setpoint resume, as it is to be',
  },
  {
    invariant: 'I-20',
    sql: `select s.name as stack, r.name || ' is ' || r.action || ' ' || r.status || ' in a stack that is COMPLETE' as what
      from resource r join stack s on s.id = r.stack_id where s.status = 'COMPLETE' and s.deleted_at is null and r.marked is null and r.status <> 'COMPLETE'`,
    remedy: 'setpoint check, then setpoint retry',
  },
  {
    invariant: 'I-22',
    sql: `select s.name as stack, 'of its events 1 to ' || s.event_seq || ' it has ' || (select count(*) from event e where e.stack_id = s.id) || coalesce(' after ' || (select min(e.seq) from event e where e.stack_id = s.id), '') as what
      from stack s where (s.deleted_at is null or exists (select 1 from event e where e.stack_id = s.id)) and (s.event_seq <> coalesce((select max(e.seq) from event e where e.stack_id = s.id), 0)
        or s.event_seq - coalesce((select min(e.seq) from event e where e.stack_id = s.id), 1) + 1 <> (select count(*) from event e where e.stack_id = s.id))`,
    remedy: report,
  },
  {
    invariant: 'I-18',
    sql: `select s.name as stack, 'it was deleted, but ' || (select count(*) from resource r where r.stack_id = s.id) || ' resources, ' || (select count(*) from goal g where g.stack_id = s.id) || ' goals and ' ||
        (select count(*) from blob b where b.stack_id = s.id) || ' documents are left' as what from stack s where s.deleted_at is not null
      and (exists (select 1 from resource r where r.stack_id = s.id) or exists (select 1 from goal g where g.stack_id = s.id) or exists (select 1 from blob b where b.stack_id = s.id)
        or exists (select 1 from definition d where d.stack_id = s.id) or exists (select 1 from node n where n.stack_id = s.id))`,
    remedy: report,
  },
  {
    invariant: 'I-26',
    sql: `select s.name as stack, 'a definition of ' || d.type || ' is left that nothing refers to' as what from definition d left join stack s on s.id = d.stack_id
      where (s.status is null or s.status <> 'IN_PROGRESS') and not exists (select 1 from declaration c where c.stack_id = d.stack_id and c.sha = d.sha)
        and not exists (select 1 from resource r where r.stack_id = d.stack_id and d.sha in (r.definition, r.pending_definition))
        and not exists (select 1 from operation o where o.stack_id = d.stack_id and o.definition = d.sha)`,
    remedy: 'harmless; it goes when the stack has done what it is asked for next',
  },
  {
    invariant: 'I-26',
    sql: `select null as stack, 'an event sink is left of stack ' || k.stack_id || ', which does not exist' as what
      from event_sink k where not exists (select 1 from stack s where s.id = k.stack_id)`,
    remedy: report,
  },
  {
    invariant: 'I-22',
    sql: `select s.name as stack, 'an event sink of it was sent event ' || k.sent || ', but there are ' || s.event_seq as what
      from event_sink k join stack s on s.id = k.stack_id where k.sent > s.event_seq`,
    remedy: report,
  },
  {
    invariant: 'I-26',
    sql: `select s.name as stack, 'the identity ' || i.key || ' belongs to version ' || i.resource_id || ', which does not exist' as what
      from identity i left join stack s on s.id = i.stack_id where not exists (select 1 from resource r where r.id = i.resource_id)`,
    remedy: report,
  },
  {
    invariant: 'I-26',
    sql: `select min(s.name) as stack, min(r.name) || '#' || r.id || ' is complete and holds ' || count(*) || ' identities, of which its object has one' as what
      from identity i join resource r on r.id = i.resource_id join stack s on s.id = r.stack_id
      where r.marked is null and r.status = 'COMPLETE' and not exists (select 1 from operation o where o.resource_id = r.id)
      group by r.id having count(*) > 1`,
    remedy: 'nothing else can be called so until the resource is updated or replaced',
  },
];

export function* checkRows(vault: Vault): Act<RowFinding[]> {
  const findings: RowFinding[] = [];
  for (const check of checks) {
    const rows = yield* query<{ stack: string | null; what: string }>(check.sql);
    findings.push(...rows.map(({ stack, what }) => ({ invariant: check.invariant, stack, what, remedy: check.remedy })));
  }
  return [...findings, ...(yield* findCycles()), ...(yield* findLooseBlobs(vault))];
}

function* findCycles(): Act<RowFinding[]> {
  const edges = yield* query<{ stack: string; requirer: number; required: number }>(
    'select s.name as stack, e.requirer, e.required from edge e join stack s on s.id = e.stack_id',
  );
  return [...Map.groupBy(edges, (edge) => edge.stack)].flatMap(([stack, own]) => {
    const graph = new Map<string, string[]>();
    for (const { requirer, required } of own) {
      graph.set(String(requirer), [...(graph.get(String(requirer)) ?? []), String(required)]);
      if (!graph.has(String(required))) graph.set(String(required), []);
    }
    const cycle = findCycle(graph);
    return cycle ? [{ invariant: 'I-12', stack, what: `nodes wait for each other: ${cycle.join(' → ')}`, remedy: again }] : [];
  });
}

/** Documents that no kept goal of their tree is made of; a tree that is under way drops them when it comes to rest. */
function* findLooseBlobs(vault: Vault): Act<RowFinding[]> {
  const goals = yield* query<{ stack_id: number; root_id: number; documents: string }>(
    'select g.stack_id, s.root_id, g.documents from goal g join stack s on s.id = g.stack_id',
  );
  const blobs = yield* query<{ stack_id: number; sha: string; stack: string | null }>(
    `select b.stack_id, b.sha, s.name as stack from blob b left join stack s on s.id = b.stack_id where s.id is null or s.status <> 'IN_PROGRESS'`,
  );
  const used = new Set<string>();
  for (const { stack_id, root_id, documents } of goals) {
    const manifest = vault.open(documents, `goal/${stack_id}/documents`) as DocumentManifest | null;
    for (const sha of manifest === null ? [] : shasOf(manifest)) used.add(`${root_id}/${sha}`);
  }
  return blobs
    .filter((blob) => !used.has(`${blob.stack_id}/${blob.sha}`))
    .map((blob) => ({
      invariant: 'I-26',
      stack: blob.stack,
      what: `a document is left that no goal is made of (${blob.sha.slice(0, 15)}…)`,
      remedy: 'harmless; the next goals prune it',
    }));
}

function shasOf(manifest: DocumentManifest): string[] {
  return [manifest.template.sha, ...Object.values(manifest.files), ...manifest.environments.map((file) => file.sha)];
}
