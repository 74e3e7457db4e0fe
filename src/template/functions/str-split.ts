/** `str_split: [delimiter, text]` or `[delimiter, text, index]`: the parts of a text, or one of them; null of null. */
import type { Json } from '../../std/json.ts';
import { FunctionError, type Operator } from './function.ts';
import { gatheringFunction } from './spread-function.ts';

export const splitText: Operator = {
  name: 'str_split',
  apply([delimiter = null, text = null, index]) {
    if (typeof delimiter !== 'string' || delimiter === '')
      throw new FunctionError('the delimiter of "str_split" must be a string');
    if (text === null) return null;
    if (typeof text !== 'string') throw new FunctionError('"str_split" must be given a string');
    const parts = text.split(delimiter);
    return index === undefined ? parts : partAt(parts, index);
  },
};

export const strSplit = gatheringFunction('str_split', splitText, 2, 3, '[delimiter, text] or [delimiter, text, index]');

/** An index may count from the end. */
function partAt(parts: readonly string[], index: Json): string {
  const part = /^\s*-?\d+\s*$/.test(String(index)) ? parts.at(Number(index)) : undefined;
  if (part === undefined) throw new FunctionError(`the index of "str_split" must be between 0 and ${parts.length - 1}`);
  return part;
}
