/**
 * Whether a template can stand for a registered type (its *facade*): it must take what the type requires, as the same type of value, require
 * nothing that the type does not know, and give every attribute the type gives.
 */
import type { PropertySchema, TypeSchema, ValueType } from '../property-schema.ts';

/** What is wrong, as sentences. */
export function checkFacade(facade: TypeSchema, provider: TypeSchema): readonly string[] {
  return [
    ...Object.entries(facade.properties).flatMap(([name, schema]) => compare(name, schema, provider) ?? []),
    ...Object.entries(provider.properties)
      .filter(([name, { required }]) => required === true && !Object.hasOwn(facade.properties, name))
      .map(([name]) => `it requires the parameter "${name}", which ${facade.name} does not have as a property`),
    ...Object.keys(facade.attributes)
      .filter((name) => name !== '*' && !Object.hasOwn(provider.attributes, name))
      .map((name) => `${facade.name} has the attribute "${name}", but the template has no such output`),
  ];
}

function compare(name: string, schema: PropertySchema, provider: TypeSchema): string | undefined {
  const parameter = Object.hasOwn(provider.properties, name) ? provider.properties[name] : undefined;
  if (parameter === undefined)
    return schema.required === true ? `${provider.name} has no parameter for the required property "${name}"` : undefined;
  if (parameter.type === 'any' || schema.type === 'any' || asParameter(schema.type) === parameter.type) return undefined;
  return `the property "${name}" is a ${schema.type}, the parameter a ${parameter.type}`;
}

/** There are no parameters of type integer. */
function asParameter(type: ValueType): ValueType {
  return type === 'integer' ? 'number' : type;
}
