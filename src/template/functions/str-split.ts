/** `str_split: [delimiter, text]` or `[delimiter, text, index]`: the parts of a text, or one of them. */
import type { Json } from '../../std/json.ts';
import { FunctionError, type Operator } from './function.ts';
import { spreadFunction } from './spread-function.ts';

export const splitText: Operator = {
  name: 'str_split',
  apply([delimiter = null, text = null, index]) {
    if (typeof delimiter !== 'string' || delimiter === '')
      throw new FunctionError('the delimiter of "str_split" must be a string');
    if (typeof text !== 'string') throw new FunctionError('"str_split" must be given a string');
    const parts = text.split(delimiter);
    return index === undefined ? parts : partAt(parts, index);
  },
};

export const strSplit = spreadFunction('str_split', splitText, 2, 3, '[delimiter, text] or [delimiter, text, index]');

function partAt(parts: readonly string[], index: Json): string {
  const part = /^\d+$/.test(String(index)) ? parts[Number(index)] : undefined;
  if (part === undefined) throw new FunctionError(`the index of "str_split" must be between 0 and ${parts.length - 1}`);
  return part;
}
