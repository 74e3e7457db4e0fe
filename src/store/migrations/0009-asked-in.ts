/**
 * Schema version 9: `goal.asked_in` of a nested stack's goal is the goal above under which it was asked for, so that what was made for it was made of
 * what was there by then; null for a root's, and where an older engine wrote the row: nobody knows.
 */
export const askedIn = `
alter table goal add column asked_in integer;
`;
