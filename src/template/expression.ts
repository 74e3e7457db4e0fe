/**
 * What is left of a value once parameters, files and conditions are resolved: literals and calls that wait for other resources.
 *
 * An expression is JSON. A call is a map with the single key `$`: `{"$": [operator, ...arguments]}`. A literal map that has a key `$` is
 * written `{"$": ["literal", map]}`, so that no parameter value, however it looks, is ever taken for a call. Expressions are stored inside
 * definitions, so the operators' names are a format: they may be added to, never changed in meaning.
 */
import type { Json } from '../std/json.ts';

export type Expression = Json;

/** What a resource offers to those that refer to it. */
export interface Outputs {
  /** get_resource; null before it exists. */
  readonly reference: string | null;
  readonly attributes: { readonly [name: string]: Json };
  /** The names of attributes whose value is a secret; '*' when all are, and the reference too. */
  readonly secret: readonly string[] | '*';
  /** The reference itself is a secret. */
  readonly secretReference?: boolean;
  /** Of a nested stack: the outputs of the resources within it that are referred to; undefined for every other resource. */
  readonly inside?: { get(name: string): Outputs | undefined };
}

/** Where evaluation finds the resources. */
export interface Scope {
  /** Outputs of a resource by logical name; undefined where the value can't be known yet (a preview). */
  findOutputs(name: string): Outputs | undefined;
}

/** Stands for a value that can't be known yet (previews only); never stored. */
export const UNKNOWN: unique symbol = Symbol('unknown until made');

export interface Evaluated {
  /** The value; where `unknown` is true, parts of it are the string `(known after: NAME…)`. */
  readonly value: Json;
  /** The names of resources whose outputs were not known; empty in real work. */
  readonly unknownFrom: readonly string[];
  /** Every secret text that went into the value, for redaction. */
  readonly secrets: ReadonlySet<string>;
}
