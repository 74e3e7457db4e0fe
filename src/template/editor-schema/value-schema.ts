/** The schema of a property as JSON schema. Wherever a value may stand a function may, too. */
import type { Json, JsonMap } from '../../std/json.ts';
import type { Constraint, PropertySchema, PropertySchemas, ValueType } from '../property-schema.ts';

export const FUNCTION = { $ref: '#/definitions/function' };

/** Heat takes texts for numbers, and numbers for texts. */
const TYPES: { readonly [type in ValueType]: JsonMap } = {
  string: { type: ['string', 'number', 'boolean'] },
  number: { type: ['number', 'string'] },
  integer: { type: ['integer', 'string'] },
  boolean: { type: ['boolean', 'string', 'integer'] },
  list: { type: ['array', 'string'] },
  map: { type: 'object' },
  any: {},
};

export function propertiesSchema(schemas: PropertySchemas, open: boolean): JsonMap {
  const required = Object.keys(schemas).filter((name) => schemas[name]!.required === true);
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, valueSchema(schema)])),
    ...(open ? {} : { additionalProperties: false }),
    ...(required.length === 0 ? {} : { required }),
  };
}

export function valueSchema(schema: PropertySchema): JsonMap {
  const described = schema.description === undefined ? {} : { description: schema.description };
  const preset = schema.default === undefined ? {} : { default: schema.default };
  return { ...described, ...preset, anyOf: [plainSchema(schema), { type: 'null' }, FUNCTION] };
}

function plainSchema(schema: PropertySchema): JsonMap {
  if (schema.type === 'map' && schema.properties !== undefined) return propertiesSchema(schema.properties, false);
  if (schema.type === 'map' && schema.items !== undefined)
    return { type: 'object', additionalProperties: valueSchema(schema.items) };
  const items = schema.type === 'list' && schema.items !== undefined ? { items: valueSchema(schema.items) } : {};
  const allowed = allowedValues(schema.constraints ?? []);
  return allowed === undefined || schema.type === 'list' ? { ...TYPES[schema.type], ...items } : { enum: eitherWay(allowed) };
}

/** 4 may be written "4", and the other way round. */
function eitherWay(values: readonly Json[]): readonly Json[] {
  const others = values.flatMap((value): readonly Json[] => {
    if (typeof value === 'number') return [String(value)];
    return typeof value === 'string' && String(Number(value)) === value ? [Number(value)] : [];
  });
  return [...values, ...others];
}

function allowedValues(constraints: readonly Constraint[]): readonly Json[] | undefined {
  for (const constraint of constraints) if ('allowed_values' in constraint) return constraint.allowed_values;
  return undefined;
}
