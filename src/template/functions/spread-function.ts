/** Functions whose arguments are a list that goes to one operator, item by item. */

import type { Json } from '../../std/json.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import { type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';

/** `form` is how the argument is written. */
export function spreadFunction(name: string, operator: Operator, least: number, most: number, form: string): TemplateFunction {
  const read = (argument: Json, reading: Reading, path: Path) => {
    const items = listArgument(argument, reading, path, { least, most, form });
    if (items === undefined) return WRONG;
    const args = items.map((item, i) => reading.argument(item, within(path, i)));
    return reading.call(operator, args, path);
  };
  return { name, read };
}
