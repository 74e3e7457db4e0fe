/**
 * Definitions: what a goal says of each resource, with parameters, files and conditions resolved and references still symbolic.
 *
 * Stored once by digest. The digest covers type, properties, metadata, policies and what the resource requires, so equal definitions are the
 * same definition in whatever goal they stand. The name is not covered: a rename alone changes nothing about an object.
 */
import type { Json, JsonMap } from '../std/json.ts';
import type { Expression } from './expression.ts';

export type DeletionPolicy = 'delete' | 'retain' | 'snapshot';

export interface Definition {
  readonly type: string;
  /** Property name → expression. Only those the template gives; defaults are applied when they are resolved. */
  readonly properties: { readonly [name: string]: Expression };
  readonly metadata: Expression;
  readonly deletionPolicy: DeletionPolicy;
  readonly updatePolicy: Expression;
  /** Logical names, sorted: explicit (depends_on) and implicit (references), this goal's only. */
  readonly requires: readonly string[];
  readonly description: string;
  /** Adopt this object instead of making one. */
  readonly externalId: string | null;
  /** The named provider settings the resource chooses; null for the default. */
  readonly provider: string | null;
  /** A hidden parameter, a sensitive attribute or an output of a secret resource goes into it: stored encrypted, digested with the key. */
  readonly secret: boolean;
  /** The secret texts that were resolved into it (hidden parameters), for redaction; empty when not secret. */
  readonly secretTexts: readonly string[];
}

export interface OutputDefinition {
  readonly description: string;
  /** null when its condition is false. */
  readonly value: Expression;
  readonly secret: boolean;
}

/** A template with its environment and parameters, understood: all that a traversal needs to know. */
export interface CompiledGoal {
  readonly description: string;
  /** In an order in which every resource comes after what it requires. */
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly outputs: { readonly [name: string]: OutputDefinition };
  /** Every parameter's value as used, pseudo-parameters left out. */
  readonly parameters: JsonMap;
  /** The names of parameters that are hidden. */
  readonly hidden: readonly string[];
  /** The names of parameters that are immutable. */
  readonly immutable: readonly string[];
}

/** The documents a goal is made of, byte for byte as accepted. */
export interface GoalDocuments {
  readonly template: SourceFile;
  /** By the name that get_file uses. */
  readonly files: { readonly [name: string]: string };
  /** In order; later ones win. */
  readonly environments: readonly SourceFile[];
  /** Given with the request; they win over the environments. */
  readonly parameters: { readonly [name: string]: Json };
}

export interface SourceFile {
  /** As the person named it; for messages. */
  readonly name: string;
  readonly text: string;
}
