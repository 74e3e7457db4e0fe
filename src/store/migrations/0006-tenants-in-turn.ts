/** Schema version 6: the stacks in progress of each tenant, so that tenants are served in turn without looking at all stacks. */
export const tenantsInTurn = `
create index stack_at_work on stack (tenant, id) where status = 'IN_PROGRESS';
`;
