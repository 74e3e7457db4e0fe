/**
 * HOT as a JSON schema (draft 7) with every registered type, for editors with a YAML language server: completion, descriptions, and the
 * mistakes that a schema can see. What only compiling can tell (references, versions, conditions) is left to `setpoint validate`.
 */
import type { Json, JsonMap } from '../../std/json.ts';
import { customConstraintNames } from '../custom-constraints.ts';
import { findLanguage, VERSIONS } from '../language.ts';
import type { TypeCatalog, TypeSchema } from '../property-schema.ts';
import { FUNCTION, propertiesSchema } from './value-schema.ts';

const NEWEST = VERSIONS.at(-1)!.version;

export function hotSchema(catalog: TypeCatalog): JsonMap {
  const types = catalog.names.map((name) => catalog.findType(name)!);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Heat Orchestration Template',
    type: 'object',
    required: ['heat_template_version'],
    additionalProperties: false,
    properties: {
      heat_template_version: { enum: versionNames() },
      description: { type: 'string' },
      parameter_groups: { type: 'array', items: ref('parameterGroup') },
      parameters: mapOf(ref('parameter')),
      conditions: mapOf(ref('condition')),
      resources: mapOf(ref('resource')),
      outputs: mapOf(ref('output')),
    },
    definitions: { ...COMMON, function: functionSchema(), resource: resourceSchema(types) },
  };
}

function ref(name: string): JsonMap {
  return { $ref: `#/definitions/${name}` };
}

function mapOf(schema: JsonMap): JsonMap {
  return { type: ['object', 'null'], additionalProperties: schema };
}

function versionNames(): readonly string[] {
  return VERSIONS.flatMap(({ version, alias }) => (alias === null ? [version] : [version, alias]));
}

/** A map with one key that names a function, of whichever version: a schema can't tell one by another part of the document. */
function functionSchema(): JsonMap {
  const functions = [...findLanguage(NEWEST)!.functions.keys()];
  return {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: Object.fromEntries(functions.map((name) => [name, { description: `see docs/language/functions.md, ${name}` }])),
  };
}

function resourceSchema(types: readonly TypeSchema[]): JsonMap {
  const names = types.map(({ name }) => name);
  return {
    type: 'object',
    required: ['type'],
    additionalProperties: false,
    properties: {
      type: { anyOf: [{ enum: names }, { type: 'string', pattern: '(\\.(yaml|template)$)|::' }] },
      properties: { anyOf: [{ type: ['object', 'null'] }, FUNCTION] },
      metadata: { type: ['object', 'null'] },
      depends_on: { anyOf: [{ type: ['string', 'null'] }, { type: 'array', items: { type: 'string' } }] },
      deletion_policy: { anyOf: [{ enum: ['delete', 'retain', 'snapshot', 'Delete', 'Retain', 'Snapshot'] }, FUNCTION] },
      update_policy: { type: ['object', 'null'] },
      description: { type: 'string' },
      external_id: { anyOf: [{ type: ['string', 'null'] }, FUNCTION] },
      condition: ref('condition'),
    },
    allOf: types.map(typeRule),
  };
}

/** The properties that the type has. */
function typeRule(type: TypeSchema): JsonMap {
  const properties = propertiesSchema(type.properties, type.openProperties === true);
  const required = properties['required'] === undefined ? {} : { required: ['properties'] };
  return {
    if: { properties: { type: { const: type.name } }, required: ['type'] },
    then: { properties: { properties: { anyOf: [properties, FUNCTION] } }, ...required },
  };
}

const CONSTRAINT: Json = {
  type: 'object',
  additionalProperties: false,
  properties: {
    description: { type: 'string' },
    length: { type: 'object', additionalProperties: false, properties: { min: { type: 'integer' }, max: { type: 'integer' } } },
    range: { type: 'object', additionalProperties: false, properties: { min: { type: 'number' }, max: { type: 'number' } } },
    modulo: {
      type: 'object',
      additionalProperties: false,
      required: ['step', 'offset'],
      properties: { step: { type: 'number' }, offset: { type: 'number' } },
    },
    allowed_values: { type: 'array' },
    allowed_pattern: { type: 'string' },
    custom_constraint: { type: 'string', examples: customConstraintNames() },
  },
};

const COMMON: JsonMap = {
  constraint: CONSTRAINT,
  parameter: {
    type: 'object',
    required: ['type'],
    additionalProperties: false,
    properties: {
      type: { enum: ['string', 'number', 'comma_delimited_list', 'json', 'boolean'] },
      label: { type: 'string' },
      description: { type: 'string' },
      default: {},
      hidden: { type: ['boolean', 'string'] },
      immutable: { type: ['boolean', 'string'] },
      constraints: { type: ['array', 'null'], items: ref('constraint') },
      tags: { type: 'array', items: { type: 'string' } },
    },
  },
  parameterGroup: {
    type: 'object',
    required: ['parameters'],
    additionalProperties: false,
    properties: {
      label: { type: 'string' },
      description: { type: 'string' },
      parameters: { type: 'array', items: { type: 'string' } },
    },
  },
  condition: {
    anyOf: [
      { type: ['boolean', 'string'] },
      {
        type: 'object',
        minProperties: 1,
        maxProperties: 1,
        additionalProperties: false,
        properties: {
          equals: { type: 'array', minItems: 2, maxItems: 2 },
          not: ref('condition'),
          and: { type: 'array', minItems: 2, items: ref('condition') },
          or: { type: 'array', minItems: 2, items: ref('condition') },
          get_param: {},
          yaql: {},
          contains: { type: 'array', minItems: 2, maxItems: 2 },
        },
      },
    ],
  },
  output: {
    type: 'object',
    required: ['value'],
    properties: { description: { type: 'string' }, value: {}, condition: ref('condition') },
  },
};
