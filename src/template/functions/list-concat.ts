/** `list_concat: [list, list…]`: one list of all items, null passed over; `list_concat_unique` keeps the first of equal items. */
import type { Json } from '../../std/json.ts';
import { equalityKey } from '../python-equality.ts';
import { FunctionError, type Operator } from './function.ts';
import { gatheringFunction } from './spread-function.ts';

export const concatLists: Operator = { name: 'list_concat', apply: concat, shallow: true };

export const concatUnique: Operator = {
  name: 'list_concat_unique',
  apply(lists) {
    const firsts = new Map<string, Json>();
    for (const item of concat(lists)) {
      const key = equalityKey(item);
      if (!firsts.has(key)) firsts.set(key, item);
    }
    return [...firsts.values()];
  },
};

export const listConcat = gatheringFunction('list_concat', concatLists, 0, Number.POSITIVE_INFINITY, '[list, …]');
export const listConcatUnique = gatheringFunction('list_concat_unique', concatUnique, 0, Number.POSITIVE_INFINITY, '[list, …]');

function concat(lists: readonly Json[]): readonly Json[] {
  return lists.flatMap((list) => {
    if (list !== null && !Array.isArray(list)) throw new FunctionError('"list_concat" must be given lists');
    return (list ?? []) as readonly Json[];
  });
}
