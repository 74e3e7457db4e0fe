/** `Fn::GetAtt: [resource, attribute]`: an attribute of a resource. */
import type { Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import { type Reading, type TemplateFunction, WRONG } from './function.ts';

export const cfnGetAtt: TemplateFunction = { name: 'Fn::GetAtt', read };

function read(argument: Json, reading: Reading, path: Path): Expression {
  const items = listArgument(argument, reading, path, { least: 2, most: 2, form: '[resource, attribute]' });
  if (items === undefined) return WRONG;
  const [resource, attribute] = items.map((item, i) => reading.argument(item, within(path, i)));
  const name = reading.known(resource!);
  if (typeof name !== 'string') return reading.wrong(within(path, 0), '"Fn::GetAtt" needs the name of a resource');
  if (typeof reading.known(attribute!) !== 'string')
    return reading.wrong(within(path, 1), '"Fn::GetAtt" needs the name of an attribute');
  return reading.reference('get_attr', name, [attribute!], within(path, 0));
}
