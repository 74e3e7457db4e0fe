/**
 * `map_replace: [map, {keys: {old: new}, values: {old: new}}]`: the map with other keys and values.
 *
 * Two entries must not end at the same key. Only values that are texts, numbers or booleans are replaced.
 */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { FunctionError, type Operator } from './function.ts';
import { gatheringFunction } from './spread-function.ts';

export const replaceInMap: Operator = {
  name: 'map_replace',
  apply([map = null, replacements = null]) {
    if (map !== null && !isMap(map)) throw new FunctionError('"map_replace" must be given a map');
    if (replacements === null) return map ?? {};
    if (!isMap(replacements) || Object.keys(replacements).some((key) => key !== 'keys' && key !== 'values')) {
      throw new FunctionError('the replacements of "map_replace" must be a map with keys, values or both');
    }
    return replaceAll(map ?? {}, part(replacements, 'keys'), part(replacements, 'values'));
  },
};

export const mapReplace = gatheringFunction('map_replace', replaceInMap, 2, 2, '[map, {keys: map, values: map}]');

function part(replacements: JsonMap, name: string): JsonMap {
  const map = replacements[name] ?? {};
  if (!isMap(map)) throw new FunctionError(`"${name}" of "map_replace" must be a map`);
  return map;
}

function replaceAll(map: JsonMap, keys: JsonMap, values: JsonMap): JsonMap {
  const replaced = new Map<string, Json>();
  for (const [key, value] of Object.entries(map)) {
    const newKey = replaceKey(key, keys, map);
    if (replaced.has(newKey)) throw new FunctionError(`"map_replace" makes the key "${newKey}" twice`);
    replaced.set(newKey, replaceValue(value, values));
  }
  return Object.fromEntries(replaced);
}

function replaceKey(key: string, keys: JsonMap, map: JsonMap): string {
  if (!Object.hasOwn(keys, key) || keys[key] === null) return key;
  const newKey = String(keys[key]);
  if (newKey !== key && Object.hasOwn(map, newKey)) throw new FunctionError(`"map_replace" makes the key "${newKey}" twice`);
  return newKey;
}

function replaceValue(value: Json, values: JsonMap): Json {
  const scalar = typeof value !== 'object';
  return scalar && Object.hasOwn(values, String(value)) ? values[String(value)]! : value;
}
