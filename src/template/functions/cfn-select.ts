/**
 * `Fn::Select: [index or key, list or map]`: one item; '' when it is not there. A text is taken for JSON, an empty one gives ''.
 *
 * HOT had it, too, before 2015-10-15.
 */
import { isMap, type Json } from '../../std/json.ts';
import { parseJson } from '../../std/parse-json.ts';
import { FunctionError, type Operator } from './function.ts';
import { spreadFunction } from './spread-function.ts';

export const selectItem: Operator = {
  name: 'cfn_select',
  shallow: true,
  apply: ([index = null, collection = null]) =>
    selectFrom(typeof collection === 'string' ? parsed(collection) : collection, index),
};

export const cfnSelect = spreadFunction('Fn::Select', selectItem, 2, 2, '[index, list or map]');

function parsed(text: string): Json {
  if (text === '') return null;
  try {
    return parseJson(text);
  } catch {
    throw new FunctionError('"Fn::Select" must be given a list, a map or a text that is JSON');
  }
}

function selectFrom(collection: Json, index: Json): Json {
  if (collection === null) return '';
  if (isMap(collection)) return fromMap(collection, index);
  if (!Array.isArray(collection)) throw new FunctionError('"Fn::Select" must be given a list or a map');
  const at = typeof index === 'string' && /^\s*-?\d+\s*$/.test(index) ? Number(index) : index;
  if (!Number.isInteger(at)) throw new FunctionError('"Fn::Select" needs a whole number to select from a list');
  return (collection as readonly Json[]).at(at as number) ?? '';
}

function fromMap(map: { readonly [key: string]: Json }, key: Json): Json {
  if (typeof key !== 'string') throw new FunctionError('"Fn::Select" needs a string to select from a map');
  return Object.hasOwn(map, key) ? map[key]! : '';
}
