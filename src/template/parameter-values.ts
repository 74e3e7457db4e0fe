/**
 * The value of every parameter: given with the request, by an environment, by an environment's defaults or by the declaration, in this
 * order; brought into the parameter's type, and checked.
 */
import { type Json, type JsonMap, sameJson } from '../std/json.ts';
import { fromBooleanText, toJsonContainer, toListItems, toNumber, toText } from './coerce.ts';
import { checkConstraint, hintFor } from './constraints.ts';
import type { Environment, GivenValue } from './environment.ts';
import type { Findings } from './findings.ts';
import { didYouMean } from './nearest-name.ts';
import type { ParameterDeclaration, ParameterType } from './parameter-schema.ts';
import type { Path } from './path.ts';
import { pythonLiteral } from './python-literal.ts';

export interface ParameterValue {
  readonly value: Json;
  readonly hidden: boolean;
  /** The value can't be known yet; `value` is null. */
  readonly open?: boolean;
}

/** What the stack's parameters were, for those that must not change. */
export interface PreviousParameters {
  readonly parameters: JsonMap;
  readonly immutable: readonly string[];
}

export interface ParameterSources {
  readonly declarations: ReadonlyMap<string, ParameterDeclaration>;
  /** With the request. */
  readonly given: ReadonlyMap<string, GivenValue>;
  readonly environment: Environment;
  readonly previous: PreviousParameters | undefined;
  /** Parameters to be hidden whatever the template says. */
  readonly hidden: ReadonlySet<string>;
  /** Of the template. */
  readonly findings: Findings;
}

/** The values that could be found; what is missing or wrong is reported. */
export function resolveParameters(sources: ParameterSources): ReadonlyMap<string, ParameterValue> {
  reportStrangers(sources.given, sources.declarations);
  reportStrangers(sources.environment.parameters, sources.declarations);
  const values = new Map<string, ParameterValue>();
  for (const declaration of sources.declarations.values()) {
    const { name } = declaration;
    const hidden = declaration.hidden || sources.hidden.has(name);
    const open = findGiven(name, sources)?.open === true;
    const value = open ? null : resolveParameter({ ...declaration, hidden }, sources);
    if (value !== undefined) values.set(name, { value, hidden, ...(open ? { open } : {}) });
  }
  return values;
}

function reportStrangers(given: ReadonlyMap<string, GivenValue>, declarations: ReadonlyMap<string, ParameterDeclaration>): void {
  for (const [name, { path, findings }] of given) {
    if (declarations.has(name)) continue;
    const hint = didYouMean(name, declarations.keys());
    findings.error('PARAM-UNKNOWN', path, `the template has no parameter "${name}"`, { hint, atKey: true });
  }
}

function resolveParameter(declaration: ParameterDeclaration, sources: ParameterSources): Json | undefined {
  const byDefault = defaultOf(declaration, sources.findings);
  const fallback = byDefault === undefined ? undefined : convert(declaration, byDefault);
  const given = findGiven(declaration.name, sources);
  const value = given === undefined ? fallback : convert(declaration, given);
  if (given === undefined && byDefault === undefined) {
    const hint = 'give it a value, or a default in the template';
    sources.findings.error('PARAM-MISSING', declaration.path, `the parameter "${declaration.name}" has no value`, {
      hint,
      atKey: true,
    });
  }
  if (value !== undefined) checkUnchanged(declaration, value, sources, given);
  return value;
}

function defaultOf(declaration: ParameterDeclaration, findings: Findings): GivenValue | undefined {
  const { default: value, defaultPath: path, type, name } = declaration;
  if (value === undefined) return undefined;
  if (type !== 'string' || typeof value !== 'object' || value === null) return { value, path, findings };
  const text = pythonLiteral(value);
  const message = `the parameter "${name}" is a string: its default is the text ${JSON.stringify(text)}`;
  findings.warning('PARAM-VALUE', path, message, { hint: 'put it into quotes, or choose another type' });
  return { value: text, path, findings };
}

/** null is as good as not given. */
function findGiven(name: string, { given, environment }: ParameterSources): GivenValue | undefined {
  return [given, environment.parameters, environment.defaults]
    .map((values) => values.get(name))
    .find((found) => found?.open === true || (found?.value ?? null) !== null);
}

/** undefined, and reported, when the value can't be taken. */
function convert(declaration: ParameterDeclaration, { value, path, findings, broken }: GivenValue): Json | undefined {
  if (broken === true) return undefined;
  const converted = CONVERSIONS[declaration.type].convert(value);
  if (converted === undefined) {
    findings.error('PARAM-VALUE', path, `the parameter "${declaration.name}" must be ${CONVERSIONS[declaration.type].wanted}`);
    return undefined;
  }
  return satisfies(declaration, converted, path, findings) ? converted : undefined;
}

function satisfies({ name, constraints, hidden }: ParameterDeclaration, value: Json, path: Path, findings: Findings): boolean {
  let isFine = true;
  for (const constraint of constraints) {
    const complaint = checkConstraint(constraint, value, hidden);
    if (complaint === undefined) continue;
    isFine = false;
    const hint = hidden ? undefined : hintFor(constraint, value);
    findings.error('PARAM-VALUE', path, `the parameter "${name}" is refused: ${complaint}`, { hint });
  }
  return isFine;
}

interface Conversion {
  readonly wanted: string;
  readonly convert: (value: Json) => Json | undefined;
}

const CONVERSIONS: { readonly [type in ParameterType]: Conversion } = {
  string: { wanted: 'a string', convert: toText },
  number: { wanted: 'a number', convert: toNumber },
  boolean: { wanted: 'true or false', convert: fromBooleanText },
  comma_delimited_list: { wanted: 'a list, or texts with commas between', convert: toTextList },
  json: { wanted: 'a map or a list, or one written as JSON', convert: toJsonContainer },
};

function toTextList(value: Json): Json | undefined {
  if (!Array.isArray(value)) return toListItems(value);
  const items = value.map((item) => toText(item as Json) ?? (item as Json));
  return items;
}

function checkUnchanged(
  declaration: ParameterDeclaration,
  value: Json,
  { previous, findings }: ParameterSources,
  given: GivenValue | undefined,
): void {
  const { name } = declaration;
  if (previous === undefined || !Object.hasOwn(previous.parameters, name)) return;
  if (!declaration.immutable && !previous.immutable.includes(name)) return;
  if (sameJson(previous.parameters[name]!, value)) return;
  const place = given ?? { path: declaration.path, findings };
  place.findings.error('PARAM-IMMUTABLE', place.path, `the parameter "${name}" is immutable and has another value already`);
}
