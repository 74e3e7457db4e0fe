/** The first look at the resources: names, types and conditions, so that references between them can be judged in any order. */
import { isMap, type JsonMap } from '../std/json.ts';
import type { Findings } from './findings.ts';
import type { Language } from './language.ts';
import { didYouMean } from './nearest-name.ts';
import { type Path, within } from './path.ts';
import type { TypeCatalog, TypeSchema } from './property-schema.ts';
import type { KnownResource } from './read-values.ts';
import { checkKeys } from './template-sections.ts';
import type { TypeRegistry } from './type-registry.ts';

export interface ResourceEntry extends KnownResource {
  readonly name: string;
  readonly body: JsonMap;
  readonly typeName: string;
  readonly path: Path;
}

const KEYS = [
  'type',
  'properties',
  'metadata',
  'depends_on',
  'deletion_policy',
  'update_policy',
  'description',
  'external_id',
  'condition',
];
const KEYS_WITH_CONDITIONS: readonly string[] = ['external_id', 'condition'];

export interface ResourceTableSources {
  readonly resources: JsonMap;
  readonly parameterNames: ReadonlySet<string>;
  readonly language: Language;
  readonly catalog: TypeCatalog;
  readonly registry: TypeRegistry;
  readonly findings: Findings;
  /** The truth of a resource's `condition`. */
  readonly decide: (condition: NonNullable<JsonMap[string]>, path: Path) => boolean;
}

/** Every resource of the template, disabled ones too. */
export function readResourceTable(sources: ResourceTableSources): ReadonlyMap<string, ResourceEntry> {
  const table = new Map<string, ResourceEntry>();
  for (const name of Object.keys(sources.resources)) table.set(name, readEntry(name, sources));
  return table;
}

function readEntry(name: string, sources: ResourceTableSources): ResourceEntry {
  const { findings } = sources;
  const path = within(within(null, 'resources'), name);
  checkName(name, path, sources);
  const value = sources.resources[name] ?? null;
  if (!isMap(value)) {
    findings.error('HOT-SECTION', path, `the resource "${name}" must be a map with a type`);
    return { name, body: {}, typeName: '', path, type: undefined, enabled: true };
  }
  checkResourceKeys(value, path, sources);
  const typeName = readTypeName(name, value, path, sources);
  const type = typeName === '' ? undefined : findType(typeName, path, sources);
  return { name, body: value, typeName, path, type, enabled: isEnabled(value, path, sources) };
}

function checkName(name: string, path: Path, { parameterNames, findings }: ResourceTableSources): void {
  if (name === '' || name.includes('/') || name.length > 255) {
    findings.error('HOT-NAME', path, `"${name.slice(0, 80)}" can't be a resource's name: 1 to 255 characters without "/"`, {
      atKey: true,
    });
  }
  if (parameterNames.has(name))
    findings.error('HOT-NAME-TWICE', path, `"${name}" is the name of a parameter, too`, { atKey: true });
}

function checkResourceKeys(body: JsonMap, path: Path, { language, findings }: ResourceTableSources): void {
  checkKeys(body, KEYS, 'a resource', path, findings);
  if (language.hasConditions) return;
  for (const key of KEYS_WITH_CONDITIONS) {
    if (!Object.hasOwn(body, key)) continue;
    findings.error('HOT-KEY-VERSION', within(path, key), `"${key}" is there from version 2016-10-14 on`, { atKey: true });
  }
}

/** '' when there is none. */
function readTypeName(name: string, body: JsonMap, path: Path, { registry, findings }: ResourceTableSources): string {
  const type = body['type'] ?? null;
  if (typeof type === 'string' && type !== '') return registry.resolve(type, name);
  if (type === null || type === '')
    findings.error('HOT-TYPE-MISSING', path, `the resource "${name}" has no type`, { atKey: true });
  else findings.error('HOT-SECTION', within(path, 'type'), 'a type must be a string');
  return '';
}

function findType(name: string, path: Path, { catalog, findings }: ResourceTableSources): TypeSchema | undefined {
  const place = within(path, 'type');
  const type = catalog.findType(name);
  if (type !== undefined) return type;
  if (/\.(?:yaml|template)$/.test(name)) findings.error('HOT-TYPE-NESTED', place, 'nested templates are not supported yet');
  else
    findings.error('HOT-TYPE-UNKNOWN', place, `there is no resource type "${name}"`, { hint: didYouMean(name, catalog.names) });
  return undefined;
}

function isEnabled(body: JsonMap, path: Path, { decide, language }: ResourceTableSources): boolean {
  const condition = body['condition'] ?? null;
  return condition === null || !language.hasConditions || decide(condition, within(path, 'condition'));
}
