/**
 * JSON values and their canonical text.
 *
 * Canonical means: keys in code-unit order, no spaces, so that equal values have equal text and equal digests. `undefined` members are
 * left out, as JSON.stringify does. It deliberately does not accept anything that JSON cannot hold.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export interface JsonMap {
  readonly [key: string]: Json;
}

/** The canonical text of a value. Throws a TypeError for what JSON has no form for (functions, NaN, infinities). */
export function canonicalJson(value: Json): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`);
      return JSON.stringify(value);
    case 'object':
      return Array.isArray(value) ? canonicalList(value) : canonicalMap(value as JsonMap);
    default:
      throw new TypeError(`a ${typeof value} is not JSON`);
  }
}

function canonicalList(list: readonly Json[]): string {
  let text = '[';
  for (let i = 0; i < list.length; i++) text += (i === 0 ? '' : ',') + canonicalJson(list[i] ?? null);
  return `${text}]`;
}

function canonicalMap(map: JsonMap): string {
  const keys = Object.keys(map);
  if (keys.length > 1) keys.sort();
  let text = '{';
  for (const key of keys) {
    const value = map[key];
    if (value === undefined) continue;
    text += `${text.length === 1 ? '' : ','}${quotedKey(key)}:${canonicalJson(value)}`;
  }
  return `${text}}`;
}

/** Keys repeat: quoting the few that there are is done once. */
const quotedKeys = new Map<string, string>();
const MOST_QUOTED_KEYS = 2_000;

function quotedKey(key: string): string {
  const known = quotedKeys.get(key);
  if (known !== undefined) return known;
  const quoted = JSON.stringify(key);
  if (quotedKeys.size < MOST_QUOTED_KEYS && key.length < 100) quotedKeys.set(key, quoted);
  return quoted;
}

/** True for a plain JSON map, false for lists, null and scalars. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Structural equality, by canonical text. */
export function sameJson(a: Json, b: Json): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}
