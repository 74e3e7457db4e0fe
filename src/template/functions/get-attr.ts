/**
 * `get_attr: [resource, attribute, key or index…]`: an attribute, or a part of it (null when the part is not there).
 *
 * From 2015-10-15 on the attribute may be left out, for a map of them all.
 */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import { type Reading, type TemplateFunction, WRONG } from './function.ts';

export const getAttr: TemplateFunction = {
  name: 'get_attr',
  read: (argument, reading, path) => read(argument, reading, path, 2, '[resource, attribute, key or index, …]'),
};

export const getAttrOrAll: TemplateFunction = {
  name: 'get_attr',
  read: (argument, reading, path) => read(argument, reading, path, 1, '[resource] or [resource, attribute, key or index, …]'),
};

function read(argument: Json, reading: Reading, path: Path, least: number, form: string): Expression {
  const items = listArgument(argument, reading, path, { least, most: Number.POSITIVE_INFINITY, form });
  if (items === undefined) return WRONG;
  const [resource = null, ...rest] = items.map((item, i) => reading.argument(item, within(path, i)));
  const name = reading.known(resource);
  if (typeof name !== 'string') return reading.wrong(within(path, 0), '"get_attr" needs the name of a resource');
  if (rest.length === 0) return reading.reference('get_all_attrs', name, [], within(path, 0));
  if (typeof reading.known(rest[0]!) !== 'string')
    return reading.wrong(within(path, 1), '"get_attr" needs the name of an attribute');
  return reading.reference('get_attr', name, rest, within(path, 0));
}
