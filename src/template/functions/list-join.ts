/**
 * `list_join: [delimiter, list, list…]`: the items of the lists as one text.
 *
 * Before 2015-10-15 there is one list, and its items must be texts; since then maps and lists in it are written as JSON. Null is ''. Numbers
 * and booleans are refused, as in Heat: str_replace makes texts of them.
 */
import type { Json } from '../../std/json.ts';
import { spend, unitsOfText } from '../work.ts';
import { FunctionError, type Operator } from './function.ts';
import { pythonJson } from './python-text.ts';
import { spreadFunction } from './spread-function.ts';

export const joinTexts: Operator = {
  name: 'list_join_texts',
  apply: ([delimiter = null, list = null]) => join(delimiter, list === null ? [] : itemsOf(list), textOnly),
};

export const joinAny: Operator = {
  name: 'list_join',
  apply: ([delimiter = null, ...lists]) => join(delimiter, lists.filter((list) => !isNothing(list)).flatMap(itemsOf), textOrJson),
};

export const listJoinOne = spreadFunction('list_join', joinTexts, 2, 2, '[delimiter, list]');
export const listJoin = spreadFunction('list_join', joinAny, 2, Number.POSITIVE_INFINITY, '[delimiter, list, …]');

function join(delimiter: Json, items: readonly Json[], toItem: (item: Json) => string): string {
  if (typeof delimiter !== 'string') throw new FunctionError('the delimiter of "list_join" must be a string');
  spend(items.length * unitsOfText(delimiter.length));
  return items.map(toItem).join(delimiter);
}

function itemsOf(list: Json): readonly Json[] {
  if (Array.isArray(list)) return list as readonly Json[];
  throw new FunctionError('"list_join" must be given lists');
}

/** What Python takes for false, and list_join for an empty list. */
function isNothing(list: Json): boolean {
  if (typeof list === 'object' && list !== null) return Object.keys(list).length === 0;
  return list === null || list === '' || list === 0 || list === false;
}

function textOnly(item: Json): string {
  if (item === null) return '';
  if (typeof item === 'string') return item;
  throw new FunctionError(
    `the items that "list_join" joins must be strings, not a ${typeof item}: str_replace makes texts of others`,
  );
}

function textOrJson(item: Json): string {
  return typeof item === 'object' && item !== null ? pythonJson(item) : textOnly(item);
}
