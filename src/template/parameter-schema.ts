/** The `parameters` section: what each parameter is declared to be, and everything wrong with the declarations. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { readConstraint } from './constraint-syntax.ts';
import type { Findings } from './findings.ts';
import type { Language } from './language.ts';
import { didYouMean } from './nearest-name.ts';
import { type Path, within } from './path.ts';
import type { Constraint } from './property-schema.ts';

export type ParameterType = 'string' | 'number' | 'comma_delimited_list' | 'json' | 'boolean';

export interface ParameterDeclaration {
  readonly name: string;
  readonly type: ParameterType;
  readonly label: string | null;
  readonly description: string;
  /** undefined when it has none. */
  readonly default: Json | undefined;
  readonly hidden: boolean;
  readonly immutable: boolean;
  readonly constraints: readonly Constraint[];
  readonly path: Path;
  /** Where its default stands. */
  readonly defaultPath: Path;
}

const TYPES: readonly string[] = ['string', 'number', 'comma_delimited_list', 'json', 'boolean'];
const KEYS: readonly string[] = ['type', 'label', 'description', 'default', 'hidden', 'immutable', 'constraints', 'tags'];

/** The declarations that could be understood. */
export function readParameterSchemas(
  section: Json,
  language: Language,
  findings: Findings,
): ReadonlyMap<string, ParameterDeclaration> {
  const path = within(null, 'parameters');
  const declarations = new Map<string, ParameterDeclaration>();
  if (section === null) return declarations;
  if (!isMap(section)) {
    findings.error('HOT-SECTION', path, '"parameters" must be a map of parameters');
    return declarations;
  }
  for (const [name, value] of Object.entries(section)) {
    const declaration = readDeclaration(name, value, within(path, name), language, findings);
    declarations.set(name, declaration);
  }
  return declarations;
}

/** What can't be understood is taken for a string, so that references to it are not reported as well. */
function readDeclaration(name: string, value: Json, path: Path, language: Language, findings: Findings): ParameterDeclaration {
  if (!isMap(value)) findings.error('PARAM-SCHEMA', path, `the parameter "${name}" must be declared by a map with a type`);
  const map: JsonMap = isMap(value) ? value : { type: 'string' };
  checkKeys(map, path, language, findings);
  const type = readType(map, path, findings);
  const constraints = within(path, 'constraints');
  return {
    name,
    type: type ?? 'string',
    label: typeof map['label'] === 'string' ? map['label'] : null,
    description: typeof map['description'] === 'string' ? map['description'] : '',
    default: map['default'] ?? undefined,
    hidden: readFlag(map, 'hidden', path, findings),
    immutable: readFlag(map, 'immutable', path, findings),
    constraints: type === undefined ? [] : readConstraints(map['constraints'] ?? null, type, constraints, language, findings),
    path,
    defaultPath: within(path, 'default'),
  };
}

function checkKeys(map: JsonMap, path: Path, language: Language, findings: Findings): void {
  for (const key of Object.keys(map)) {
    const place = within(path, key);
    const hint = didYouMean(key, KEYS);
    if (!KEYS.includes(key)) findings.error('HOT-KEY-UNKNOWN', place, `a parameter has no key "${key}"`, { hint, atKey: true });
    else if (key === 'tags' && !language.hasTags)
      findings.error('HOT-KEY-VERSION', place, '"tags" are there from version 2018-03-02 on', { atKey: true });
    else if (key === 'tags' && !Array.isArray(map[key])) findings.error('PARAM-SCHEMA', place, '"tags" must be a list');
  }
}

/** undefined, and reported, when it can't be told. */
function readType(map: JsonMap, path: Path, findings: Findings): ParameterType | undefined {
  const type = map['type'];
  if (typeof type === 'string' && TYPES.includes(type)) return type as ParameterType;
  if (type === undefined)
    findings.error('PARAM-SCHEMA', path, 'the parameter has no type', { hint: `one of ${TYPES.join(', ')}`, atKey: true });
  else
    findings.error('PARAM-SCHEMA', within(path, 'type'), `${JSON.stringify(type)} is not a type of parameters`, {
      hint: typeHint(type),
    });
  return undefined;
}

function typeHint(type: Json): string {
  return (typeof type === 'string' ? didYouMean(type, TYPES) : undefined) ?? `one of ${TYPES.join(', ')}`;
}

function readFlag(map: JsonMap, key: string, path: Path, findings: Findings): boolean {
  const value = map[key] ?? false;
  if (value === true || value === 'true') return true;
  if (value !== false && value !== 'false') findings.error('PARAM-SCHEMA', within(path, key), `"${key}" must be true or false`);
  return false;
}

function readConstraints(
  value: Json,
  type: ParameterType,
  path: Path,
  language: Language,
  findings: Findings,
): readonly Constraint[] {
  if (value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => readConstraint(item, type, within(path, i), language, findings) ?? []);
  findings.error('PARAM-SCHEMA', path, '"constraints" must be a list');
  return [];
}
