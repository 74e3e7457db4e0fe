/**
 * Following a path of keys and indexes into a value, as Heat does for get_param and get_attr: an index may be a text of digits and may count
 * from the end; what is not there gives `missing` instead of an error.
 */
import { isMap, type Json } from '../../std/json.ts';
import type { Operator } from './function.ts';

/** The value at the end of the path, or `missing`. */
export function selectPath(value: Json, path: readonly Json[], missing: Json): Json {
  let at: Json | undefined = value;
  for (const key of path) {
    at = step(at, key);
    if (at === undefined) return missing;
  }
  return at;
}

function step(value: Json, key: Json): Json | undefined {
  if (typeof key !== 'string' && typeof key !== 'number') return undefined;
  if (Array.isArray(value)) return atIndex(value as readonly Json[], key);
  if (typeof value === 'string') return atIndex(value, key);
  return isMap(value) && Object.hasOwn(value, String(key)) ? value[String(key)] : undefined;
}

function atIndex(list: readonly Json[] | string, key: string | number): Json | undefined {
  const index = typeof key === 'number' ? key : /^-?\d+$/.test(key) ? Number(key) : Number.NaN;
  return Number.isInteger(index) ? list.at(index) : undefined;
}

/** [value, missing, key…] */
export const select: Operator = {
  name: 'select',
  shallow: true,
  apply: ([value = null, missing = null, ...path]) => selectPath(value, path, missing),
};
