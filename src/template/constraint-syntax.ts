/** A constraint as a template writes it, checked for form and for whether it fits the parameter's type. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { fromBooleanText, toNumber, toText } from './coerce.ts';
import { customConstraintKind, customConstraintNames } from './custom-constraints.ts';
import type { Findings } from './findings.ts';
import type { Language } from './language.ts';
import { didYouMean } from './nearest-name.ts';
import type { ParameterType } from './parameter-schema.ts';
import { type Path, within } from './path.ts';
import { compilePattern } from './pattern.ts';
import type { Constraint } from './property-schema.ts';

interface Place {
  readonly path: Path;
  readonly findings: Findings;
}

interface Kind {
  readonly types: readonly ParameterType[];
  /** undefined, and reported, when it is not well formed. */
  readonly read: (body: Json, place: Place, type: ParameterType) => Constraint | undefined;
}

/** In the order in which Heat looks for them: of two in one item the first counts. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['modulo', { types: ['number'], read: readModulo }],
  ['range', { types: ['number'], read: readRange }],
  ['length', { types: ['string', 'comma_delimited_list', 'json'], read: readLength }],
  ['allowed_values', { types: ['string', 'number', 'boolean', 'comma_delimited_list'], read: readAllowedValues }],
  ['allowed_pattern', { types: ['string'], read: readAllowedPattern }],
  ['custom_constraint', { types: ['string', 'number', 'boolean', 'comma_delimited_list'], read: readCustom }],
]);

/** The constraint; undefined, and reported, when it can't be used. */
export function readConstraint(
  value: Json,
  type: ParameterType,
  path: Path,
  language: Language,
  findings: Findings,
): Constraint | undefined {
  const names = isMap(value) ? Object.keys(value).filter((key) => key !== 'description') : [];
  const name = names.find((one) => !KINDS.has(one)) ?? [...KINDS.keys()].find((one) => names.includes(one));
  if (!isMap(value) || name === undefined) {
    findings.error('PARAM-SCHEMA', path, `a constraint is a map with one of ${[...KINDS.keys()].join(', ')}`);
    return undefined;
  }
  const others = KINDS.has(name) ? names.filter((one) => one !== name) : [];
  for (const other of others) {
    const hint = 'write it as an item of its own';
    findings.warning('PARAM-SCHEMA', within(path, other), `"${other}" is passed over beside "${name}"`, { hint, atKey: true });
  }
  return readKind(name, value, type, path, language, findings);
}

function readKind(
  name: string,
  map: JsonMap,
  type: ParameterType,
  path: Path,
  language: Language,
  findings: Findings,
): Constraint | undefined {
  const place = { path: within(path, name), findings };
  if (!KINDS.has(name)) return refuse(place, `there is no constraint "${name}"`, didYouMean(name, KINDS.keys()));
  if (name === 'modulo' && !language.hasModulo) return refuse(place, '"modulo" is there from version 2017-02-24 on');
  const constraint = readConstraintKind(name, map[name] ?? null, type, place.path, findings);
  const description = map['description'];
  return constraint !== undefined && typeof description === 'string' ? { ...constraint, description } : constraint;
}

/** A constraint of a kind that there is; undefined, and reported, when it can't be used. */
export function readConstraintKind(
  name: string,
  body: Json,
  type: ParameterType,
  path: Path,
  findings: Findings,
): Constraint | undefined {
  const kind = KINDS.get(name);
  const place = { path, findings };
  if (kind?.types.includes(type) !== true)
    return refuse(place, `the constraint "${path.key}" is not for parameters of type ${type}`);
  return kind.read(body, place, type);
}

function refuse({ path, findings }: Place, message: string, hint?: string): undefined {
  findings.error('PARAM-SCHEMA', path, message, { hint });
  return undefined;
}

/** The numbers of a map with some of `keys`. */
function readNumbers(body: Json, keys: readonly string[], place: Place): { readonly [key: string]: number } | undefined {
  if (!isMap(body)) return refuse(place, `"${place.path.key}" must be a map with ${keys.join(' and ')}`);
  const stranger = Object.keys(body).find((key) => !keys.includes(key));
  if (stranger !== undefined)
    return refuse({ ...place, path: within(place.path, stranger) }, `"${place.path.key}" has no key "${stranger}"`);
  const numbers = Object.entries(body).map(([key, value]) => [key, toNumber(value)] as const);
  const wrong = numbers.find(([, number]) => number === undefined);
  if (wrong !== undefined) return refuse({ ...place, path: within(place.path, wrong[0]) }, `"${wrong[0]}" must be a number`);
  return Object.fromEntries(numbers) as { [key: string]: number };
}

function readBounds(body: Json, place: Place): { readonly min?: number; readonly max?: number } | undefined {
  const numbers = readNumbers(body, ['min', 'max'], place);
  if (numbers === undefined) return undefined;
  const { min, max } = numbers;
  if (min === undefined && max === undefined) return refuse(place, `"${place.path.key}" needs min or max`);
  if (min !== undefined && max !== undefined && min > max) return refuse(place, 'min is more than max');
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function readLength(body: Json, place: Place): Constraint | undefined {
  const length = readBounds(body, place);
  return length === undefined ? undefined : { length };
}

function readRange(body: Json, place: Place): Constraint | undefined {
  const range = readBounds(body, place);
  return range === undefined ? undefined : { range };
}

function readModulo(body: Json, place: Place): Constraint | undefined {
  const numbers = readNumbers(body, ['step', 'offset'], place);
  if (numbers === undefined) return undefined;
  const { step, offset } = numbers;
  if (step === undefined || offset === undefined) return refuse(place, '"modulo" needs step and offset');
  if (step === 0) return refuse(place, 'the step must not be 0');
  if (Math.abs(offset) >= Math.abs(step) || offset * step < 0)
    return refuse(place, 'the offset must be nearer to 0 than the step, on the same side');
  return { modulo: { step, offset } };
}

/** The values as ones of the type, so that `"1"` allows the number 1. */
function readAllowedValues(body: Json, place: Place, type: ParameterType): Constraint | undefined {
  if (!Array.isArray(body)) return refuse(place, `"${place.path.key}" must be a list`);
  return { allowed_values: (body as readonly Json[]).map((value) => ofType(value, type)) };
}

function ofType(value: Json, type: ParameterType): Json {
  if (type === 'number') return toNumber(value) ?? value;
  if (type === 'boolean') return fromBooleanText(value) ?? value;
  return type === 'json' ? value : (toText(value) ?? value);
}

function readAllowedPattern(body: Json, place: Place): Constraint | undefined {
  if (typeof body !== 'string') return refuse(place, `"${place.path.key}" must be a string`);
  const pattern = compilePattern(body);
  return typeof pattern === 'string' ? refuse(place, `the pattern can't be used: ${pattern}`) : { allowed_pattern: body };
}

function readCustom(body: Json, place: Place): Constraint | undefined {
  if (typeof body !== 'string') return refuse(place, '"custom_constraint" must be the name of a constraint');
  const kind = customConstraintKind(body);
  if (kind === 'unknown')
    return refuse(place, `there is no custom constraint "${body}"`, didYouMean(body, customConstraintNames()));
  if (kind === 'cloud') place.findings.warning('PARAM-UNCHECKED', place.path, `"${body}" needs a cloud and is not checked`);
  return { custom_constraint: body };
}
