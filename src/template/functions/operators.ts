/** Every operator that an expression may name, besides those that evaluation itself knows (literal, map, get_resource, get_attr, get_all_attrs). */
import { findInMap } from './cfn-find-in-map.ts';
import { memberListToMap } from './cfn-member-list.ts';
import { selectItem } from './cfn-select.ts';
import { replaceByParams, sameText, splitByDelimiter } from './cfn-texts.ts';
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
import { spreadOperator } from './spread-function.ts';
import { replaceAny, replaceStrict, replaceTexts, replaceVeryStrict } from './str-replace.ts';
import { splitText } from './str-split.ts';
import { evaluateExpression } from './yaql.ts';

const ALL: readonly Operator[] = [
  buildUrl,
  concatLists,
  concatUnique,
  containsValue,
  evaluateExpression,
  digestText,
  filterList,
  findInMap,
  joinAny,
  joinTexts,
  memberListToMap,
  mergeMaps,
  repeatOverAny,
  repeatOverLists,
  replaceAny,
  replaceByParams,
  replaceInMap,
  replaceStrict,
  replaceTexts,
  replaceVeryStrict,
  sameText,
  select,
  selectItem,
  splitByDelimiter,
  splitText,
];

/** Those that may be given the list of their arguments as one value. */
const GATHERING: readonly Operator[] = [concatLists, concatUnique, digestText, mergeMaps, replaceInMap, splitText].map(
  (operator) => spreadOperator(operator),
);

const OPERATORS: ReadonlyMap<string, Operator> = new Map([...ALL, ...GATHERING].map((operator) => [operator.name, operator]));

export function findOperator(name: string): Operator | undefined {
  return OPERATORS.get(name);
}
