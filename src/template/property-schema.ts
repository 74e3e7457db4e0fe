/**
 * The schema of properties, attributes and parameters: what a value must be. Heat's vocabulary.
 *
 * Pure data, so that it can be shown (`setpoint types`), stored and sent. Checking and coercion live in check-value.ts.
 */
import type { Json } from '../std/json.ts';
import type { StackForm } from './nested/stack-types.ts';

export type ValueType = 'string' | 'number' | 'integer' | 'boolean' | 'list' | 'map' | 'any';

/** Heat's constraints; exactly one of the keys besides `description`. */
export type Constraint = { readonly description?: string } & (
  | { readonly length: { readonly min?: number; readonly max?: number } }
  | { readonly range: { readonly min?: number; readonly max?: number } }
  | { readonly modulo: { readonly step: number; readonly offset: number } }
  | { readonly allowed_values: readonly Json[] }
  | { readonly allowed_pattern: string }
  | { readonly custom_constraint: string }
);

export interface PropertySchema {
  readonly type: ValueType;
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: Json;
  readonly constraints?: readonly Constraint[];
  /** What a change of this property needs; `replace` when left out, as in Heat. */
  readonly update?: 'in-place' | 'replace';
  /** Of a list: a text with commas will do, as it does for a parameter. */
  readonly conversion?: boolean;
  /** A change is refused. */
  readonly immutable?: boolean;
  /** The value is a secret: encrypted at rest, redacted everywhere. */
  readonly sensitive?: boolean;
  /** Of a map: its known keys. */
  readonly properties?: PropertySchemas;
  /** Of a list (or of a map with free keys): each item. */
  readonly items?: PropertySchema;
}

export type PropertySchemas = { readonly [name: string]: PropertySchema };

export interface AttributeSchema {
  readonly type: ValueType;
  readonly description?: string;
  readonly sensitive?: boolean;
}

export type AttributeSchemas = { readonly [name: string]: AttributeSchema };

/** What the template room needs to know of a resource type to validate its use. */
export interface TypeSchema {
  readonly name: string;
  readonly properties: PropertySchemas;
  readonly attributes: AttributeSchemas;
  /** Accept any property (OS::Heat::None). */
  readonly openProperties?: boolean;
  /** The type's own check of literal properties, run when no expression is left in them: problems as sentences. */
  readonly validate?: (properties: { readonly [name: string]: Json }) => readonly string[];
  /** Objects can be deleted with a snapshot left behind (`deletion_policy: snapshot`). */
  readonly snapshots?: boolean;
  /** The reference id (get_resource) is a secret, as of a random string. */
  readonly sensitiveReference?: boolean;
  /** The type is a template: attributes of the resources in it can be read as `resource.NAME`. */
  readonly isTemplate?: boolean;
  /** Its objects are stacks made from a template that a property gives. */
  readonly stack?: StackForm;
  /** It makes resources of one kind. */
  readonly group?: GroupForm;
  /** An object that is adopted by external_id needs no properties, and those given are not looked at. */
  readonly adoptsBare?: boolean;
}

/** The properties of a group that say what it makes. */
export interface GroupForm {
  /** A resource: `type`, `properties`. */
  readonly definition: string;
  /** How many: the first of these that is given. */
  readonly sizes: readonly string[];
  /** The text that stands for a member's number. */
  readonly index?: string;
}

/** Finds the schema of a type; undefined where no such type is registered. */
export interface TypeCatalog {
  /** Stacks can be made by another Heat: what is compiled is only checked. */
  readonly remoteStacks?: boolean;
  /** The types of OpenStack Heat are among these. */
  readonly heatTypes?: boolean;
  findType(name: string): TypeSchema | undefined;
  readonly names: readonly string[];
}
