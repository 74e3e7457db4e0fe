/** `Fn::FindInMap: [mapping, key, value]`: a value of the `Mappings` section. */
import { isMap, type Json } from '../../std/json.ts';
import type { Expression } from '../expression.ts';
import { quote } from '../expression-form.ts';
import { didYouMean } from '../nearest-name.ts';
import { type Path, within } from '../path.ts';
import { listArgument } from './arguments.ts';
import { FunctionError, type Operator, type Reading, type TemplateFunction, WRONG } from './function.ts';

export const findInMap: Operator = {
  name: 'find_in_map',
  shallow: true,
  apply([mapping = null, ...keys]) {
    let at: Json = mapping;
    for (const key of keys) at = entryOf(at, String(key));
    return at;
  },
};

export const cfnFindInMap: TemplateFunction = { name: 'Fn::FindInMap', read };

function entryOf(map: Json, key: string): Json {
  if (isMap(map) && Object.hasOwn(map, key)) return map[key]!;
  const hint = isMap(map) ? didYouMean(key, Object.keys(map)) : undefined;
  throw new FunctionError(`"Fn::FindInMap" finds no "${key}"${hint === undefined ? '' : `; ${hint}`}`);
}

/** A mapping whose name waits for a resource may be any. */
function read(argument: Json, reading: Reading, path: Path): Expression {
  const items = listArgument(argument, reading, path, { least: 3, most: 3, form: '[mapping, key, value]' });
  if (items === undefined) return WRONG;
  const [mapping, key, value] = items.map((item, i) => reading.argument(item, within(path, i)));
  const name = reading.known(mapping!);
  if (name === undefined) return reading.call(findInMap, [quote(reading.mappings), mapping!, key!, value!], path);
  const { mappings } = reading;
  if (typeof name === 'string' && Object.hasOwn(mappings, name))
    return reading.call(findInMap, [quote(mappings[name]!), key!, value!], path);
  return reading.wrong(
    within(path, 0),
    `there is no mapping ${JSON.stringify(name)}`,
    didYouMean(String(name), Object.keys(mappings)),
  );
}
