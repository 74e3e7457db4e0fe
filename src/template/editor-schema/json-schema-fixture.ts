/**
 * For tests only: what a value breaks of a JSON schema, in the keywords of draft 7 that ours uses; any other keyword is a mistake of ours. (The
 * schema itself was held against the meta-schema, and the examples against the schema, with ajv as well; a dependency for one test is not
 * worth its keep.)
 */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';

const NOTES = new Set(['$schema', 'title', 'description', 'default', 'examples', 'definitions', 'then']);

type Check = (wanted: Json, value: Json, at: string, schema: JsonMap, root: JsonMap) => readonly string[];

export function violations(schema: Json, value: Json, root: JsonMap, at = ''): readonly string[] {
  if (typeof schema === 'boolean') return schema ? [] : [`${at}: nothing is allowed`];
  return Object.entries(schema as JsonMap).flatMap(([keyword, wanted]) => {
    if (NOTES.has(keyword)) return [];
    const check = CHECKS[keyword];
    return check === undefined
      ? [`the keyword ${keyword} is not one of draft 7 that we use`]
      : check(wanted, value, at, schema as JsonMap, root);
  });
}

const same = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);
const complain = (broken: boolean, at: string, what: string): readonly string[] => (broken ? [`${at}: ${what}`] : []);
const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

function isOfType(value: Json, type: Json): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMap(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

const CHECKS: { readonly [keyword: string]: Check } = {
  $ref: (wanted, value, at, _, root) => {
    const name = String(wanted).replace('#/definitions/', '');
    return violations((root['definitions'] as JsonMap)[name]!, value, root, at);
  },
  type: (wanted, value, at) =>
    complain(![wanted].flat().some((type) => isOfType(value, type as Json)), at, `not ${JSON.stringify(wanted)}`),
  enum: (wanted, value, at) => complain(!listOf(wanted).some((one) => same(one, value)), at, 'not one of the values'),
  const: (wanted, value, at) => complain(!same(wanted, value), at, 'not the value'),
  pattern: (wanted, value, at) =>
    complain(typeof value === 'string' && !new RegExp(String(wanted), 'u').test(value), at, 'not the pattern'),
  required: (wanted, value, at) =>
    isMap(value) ? listOf(wanted).flatMap((key) => complain(!Object.hasOwn(value, String(key)), at, `no ${String(key)}`)) : [],
  minProperties: (wanted, value, at) => complain(isMap(value) && Object.keys(value).length < Number(wanted), at, 'too few keys'),
  maxProperties: (wanted, value, at) => complain(isMap(value) && Object.keys(value).length > Number(wanted), at, 'too many keys'),
  minItems: (wanted, value, at) => complain(Array.isArray(value) && value.length < Number(wanted), at, 'too few items'),
  maxItems: (wanted, value, at) => complain(Array.isArray(value) && value.length > Number(wanted), at, 'too many items'),
  items: (wanted, value, at, _, root) => listOf(value).flatMap((item, i) => violations(wanted, item, root, `${at}/${i}`)),
  properties: (wanted, value, at, _, root) =>
    Object.entries(wanted as JsonMap).flatMap(([key, inner]) =>
      isMap(value) && Object.hasOwn(value, key) ? violations(inner, value[key]!, root, `${at}/${key}`) : [],
    ),
  additionalProperties: (wanted, value, at, schema, root) => {
    const known = (schema['properties'] ?? {}) as JsonMap;
    const others = isMap(value) ? Object.keys(value).filter((key) => !Object.hasOwn(known, key)) : [];
    return others.flatMap((key) => violations(wanted, (value as JsonMap)[key]!, root, `${at}/${key}`));
  },
  anyOf: (wanted, value, at, _, root) => {
    const tries = listOf(wanted).map((one) => violations(one, value, root, at));
    return tries.some((found) => found.length === 0) ? [] : [`${at}: none of the forms (${tries.flat().join('; ')})`];
  },
  allOf: (wanted, value, at, _, root) => listOf(wanted).flatMap((one) => violations(one, value, root, at)),
  if: (wanted, value, at, schema, root) =>
    violations(wanted, value, root, at).length === 0 ? violations(schema['then'] ?? true, value, root, at) : [],
};
