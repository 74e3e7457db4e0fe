/** `not: condition`, `and: [condition, …]` and `or: [condition, …]`, the last two of at least two. All are looked at, to report all. */
import type { Json } from '../../std/json.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import type { ConditionFunction, Reading } from './function.ts';

export const not: ConditionFunction = { name: 'not', decide: (argument, reading, path) => !reading.condition(argument, path) };
export const and: ConditionFunction = {
  name: 'and',
  decide: (argument, reading, path) => truths(argument, reading, path).every(Boolean),
};
export const or: ConditionFunction = {
  name: 'or',
  decide: (argument, reading, path) => truths(argument, reading, path).some(Boolean),
};

function truths(argument: Json, reading: Reading, path: Path): readonly boolean[] {
  const items = listArgument(argument, reading, path, {
    least: 2,
    most: Number.POSITIVE_INFINITY,
    form: 'as a list of at least two conditions',
  });
  return (items ?? []).map((item, i) => reading.condition(item, within(path, i)));
}
