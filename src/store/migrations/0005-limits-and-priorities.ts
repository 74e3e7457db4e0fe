/**
 * Schema version 5: who comes first, and how much may be under way at once.
 *
 * `stack.priority` is 1 (high), 0 (normal) or -1 (low), the same in a whole tree. A row of `work_limit` says how many operations may be in
 * flight at most: of the types that a pattern with `*` covers (kind `type`), or of one tenant, `*` for each one by itself (kind `tenant`).
 * What is in flight is not counted here: it is what nodes and operations say.
 */
export const limitsAndPriorities = `
alter table stack add column priority integer not null default 0;
create index stack_priority on stack (priority, id) where priority <> 0 and status = 'IN_PROGRESS';
create table work_limit (
  kind text not null, pattern text not null, most integer not null, set_at integer not null,
  primary key (kind, pattern)
) @clustered;
`;
