/** `filter: [values, list]`: the list without the values. What is empty or null stays as it is. */
import type { Json } from '../../std/json.ts';
import { equalityKey } from '../python-equality.ts';
import { FunctionError, type Operator } from './function.ts';
import { spreadFunction } from './spread-function.ts';

export const filterList: Operator = {
  name: 'filter',
  apply([values = null, list = null]) {
    if (isNothing(list)) return list;
    if (!Array.isArray(list)) throw new FunctionError('"filter" works on a list');
    if (isNothing(values)) return list as readonly Json[];
    if (!Array.isArray(values)) throw new FunctionError('"filter" takes away a list of values');
    const away = new Set(values.map((value) => equalityKey(value as Json)));
    return (list as readonly Json[]).filter((item) => !away.has(equalityKey(item)));
  },
};

export const filter = spreadFunction('filter', filterList, 2, 2, '[values, list]');

/** What Python takes for false. */
function isNothing(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === '' || value === 0 || value === false;
}
