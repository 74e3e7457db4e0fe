/** `contains: [value, list]`: whether the list has the value; of a text, whether it has the other in it. */
import type { Json } from '../../std/json.ts';
import { sameValue } from '../python-equality.ts';
import { FunctionError, type Operator } from './function.ts';
import { spreadFunction } from './spread-function.ts';

export const containsValue: Operator = {
  name: 'contains',
  apply([value = null, sequence = null]) {
    if (Array.isArray(sequence)) return sequence.some((item: Json) => sameValue(item, value));
    if (typeof sequence === 'string' && typeof value === 'string') return sequence.includes(value);
    throw new FunctionError('"contains" must be given a list to look in');
  },
};

export const contains = spreadFunction('contains', containsValue, 2, 2, '[value, list]');
