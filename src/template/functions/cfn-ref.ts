/** `Ref: name`: the reference id of the resource of that name, else the value of the parameter. */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import type { Path } from '../path.ts';
import { type Reading, type TemplateFunction, WRONG } from './function.ts';

export const cfnRef: TemplateFunction = { name: 'Ref', read };

function read(argument: Json, reading: Reading, path: Path): Expression {
  const name = reading.known(reading.argument(argument, path));
  if (typeof name !== 'string') return reading.wrong(path, '"Ref" must be written as the name of a parameter or a resource');
  if (!reading.isParameter(name) && !reading.isCondition) return reading.reference('get_resource', name, [], path);
  return reading.parameter(name, path) ?? WRONG;
}
