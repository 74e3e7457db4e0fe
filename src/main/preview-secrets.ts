/**
 * The secrets that a preview must cover: it shows property values, and a secret may have gone into any of them. Pure.
 */
import { toOutputs } from '../engine/converge-resource.ts';
import type { TypeRegistry } from '../engine/ports/provider.ts';
import type { Declared, ResourceRow } from '../engine/ports/store.ts';
import type { Json, JsonMap } from '../std/json.ts';
import { addTexts } from '../template/secret-texts.ts';
import { holdsSensitive } from '../template/sensitive.ts';

const shortestText = 3;

/** Every secret text that the goals name or that a version holds. */
export function secretTextsOf(
  declared: readonly Declared[],
  rows: Iterable<ResourceRow>,
  hidden: readonly Json[],
  types: TypeRegistry,
): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const value of hidden) addTexts(value, texts);
  for (const { definition } of declared) for (const text of definition.secretTexts) texts.add(text);
  for (const row of rows) addSecretsOfRow(row, types, texts);
  return new Set([...texts].filter((text) => text.length >= shortestText));
}

function addSecretsOfRow(row: ResourceRow, types: TypeRegistry, texts: Set<string>): void {
  const outputs = toOutputs({ ...row, reference: row.reference ?? row.physicalId }, types);
  if (outputs.secret === '*' || outputs.secretReference) addTexts(outputs.reference, texts);
  const names = outputs.secret === '*' ? Object.keys(row.attributes) : outputs.secret;
  for (const name of names) addTexts(row.attributes[name] ?? null, texts);
  const schemas = types.findType(row.type)?.properties ?? {};
  for (const [name, schema] of Object.entries(schemas)) if (holdsSensitive(schema)) addProperties(row, name, texts);
}

function addProperties(row: ResourceRow, name: string, texts: Set<string>): void {
  for (const properties of [row.properties, row.pending] as (JsonMap | null)[]) addTexts(properties?.[name] ?? null, texts);
}

/** Whether any of the texts stands in the value. */
export function holdsText(value: Json, texts: ReadonlySet<string>): boolean {
  const own = new Set<string>();
  addTexts(value, own);
  return [...own].some((text) => [...texts].some((secret) => text.includes(secret)));
}
