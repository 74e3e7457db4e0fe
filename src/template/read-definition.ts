/** One resource of a template as a definition, with its properties checked as far as they are known. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { checkMember } from './check-member.ts';
import { checkProperties } from './check-properties.ts';
import type { Definition, DeletionPolicy } from './definition.ts';
import { evaluateLiteral } from './evaluate.ts';
import type { Expression } from './expression.ts';
import type { Findings } from './findings.ts';
import type { Language } from './language.ts';
import { didYouMean } from './nearest-name.ts';
import { readStackUse, type StackUse, type StackUseSources } from './nested/read-stack-use.ts';
import { type Path, within } from './path.ts';
import type { TypeCatalog, TypeSchema } from './property-schema.ts';
import { type Reader, startUsage, type Usage } from './read-values.ts';
import type { ResourceEntry } from './resource-table.ts';
import { addTexts } from './secret-texts.ts';
import { holdsSensitive } from './sensitive.ts';
import { readText } from './template-sections.ts';
import type { TypeMappings } from './type-registry.ts';

/** A definition, before it is known which of those it refers to are secret. */
export interface DefinitionDraft {
  readonly definition: Definition;
  readonly entry: ResourceEntry;
  /** Where it stands among the resources, from 0. */
  readonly place: number;
  /** What went into it: without what depends_on alone names. */
  readonly usage: Usage;
  /** Of nested stacks only. */
  readonly stack: StackUse | undefined;
}

export interface DefinitionSources {
  readonly reader: Reader;
  readonly findings: Findings;
  readonly language: Language;
  readonly table: ReadonlyMap<string, ResourceEntry>;
  /** The texts of each hidden parameter. */
  readonly hiddenTexts: (name: string) => Iterable<string>;
  readonly stacks: Omit<StackUseSources, 'reader' | 'findings'>;
  readonly catalog: TypeCatalog;
  readonly mappings: TypeMappings;
}

const EMPTY: JsonMap = {};
const PROVIDER_KEY = 'setpoint:provider';

export function readDefinition(entry: ResourceEntry, place: number, sources: DefinitionSources): DefinitionDraft {
  const { body, path } = entry;
  const usage = startUsage();
  const { keys } = sources.language;
  const read = (key: string) =>
    Object.hasOwn(body, key) ? sources.reader.read(body[key] ?? null, within(path, key), usage) : null;
  const properties = readProperties(entry, usage, sources);
  const stack = stackUseOf(entry, properties, sources);
  const metadata = readMapExpression(keys.resource.metadata, read(keys.resource.metadata), entry, sources);
  const updatePolicy = readMapExpression(keys.resource.updatePolicy, read(keys.resource.updatePolicy), entry, sources);
  const idKey = keys.resource.externalId;
  const externalId = idKey === null ? null : readExternalId(read(idKey), within(path, idKey), sources);
  const policyKey = keys.resource.deletionPolicy;
  const deletionPolicy = readDeletionPolicy(read(policyKey), within(path, policyKey), entry.type, sources);
  const explicit = readDependsOn(entry, sources);
  if (usage.resources.has(entry.name)) {
    sources.findings.error('HOT-REF-SELF', path, `the resource "${entry.name}" refers to itself`, { atKey: true });
  }
  const secretTexts = secretTextsOf(entry.type, properties, usage, sources);
  const definition: Definition = {
    type: entry.typeName,
    properties,
    metadata,
    deletionPolicy,
    updatePolicy,
    requires: requiresOf(explicit, usage.resources),
    description: readText(body[keys.resource.description], within(path, keys.resource.description), sources.findings),
    externalId,
    provider: readProvider(metadata, within(path, keys.resource.metadata), sources),
    secret: usage.sensitive || usage.hiddenParameters.size > 0 || givesSensitive(entry.type, properties),
    secretTexts,
  };
  return { definition, entry, place, usage, stack };
}

const NONE: readonly string[] = [];

function requiresOf(explicit: readonly string[], references: ReadonlySet<string>): readonly string[] {
  if (explicit.length + references.size === 0) return NONE;
  if (explicit.length === 0 && references.size === 1) return [...references];
  return [...new Set([...explicit, ...references])].sort();
}

function readProperties(entry: ResourceEntry, usage: Usage, sources: DefinitionSources): { readonly [name: string]: Expression } {
  const key = sources.language.keys.resource.properties;
  const path = within(entry.path, key);
  const given = entry.body[key] ?? null;
  if (given !== null && !isMap(given)) {
    sources.findings.error('HOT-SECTION', path, `"${key}" must be a map`);
    return EMPTY;
  }
  const read = given === null ? EMPTY : sources.reader.read(given, path, usage);
  const properties = propertyMap(read, path, sources);
  if (entry.type !== undefined && properties !== undefined && !isAdoptedBare(entry, sources)) {
    checkProperties(entry.type, properties, path, sources);
    if (entry.type.group !== undefined) checkMember(entry.type, entry.type.group, properties, path, sources);
  }
  return properties ?? EMPTY;
}

function isAdoptedBare({ type, body }: ResourceEntry, { language }: DefinitionSources): boolean {
  const key = language.keys.resource.externalId;
  return type?.adoptsBare === true && key !== null && (body[key] ?? null) !== null;
}

function stackUseOf(entry: ResourceEntry, properties: JsonMap, sources: DefinitionSources): StackUse | undefined {
  if (entry.nested === undefined && entry.type?.stack === undefined) return undefined;
  const key = sources.language.keys.resource.properties;
  const { reader, findings, stacks } = sources;
  return readStackUse(entry, entry.body[key] ?? null, properties, within(entry.path, key), { reader, findings, ...stacks });
}

/** Functions may give the whole map, as long as no resource is waited for. */
function propertyMap(read: Expression, path: Path, { reader, findings }: DefinitionSources): JsonMap | undefined {
  if (!isMap(read)) {
    if (read !== null) findings.error('HOT-SECTION', path, `"${path.key}" must be a map`);
    return read === null ? EMPTY : undefined;
  }
  if (!Object.hasOwn(read, '$')) return read;
  if (!reader.isOpen(read)) return evaluateLiteral(read) as JsonMap;
  if (!['wrong', 'open'].includes(String((read['$'] as readonly Json[])[0])))
    findings.error('HOT-FUNC-PLACE', path, 'the names of properties can not wait for a resource');
  return undefined;
}

function readMapExpression(key: string, read: Expression, entry: ResourceEntry, { findings }: DefinitionSources): Expression {
  if (read === null) return EMPTY;
  if (!isMap(read)) findings.error('HOT-SECTION', within(entry.path, key), `"${key}" must be a map`);
  return read;
}

function readExternalId(read: Expression, path: Path, { reader, findings }: DefinitionSources): string | null {
  if (read === null || typeof read === 'string') return read;
  if (reader.isPending(read)) return null;
  findings.error('HOT-EXTERNAL-ID', path, 'external_id must be a string that does not depend on another resource');
  return null;
}

function readDeletionPolicy(
  read: Expression,
  path: Path,
  type: TypeSchema | undefined,
  { reader, findings, language: { deletionPolicies } }: DefinitionSources,
): DeletionPolicy {
  if (read === null || reader.isPending(read)) return 'delete';
  const policy = typeof read === 'string' ? deletionPolicies.get(read) : undefined;
  if (policy === undefined) {
    const names = [...deletionPolicies.keys()].slice(0, 3);
    const hint = typeof read === 'string' ? didYouMean(read, names) : undefined;
    findings.error('HOT-POLICY', path, `a deletion policy is one of ${names.join(', ')}`, { hint });
  }
  if (policy === 'snapshot' && type !== undefined && type.snapshots !== true && type.openProperties !== true) {
    findings.error('HOT-POLICY', path, `${type.name} can not make snapshots`, { hint: 'use retain to keep the object' });
  }
  return policy ?? 'delete';
}

function readProvider(metadata: Expression, path: Path, { findings }: DefinitionSources): string | null {
  const provider = isMap(metadata) && Object.hasOwn(metadata, PROVIDER_KEY) ? metadata[PROVIDER_KEY]! : null;
  if (provider === null || typeof provider === 'string') return provider;
  findings.error('HOT-SECTION', within(path, PROVIDER_KEY), `"${PROVIDER_KEY}" must be the name of provider settings`);
  return null;
}

/** A resource whose condition is false may be named; it is passed over. */
function readDependsOn(entry: ResourceEntry, sources: DefinitionSources): readonly string[] {
  const { dependsOn } = sources.language.keys.resource;
  const given = entry.body[dependsOn] ?? null;
  const path = within(entry.path, dependsOn);
  if (given === null) return NONE;
  if (!Array.isArray(given)) return dependency(given, path, entry, sources);
  return given.flatMap((name, i) => dependency(name as Json, within(path, i), entry, sources));
}

function dependency(name: Json, path: Path, entry: ResourceEntry, { table, findings }: DefinitionSources): readonly string[] {
  if (typeof name !== 'string') {
    findings.error('HOT-SECTION', path, `${path.key} must be the name of a resource or a list of names`);
    return NONE;
  }
  const target = table.get(name);
  if (target === undefined) {
    findings.error('HOT-REF-UNKNOWN', path, `there is no resource "${name}"`, { hint: didYouMean(name, table.keys()) });
  }
  if (name === entry.name) findings.error('HOT-REF-SELF', path, `the resource "${name}" depends on itself`);
  return target?.enabled === true && name !== entry.name ? [name] : NONE;
}

const sensitiveNames = new WeakMap<TypeSchema, readonly string[]>();

function sensitiveNamesOf(type: TypeSchema): readonly string[] {
  const known = sensitiveNames.get(type);
  if (known !== undefined) return known;
  const names = Object.keys(type.properties).filter((name) => holdsSensitive(type.properties[name]!));
  sensitiveNames.set(type, names);
  return names;
}

function sensitiveGiven(type: TypeSchema | undefined, properties: JsonMap): readonly string[] {
  const names = type === undefined ? NONE : sensitiveNamesOf(type);
  return names.length === 0 ? NONE : names.filter((name) => Object.hasOwn(properties, name) && properties[name] !== null);
}

function givesSensitive(type: TypeSchema | undefined, properties: JsonMap): boolean {
  return sensitiveGiven(type, properties).length > 0;
}

function secretTextsOf(
  type: TypeSchema | undefined,
  properties: JsonMap,
  usage: Usage,
  sources: DefinitionSources,
): readonly string[] {
  const given = sensitiveGiven(type, properties);
  if (given.length === 0 && usage.hiddenParameters.size === 0) return NONE;
  const texts = new Set<string>();
  for (const name of usage.hiddenParameters) for (const text of sources.hiddenTexts(name)) texts.add(text);
  for (const name of given) addKnownTexts(properties[name]!, texts, sources.reader);
  return [...texts].sort();
}

function addKnownTexts(value: Expression, texts: Set<string>, reader: Reader): void {
  if (typeof value !== 'object' || value === null || !reader.isOpen(value)) addTexts(evaluateLiteral(value), texts);
}
