/** `get_param: name` or `get_param: [name, key or index…]`: the value of a parameter, or a part of it ('' when the part is not there). */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import { type Path, within } from '../path.ts';
import { type Reading, type TemplateFunction, WRONG } from './function.ts';
import { select } from './select.ts';

export const getParam: TemplateFunction = { name: 'get_param', read };

function read(argument: Json, reading: Reading, path: Path): Expression {
  const parts = Array.isArray(argument)
    ? argument.map((item, i) => reading.argument(item, within(path, i)))
    : [reading.argument(argument, path)];
  const name = parts[0] === undefined ? undefined : reading.known(parts[0]);
  if (typeof name !== 'string') return reading.wrong(path, '"get_param" must be written as a name or [name, key or index, …]');
  const value = reading.parameter(name, path);
  if (value === undefined) return WRONG;
  return parts.length === 1 ? value : reading.call(select, [value, '', ...parts.slice(1)], path);
}
