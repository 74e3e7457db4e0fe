/** What a group makes: its type, and the properties that the group gives it. Heat looks at them as long as there is a member at all. */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { checkProperties, type PropertyChecking } from './check-properties.ts';
import { toInteger } from './coerce.ts';
import { isCall } from './expression-form.ts';
import { isTemplateName } from './nested/file-names.ts';
import { type Path, within } from './path.ts';
import type { GroupForm, TypeCatalog, TypeSchema } from './property-schema.ts';
import { reportNoType } from './report-no-type.ts';
import type { TypeMappings } from './type-registry.ts';

export interface MemberChecking extends PropertyChecking {
  readonly catalog: TypeCatalog;
  readonly mappings: TypeMappings;
}

/** `properties` are those of the group. */
export function checkMember(group: TypeSchema, form: GroupForm, properties: JsonMap, path: Path, sources: MemberChecking): void {
  const definition = properties[form.definition] ?? null;
  if (!isMap(definition) || isCall(definition) || !hasMembers(group, form, properties)) return;
  const at = within(path, form.definition);
  const type = memberType(definition['type'] ?? null, within(at, 'type'), sources);
  const given = definition['properties'] ?? {};
  if (type === undefined || !isMap(given) || isCall(given)) return;
  checkProperties(withNumbered(type, given, indexVariable(group, form, properties)), given, within(at, 'properties'), sources);
}

/** A size that is not known yet may be none. */
function hasMembers({ properties: schemas }: TypeSchema, { sizes }: GroupForm, properties: JsonMap): boolean {
  const size = sizes.map((name) => properties[name] ?? schemas[name]?.default).find((value) => value !== undefined);
  return (toInteger(size ?? null) ?? 0) > 0;
}

/** What is in a template of its own is not looked at. */
function memberType(written: Json, path: Path, { catalog, mappings, findings }: MemberChecking): TypeSchema | undefined {
  if (typeof written !== 'string' || written === '') return undefined;
  const { name } = mappings.resolve(written, '');
  if (isTemplateName(name)) return undefined;
  const type = catalog.findType(name);
  if (type === undefined) reportNoType(name, written, path, catalog, findings);
  return type;
}

function indexVariable({ properties: schemas }: TypeSchema, { index }: GroupForm, properties: JsonMap): string | undefined {
  if (index === undefined) return undefined;
  const variable = properties[index] ?? schemas[index]?.default;
  return typeof variable === 'string' ? variable : undefined;
}

/** What holds the variable for a member's number is another text in each: any value will do. */
function withNumbered(type: TypeSchema, given: JsonMap, variable: string | undefined): TypeSchema {
  if (variable === undefined) return type;
  const written = JSON.stringify(variable).slice(1, -1);
  const numbered = Object.keys(given).filter(
    (name) => Object.hasOwn(type.properties, name) && JSON.stringify(given[name]).includes(written),
  );
  if (numbered.length === 0) return type;
  const properties = { ...type.properties, ...Object.fromEntries(numbered.map((name) => [name, { type: 'any' as const }])) };
  const { validate: _, ...rest } = type;
  return { ...rest, properties };
}
