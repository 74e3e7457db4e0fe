/**
 * Schema version 7: which versions within a nested stack something else may still refer to, and which of them may refer to something else.
 *
 * A requirement was first recorded under goal `since` of its stack, and last asked for under goal `last`; `seen` is the goal that a required
 * stack was at itself, when it told what it does at revision `told`. `goal.read_in` of a nested stack's goal is the goal above under which its outputs were read first, 0 before they are.
 * All are null where an older engine wrote the row: nobody knows. A traversal that is `held` deletes a nested stack only in part, and ends as one with a failure.
 */
export const turnedRound = `
alter table requirement add column since integer;
alter table requirement add column last integer;
alter table requirement add column seen integer;
alter table requirement add column told integer;
alter table goal add column read_in integer;
alter table traversal add column held integer not null default 0;
`;
