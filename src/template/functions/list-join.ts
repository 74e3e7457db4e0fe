/**
 * `list_join: [delimiter, list, list…]`: the items of the lists as one text.
 *
 * Before 2015-10-15 there is one list, and its items must be texts; since then maps and lists in it are written as JSON. Null is ''.
 * Numbers and booleans are taken too, where Heat refuses them.
 */
import type { Json } from '../../std/json.ts';
import { toText } from '../coerce.ts';
import type { Expression } from '../expression.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';
import { pythonJson } from './python-text.ts';

export const joinTexts: Operator = {
  name: 'list_join_texts',
  apply: ([delimiter = null, ...lists]) => join(delimiter, lists, textOnly),
};

export const joinAny: Operator = {
  name: 'list_join',
  apply: ([delimiter = null, ...lists]) => join(delimiter, lists, (item) => textOrJson(item)),
};

export const listJoinOne: TemplateFunction = {
  name: 'list_join',
  read: (argument, reading, path) => read(argument, reading, path, joinTexts, 2, '[delimiter, list]'),
};

export const listJoin: TemplateFunction = {
  name: 'list_join',
  read: (argument, reading, path) => read(argument, reading, path, joinAny, Number.POSITIVE_INFINITY, '[delimiter, list, …]'),
};

function read(argument: Json, reading: Reading, path: Path, operator: Operator, most: number, form: string): Expression {
  const items = listArgument(argument, reading, path, { least: 2, most, form });
  if (items === undefined) return WRONG;
  return reading.call(
    operator,
    items.map((item, i) => reading.argument(item, within(path, i))),
    path,
  );
}

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
