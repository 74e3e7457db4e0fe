/**
 * Evaluation: the value of an expression once the resources it waits for have outputs.
 *
 * Pure, and cheap where there is nothing to do: an expression, or a part of one, without calls is given back as it is. A function that
 * can't work with the values it gets throws a FunctionError.
 */
import { assert } from '../std/assert.ts';
import type { Json, JsonMap } from '../std/json.ts';
import type { Evaluated, Expression, Outputs, Scope } from './expression.ts';
import { type Call, isCall } from './expression-form.ts';
import { applyOperator } from './functions/apply-operator.ts';
import { findOperator } from './functions/operators.ts';
import { selectPath } from './functions/select.ts';
import { addInside, type InsideNames, stepInside } from './nested/inside.ts';
import { addTexts } from './secret-texts.ts';
import { EVALUATING, spendOn, withWork } from './work.ts';

export { FunctionError } from './functions/function.ts';

const NO_NAMES: readonly string[] = [];
const NO_SECRETS: ReadonlySet<string> = new Set();
const NOTHING: Scope = { findOutputs: () => undefined };

interface Evaluation {
  readonly scope: Scope;
  /** Names in the order met, with repeats: its length tells whether a part met any. */
  readonly unknown: string[];
  secrets: Set<string> | undefined;
}

/** The value, the names that were not known and the secret texts that went in. Throws a FunctionError, TooMuchWork too. */
export function evaluate(expression: Expression, scope: Scope): Evaluated {
  const on: Evaluation = { scope, unknown: [], secrets: undefined };
  const value = withWork(EVALUATING, () => resolve(expression, on));
  return {
    value,
    unknownFrom: on.unknown.length === 0 ? NO_NAMES : [...new Set(on.unknown)].sort(),
    secrets: on.secrets ?? NO_SECRETS,
  };
}

/** The value of an expression that waits for nothing. */
export function evaluateLiteral(expression: Expression): Json {
  if (typeof expression !== 'object' || expression === null) return expression;
  return resolve(expression, { scope: NOTHING, unknown: [], secrets: undefined });
}

function resolve(expression: Expression, on: Evaluation): Json {
  if (typeof expression !== 'object' || expression === null) return expression;
  if (Array.isArray(expression)) return valueOfList(expression, on);
  return isCall(expression) ? valueOfCall(expression, on) : valueOfMap(expression as JsonMap, on);
}

function valueOfList(list: readonly Expression[], on: Evaluation): Json {
  let copy: Json[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const value = resolve(list[i]!, on);
    if (copy === undefined && value !== list[i]) copy = list.slice(0, i);
    if (copy !== undefined) copy.push(value);
  }
  return copy ?? list;
}

function valueOfMap(map: JsonMap, on: Evaluation): Json {
  let copy: { [key: string]: Json } | undefined;
  for (const key of Object.keys(map)) {
    const value = resolve(map[key]!, on);
    if (value === map[key]) continue;
    copy ??= { ...map };
    copy[key] = value;
  }
  return copy ?? map;
}

function valueOfCall(call: Call, on: Evaluation): Json {
  const [operator, ...args] = call.$;
  switch (operator) {
    case 'literal':
      return args[0] ?? null;
    case 'map':
      return valueOfPairs(args, on);
    case 'get_resource':
      return withOutputs(args, on, (outputs) => referenceOf(outputs, on));
    case 'get_attr':
      return withOutputs(args, on, (outputs, path) => attribute(outputs, path, on));
    case 'get_all_attrs':
      return withOutputs(args, on, (outputs) => allAttributes(outputs, on));
    default:
      return valueOfOperator(operator, args, on);
  }
}

function valueOfOperator(name: string, args: readonly Expression[], on: Evaluation): Json {
  const operator = findOperator(name);
  assert(operator !== undefined, `the operator ${name} is not known`);
  const before = on.unknown.length;
  const values = args.map((arg) => resolve(arg, on));
  return on.unknown.length > before ? knownAfter(on.unknown.slice(before)) : applyOperator(operator, values);
}

/** A map that has a key `$` and calls in its values. */
function valueOfPairs(pairs: readonly Expression[], on: Evaluation): Json {
  return Object.fromEntries(
    pairs.map((pair) => [String((pair as readonly Json[])[0]), resolve((pair as readonly Json[])[1] ?? null, on)]),
  );
}

function withOutputs(args: readonly Expression[], on: Evaluation, use: (outputs: Outputs, path: readonly Json[]) => Json): Json {
  const name = String(args[0]);
  const before = on.unknown.length;
  const path = args.slice(1).map((arg) => resolve(arg, on));
  const outputs = on.scope.findOutputs(name);
  if (outputs === undefined) on.unknown.push(name);
  if (outputs === undefined || on.unknown.length > before) return knownAfter(on.unknown.slice(before));
  return use(outputs, path);
}

function referenceOf(outputs: Outputs, on: Evaluation): Json {
  if (outputs.secret === '*' || outputs.secretReference === true) note(outputs.reference, on);
  return outputs.reference;
}

function attribute(outputs: Outputs, [name = null, ...path]: readonly Json[], on: Evaluation): Json {
  const step = outputs.inside === undefined ? undefined : stepInside(name, path);
  if (step !== undefined) return valueInside(outputs.inside?.get(step.name), step.rest, on);
  const key = String(name);
  const value = Object.hasOwn(outputs.attributes, key) ? outputs.attributes[key]! : null;
  if (outputs.secret === '*' || outputs.secret.includes(key)) note(value, on);
  const part = selectPath(value, path, null);
  spendOn(part);
  return part;
}

/** A resource that is not there (its condition is false) has nothing to tell. */
function valueInside(outputs: Outputs | undefined, path: readonly Json[], on: Evaluation): Json {
  if (outputs === undefined) return null;
  return path.length === 0 ? referenceOf(outputs, on) : attribute(outputs, path, on);
}

function allAttributes(outputs: Outputs, on: Evaluation): Json {
  spendOn(outputs.attributes);
  for (const key of Object.keys(outputs.attributes)) attribute(outputs, [key], on);
  return outputs.attributes;
}

function note(value: Json, on: Evaluation): void {
  on.secrets ??= new Set();
  addTexts(value, on.secrets);
}

function knownAfter(names: readonly string[]): string {
  return `(known after: ${[...new Set(names)].sort().join(', ')})`;
}

export interface References {
  /** Every resource the expression waits for, sorted. */
  readonly resources: readonly string[];
  /** The attributes it reads of each; '*' for all of them; those whose reference alone is used are not in it. */
  readonly attributes: ReadonlyMap<string, ReadonlySet<string>>;
  /** The resources within nested stacks that it reads, by the nested stack. */
  readonly inside: ReadonlyMap<string, InsideNames>;
}

/** What an expression refers to. */
export function referencesOf(expression: Expression): References {
  const resources = new Set<string>();
  const found: Collected = { resources, attributes: new Map(), inside: new Map() };
  collect(expression, found);
  return { ...found, resources: [...resources].sort() };
}

interface Collected {
  readonly resources: Set<string>;
  readonly attributes: Map<string, Set<string>>;
  readonly inside: Map<string, InsideNames>;
}

function collect(expression: Expression, found: Collected): void {
  if (typeof expression !== 'object' || expression === null) return;
  if (!Array.isArray(expression) && isCall(expression)) {
    collectCall(expression, found);
    return;
  }
  for (const part of Object.values(expression)) collect(part as Expression, found);
}

function collectCall(call: Call, found: Collected): void {
  const [operator, ...args] = call.$;
  if (operator === 'literal') return;
  const resource = String(args[0]);
  if (operator === 'get_resource' || operator === 'get_attr' || operator === 'get_all_attrs') found.resources.add(resource);
  if (operator === 'get_attr') collectAttribute(resource, args.slice(1), found);
  if (operator === 'get_all_attrs') addAttribute(found.attributes, resource, '*');
  for (const arg of args) collect(arg, found);
}

function collectAttribute(resource: string, [attribute = null, ...path]: readonly Expression[], found: Collected): void {
  addAttribute(found.attributes, resource, String(attribute));
  const names: InsideNames = found.inside.get(resource) ?? new Map();
  if (addInside(names, attribute, path)) found.inside.set(resource, names);
}

function addAttribute(attributes: Map<string, Set<string>>, resource: string, attribute: string): void {
  const known = attributes.get(resource) ?? new Set();
  attributes.set(resource, known.add(attribute));
}
