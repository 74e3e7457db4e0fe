/** `get_resource: name`: the reference id of a resource. */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import type { Path } from '../path.ts';
import type { Reading, TemplateFunction } from './function.ts';

export const getResource: TemplateFunction = { name: 'get_resource', read };

function read(argument: Json, reading: Reading, path: Path): Expression {
  const name = reading.known(reading.argument(argument, path));
  if (typeof name !== 'string') return reading.wrong(path, '"get_resource" must be written as the name of a resource');
  return reading.reference('get_resource', name, [], path);
}
