/** Every function that expressions may call, by name; and those of YAQL that templates can't have, since their values differ each time. */
import { BRANCHES } from './library/branches.ts';
import { CONVERSIONS } from './library/conversions.ts';
import { DICTS } from './library/dicts.ts';
import { GROUPS } from './library/groups.ts';
import { LISTS } from './library/lists.ts';
import { NUMBERS } from './library/numbers.ts';
import { ORDERS } from './library/orders.ts';
import { QUERIES } from './library/queries.ts';
import { REGEXES } from './library/regexes.ts';
import { SEQUENCES } from './library/sequences.ts';
import { SETS } from './library/sets.ts';
import { STRINGS } from './library/strings.ts';
import { TEXTS } from './library/texts.ts';
import { TIMES } from './library/times.ts';
import type { Signature } from './signature.ts';

const ALL: readonly Signature[] = [
  ...BRANCHES,
  ...CONVERSIONS,
  ...DICTS,
  ...GROUPS,
  ...LISTS,
  ...NUMBERS,
  ...ORDERS,
  ...QUERIES,
  ...REGEXES,
  ...SEQUENCES,
  ...SETS,
  ...STRINGS,
  ...TEXTS,
  ...TIMES,
];

const BY_NAME: ReadonlyMap<string, readonly Signature[]> = Map.groupBy(ALL, ({ name }) => name);
const NONE: readonly Signature[] = [];

/** In the order in which they are tried. */
export function findFunctions(name: string): readonly Signature[] {
  return BY_NAME.get(name) ?? NONE;
}

export function functionNames(): readonly string[] {
  return [...BY_NAME.keys()];
}

/** In YAQL, not here: a template must mean the same each time. */
export const UNSTEADY: ReadonlySet<string> = new Set(['now', 'localtz', 'random', 'randomInt']);
