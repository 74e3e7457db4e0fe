/** `filter: [values, list]`: the list without the values. */
import { type Json, sameJson } from '../../std/json.ts';
import { FunctionError, type Operator } from './function.ts';
import { spreadFunction } from './spread-function.ts';

export const filterList: Operator = {
  name: 'filter',
  apply([values = null, list = null]) {
    if (!Array.isArray(values) || !Array.isArray(list)) throw new FunctionError('"filter" must be given two lists');
    return list.filter((item: Json) => !values.some((value: Json) => sameJson(value, item)));
  },
};

export const filter = spreadFunction('filter', filterList, 2, 2, '[values, list]');
