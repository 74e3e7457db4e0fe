/** Every operator that an expression may name, besides those that evaluation itself knows (literal, map, get_resource, get_attr, get_all_attrs). */
import { containsValue } from './contains.ts';
import { digestText } from './digest.ts';
import { filterList } from './filter.ts';
import type { Operator } from './function.ts';
import { concatLists, concatUnique } from './list-concat.ts';
import { joinAny, joinTexts } from './list-join.ts';
import { buildUrl } from './make-url.ts';
import { mergeMaps } from './map-merge.ts';
import { replaceInMap } from './map-replace.ts';
import { repeatOverAny, repeatOverLists } from './repeat.ts';
import { select } from './select.ts';
import { replaceAny, replaceStrict, replaceTexts, replaceVeryStrict } from './str-replace.ts';
import { splitText } from './str-split.ts';
import { evaluateExpression } from './yaql.ts';

const ALL: readonly Operator[] = [
  buildUrl,
  concatLists,
  concatUnique,
  containsValue,
  digestText,
  evaluateExpression,
  filterList,
  joinAny,
  joinTexts,
  mergeMaps,
  repeatOverAny,
  repeatOverLists,
  replaceAny,
  replaceInMap,
  replaceStrict,
  replaceTexts,
  replaceVeryStrict,
  select,
  splitText,
];

const OPERATORS: ReadonlyMap<string, Operator> = new Map(ALL.map((operator) => [operator.name, operator]));

export function findOperator(name: string): Operator | undefined {
  return OPERATORS.get(name);
}
