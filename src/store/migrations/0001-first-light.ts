/**
 * Schema version 1.
 *
 * Integers and texts only, so that both databases hold the same rows. `marked` on resource repeats what membership says, because planning and
 * cleanup ask for it constantly. Partial indexes cover only rows that somebody waits for.
 */
export const firstLight = `
create table meta (key text primary key, value text not null);
@sqlite create table counter (name text primary key, next integer not null);
@sqlite insert into counter (name, next) values ('stack', 1), ('resource', 1), ('setting', 1);
@postgres create sequence stack_ids;
@postgres create sequence resource_ids;
@postgres create sequence setting_ids;

create table engine (
  id text primary key, host text not null, boot_id text not null, pid integer not null, started text not null,
  lease_until integer not null, registered_at integer not null
);

create table stack (
  id integer primary key, uuid text not null unique, tenant text not null, name text not null,
  root_id integer not null, parent_id integer, depth integer not null,
  goal integer not null, complete_goal integer, traversal integer not null,
  action text not null, status text not null, reason text not null,
  rollback integer not null, timeout_ms integer, suspended integer not null,
  change integer not null, event_seq integer not null,
  created_at integer not null, updated_at integer, deleted_at integer
);
create unique index stack_name on stack (tenant, name) where deleted_at is null;

create table blob (stack_id integer not null, sha text not null, body text not null, primary key (stack_id, sha));

create table goal (
  stack_id integer not null, number integer not null, sha text not null, action text not null, rollback_of integer, traversal integer not null,
  description text not null, documents text not null, parameters text not null, hidden text not null, immutable text not null, outputs text not null,
  outcome text not null, requested_at integer not null, completed_at integer,
  primary key (stack_id, number)
) @clustered;

create table definition (
  stack_id integer not null, sha text not null, type text not null, requires text not null, deletion_policy text not null,
  identity text, resume_to_update integer not null, secret integer not null, body text not null,
  primary key (stack_id, sha)
) @clustered;

create table declaration (
  stack_id integer not null, name text not null, since integer not null, until integer, sha text not null,
  primary key (stack_id, name, since)
) @clustered;
create index declaration_sha on declaration (stack_id, sha);

create table resource (
  id integer primary key, stack_id integer not null, name text not null, type text not null, host text, setting_id integer,
  physical_id text, reference text, action text not null, status text not null, reason text not null,
  definition text, inputs_sha text, revision integer not null, attributes text not null, properties text,
  pending text, pending_sha text, pending_definition text,
  state text not null, schema_version integer not null, marked integer, doubt integer not null, lost integer not null default 0, late integer not null default 0, unhealthy text, forced text,
  token text, token_sha text, operation_number integer not null, victim integer, replaces integer, replaced_by integer,
  deletion_policy text not null, external integer not null, secret integer not null, created_at integer not null, updated_at integer
);
create index resource_stack on resource (stack_id, name);
create index resource_marked on resource (stack_id, name) where marked is not null;
create index resource_replaces on resource (replaces) where replaces is not null;
create index resource_victim on resource (victim) where victim is not null;
create index resource_replaced_by on resource (replaced_by) where replaced_by is not null;

create table membership (
  stack_id integer not null, name text not null, since integer not null, until integer, resource_id integer not null,
  primary key (stack_id, name, since)
) @clustered;
create index membership_resource on membership (resource_id);

create table requirement (
  resource_id integer not null, required_id integer not null, revision integer not null, stack_id integer not null,
  primary key (stack_id, resource_id, required_id)
) @clustered;
create index requirement_required on requirement (required_id);

create table identity (key text primary key, resource_id integer not null, stack_id integer not null);
create index identity_resource on identity (resource_id);

create table traversal (
  stack_id integer not null, number integer not null, goal integer not null, action text not null, state text not null,
  rollback integer not null, rollback_of integer, then_action text, retain integer not null,
  converge_left integer not null, aside_left integer not null, cleanup_left integer not null, action_left integer not null,
  failures integer not null, nodes integer not null, deadline integer,
  started_at integer not null, ended_at integer, reason text not null,
  primary key (stack_id, number)
) @clustered;
create index traversal_deadline on traversal (deadline) where deadline is not null;

create table node (
  stack_id integer not null, traversal integer not null, id integer not null, phase text not null, resource_id integer not null,
  state text not null, unmet integer not null, awaits integer not null, attempts integer not null, replacements integer not null,
  wake_at integer, engine_id text, epoch integer not null, victim integer, resume integer not null, reason text not null,
  primary key (stack_id, traversal, id)
) @clustered;
create index node_ready on node (stack_id, id) where state = 'ready';
create index node_sleeping on node (wake_at) where state = 'sleeping';
create index node_claimed on node (engine_id) where state = 'claimed';
create index node_awaits on node (resource_id) where awaits = 1;
create index node_victim on node (victim) where victim is not null;

create table edge (
  stack_id integer not null, traversal integer not null, required integer not null, requirer integer not null,
  primary key (stack_id, traversal, required, requirer)
) @clustered;

create table operation (
  resource_id integer primary key, stack_id integer not null, traversal integer not null, node_id integer not null,
  kind text not null, token text not null, number integer not null, epoch integer not null, state text not null,
  engine_id text, wake_at integer, deadline integer, progress text not null, cancel integer not null,
  definition text, inputs_sha text, started_at integer not null, reason text not null
);
create index operation_stack on operation (stack_id);
create index operation_engine on operation (engine_id);
create index operation_wake on operation (wake_at) where state = 'sleeping';

create table tombstone (
  token text primary key, resource_id integer not null, type text not null, host text, setting_id integer, properties text not null, sealed_in text not null,
  stack_uuid text not null, stack_name text not null, name text not null, until integer not null, look_at integer not null
);
create index tombstone_look on tombstone (look_at);

create table event (
  stack_id integer not null, seq integer not null, at integer not null, traversal integer not null, resource_id integer,
  name text not null, type text not null, physical_id text, action text not null, status text not null, reason text not null,
  primary key (stack_id, seq)
) @clustered;

create table setting (id integer primary key, provider text not null, name text not null, sha text not null unique, body text not null);
`;
