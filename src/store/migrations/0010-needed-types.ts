/**
 * Schema version 10: `definition.needs` of a stack within a stack is a JSON list of the types that it and what is nested in it are made of, as far as
 * they can be told beforehand: only an engine that offers them all compiles it. Null for everything else, and where an older engine wrote the row.
 */
export const neededTypes = `
alter table definition add column needs text;
`;
