/** Which resources of a tree rest at a hook, waiting for a person. */
import type { StackId } from '../../engine/ports/store.ts';
import type { Hook } from '../../template/resource-rules.ts';
import { type Act, query } from '../sql.ts';

export interface Hooked {
  readonly stack: { readonly id: StackId; readonly uuid: string; readonly name: string };
  /** The name of the stack that was asked about, or of the root. */
  readonly top: string;
  /** The names that lead from the stack that was asked about to the resource, joined by `/`. */
  readonly path: string;
  readonly resource: string;
  readonly hook: Hook;
  readonly version: number;
  /** Its state as it rests, and since when, wall time. */
  readonly action: string;
  readonly status: string;
  readonly reason: string;
  readonly since: number;
}

interface Columns {
  readonly id: StackId;
  readonly uuid: string;
  readonly name: string;
  readonly top: string;
  readonly path: string;
  readonly subject: string;
  readonly hook: Hook;
  readonly resource_id: number;
  readonly action: string;
  readonly status: string;
  readonly reason: string;
  readonly at: number;
  readonly [column: string]: string | number;
}

/** Of the stack and those nested in it; null: of all. Nothing happens to what rests, so its last event tells of it. */
export function* listHooked(stackId: StackId | null): Act<Hooked[]> {
  const rows = yield* query<Columns>(
    `with recursive tree(id, top, path) as (
       select id, name, substr(name, 1, 0) from stack where id = ? or (? = 0 and parent_id is null and deleted_at is null)
       union all select s.id, t.top, t.path || r.name || '/' from tree t join stack s on s.parent_id = t.id join resource r on r.id = s.parent_resource where s.deleted_at is null)
     select s.id, s.uuid, s.name, t.top, t.path, n.subject, n.hook, n.resource_id, e.action, e.status, e.reason, e.at
     from tree t join stack s on s.id = t.id join traversal v on v.stack_id = s.id and v.number = s.traversal and v.ended_at is null
       join node n on n.stack_id = s.id and n.traversal = s.traversal and n.state = 'hooked'
       join event e on e.stack_id = s.id and e.seq = (select max(seq) from event l where l.stack_id = s.id and l.resource_id = n.resource_id)
     order by t.top, t.path, n.subject, n.id`,
    stackId ?? 0,
    stackId ?? 0,
  );
  return rows.map((row) => ({
    stack: { id: row.id, uuid: row.uuid, name: row.name },
    top: row.top,
    path: `${row.path}${row.subject}`,
    resource: row.subject,
    hook: row.hook,
    version: row.resource_id,
    action: row.action,
    status: row.status,
    reason: row.reason,
    since: row.at,
  }));
}
