/**
 * Schema version 11: `resource.suspended` is 1 for an object that was suspended, 0 for one that is awake, 2 where a call that was to do the one or the
 * other did not end well, or nobody knows. The action of the row says that only until something else is done to it.
 */
export const whatIsAsleep = `
alter table resource add column suspended integer not null default 0;
update resource set suspended = case when action = 'SUSPEND' and status = 'COMPLETE' then 1 else 2 end
  where nested = 0 and (action = 'SUSPEND' or (action = 'RESUME' and status <> 'COMPLETE')
    or (physical_id is not null and action <> 'RESUME' and stack_id in (select id from stack where suspended = 1)));
`;
