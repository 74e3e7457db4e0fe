/** Functions that choose: only what is chosen is evaluated. */
import { YaqlError } from '../fault.ts';
import { ANY, define, INTEGER, LAMBDA, LAZY_RULE, one, optional, rest, TEXT } from '../signature.ts';
import { isTrue, type Value } from '../value.ts';

export const BRANCHES = [
  define('function', 'switch', [rest('cases', LAZY_RULE)], ([cases]) => cases.find(({ key }) => isTrue(key()))?.value() ?? null),
  define('function', 'selectCase', [rest('conditions', LAMBDA)], ([conditions]) => {
    const found = conditions.findIndex((condition) => isTrue(condition()));
    return found === -1 ? conditions.length : found;
  }),
  define('function', 'selectAllCases', [rest('conditions', LAMBDA)], ([conditions]) =>
    conditions.flatMap((condition, i) => (isTrue(condition()) ? [i] : [])),
  ),
  define('function', 'examine', [rest('conditions', LAMBDA)], ([conditions]) =>
    conditions.map((condition) => isTrue(condition())),
  ),
  define('method', 'switchCase', [one('case', INTEGER), rest('values', LAMBDA)], ([chosen, values]) => {
    const value = chosen >= 0 && chosen < values.length ? values[chosen] : values.at(-1);
    return value?.() ?? null;
  }),
  define('function', 'coalesce', [rest('values', LAMBDA)], ([values]) => {
    for (const value of values) {
      const result = value();
      if (result !== null) return result;
    }
    return null;
  }),
  define(
    'method',
    'assert',
    [one('value', ANY), one('condition', LAMBDA), optional('message', TEXT, 'Assertion failed')],
    checkedValue,
  ),
];

function checkedValue([value, condition, message]: readonly [Value, (value: Value) => Value, string]): Value {
  if (!isTrue(condition(value))) throw new YaqlError(message);
  return value;
}
