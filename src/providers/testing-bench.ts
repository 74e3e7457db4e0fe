/**
 * A bench to drive one resource type by hand: the engine's side of a call, with virtual time and a memory for progress.
 *
 * It keeps what an engine would keep durably (progress, physical id, state) apart from what it returns, so that a test can lose an answer
 * and go on from what was stored. It never sleeps: an ask-again moves the virtual clock, and `pause` lets real processes and servers
 * catch up where a type has some.
 */
import type {
  CallEnvironment,
  DeleteOutcome,
  Logger,
  Observation,
  Outcome,
  ProviderCall,
  ResourceType,
} from '../engine/ports/provider.ts';
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { parseJson } from '../std/parse-json.ts';
import type { PropertySchema, PropertySchemas } from '../template/property-schema.ts';

/** How often a call may ask again before the bench gives up. */
const MAX_STEPS = 10_000;

export interface VirtualEnvironment extends CallEnvironment {
  advance(ms: number): Promise<void>;
}

/** Time that moves only when something waits, chance that repeats. `pause` is awaited at each wait, for what is real. */
export function virtualEnvironment(pause: () => Promise<void> = async () => {}): VirtualEnvironment {
  let now = Date.UTC(2026, 0, 1);
  let seed = 1;
  const advance = async (ms: number) => {
    now += ms;
    await pause();
  };
  return {
    now: () => now,
    advance,
    async sleep(ms, signal) {
      signal.throwIfAborted();
      await advance(ms);
      signal.throwIfAborted();
    },
    randomInt(limit) {
      // The minimal standard generator: good enough to repeat a test by.
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % limit;
    },
  };
}

/** What an engine keeps of one object. */
export interface Kept {
  readonly token: string;
  physicalId: string | null;
  state: Json;
  progress: Json;
  previous: JsonMap | null;
  operation: number;
}

export interface Saved {
  readonly physicalId?: string;
  readonly progress?: Json;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Called after each saveProgress is stored; what it throws, the type meets. */
  readonly onSave?: (saved: Saved) => void;
}

/** An answer that ends an operation. */
export type Ended = Exclude<Outcome, { kind: 'ask-again' }>;

export interface Bench {
  readonly environment: VirtualEnvironment;
  newObject(): Kept;
  create(kept: Kept, properties: JsonMap, options?: CallOptions): Promise<Ended>;
  update(kept: Kept, properties: JsonMap, options?: CallOptions): Promise<Ended>;
  delete(kept: Kept, properties: JsonMap, options?: CallOptions): Promise<Extract<DeleteOutcome, { kind: 'deleted' }>>;
  suspend(kept: Kept, properties: JsonMap, options?: CallOptions): Promise<Ended>;
  resume(kept: Kept, properties: JsonMap, options?: CallOptions): Promise<Ended>;
  find(kept: Kept, properties: JsonMap): Promise<Observation>;
  read(kept: Kept, properties: JsonMap): Promise<Observation>;
  /** The bare call, for what the rest does not cover. */
  call(kept: Kept, properties: JsonMap, options?: CallOptions): ProviderCall;
}

export interface BenchOptions {
  /** What `configure` is given; the settings themselves where the type has none. */
  readonly settings?: JsonMap;
  readonly pause?: () => Promise<void>;
  readonly resourceName?: string;
  /** Makes tokens differ from those of other benches. */
  readonly tokenPrefix?: string;
}

export function openBench(type: ResourceType, options: BenchOptions = {}): Bench {
  const environment = virtualEnvironment(options.pause);
  const prefix = options.tokenPrefix ?? `t${Math.floor(performance.now() * 1000).toString(36)}${process.pid.toString(36)}`;
  const settings = type.configure ? type.configure(withDefaults(type.settings ?? {}, options.settings ?? {})) : options.settings;
  let made = 0;

  const call: Bench['call'] = (kept, properties, { signal, onSave } = {}) => ({
    stack: { id: 'stack-id', name: 'stack' },
    resource: { name: options.resourceName ?? 'thing', version: 1 },
    token: kept.token,
    operation: kept.operation,
    physicalId: kept.physicalId,
    properties,
    previous: kept.previous,
    state: kept.state,
    progress: kept.progress,
    settings,
    signal: signal ?? new AbortController().signal,
    remainingMs: null,
    log: silent,
    environment,
    async saveProgress(known) {
      if (known.physicalId !== undefined) kept.physicalId = known.physicalId;
      if (known.progress !== undefined) kept.progress = roundTrip(known.progress);
      onSave?.(known);
    },
  });

  /** One operation: as many calls as it asks for. */
  async function operate<T extends Outcome | DeleteOutcome>(
    act: ((call: ProviderCall) => Promise<T>) | undefined,
    kept: Kept,
    properties: JsonMap,
    given: CallOptions,
  ): Promise<Exclude<T, { kind: 'ask-again' }>> {
    if (!act) throw new TypeError(`${type.name} has no such function`);
    for (let step = 0; step < MAX_STEPS; step++) {
      const outcome = await act(call(kept, properties, given));
      if (outcome.kind !== 'ask-again') return outcome as Exclude<T, { kind: 'ask-again' }>;
      kept.progress = roundTrip(outcome.progress);
      if ('physicalId' in outcome && outcome.physicalId !== undefined) kept.physicalId = outcome.physicalId;
      await environment.advance(outcome.afterMs);
    }
    throw new Error(`${type.name} asked again ${MAX_STEPS} times`);
  }

  const begin = (kept: Kept) => {
    kept.operation += 1;
    kept.progress = null;
  };
  const operation =
    (name: 'update' | 'suspend' | 'resume') =>
    (kept: Kept, properties: JsonMap, given: CallOptions = {}) => {
      begin(kept);
      return operate(type[name], kept, properties, given);
    };

  return {
    environment,
    call,
    newObject: () => ({
      token: `${prefix}-${++made}`,
      physicalId: null,
      state: null,
      progress: null,
      previous: null,
      operation: 1,
    }),
    // A create is taken up where its progress was left, as an engine does after a crash.
    create: (kept, properties, given = {}) => operate(type.create, kept, properties, given),
    update: operation('update'),
    suspend: operation('suspend'),
    resume: operation('resume'),
    delete: (kept, properties, given = {}) => {
      begin(kept);
      return operate(type.delete, kept, properties, given);
    },
    find: (kept, properties) => observe(type.find, call(kept, properties)),
    read: (kept, properties) => observe(type.read, call(kept, properties)),
  };
}

/** Keeps what a done operation gave, as a settle does. */
export function settle(kept: Kept, properties: JsonMap, outcome: Ended): void {
  if (outcome.kind !== 'done') return;
  kept.physicalId = outcome.physicalId;
  kept.state = roundTrip(outcome.state ?? null);
  kept.previous = properties;
}

/** Properties as the engine would give them: defaults filled in, at any depth. */
export function withDefaults(schemas: PropertySchemas, given: JsonMap): JsonMap {
  const filled: { [name: string]: Json } = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const value = given[name] ?? schema.default;
    if (value !== undefined) filled[name] = withInnerDefaults(schema, value);
  }
  return { ...given, ...filled };
}

function withInnerDefaults(schema: PropertySchema, value: Json): Json {
  const { items, properties } = schema;
  if (properties && isMap(value)) return withDefaults(properties, value);
  if (items && Array.isArray(value)) return value.map((item: Json) => withInnerDefaults(items, item));
  if (items && isMap(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withInnerDefaults(items, item)]));
  return value;
}

function observe(act: ((call: ProviderCall) => Promise<Observation>) | undefined, call: ProviderCall): Promise<Observation> {
  return act ? act(call) : Promise.resolve({ presence: 'unknown', reason: 'the type has no such function' });
}

/** What storing does to a value: it must survive as JSON. */
function roundTrip(value: Json): Json {
  return parseJson(JSON.stringify(value));
}

const silent: Logger = { debug() {}, info() {}, warn() {} };
