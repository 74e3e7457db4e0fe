/**
 * Schema version 13: all breaks of a requirement of a nested stack, not the last one only, as `until-again until-again`: goals of its stack. Where
 * there are too many, or an older engine wrote one, those that are missing count as times in which it held. Breaks before `since` are over.
 */
export const turnedBackAgain = `
alter table requirement add column breaks text;
`;
