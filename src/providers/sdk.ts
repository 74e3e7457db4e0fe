/**
 * The face that authors of resource types see: `import { defineResource } from 'setpoint/provider'`.
 *
 * A spec is written with types that follow from its own property schema and is turned into the engine's untyped, frozen `ResourceType`.
 * Whatever is wrong with a spec is said when it is defined, all of it at once; nothing here runs while a call is under way except the
 * spreading of defaults. It deliberately knows nothing of retries, tokens or storage: those are the engine's.
 */
import {
  type DeleteOutcome,
  type Observation,
  type Outcome,
  type ProviderCall,
  ProviderFailure,
  type ResourceType,
  type TypeFacts,
} from '../engine/ports/provider.ts';
import type { Json, JsonMap } from '../std/json.ts';
import type { AttributeSchema, AttributeSchemas, PropertySchema, PropertySchemas } from '../template/property-schema.ts';
import { checkProviderName, checkSettings, checkSpec } from './check-spec.ts';

export type {
  CallEnvironment,
  DeleteOutcome,
  Logger,
  Made,
  Observation,
  Outcome,
  ProviderCall,
  ResourceType,
  TypeFacts,
} from '../engine/ports/provider.ts';
export { ProviderFailure } from '../engine/ports/provider.ts';
export type { Json, JsonMap } from '../std/json.ts';
export type {
  AttributeSchema,
  AttributeSchemas,
  Constraint,
  PropertySchema,
  PropertySchemas,
} from '../template/property-schema.ts';

/** The TypeScript type of a value that a schema accepts. */
export type ValueOf<S extends PropertySchema | AttributeSchema> = S extends { readonly type: 'string' }
  ? string
  : S extends { readonly type: 'number' | 'integer' }
    ? number
    : S extends { readonly type: 'boolean' }
      ? boolean
      : S extends { readonly type: 'list' }
        ? S extends { readonly items: infer I extends PropertySchema }
          ? readonly ValueOf<I>[]
          : readonly Json[]
        : S extends { readonly type: 'map' }
          ? S extends { readonly properties: infer P extends PropertySchemas }
            ? Values<P>
            : S extends { readonly items: infer I extends PropertySchema }
              ? { readonly [key: string]: ValueOf<I> }
              : JsonMap
          : Json;

/** The names that are always there: required, or with a default. */
type SureNames<P extends PropertySchemas> = {
  [K in keyof P]: P[K] extends { readonly required: true } ? K : P[K] extends { readonly default: Json } ? K : never;
}[keyof P];

/** Resolved properties: what is required or has a default is there, the rest may be missing. */
export type Values<P extends PropertySchemas> = {
  readonly [K in SureNames<P>]: ValueOf<P[K]>;
} & {
  readonly [K in Exclude<keyof P, SureNames<P>>]?: ValueOf<P[K]> | undefined;
};

/** Attributes to return: declared names only. */
export type AttributeValues<A extends AttributeSchemas> = { readonly [K in keyof A]?: ValueOf<A[K]> };

export interface MadeOf<A extends AttributeSchemas> {
  readonly physicalId: string;
  readonly attributes?: AttributeValues<A>;
  /** What get_resource gives, where it is not the physical id. */
  readonly reference?: string;
  /** Any JSON; given back as `call.state`. Left out, it stays as it was: where the id changes, give the new object's. */
  readonly state?: Json;
}

export type AskAgain = Extract<Outcome, { kind: 'ask-again' }>;
export type ReplaceMe = Extract<Outcome, { kind: 'replace-me' }>;
export type OutcomeOf<A extends AttributeSchemas> = MadeOf<A> | ({ readonly kind: 'done' } & MadeOf<A>) | AskAgain | ReplaceMe;

export type ObservationOf<P extends PropertySchemas, A extends AttributeSchemas> =
  | { readonly presence: 'absent' }
  | { readonly presence: 'unknown'; readonly reason: string }
  | ({
      readonly presence: 'present';
      readonly complete?: boolean;
      readonly properties?: Partial<Values<P>>;
      readonly healthy?: boolean;
      readonly reason?: string;
    } & MadeOf<A>);

/** A `ProviderCall` whose properties and settings have their types. */
export type Call<P extends PropertySchemas, S = unknown> = Omit<ProviderCall, 'properties' | 'previous' | 'settings'> & {
  readonly properties: Values<P>;
  readonly previous: Values<P> | null;
  readonly settings: S;
};

export interface ProviderDefinition<S> {
  readonly name: string;
  readonly settings: PropertySchemas;
  readonly configure: (settings: JsonMap) => S;
}

/** What an author writes. Only `type` and `create` have no default; see docs/providers.md for the contract of each function. */
export interface ResourceSpec<P extends PropertySchemas, A extends AttributeSchemas, S> {
  /** `Vendor::Service::Thing`. */
  readonly type: string;
  readonly description?: string;
  /** The version of `state`'s form, from 1; `migrate` brings older ones up to it. */
  readonly schemaVersion?: number;
  readonly properties?: P;
  readonly attributes?: A;
  /** Accept any property besides. */
  readonly openProperties?: boolean;
  /** The family of settings: its name (first two segments of the type by default), or what `defineProvider` returned. */
  readonly provider?: string | ProviderDefinition<S>;
  /** With a plain provider name only: what settings become before calls get them. */
  readonly configure?: (settings: JsonMap) => S;
  /** `local`: the object lives on the machine where it was made. */
  readonly host?: 'local';
  readonly effects?: boolean;
  readonly replace?: TypeFacts['replace'];
  readonly interruptible?: boolean;
  /** False: a suspended object is resumed before it is updated; true when left out. */
  readonly updatesSuspended?: boolean;
  readonly idempotent?: boolean;
  readonly halfMade?: TypeFacts['halfMade'];
  /** Seconds one operation may take, unless the template says otherwise. */
  readonly timeout?: number;
  readonly sensitiveReference?: boolean;

  create(call: Call<P, S>): Promise<OutcomeOf<A>> | OutcomeOf<A>;
  find?(call: Call<P, S>): Promise<ObservationOf<P, A>> | ObservationOf<P, A>;
  read?(call: Call<P, S>): Promise<ObservationOf<P, A>> | ObservationOf<P, A>;
  update?(call: Call<P, S>): Promise<OutcomeOf<A>> | OutcomeOf<A>;
  /** Nothing returned means deleted. */
  delete?(call: Call<P, S>): Promise<DeleteOutcome | AskAgain | undefined | void> | DeleteOutcome | AskAgain | undefined | void;
  check?(call: Call<P, S>): Promise<ObservationOf<P, A>> | ObservationOf<P, A>;
  suspend?(call: Call<P, S>): Promise<OutcomeOf<A>> | OutcomeOf<A>;
  resume?(call: Call<P, S>): Promise<OutcomeOf<A>> | OutcomeOf<A>;
  /** Literal properties as written; defaults may still be missing. */
  validate?(properties: Partial<Values<P>>): readonly string[];
  identity?(properties: Values<P>): string | null;
  matches?(observed: Partial<Values<P>>, desired: Values<P>): boolean | undefined;
  replaceReason?(previous: Values<P>, desired: Values<P>): string | null;
  migrate?(state: Json, from: number): Json;
}

/** Named settings, some of them perhaps secret, that several types share. */
export function defineProvider<const P extends PropertySchemas, S = Values<P>>(spec: {
  readonly name: string;
  readonly settings: P;
  readonly configure?: (settings: Values<P>) => S;
}): ProviderDefinition<S> {
  refuse(`provider ${spec.name}`, [...checkProviderName(spec.name), ...checkSettings(spec.settings)]);
  const configure = spec.configure ?? ((settings: Values<P>) => settings as unknown as S);
  return Object.freeze({ name: spec.name, settings: spec.settings, configure: configure as unknown as (settings: JsonMap) => S });
}

/** The engine's resource type for a spec. Throws a TypeError that lists everything wrong with it. */
// biome-ignore lint/complexity/noBannedTypes: an empty schema is what `{}` means here.
export function defineResource<const P extends PropertySchemas = {}, const A extends AttributeSchemas = {}, S = unknown>(
  spec: ResourceSpec<P, A, S>,
): ResourceType {
  const untyped = spec as unknown as UntypedSpec;
  refuse(`resource type ${String(spec.type)}`, checkSpec(untyped as unknown as { readonly [key: string]: unknown }));
  const family = typeof spec.provider === 'object' ? (spec.provider as ProviderDefinition<unknown>) : undefined;
  const configure = family?.configure ?? untyped.configure;
  return deepFreeze({
    name: spec.type,
    description: spec.description ?? '',
    properties: spec.properties ?? {},
    attributes: spec.attributes ?? {},
    ...(spec.openProperties ? { openProperties: true } : {}),
    ...(spec.sensitiveReference ? { sensitiveReference: true } : {}),
    facts: factsOf(untyped),
    create: async (call: ProviderCall) => outcomeOf(await untyped.create(call)),
    ...(configure ? { configure } : {}),
    ...(family ? { settings: family.settings } : {}),
    ...optionalCalls(untyped),
  });
}

/** Not ready: the engine forgets the call and makes it again in `seconds`, giving `progress` back. */
export function askAgain(seconds: number, progress: Json = null, more: { physicalId?: string; reason?: string } = {}): AskAgain {
  return { kind: 'ask-again', afterMs: Math.max(0, Math.round(seconds * 1000)), progress, ...more };
}

/** This object can't become what is wanted: the engine makes a new version of it. */
export function replaceMe(reason: string): ReplaceMe {
  return { kind: 'replace-me', reason };
}

/** Ready. Returning the object itself says the same. */
export function done<M extends MadeOf<AttributeSchemas>>(made: M): M & { readonly kind: 'done' } {
  return { ...made, kind: 'done' };
}

/** A failure to throw that another try may mend. `changed: false` only when surely nothing was changed. */
export function retryLater(message: string, options: { afterSeconds?: number; changed?: boolean } = {}): ProviderFailure {
  const { afterSeconds, changed } = options;
  return new ProviderFailure(message, {
    retry: 'later',
    ...(afterSeconds === undefined ? {} : { afterMs: Math.max(0, Math.round(afterSeconds * 1000)) }),
    ...(changed === undefined ? {} : { changed }),
  });
}

/** A failure to throw that only another goal or a person can mend. `changed: false` only when surely nothing was changed. */
export function fail(message: string, options: { changed?: boolean } = {}): ProviderFailure {
  return new ProviderFailure(message, { retry: 'never', ...options });
}

interface UntypedSpec extends ResourceSpec<PropertySchemas, AttributeSchemas, unknown> {
  create(call: ProviderCall): Promise<OutcomeOf<AttributeSchemas>>;
}

const OUTCOME_CALLS = ['update', 'suspend', 'resume'] as const;
const OBSERVING_CALLS = ['find', 'read', 'check'] as const;
const PURE_FUNCTIONS = ['validate', 'identity', 'matches', 'replaceReason', 'migrate'] as const;

function optionalCalls(spec: UntypedSpec): Partial<ResourceType> {
  const calls: { [name: string]: unknown } = {};
  type Loose = { readonly [name: string]: ((...given: unknown[]) => unknown) | undefined };
  const given = spec as unknown as Loose;
  for (const name of OUTCOME_CALLS) {
    if (given[name])
      calls[name] = async (call: ProviderCall) => outcomeOf((await given[name]?.(call)) as OutcomeOf<AttributeSchemas>);
  }
  for (const name of OBSERVING_CALLS) {
    if (given[name]) calls[name] = async (call: ProviderCall) => (await given[name]?.(call)) as Observation;
  }
  for (const name of PURE_FUNCTIONS) {
    if (given[name]) calls[name] = (...values: unknown[]) => given[name]?.(...values);
  }
  if (spec.delete) {
    calls['delete'] = async (call: ProviderCall) => ((await given['delete']?.(call)) ?? { kind: 'deleted' }) as DeleteOutcome;
  }
  return calls as Partial<ResourceType>;
}

function outcomeOf(result: OutcomeOf<AttributeSchemas>): Outcome {
  return 'kind' in result ? (result as Outcome) : ({ kind: 'done', ...result } as Outcome);
}

function factsOf(spec: UntypedSpec): TypeFacts {
  const provider = typeof spec.provider === 'object' ? spec.provider.name : spec.provider;
  return {
    effects: spec.effects ?? true,
    replace: spec.replace ?? 'create-first',
    interruptible: spec.interruptible ?? false,
    updatesSuspended: spec.updatesSuspended ?? true,
    idempotent: spec.idempotent ?? false,
    halfMade: spec.halfMade ?? 'replace',
    hostBound: spec.host === 'local',
    schemaVersion: spec.schemaVersion ?? 1,
    timeoutMs: spec.timeout === undefined ? null : spec.timeout * 1000,
    provider: provider ?? spec.type.split('::').slice(0, 2).join('::'),
    sensitiveReference: spec.sensitiveReference ?? false,
  };
}

function refuse(what: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new TypeError(`${what} is not well defined:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
