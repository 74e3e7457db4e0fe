/**
 * How the value of a parameter that several environments give comes together: the last wins, unless a strategy says to merge. Pure.
 *
 * What merging means depends on the parameter's declared type, so that `"a"` and `"b,c"` are three items of a list; where the parameter is
 * not declared (a default for nested stacks), on the values.
 */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { toJsonContainer, toListItems, toNumber } from './coerce.ts';
import type { ParameterType } from './parameter-schema.ts';

/** Parameter name (or `default`) → overwrite, merge or deep_merge. */
export type Strategies = ReadonlyMap<string, string>;

export function isStrategy(value: Json): value is string {
  return value === 'overwrite' || value === 'merge' || value === 'deep_merge';
}

/** Maps get the later one's keys, lists and texts are put one after the other, numbers are added; what does not fit is overwritten. */
export function mergeValues(
  strategies: Strategies,
  name: string,
  before: Json | undefined,
  later: Json,
  type?: ParameterType,
): Json {
  const strategy = strategies.get(name) ?? strategies.get('default') ?? 'overwrite';
  if (before === undefined || strategy === 'overwrite') return later;
  return merge(asType(before, type), asType(later, type), strategy === 'deep_merge');
}

function asType(value: Json, type: ParameterType | undefined): Json {
  if (type === 'comma_delimited_list') return toListItems(value) ?? value;
  if (type === 'number') return toNumber(value) ?? value;
  return type === 'json' ? (toJsonContainer(value) ?? value) : value;
}

function merge(before: Json, later: Json, deep: boolean): Json {
  if (isMap(before) && isMap(later)) return mergeMaps(before, later, deep);
  if (Array.isArray(before) && Array.isArray(later)) return [...before, ...later];
  if (typeof before === 'string' && typeof later === 'string') return before + later;
  return typeof before === 'number' && typeof later === 'number' ? before + later : later;
}

function mergeMaps(before: JsonMap, later: JsonMap, deep: boolean): JsonMap {
  if (!deep) return { ...before, ...later };
  const merged = Object.entries(later).map(
    ([key, value]) => [key, Object.hasOwn(before, key) ? merge(before[key]!, value, true) : value] as const,
  );
  return { ...before, ...Object.fromEntries(merged) };
}
