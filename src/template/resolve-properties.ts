/**
 * A definition's properties as values: evaluated, brought into the schema's types, defaults filled in, constraints checked.
 *
 * On the engine's hot path. What a type's schema says about its names is worked out once per type.
 */
import type { Json, JsonMap } from '../std/json.ts';
import { checkInto, type ValueProblem } from './check-value.ts';
import type { Definition } from './definition.ts';
import { evaluate, FunctionError } from './evaluate.ts';
import type { Evaluated, Expression, Scope } from './expression.ts';
import { didYouMean } from './nearest-name.ts';
import { pathText, within } from './path.ts';
import type { PropertySchema, TypeSchema } from './property-schema.ts';
import { addTexts } from './secret-texts.ts';
import { holdsSensitive } from './sensitive.ts';
import { EVALUATING, withWork } from './work.ts';

export interface ResolvedProperties {
  readonly properties: JsonMap;
  /** The names of resources that were not known, sorted; empty in real work. */
  readonly unknownFrom: readonly string[];
  /** Every secret text among the properties, for redaction. */
  readonly secrets: ReadonlySet<string>;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

interface Slot {
  readonly name: string;
  readonly schema: PropertySchema;
  /** The default as the schema wants it; undefined when there is none. */
  readonly fallback: Json | undefined;
  readonly sensitive: boolean;
}

interface Resolving {
  readonly scope: Scope;
  readonly properties: { [name: string]: Json };
  readonly unknown: Set<string>;
  readonly secrets: Set<string>;
  readonly problems: ValueProblem[];
}

/** Values that are not known yet stay `(known after: …)` and are not checked. */
export function resolveProperties(definition: Definition, type: TypeSchema, scope: Scope): ResolvedProperties {
  return withWork(EVALUATING, () => resolveAll(definition, type, scope));
}

function resolveAll(definition: Definition, type: TypeSchema, scope: Scope): ResolvedProperties {
  const on: Resolving = { scope, properties: {}, unknown: new Set(), secrets: new Set(definition.secretTexts), problems: [] };
  const slots = slotsOf(type);
  for (const slot of slots.values()) resolveSlot(slot, definition, on);
  for (const name of Object.keys(definition.properties)) if (!slots.has(name)) resolveStranger(name, type, definition, on);
  return {
    properties: on.properties,
    unknownFrom: [...on.unknown].sort(),
    secrets: on.secrets,
    problems: on.problems.map(({ path, message }) => ({ path: pathText(path), message })),
  };
}

const slotsByType = new WeakMap<TypeSchema, ReadonlyMap<string, Slot>>();

function slotsOf(type: TypeSchema): ReadonlyMap<string, Slot> {
  const known = slotsByType.get(type);
  if (known !== undefined) return known;
  const slots = new Map(Object.entries(type.properties).map(([name, schema]) => [name, slotOf(name, schema)]));
  slotsByType.set(type, slots);
  return slots;
}

function slotOf(name: string, schema: PropertySchema): Slot {
  const fallback = schema.default === undefined ? undefined : checkInto(schema, schema.default, null, []);
  return { name, schema, fallback: fallback ?? undefined, sensitive: holdsSensitive(schema) };
}

function resolveSlot(slot: Slot, definition: Definition, on: Resolving): void {
  const expression = Object.hasOwn(definition.properties, slot.name) ? definition.properties[slot.name]! : null;
  const evaluated = evaluateProperty(slot.name, expression, on);
  if (evaluated === undefined) return;
  const { value, unknownFrom } = evaluated;
  if (unknownFrom.length > 0) on.properties[slot.name] = value;
  else if (value !== null) setChecked(slot, value, on);
  else if (slot.fallback !== undefined) on.properties[slot.name] = slot.fallback;
  else if (slot.schema.type === 'any' && Object.hasOwn(definition.properties, slot.name)) on.properties[slot.name] = null;
  else if (slot.schema.required === true) complainOfMissing(slot.name, on);
}

function setChecked(slot: Slot, value: Json, on: Resolving): void {
  const checked = checkInto(slot.schema, value, within(null, slot.name), on.problems);
  on.properties[slot.name] = checked;
  if (slot.sensitive) addTexts(checked, on.secrets);
}

function complainOfMissing(name: string, on: Resolving): void {
  on.problems.push({ kind: 'missing', path: within(null, name), message: `the required property "${name}" has no value` });
}

function resolveStranger(name: string, type: TypeSchema, definition: Definition, on: Resolving): void {
  if (type.openProperties !== true) {
    const hint = didYouMean(name, Object.keys(type.properties));
    const message = `${type.name} has no property "${name}"${hint === undefined ? '' : `; ${hint}`}`;
    on.problems.push({ kind: 'unknown', path: within(null, name), message });
    return;
  }
  const value = evaluateProperty(name, definition.properties[name]!, on)?.value ?? null;
  if (value !== null) on.properties[name] = value;
}

/** undefined, and a problem, when a function can't work with what it got. */
function evaluateProperty(name: string, expression: Expression, on: Resolving): Evaluated | undefined {
  if (typeof expression !== 'object' || expression === null) return { value: expression, unknownFrom: [], secrets: on.secrets };
  try {
    const evaluated = evaluate(expression, on.scope);
    for (const unknown of evaluated.unknownFrom) on.unknown.add(unknown);
    for (const secret of evaluated.secrets) on.secrets.add(secret);
    return evaluated;
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    on.problems.push({ kind: 'value', path: within(null, name), message: error.message });
    return undefined;
  }
}
