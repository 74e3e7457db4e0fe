/** Whether two values are equal to Python, as Heat's functions compare them: 1, 1.0 and true are. Pure. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';

export function sameValue(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return Number(a) === Number(b);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i] as Json));
  return isMap(a) && isMap(b) && sameMap(a, b);
}

function isNumeric(value: Json): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function sameMap(a: JsonMap, b: JsonMap): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key]!, b[key]!));
}

/** Equal for equal values, so that many can be compared at once. */
export function equalityKey(value: Json): string {
  return JSON.stringify(value, (_, part: Json) => {
    if (typeof part === 'boolean') return Number(part);
    return isMap(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  });
}
