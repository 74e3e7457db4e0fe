/**
 * `if: [condition, then, else]`: one of two values. The other is not read, so nothing in it makes a dependency.
 *
 * From 2021-04-16 on `else` may be left out: when the condition is false, the item or entry that holds the `if` is left out as well.
 */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import { DROPPED, type Reading, type TemplateFunction, WRONG } from './function.ts';

export const ifElse: TemplateFunction = {
  name: 'if',
  read: (argument, reading, path) => read(argument, reading, path, 3, '[condition, then, else]'),
};

export const cfnIf: TemplateFunction = { ...ifElse, name: 'Fn::If' };

export const ifMaybeElse: TemplateFunction = {
  name: 'if',
  read: (argument, reading, path) => read(argument, reading, path, 2, '[condition, then, else] or [condition, then]'),
};

function read(argument: Json, reading: Reading, path: Path, least: number, form: string): Expression | typeof DROPPED {
  const items = listArgument(argument, reading, path, { least, most: 3, form });
  if (items === undefined) return WRONG;
  const truth = reading.condition(items[0]!, within(path, 0));
  const branch = (i: number) => (i < items.length ? reading.value(items[i]!, within(path, i)) : DROPPED);
  if (truth === 'open') return reading.open([branch(1), branch(2)].filter((one): one is Expression => one !== DROPPED));
  return branch(truth ? 1 : 2);
}
