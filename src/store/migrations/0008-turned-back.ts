/**
 * Schema version 8: a requirement of a nested stack that held, did not, and holds again. It held from goal `since` to goal `until`, and does again
 * from `again` to `last`; both are null where it holds without a break, or where nobody knows of one. Of several breaks the last is kept.
 */
export const turnedBack = `
alter table requirement add column until integer;
alter table requirement add column again integer;
`;
