/**
 * The files that a template names, for clients to read and send along: those of get_file, and types that are templates themselves.
 *
 * Names that a function works out can't be found this way. A text that can't be read has none; compiling will say why.
 */
import { isMap, type Json } from '../std/json.ts';
import type { SourceFile } from './definition.ts';
import { parseDocument } from './parse-document.ts';

/** In the order they stand, each once. Takes environments, too: the templates in their resource_registry. */
export function findFileReferences(source: SourceFile): readonly string[] {
  const names = new Set<string>();
  collect(parseDocument(source).value ?? null, names);
  return [...names];
}

function collect(value: Json, names: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  if (isMap(value)) addNames(value, names);
  for (const part of Object.values(value)) collect(part as Json, names);
}

function addNames(map: { readonly [key: string]: Json }, names: Set<string>): void {
  if (Object.keys(map).length === 1 && typeof map['get_file'] === 'string') names.add(map['get_file']);
  if (isTemplateName(map['type'])) names.add(map['type']);
  const registry = map['resource_registry'];
  if (isMap(registry)) for (const type of Object.values(registry)) if (isTemplateName(type)) names.add(type);
}

function isTemplateName(value: Json | undefined): value is string {
  return typeof value === 'string' && /\.(?:yaml|template)$/.test(value);
}
