/** Applying an operator and paying for it: for what it goes through and for what it makes. */
import type { Json } from '../../std/json.ts';
import { spendOn, spendOnItems } from '../work.ts';
import type { Operator } from './function.ts';

/** Throws a FunctionError, TooMuchWork among them. What may come out much larger than what went in is paid for by the operator itself, before it is made. */
export function applyOperator(operator: Operator, args: readonly Json[]): Json {
  if (operator.shallow === true) spendOnItems(args);
  else for (const arg of args) spendOn(arg);
  const value = operator.apply(args);
  if (operator.shallow === true) spendOnItems([value]);
  else spendOn(value);
  return value;
}
