/**
 * Schema version 3: stacks within stacks.
 *
 * A nested stack is a row of `stack` whose `parent_resource` is the resource version that it stands for. `nested` says of a definition and of
 * a resource version that it is such a stack; `node.child` is the traversal of the child that the node began or waits for. Documents are kept
 * once a tree: `blob.stack_id` is the root's.
 */
export const nestedStacks = `
alter table stack add column parent_resource integer;
create unique index stack_parent_resource on stack (parent_resource) where parent_resource is not null and deleted_at is null;
create index stack_children on stack (parent_id) where parent_id is not null;
create index stack_tree on stack (root_id);
alter table definition add column nested integer not null default 0;
alter table resource add column nested integer not null default 0;
create index resource_nested on resource (stack_id) where nested = 1;
alter table node add column child integer;
create index node_nested on node (resource_id) where state = 'nested';
`;
