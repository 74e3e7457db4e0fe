/** The `Parameters` section of CloudFormation templates: constraints are keys of the parameter, types have other names. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { toNumber } from './coerce.ts';
import { readConstraintKind } from './constraint-syntax.ts';
import type { Findings } from './findings.ts';
import { didYouMean } from './nearest-name.ts';
import type { ParameterDeclaration, ParameterType } from './parameter-schema.ts';
import { type Path, within } from './path.ts';
import type { Constraint } from './property-schema.ts';
import { checkKeys } from './template-sections.ts';

const TYPES: ReadonlyMap<string, ParameterType> = new Map([
  ['String', 'string'],
  ['Number', 'number'],
  ['CommaDelimitedList', 'comma_delimited_list'],
  ['Json', 'json'],
  ['Boolean', 'boolean'],
]);

const KEYS: readonly string[] = [
  'Type',
  'Default',
  'NoEcho',
  'AllowedValues',
  'AllowedPattern',
  'MaxLength',
  'MinLength',
  'MaxValue',
  'MinValue',
  'Description',
  'ConstraintDescription',
  'Label',
];

/** The declarations that could be understood. */
export function readCfnParameters(section: Json, findings: Findings): ReadonlyMap<string, ParameterDeclaration> {
  const path = within(null, 'Parameters');
  if (section !== null && !isMap(section)) findings.error('HOT-SECTION', path, '"Parameters" must be a map of parameters');
  const entries = isMap(section) ? Object.entries(section) : [];
  return new Map(entries.map(([name, value]) => [name, readDeclaration(name, value, within(path, name), findings)]));
}

function readDeclaration(name: string, value: Json, path: Path, findings: Findings): ParameterDeclaration {
  if (!isMap(value)) findings.error('PARAM-SCHEMA', path, `the parameter "${name}" must be declared by a map with a Type`);
  const map: JsonMap = isMap(value) ? value : { Type: 'String' };
  checkKeys(map, KEYS, 'a parameter', path, findings);
  const type = readType(map, path, findings);
  return {
    name,
    type,
    label: textOf(map['Label']),
    description: textOf(map['Description']) ?? '',
    default: map['Default'] ?? undefined,
    hidden: String(map['NoEcho'] ?? false).toLowerCase() === 'true',
    immutable: false,
    constraints: readConstraints(map, type, path, findings),
    path,
    defaultPath: within(path, 'Default'),
  };
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function readType(map: JsonMap, path: Path, findings: Findings): ParameterType {
  const given = map['Type'];
  const type = typeof given === 'string' ? TYPES.get(given) : undefined;
  if (type !== undefined) return type;
  const hint =
    (typeof given === 'string' ? didYouMean(given, TYPES.keys()) : undefined) ?? `one of ${[...TYPES.keys()].join(', ')}`;
  if (given === undefined) findings.error('PARAM-SCHEMA', path, 'the parameter has no Type', { hint, atKey: true });
  else findings.error('PARAM-SCHEMA', within(path, 'Type'), `${JSON.stringify(given)} is not a type of parameters`, { hint });
  return 'string';
}

function readConstraints(map: JsonMap, type: ParameterType, path: Path, findings: Findings): readonly Constraint[] {
  const read = (kind: string, body: Json | undefined, key: string) =>
    body === undefined ? [] : (readConstraintKind(kind, body, type, within(path, key), findings) ?? []);
  const found = [
    read('length', bounds(map, 'MinLength', 'MaxLength'), firstOf(map, 'MinLength', 'MaxLength')),
    read('range', bounds(map, 'MinValue', 'MaxValue'), firstOf(map, 'MinValue', 'MaxValue')),
    read('allowed_values', map['AllowedValues'], 'AllowedValues'),
    read('allowed_pattern', map['AllowedPattern'], 'AllowedPattern'),
  ].flat();
  const description = textOf(map['ConstraintDescription']);
  return description === null ? found : found.map((constraint) => ({ ...constraint, description }));
}

function firstOf(map: JsonMap, a: string, b: string): string {
  return Object.hasOwn(map, a) ? a : b;
}

function bounds(map: JsonMap, min: string, max: string): JsonMap | undefined {
  if (!Object.hasOwn(map, min) && !Object.hasOwn(map, max)) return undefined;
  const part = (key: string, name: string) =>
    Object.hasOwn(map, name) ? { [key]: toNumber(map[name] ?? null) ?? map[name] ?? null } : {};
  return { ...part('min', min), ...part('max', max) };
}
