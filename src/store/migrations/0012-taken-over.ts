/**
 * Schema version 12: `resource.taken` is the definition that a version had when a name that is being made took it over from another one. While it is
 * still the version's, and `acted` is still a making, nothing of the version is as the name wants it, and what is done next belongs to the making.
 */
export const takenOver = `
alter table resource add column taken text;
`;
