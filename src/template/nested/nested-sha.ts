/**
 * The digest of all that a nested stack is made of besides its parameters, so that a changed file or environment makes the resource a
 * changed one. It may cover more than has an effect (a mapping that no resource uses), never less.
 */
import { sha256 } from '../../std/digest.ts';
import { canonicalJson, isMap, type Json, type JsonMap } from '../../std/json.ts';
import type { Environment } from '../environment.ts';
import { fileReferencesOf } from '../find-file-references.ts';
import type { ParsedDocument } from '../parse-document.ts';
import { type Files, findFileKey, isTemplateName, isTemplateText } from './file-names.ts';

export interface NestedSha {
  readonly sha: string;
  /** A default of a hidden parameter is covered, so the digest must be kept as a secret is. */
  readonly secret: boolean;
}

/** Files and how they are read. */
export interface FileSources {
  readonly files: Files;
  /** Templates that are no files. */
  readonly texts: ReadonlyMap<string, string>;
  readonly parse: (file: string) => ParsedDocument;
}

/** `environment` is the child's. */
export function nestedSha(file: string, environment: Environment, sources: FileSources): NestedSha {
  const templates = templatesFrom(file, environment, sources);
  const parameters = declaredIn(templates, sources);
  const defaults = [...environment.defaults].filter(([name]) => parameters.has(name));
  const text = canonicalJson({
    file,
    files: textsOf(templates, sources),
    mappings: environment.mappings.map(({ from, to, resources }) => [from, to, [...resources]]),
    rules: environment.rules.map((rule) => ({ ...rule })),
    defaults: Object.fromEntries(defaults.map(([name, { value }]) => [name, value])),
  });
  return { sha: sha256(text), secret: defaults.some(([name]) => parameters.get(name) === true) };
}

/** The template, and every other one that may be used in it. */
function templatesFrom(file: string, environment: Environment, sources: FileSources): ReadonlySet<string> {
  const found = new Set([file]);
  const add = (namer: string, name: string) => {
    const key = findFileKey(sources.files, namer, name);
    if (key !== undefined) found.add(key);
  };
  for (const { to, namer } of environment.mappings) if (to !== null && isTemplateName(to)) add(namer, to);
  for (const at of found) {
    const { templates, texts } = fileReferencesOf(contentOf(at, sources));
    for (const name of templates) add(at, name);
    for (const name of texts) if (isTemplateText(findFileText(at, name, sources))) add(at, name);
  }
  return found;
}

function findFileText(namer: string, name: string, { files }: FileSources): string {
  const key = findFileKey(files, namer, name);
  return key === undefined ? '' : files[key]!;
}

function contentOf(file: string, { parse }: FileSources): Json {
  return parse(file).value ?? null;
}

/** Parameters of the templates, and whether they are hidden. */
function declaredIn(templates: ReadonlySet<string>, sources: FileSources): ReadonlyMap<string, boolean> {
  const declared = new Map<string, boolean>();
  for (const file of templates) {
    for (const [name, schema] of Object.entries(parametersOf(contentOf(file, sources)))) {
      const hidden = isMap(schema) && (schema['hidden'] ?? schema['NoEcho'] ?? false) !== false;
      declared.set(name, hidden || declared.get(name) === true);
    }
  }
  return declared;
}

function parametersOf(template: Json): JsonMap {
  const section = isMap(template) ? (template['parameters'] ?? template['Parameters']) : undefined;
  return isMap(section) ? section : {};
}

/** All files when a name is worked out by a function, since it may be any of them. */
function textsOf(templates: ReadonlySet<string>, sources: FileSources): Files {
  const texts: { [name: string]: string } = ownTexts(templates, sources);
  for (const file of templates) {
    const { texts: names, computed } = fileReferencesOf(contentOf(file, sources));
    if (computed) return { ...sources.files, ...ownTexts(templates, sources) };
    for (const name of names) {
      const key = findFileKey(sources.files, file, name);
      if (key !== undefined) texts[key] = sources.files[key]!;
    }
  }
  return texts;
}

function ownTexts(templates: ReadonlySet<string>, { files, texts }: FileSources): { [name: string]: string } {
  return Object.fromEntries(
    [...templates].map((file) => [file, Object.hasOwn(files, file) ? files[file]! : (texts.get(file) ?? '')]),
  );
}
