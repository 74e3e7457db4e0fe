/**
 * The provider port: what the engine asks of a resource type.
 *
 * A type is one frozen object of facts and functions. The engine calls `create`, `update`, `delete`, `suspend` and `resume` only after the
 * intent with its token is committed; `find`, `read`, `check` and `validate` change nothing. Every call may be repeated after a crash, by
 * another engine, while the first is still running: `token` and `operation` are what a provider can hold on to. The typed face that authors
 * see is providers/sdk.ts.
 */
import type { Json, JsonMap } from '../../std/json.ts';
import type { PropertySchemas, TypeSchema } from '../../template/property-schema.ts';

export interface Logger {
  debug(message: string, fields?: JsonMap): void;
  info(message: string, fields?: JsonMap): void;
  warn(message: string, fields?: JsonMap): void;
}

/** All that a call may know. */
export interface ProviderCall {
  readonly stack: { readonly id: string; readonly name: string };
  /** Logical name and the version's number (unique in the database). */
  readonly resource: { readonly name: string; readonly version: number };
  /** One per decision to create an object; the same on every retry and recovery of that decision. */
  readonly token: string;
  /** Rises with each operation on the object: a provider that can compare refuses an older one. */
  readonly operation: number;
  /** The object's id in the provider; null before it is known. */
  readonly physicalId: string | null;
  /** The resolved, checked properties with defaults: desired (for delete and read: those last applied, or under way). */
  readonly properties: JsonMap;
  /** Those last applied; null before the first success. */
  readonly previous: JsonMap | null;
  /** What the type returned as `state` last time, migrated to its schemaVersion. */
  readonly state: Json;
  /** What this very operation stored by `saveProgress` or `askAgain`, also for the look that follows the loss of its engine; null at its beginning. */
  readonly progress: Json;
  /** What `configure` returned for the resource's provider settings. */
  readonly settings: unknown;
  /** Aborted when the operation is not wanted any more, its deadline has passed, or the engine loses it. */
  readonly signal: AbortSignal;
  /** Milliseconds that remain until the operation's deadline; null without one. */
  readonly remainingMs: number | null;
  readonly log: Logger;
  /** The injected time and chance: a type must use no other. */
  readonly environment: CallEnvironment;
  /** Stores what is known so far, durably, before it returns: the physical id as soon as it is known, any JSON to go on from. */
  saveProgress(known: { readonly physicalId?: string; readonly progress?: Json }): Promise<void>;
}

export interface CallEnvironment {
  /** Wall-clock milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** An integer, 0 ≤ n < limit, of cryptographic quality outside the simulator. */
  randomInt(limit: number): number;
}

export interface Made {
  readonly physicalId: string;
  readonly attributes?: JsonMap;
  /** The reference id (get_resource) where it is not the physical id. */
  readonly reference?: string;
  /** Opaque to the engine; given back with every later call. Left out, it stays as it was: what made another object, or found it under another id, gives its state. */
  readonly state?: Json;
}

export type Outcome =
  | ({ readonly kind: 'done' } & Made)
  /** Not ready: call again in `afterMs`, with `progress`. Nothing is held meanwhile. */
  | {
      readonly kind: 'ask-again';
      readonly afterMs: number;
      readonly progress: Json;
      readonly physicalId?: string;
      readonly reason?: string;
    }
  /** This object can't become what is wanted: make another one. */
  | { readonly kind: 'replace-me'; readonly reason: string };

/** What find or read saw. */
export type Observation =
  | { readonly presence: 'absent' }
  | ({
      readonly presence: 'present';
      /** False when it was only half made; true when left out. */
      readonly complete?: boolean;
      /** Observed properties, as far as they can be seen; for `matches`. */
      readonly properties?: JsonMap;
      /** False when the object is broken; the reason is shown. */
      readonly healthy?: boolean;
      readonly reason?: string;
    } & Made)
  /** It can't be said now. */
  | { readonly presence: 'unknown'; readonly reason: string };

export type DeleteOutcome =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'ask-again'; readonly afterMs: number; readonly progress: Json; readonly reason?: string };

/** Thrown by a type to class a failure; anything else thrown is final, and what it left behind is not known. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly retry: 'later' | 'never';
  /** For `later`: not before this many milliseconds. */
  readonly afterMs: number | null;
  /** False when surely nothing was changed; null when the type can't say. */
  readonly changed: boolean | null;

  constructor(message: string, options: { retry: 'later' | 'never'; afterMs?: number; changed?: boolean }) {
    super(message);
    this.retry = options.retry;
    this.afterMs = options.afterMs ?? null;
    this.changed = options.changed ?? null;
  }
}

/** What is settled about a type before any call. */
export interface TypeFacts {
  /** False: nothing exists outside the database, so no intent is needed (values, random strings). */
  readonly effects: boolean;
  /** `delete-first`: two versions can't exist at once. */
  readonly replace: 'create-first' | 'delete-first';
  /** An operation that is not wanted any more may be aborted. */
  readonly interruptible: boolean;
  /** `update` works on a suspended object; otherwise it is resumed for the update, with what it requires. */
  readonly updatesSuspended: boolean;
  /** `create` honours its token: the same token never makes two objects. */
  readonly idempotent: boolean;
  /** What to do with an object that was found half made: call create again with its token, or replace it. */
  readonly halfMade: 'resume' | 'replace';
  /** The object lives on the machine where it was made; only engines there may touch it. */
  readonly hostBound: boolean;
  readonly schemaVersion: number;
  /** Default deadline of one operation; null for none. */
  readonly timeoutMs: number | null;
  /** The family of settings it is configured by, and the key under which its objects' identities are unique. */
  readonly provider: string;
  /** The reference id is a secret. */
  readonly sensitiveReference: boolean;
}

export interface ResourceType extends TypeSchema {
  readonly facts: TypeFacts;
  readonly description: string;
  create(call: ProviderCall): Promise<Outcome>;
  /** By token alone, or by a physical name derived from it. Absent where a type can't. */
  readonly find?: (call: ProviderCall) => Promise<Observation>;
  /** By physical id. */
  readonly read?: (call: ProviderCall) => Promise<Observation>;
  /** `physicalId` may change only if the provider says so. */
  readonly update?: (call: ProviderCall) => Promise<Outcome>;
  /** Idempotent: deleting what is gone is a success. Absent: nothing to delete. */
  readonly delete?: (call: ProviderCall) => Promise<DeleteOutcome>;
  readonly check?: (call: ProviderCall) => Promise<Observation>;
  readonly suspend?: (call: ProviderCall) => Promise<Outcome>;
  readonly resume?: (call: ProviderCall) => Promise<Outcome>;
  /** The object's own identity, unique among live objects (an absolute path, a global name); null for none. Pure. */
  readonly identity?: (properties: JsonMap) => string | null;
  /** Is what was observed what is wanted? undefined: can't tell. Pure. */
  readonly matches?: (observed: JsonMap, desired: JsonMap) => boolean | undefined;
  /** A reason to replace that the property schema can't express; null to update in place. Pure. */
  readonly replaceReason?: (previous: JsonMap, desired: JsonMap) => string | null;
  /** Brings state stored under an older schemaVersion to the present one. Pure. */
  readonly migrate?: (state: Json, from: number) => Json;
  /** What the settings of its provider must be, those marked sensitive being secrets; left out when it takes none, or any. */
  readonly settings?: PropertySchemas;
  /** Turns provider settings into what calls get as `settings`. */
  readonly configure?: (settings: JsonMap) => unknown;
}

/** The types this engine offers. */
export interface TypeRegistry {
  findType(name: string): ResourceType | undefined;
  readonly names: readonly string[];
}
