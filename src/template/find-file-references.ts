/**
 * The files that a document names, for clients to read and send along: those of get_file, and types that are templates themselves.
 *
 * Names that a function works out can't be found this way; that there are any is said.
 */
import { isMap, type Json } from '../std/json.ts';
import { findingsOf } from './findings.ts';
import { isTemplateName, joinName } from './nested/file-names.ts';
import { within } from './path.ts';
import { type Registry, readRegistry } from './read-registry.ts';

export interface FileReferences {
  /** Of get_file, in the order they stand, each once. */
  readonly texts: readonly string[];
  /** Templates that are types. */
  readonly templates: readonly string[];
  /** Some name is worked out by a function. */
  readonly computed: boolean;
}

interface Found {
  readonly texts: Set<string>;
  readonly templates: Set<string>;
  computed: boolean;
}

/** Of a template, as the names stand there. */
export function fileReferencesOf(document: Json): FileReferences {
  const found: Found = { texts: new Set(), templates: new Set(), computed: false };
  collect(document, found);
  return { texts: [...found.texts], templates: [...found.templates], computed: found.computed };
}

function collect(value: Json, found: Found): void {
  if (typeof value !== 'object' || value === null) return;
  if (isMap(value)) noteNames(value, found);
  for (const part of Object.values(value)) collect(part as Json, found);
}

function noteNames(map: { readonly [key: string]: Json }, found: Found): void {
  const file = Object.keys(map).length === 1 ? map['get_file'] : undefined;
  if (typeof file === 'string') found.texts.add(file);
  else if (file !== undefined) found.computed = true;
  const url = map['TemplateURL'];
  if (typeof url === 'string') found.templates.add(url);
  for (const type of [map['type'], map['Type']]) if (typeof type === 'string' && isTemplateName(type)) found.templates.add(type);
}

/** The templates that an environment maps types to, by the names they have among a goal's files; `name` is the environment's. */
export function mappedTemplates(environment: Json, name: string): readonly string[] {
  const section = isMap(environment) ? (environment['resource_registry'] ?? null) : null;
  if (section === null) return [];
  const registry: Registry = { mappings: [], rules: [] };
  readRegistry(section, within(null, 'resource_registry'), name, false, registry, findingsOf(null, []));
  return registry.mappings.flatMap(({ to, namer }) => (to !== null && isTemplateName(to) ? [joinName(namer, to)] : []));
}
