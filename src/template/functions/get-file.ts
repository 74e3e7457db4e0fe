/** `get_file: name`: the text of a file that was given with the template. Nothing is ever read here. */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import type { Path } from '../path.ts';
import { type Reading, type TemplateFunction, WRONG } from './function.ts';

export const getFile: TemplateFunction = { name: 'get_file', read };

function read(argument: Json, reading: Reading, path: Path): Expression {
  const name = reading.known(reading.argument(argument, path));
  if (typeof name !== 'string') return reading.wrong(path, '"get_file" must be written as the name of a file');
  return reading.file(name, path) ?? WRONG;
}
