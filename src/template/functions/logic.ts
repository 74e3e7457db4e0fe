/** `not: condition`, `and: [condition, …]` and `or: [condition, …]`, the last two of at least two. All are looked at, to report all. */
import type { Json } from '../../std/json.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import type { ConditionFunction, Reading, Truth } from './function.ts';

export const not: ConditionFunction = {
  name: 'not',
  decide: (argument, reading, path) => negate(reading.condition(argument, path)),
};
export const and: ConditionFunction = {
  name: 'and',
  decide: (argument, reading, path) => combine(truths(argument, reading, path), false),
};
export const or: ConditionFunction = {
  name: 'or',
  decide: (argument, reading, path) => combine(truths(argument, reading, path), true),
};

/** CloudFormation writes `Fn::Not: [condition]`. */
export const cfnNot: ConditionFunction = { name: 'Fn::Not', decide: decideNot };
export const cfnAnd: ConditionFunction = { ...and, name: 'Fn::And' };
export const cfnOr: ConditionFunction = { ...or, name: 'Fn::Or' };

function decideNot(argument: Json, reading: Reading, path: Path): Truth {
  const items = listArgument(argument, reading, path, { least: 1, most: 1, form: '[condition]' });
  return items === undefined ? 'open' : negate(reading.condition(items[0]!, within(path, 0)));
}

function negate(truth: Truth): Truth {
  return truth === 'open' ? 'open' : !truth;
}

/** One truth settles it; otherwise all must be known. */
function combine(given: readonly Truth[], settling: boolean): Truth {
  if (given.includes(settling)) return settling;
  return given.includes('open') ? 'open' : !settling;
}

function truths(argument: Json, reading: Reading, path: Path): readonly Truth[] {
  const items = listArgument(argument, reading, path, {
    least: 2,
    most: Number.POSITIVE_INFINITY,
    form: 'as a list of at least two conditions',
  });
  return (items ?? []).map((item, i) => reading.condition(item, within(path, i)));
}
