/**
 * `list_join: [delimiter, list, list…]`: the items of the lists as one text.
 *
 * Before 2015-10-15 there is one list, and its items must be texts; since then maps and lists in it are written as JSON. Null is ''.
 * Numbers and booleans are taken too, where Heat refuses them.
 */
import type { Json } from '../../std/json.ts';
import { toText } from '../coerce.ts';
import { FunctionError, type Operator } from './function.ts';
import { pythonJson } from './python-text.ts';
import { spreadFunction } from './spread-function.ts';

export const joinTexts: Operator = {
  name: 'list_join_texts',
  apply: ([delimiter = null, ...lists]) => join(delimiter, lists, textOnly),
};

export const joinAny: Operator = {
  name: 'list_join',
  apply: ([delimiter = null, ...lists]) => join(delimiter, lists, (item) => textOrJson(item)),
};

export const listJoinOne = spreadFunction('list_join', joinTexts, 2, 2, '[delimiter, list]');
export const listJoin = spreadFunction('list_join', joinAny, 2, Number.POSITIVE_INFINITY, '[delimiter, list, …]');

function join(delimiter: Json, lists: readonly Json[], toItem: (item: Json) => string): string {
  if (typeof delimiter !== 'string') throw new FunctionError('the delimiter of "list_join" must be a string');
  return lists.flatMap(itemsOf).map(toItem).join(delimiter);
}

function itemsOf(list: Json): readonly Json[] {
  if (Array.isArray(list)) return list as readonly Json[];
  if (list === null || list === '') return [];
  throw new FunctionError('"list_join" must be given lists');
}

function textOnly(item: Json): string {
  if (item === null) return '';
  const text = toText(item);
  if (text === undefined) throw new FunctionError('the items that "list_join" joins must be strings');
  return text;
}

function textOrJson(item: Json): string {
  return typeof item === 'object' && item !== null ? pythonJson(item) : textOnly(item);
}
