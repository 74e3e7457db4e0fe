/**
 * Schema version 4: what an environment says of a stack besides values and types.
 *
 * `goal.rules` are its hooks and restricted actions, `goal.sinks` where its events go. A node that rests at a hook is `hooked`: `hook` says at
 * which, `subject` the resource's name (its row may be gone by then), `cleared` what was cleared in this traversal, `deed` what is being done
 * to the resource as hooks see it. `resource.acted` is the deed that was begun and that no node has taken note of as done. `event_sink` holds,
 * for each place that a stack's events go to, up to which number they have.
 */
export const environmentRules = `
alter table goal add column rules text not null default '[]';
alter table goal add column sinks text not null default '[]';
alter table node add column hook text;
alter table node add column subject text;
alter table node add column cleared text not null default '';
alter table node add column deed text;
create index node_hooked on node (stack_id) where state = 'hooked';
alter table resource add column acted text;
create table event_sink (
  stack_id integer not null, id text not null, type text not null, target text not null, ttl_ms integer not null,
  sent integer not null, attempts integer not null, next_at integer not null, holder text, held_until integer,
  dropped integer not null, reason text not null,
  primary key (stack_id, id)
) @clustered;
create index event_sink_next on event_sink (next_at);
`;
