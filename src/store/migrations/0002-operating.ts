/**
 * Schema version 2: what operating a database needs.
 *
 * `operation.stopped_at` is the database's time at which a person stopped the stack: until the next request its operations rest, and their
 * deadlines with them. `resource.unread` says that the row comes from another time (an imported or restored database), and is to be looked at
 * before anything is decided by it.
 */
export const operating = `
alter table operation add column stopped_at integer;
alter table resource add column unread integer not null default 0;
`;
