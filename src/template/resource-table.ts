/** The first look at the resources: names, types and conditions, so that references between them can be judged in any order. */
import { isMap, type JsonMap } from '../std/json.ts';
import type { Findings } from './findings.ts';
import type { Language } from './language.ts';
import { isTemplateName } from './nested/file-names.ts';
import type { NestedSource, NestedTypes } from './nested/nested-types.ts';
import { type Path, within } from './path.ts';
import type { TypeCatalog } from './property-schema.ts';
import type { KnownResource } from './read-values.ts';
import { reportNoType } from './report-no-type.ts';
import { checkKeys } from './template-sections.ts';
import type { TypeMappings } from './type-registry.ts';

export interface ResourceEntry extends KnownResource {
  readonly name: string;
  readonly body: JsonMap;
  /** As the mappings have it; for a nested template, as the template that uses it says. */
  readonly typeName: string;
  readonly path: Path;
  /** It is a stack of its own. */
  readonly nested: NestedSource | undefined;
}

export interface ResourceTableSources {
  readonly resources: JsonMap;
  readonly parameterNames: ReadonlySet<string>;
  readonly language: Language;
  readonly catalog: TypeCatalog;
  readonly mappings: TypeMappings;
  readonly nestedTypes: NestedTypes;
  readonly findings: Findings;
  /** The truth of a resource's `condition`. */
  readonly decide: (condition: NonNullable<JsonMap[string]>, path: Path) => boolean;
}

/** Adds every resource of the template, disabled ones too. */
export function readResourceTable(sources: ResourceTableSources, table: Map<string, ResourceEntry>): void {
  for (const name in sources.resources) table.set(name, readEntry(name, sources));
}

function readEntry(name: string, sources: ResourceTableSources): ResourceEntry {
  const { findings } = sources;
  const path = within(within(null, sources.language.keys.sections.resources), name);
  checkName(name, path, sources);
  const value = sources.resources[name] ?? null;
  if (!isMap(value)) {
    findings.error('HOT-SECTION', path, `the resource "${name}" must be a map with a type`);
    return { name, body: {}, typeName: '', path, type: undefined, nested: undefined, enabled: true };
  }
  checkResourceKeys(value, path, sources);
  const written = readTypeName(name, value, path, sources);
  const found = written === '' ? NO_TYPE : findType(written, name, within(path, sources.language.keys.resource.type), sources);
  return { name, body: value, path, ...found, enabled: isEnabled(value, path, sources) };
}

function checkName(name: string, path: Path, { parameterNames, language, findings }: ResourceTableSources): void {
  if (name === '' || name.includes('/') || name.length > 255) {
    findings.error('HOT-NAME', path, `"${name.slice(0, 80)}" can't be a resource's name: 1 to 255 characters without "/"`, {
      atKey: true,
    });
  }
  if (parameterNames.has(name)) {
    const parameter = within(within(null, language.keys.sections.parameters), name);
    const notes = [{ message: 'the parameter is here', path: parameter }];
    findings.error('HOT-NAME-TWICE', path, `"${name}" is the name of a parameter, too`, { atKey: true, notes });
  }
}

function checkResourceKeys(body: JsonMap, path: Path, { language, findings }: ResourceTableSources): void {
  checkKeys(body, language.resourceKeys, 'a resource', path, findings, language.strictKeys);
  for (const key of language.resourceKeys) {
    if (body[key] !== null || key === language.keys.resource.type) continue;
    const hint = 'give it a value, or leave it out';
    findings.error('HOT-SECTION', within(path, key), `"${key}" has no value`, { hint, atKey: true });
  }
  const text = language.keys.resource.description;
  if (!['string', 'undefined'].includes(typeof body[text]) && body[text] !== null)
    findings.error('HOT-SECTION', within(path, text), `"${text}" must be a string`);
  if (language.hasConditions || !language.strictKeys) return;
  const { externalId, condition } = language.keys.resource;
  for (const key of [externalId, condition]) {
    if (key === null || !Object.hasOwn(body, key)) continue;
    findings.error('HOT-KEY-VERSION', within(path, key), `"${key}" is there from version 2016-10-14 on`, { atKey: true });
  }
}

/** '' when there is none. */
function readTypeName(name: string, body: JsonMap, path: Path, { language, findings }: ResourceTableSources): string {
  const key = language.keys.resource.type;
  const type = body[key] ?? null;
  if (typeof type === 'string' && type !== '') return type;
  if (type === null || type === '')
    findings.error('HOT-TYPE-MISSING', path, `the resource "${name}" has no type`, { atKey: true });
  else findings.error('HOT-SECTION', within(path, key), 'a type must be a string');
  return '';
}

type FoundType = Pick<ResourceEntry, 'typeName' | 'type' | 'nested'>;
const NO_TYPE: FoundType = { typeName: '', type: undefined, nested: undefined };

function findType(written: string, resource: string, path: Path, sources: ResourceTableSources): FoundType {
  const { catalog, mappings, nestedTypes, findings } = sources;
  const { name, mapping } = mappings.resolve(written, resource);
  if (isTemplateName(name)) {
    const found = nestedTypes.find(name, mapping, path, written);
    return { typeName: written, type: found?.type, nested: found?.source };
  }
  const type = catalog.findType(name);
  if (type === undefined) reportNoType(name, written, path, catalog, findings);
  return { typeName: name, type, nested: undefined };
}

function isEnabled(body: JsonMap, path: Path, { decide, language }: ResourceTableSources): boolean {
  const key = language.keys.resource.condition;
  const condition = body[key] ?? null;
  return condition === null || !language.hasConditions || decide(condition, within(path, key));
}
