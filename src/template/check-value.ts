/**
 * Checks a value against a property schema and brings it into the schema's type, as Heat does: "5" is 5 where a number is wanted, 5 is "5"
 * where a text is, "a,b" is a list. Nested defaults are filled in and nested nulls of known keys dropped. In static checks a call that still
 * waits for a resource is accepted wherever it stands.
 */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { fromTruthWord, toInteger, toListItems, toNumber, toText } from './coerce.ts';
import { checkConstraint, hintFor } from './constraints.ts';
import { isCall, literalOf } from './expression-form.ts';
import { didYouMean, nearestName } from './nearest-name.ts';
import { type Path, pathText, within } from './path.ts';
import type { PropertySchema, PropertySchemas } from './property-schema.ts';

export interface ValueProblem {
  readonly kind: 'unknown' | 'missing' | 'value';
  readonly path: Path | null;
  readonly message: string;
  readonly hint?: string;
}

export interface CheckedValue {
  readonly value: Json;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

export type IsOpen = (value: object) => boolean;

interface Checking {
  readonly problems: ValueProblem[];
  /** Whether a part of the value still waits for a resource; undefined when none can. */
  readonly isOpen: IsOpen | undefined;
}

/** The value as the schema wants it; `path` names the place in messages. */
export function checkValue(schema: PropertySchema, value: Json, path: string): CheckedValue {
  const problems: ValueProblem[] = [];
  const checked = check(schema, value, within(null, path), { problems, isOpen: undefined });
  return { value: checked, problems: problems.map((problem) => ({ path: pathText(problem.path), message: problem.message })) };
}

/** As checkValue, for callers that keep paths; adds to `problems`. What is open is accepted. */
export function checkInto(
  schema: PropertySchema,
  value: Json,
  path: Path | null,
  problems: ValueProblem[],
  isOpen?: IsOpen,
): Json {
  return check(schema, value, path, { problems, isOpen });
}

/** Checks a map whose keys are known: each member, unknown keys, missing ones, defaults. */
export function checkMembers(
  schemas: PropertySchemas,
  map: JsonMap,
  path: Path | null,
  problems: ValueProblem[],
  isOpen?: IsOpen,
): JsonMap {
  return members(schemas, map, path, { problems, isOpen });
}

function check(schema: PropertySchema, value: Json, path: Path | null, checking: Checking): Json {
  if (checking.isOpen !== undefined && typeof value === 'object' && value !== null && isCall(value)) {
    const literal = literalOf(value);
    return literal === undefined ? value : check(schema, literal, path, { ...checking, isOpen: undefined });
  }
  const before = checking.problems.length;
  const coerced = coerce(schema, value, path, checking);
  const constrained = schema.constraints !== undefined && checking.problems.length === before && !isOpen(value, checking);
  if (constrained) constrain(schema, coerced, path, checking);
  return coerced;
}

function isOpen(value: Json, checking: Checking): boolean {
  return typeof value === 'object' && value !== null && checking.isOpen?.(value) === true;
}

function constrain(schema: PropertySchema, value: Json, path: Path | null, checking: Checking): void {
  for (const constraint of schema.constraints ?? []) {
    const complaint = checkConstraint(constraint, value, schema.sensitive);
    if (complaint === undefined) continue;
    const hint = schema.sensitive === true ? undefined : hintFor(constraint, value);
    checking.problems.push({ kind: 'value', path, message: complaint, ...(hint === undefined ? {} : { hint }) });
  }
}

function coerce(schema: PropertySchema, value: Json, path: Path | null, checking: Checking): Json {
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' ? value : orProblem(textOf(value), 'a string', value, path, checking);
    case 'number':
      return typeof value === 'number' ? value : orProblem(numberOf(value), 'a number', value, path, checking);
    case 'integer':
      return Number.isInteger(value) ? value : orProblem(toInteger(value), 'an integer', value, path, checking);
    case 'boolean':
      return typeof value === 'boolean' ? value : orProblem(fromTruthWord(value), 'true or false', value, path, checking);
    case 'list':
      return list(schema, value, path, checking);
    case 'map':
      return map(schema, value, path, checking);
    case 'any':
      return value;
  }
}

/** Whole numbers and booleans are texts, too; what has a point is not, since no two programs write it alike. */
function textOf(value: Json): string | undefined {
  return typeof value === 'number' && !Number.isInteger(value) ? undefined : toText(value);
}

function numberOf(value: Json): number | undefined {
  return typeof value === 'boolean' ? Number(value) : toNumber(value);
}

function orProblem(value: Json | undefined, wanted: string, given: Json, path: Path | null, checking: Checking): Json {
  if (value !== undefined) return value;
  checking.problems.push({ kind: 'value', path, message: `must be ${wanted}, not ${describe(given)}` });
  return given;
}

/** What a person would call the value; the value itself is left out, since it may be a secret. */
function describe(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

function list(schema: PropertySchema, value: Json, path: Path | null, checking: Checking): Json {
  const items = Array.isArray(value) ? (value as readonly Json[]) : schema.conversion === true ? toListItems(value) : undefined;
  if (items === undefined) return orProblem(undefined, 'a list', value, path, checking);
  const itemSchema = schema.items;
  if (itemSchema === undefined) return items;
  return items.map((item, i) => check(itemSchema, item ?? itemSchema.default ?? null, within(path, i), checking));
}

function map(schema: PropertySchema, value: Json, path: Path | null, checking: Checking): Json {
  if (!isMap(value)) return orProblem(undefined, 'a map', value, path, checking);
  if (schema.properties !== undefined) return members(schema.properties, value, path, checking);
  const itemSchema = schema.items;
  if (itemSchema === undefined) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, check(itemSchema, item, within(path, key), checking)]),
  );
}

function members(schemas: PropertySchemas, map: JsonMap, path: Path | null, checking: Checking): JsonMap {
  const checked: { [name: string]: Json } = {};
  for (const name in schemas) member(schemas, name, map, path, checking, checked);
  for (const key in map) if (!Object.hasOwn(schemas, key)) unknownMember(schemas, key, path, checking);
  return checked;
}

function member(
  schemas: PropertySchemas,
  name: string,
  map: JsonMap,
  path: Path | null,
  checking: Checking,
  checked: { [name: string]: Json },
): void {
  const schema = schemas[name]!;
  const given = Object.hasOwn(map, name) ? map[name] : undefined;
  if (given !== undefined && given !== null) checked[name] = check(schema, given, within(path, name), checking);
  else if (schema.default !== undefined) checked[name] = check(schema, schema.default, within(path, name), checking);
  else if (schema.required && schema.type === 'any' && given === null) checked[name] = null;
  else if (schema.required && !isMisspelt(name, schemas, map))
    checking.problems.push({ kind: 'missing', path: within(path, name), message: `the required property "${name}" is missing` });
}

/** Some unknown key is told to be this one: one mistake is one report. */
function isMisspelt(name: string, schemas: PropertySchemas, map: JsonMap): boolean {
  const strangers = Object.keys(map).filter((key) => !Object.hasOwn(schemas, key));
  return strangers.some((key) => nearestName(key, Object.keys(schemas)) === name);
}

function unknownMember(schemas: PropertySchemas, key: string, path: Path | null, checking: Checking): void {
  const hint = didYouMean(key, Object.keys(schemas));
  const message = `there is no property "${key}"`;
  checking.problems.push({ kind: 'unknown', path: within(path, key), message, ...(hint === undefined ? {} : { hint }) });
}
