/**
 * Definitions: what a goal says of each resource, with parameters, files and conditions resolved and references still symbolic.
 *
 * Stored once by digest. The digest covers type, properties, metadata, policies and what the resource requires, so equal definitions are the
 * same definition in whatever goal they stand. The name is not covered: a rename alone changes nothing about an object.
 */
import type { Json, JsonMap } from '../std/json.ts';
import type { EventSink } from './event-sinks.ts';
import type { Expression } from './expression.ts';
import type { StackForm } from './nested/stack-types.ts';
import type { NameRule } from './resource-rules.ts';

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
  /** It is a stack of its own, made from this template; left out for every other resource. */
  readonly nested?: NestedUse;
}

/** A stack within. The type's name alone need not be registered, and where it is, this goes before it. */
export interface NestedUse {
  /** How the properties say what it is made of; left out for a template that is a type, whose parameters are the properties. */
  readonly form?: StackForm;
  /** The template's name among the goal's files. */
  readonly file: string;
  /** Mappings that the child must not see, since they led to it. */
  readonly without: readonly string[];
  /** Properties with a secret in them: hidden parameters of the child. */
  readonly hidden: readonly string[];
  /** Digest of all that the child is made of besides its parameters: its template, the files these name, the environment's part in it. */
  readonly sha: string;
}

/** Where the goal of a nested stack comes from. */
export interface NestedPlace {
  /** The names that lead from the root stack to this one. */
  readonly resources: readonly string[];
  readonly without: readonly string[];
  /** Parameters that are secret whatever the template says. */
  readonly hidden: readonly string[];
  readonly facade: Facade;
}

/** What a nested stack may ask of the resource that it stands for. */
export interface Facade {
  readonly metadata: Json;
  readonly deletionPolicy: DeletionPolicy;
  readonly updatePolicy: Json;
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
  /** The goals of nested stacks, as far as they can be told beforehand. */
  readonly nestedGoals: ReadonlyMap<string, CompiledGoal>;
  /** Every parameter's value as used, pseudo-parameters left out. */
  readonly parameters: JsonMap;
  /** The names of parameters that are hidden. */
  readonly hidden: readonly string[];
  /** The names of parameters that are immutable. */
  readonly immutable: readonly string[];
  /** Every resource of this stack and those nested in it, as far as it can be told beforehand: never too few. */
  readonly treeSize: number;
  /** Where work on a resource pauses until a hook is cleared, and what must not happen to it; of this stack's own resources. */
  readonly rules: readonly NameRule[];
  /** Where events are sent besides being kept; nested stacks send theirs there, too. */
  readonly eventSinks: readonly EventSink[];
}

/** The documents a goal is made of, byte for byte as accepted. */
export interface GoalDocuments {
  readonly template: SourceFile;
  /** By the name that get_file and types use, joined to the name of the file that uses it (nested/file-names.ts). */
  readonly files: { readonly [name: string]: string };
  /** In order; later ones win. The operator's go before all others, and give way to them. */
  readonly environments: readonly EnvironmentFile[];
  /** Given with the request; they win over the environments. */
  readonly parameters: { readonly [name: string]: Json };
  /** For a nested stack, whose environments are those of the root. */
  readonly nested?: NestedPlace;
}

export interface EnvironmentFile extends SourceFile {
  /** The operator's, which holds for all stacks. */
  readonly isGlobal?: true;
}

export interface SourceFile {
  /** As the person named it; for messages. */
  readonly name: string;
  readonly text: string;
}
