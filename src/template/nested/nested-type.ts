/**
 * A template as a resource type: its parameters are the properties, its outputs the attributes.
 *
 * As in Heat every property can be changed in place, since what a change means is for the template's own resources to say. Defaults are left
 * to the child, where an environment's parameter_defaults go before them. What is wrong in the template is reported when it is compiled, not
 * here.
 */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { toJsonContainer } from '../coerce.ts';
import { findingsOf } from '../findings.ts';
import type { ParameterDeclaration, ParameterType } from '../parameter-schema.ts';
import type { AttributeSchema, PropertySchema, TypeSchema, ValueType } from '../property-schema.ts';
import { readParameters } from '../read-parameters.ts';
import { readSections } from '../template-sections.ts';

const VALUE_TYPES: { readonly [type in ParameterType]: ValueType } = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  comma_delimited_list: 'list',
  json: 'any',
};

/** `name` is for messages; `defaults` are the parameters that an environment gives a default. undefined when it is no template at all. */
export function nestedTypeSchema(
  name: string,
  template: Json,
  defaults: { has(parameter: string): boolean },
): TypeSchema | undefined {
  const unheard = findingsOf(null, []);
  const sections = readSections(template, unheard);
  if (sections === undefined) return undefined;
  const declarations = readParameters(sections, unheard);
  const properties = new Map([...declarations].map(([key, one]) => [key, propertyOf(one, defaults.has(key))] as const));
  const json = [...declarations.values()].filter(({ type }) => type === 'json').map((one) => one.name);
  return {
    name,
    properties: Object.fromEntries(properties),
    attributes: Object.fromEntries(Object.entries(sections.outputs).map(([key, output]) => [key, attributeOf(output)])),
    isTemplate: true,
    ...(json.length === 0 ? {} : { validate: (given) => complaintsOf(json, given) }),
  };
}

function propertyOf(declaration: ParameterDeclaration, hasDefault: boolean): PropertySchema {
  const { type, description, constraints, hidden } = declaration;
  return {
    type: VALUE_TYPES[type],
    update: 'in-place',
    ...(type === 'comma_delimited_list' ? { conversion: true } : {}),
    ...(description === '' ? {} : { description }),
    ...(constraints.length === 0 ? {} : { constraints }),
    ...(declaration.default === undefined && !hasDefault ? { required: true } : {}),
    ...(hidden ? { sensitive: true } : {}),
  };
}

function attributeOf(output: Json): AttributeSchema {
  const description = isMap(output) ? (output['description'] ?? output['Description']) : undefined;
  return { type: 'any', ...(typeof description === 'string' ? { description } : {}) };
}

/** A json parameter takes maps, lists and texts that are JSON: no type of properties is that. */
function complaintsOf(names: readonly string[], given: JsonMap): readonly string[] {
  const wrong = names.filter((name) => (given[name] ?? null) !== null && toJsonContainer(given[name]!) === undefined);
  return wrong.map((name) => `"${name}" must be a map or a list, or one written as JSON`);
}
