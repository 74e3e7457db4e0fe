/** `equals: [a, b]`: whether two values are the same. */
import type { Json } from '../../std/json.ts';
import { type Path, within } from '../path.ts';
import { sameValue } from '../python-equality.ts';
import { listArgument } from './arguments.ts';
import type { ConditionFunction, Reading, Truth } from './function.ts';

export const equals: ConditionFunction = { name: 'equals', decide };
export const cfnEquals: ConditionFunction = { name: 'Fn::Equals', decide };

function decide(argument: Json, reading: Reading, path: Path): Truth {
  const items = listArgument(argument, reading, path, { least: 2, most: 2, form: '[a, b]' });
  const [a, b] = (items ?? []).map((item, i) => reading.known(reading.argument(item, within(path, i))));
  return a === undefined || b === undefined ? 'open' : sameValue(a, b);
}
