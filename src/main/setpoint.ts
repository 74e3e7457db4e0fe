/**
 * Setpoint, embedded: a database, the types an operator allows, and an engine that can be started. The command line and whoever embeds an
 * orchestrator stand on this; it holds no state of its own.
 */

import type { Tracer } from '@opentelemetry/api';
import { type CompileContext, compileRequest } from '../engine/compile-request.ts';
import { toOutputs } from '../engine/converge-resource.ts';
import type { Desk, OpenCall, ProviderSettings, SettingsSource } from '../engine/desk.ts';
import { createEngine, type Engine, type EngineOptions, type Host } from '../engine/engine.ts';
import { checkLimit, type WorkLimit } from '../engine/limits.ts';
import type { Clock } from '../engine/ports/environment.ts';
import type { Logger, ResourceType, TypeRegistry } from '../engine/ports/provider.ts';
import {
  DatabaseLost,
  type Edit,
  type EventRow,
  type GoalRow,
  type GoalSource,
  type Inside,
  type NewGoal,
  type Purged,
  type RefusalCode,
  type ResourceRow,
  type Retention,
  type StackRow,
  type StartRequest,
  type StopAnswer,
  type TraversalRow,
} from '../engine/ports/store.ts';
import type { Priority } from '../engine/priorities.ts';
import type { StackAction } from '../engine/states.ts';
import { builtinTypes } from '../providers/builtin.ts';
import { createRegistry } from '../providers/registry.ts';
import { type Diagnostic, InvalidRequest, problem } from '../std/diagnostic.ts';
import type { Json, JsonMap } from '../std/json.ts';
import type { DatabaseStore } from '../store/create-store.ts';
import type { Hooked } from '../store/reads/hooked.ts';
import type { LimitUse } from '../store/reads/limit-use.ts';
import type { Outlook } from '../store/reads/workload.ts';
import type { CompileLimits } from '../template/compile.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { evaluate } from '../template/evaluate.ts';
import { insideOfOutputs } from '../template/nested/inside-references.ts';
import type { TypeCatalog } from '../template/property-schema.ts';
import type { Hook } from '../template/resource-rules.ts';
import { EVALUATING, withWork } from '../template/work.ts';
import { type ChangeFeed, followChanges, type Watcher } from './change-feed.ts';
import { meantBy } from './clear-hooks.ts';
import { type Observing, startObserving } from './observing/start-observing.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { type Preview, previewGoal } from './preview.ts';
import { type Courier, createCourier } from './sinks/courier.ts';
import { catalogOf as catalogOfSinks, type EventSinkType } from './sinks/event-sink.ts';
import { currentHost, systemCallEnvironment, systemRandom, systemTimers } from './system-environment.ts';

export interface SetpointOptions {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly database: string;
  /** Offer the types that reach this machine. */
  readonly allowLocal: boolean;
  /** More types, from provider modules. */
  readonly types?: readonly ResourceType[];
  /** Provider settings by family, then name. */
  readonly settings?: { readonly [family: string]: { readonly [name: string]: JsonMap } };
  readonly tenant?: string;
  readonly log?: Logger;
  readonly limits?: CompileLimits;
  /** Where events may be sent that an environment's `event_sinks` name; nowhere when left out. Whoever runs an engine sends. */
  readonly eventSinks?: readonly EventSinkType[];
  /** Count and time what engines do; `metrics()` tells it. */
  readonly metrics?: boolean;
  /** OpenTelemetry: where spans of traversals, nodes and calls go. Nothing of it is loaded when left out. */
  readonly tracer?: Tracer;
  /** Told of every renewal of an engine's lease. */
  readonly onPulse?: () => void;
  /** How long what is over is kept; what is left out is as `usualRetention` says. */
  readonly retention?: Partial<Retention>;
  readonly engine?: Pick<EngineOptions, 'concurrency' | 'leaseMs' | 'pollMs' | 'maxAttempts'>;
}

export interface SubmitOptions {
  readonly rollback?: boolean;
  readonly timeoutMs?: number | null;
  /** Which stacks are served first; undefined keeps the stack's, `normal` of a new one. */
  readonly priority?: Priority;
  /** Only if the stack has not moved since (from a preview); null: only if it does not exist. */
  readonly expectChange?: number | null;
  /** Only if it is this very stack (its uuid), not another one of the same name. */
  readonly expectStack?: string;
  /** Changes to single versions, made together with the goal (import). */
  readonly edits?: readonly Edit[];
}

/** A request that was accepted: everything is durable. */
export interface Accepted {
  readonly stack: StackRow;
  readonly goal: number;
  readonly traversal: number;
  readonly walked: number;
  readonly warnings: readonly Diagnostic[];
}

/** A request that was not accepted; nothing has happened. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type Outcome = 'complete' | 'failed' | 'superseded';

export interface Ended {
  readonly outcome: Outcome;
  readonly traversal: TraversalRow;
  /** The traversal that rolled it back, or superseded it. */
  readonly next: TraversalRow | null;
}

export interface WatchOptions {
  /** Called with new events, in order. */
  readonly onEvents?: (events: readonly EventRow[]) => void;
  /** Stop watching. */
  readonly signal?: AbortSignal;
  /** Events up to this number are known already. */
  readonly after?: number;
  /** Go on with the rollback that a failure starts by itself. */
  readonly followRollback?: boolean;
}

export interface PreviewResult extends Preview {
  readonly stack: StackRow | null;
  readonly warnings: readonly Diagnostic[];
  readonly goalSha: string;
}

export interface OutputValue {
  readonly name: string;
  readonly description: string;
  readonly value: Json;
  readonly secret: boolean;
  readonly error: string | null;
}

export interface Setpoint {
  readonly store: DatabaseStore;
  readonly types: TypeRegistry & TypeCatalog;
  readonly clock: Clock;
  readonly host: Host;
  readonly tenant: string;
  readonly path: string;
  /** Where its keys are. */
  readonly keyFile: string;
  /** How many resources are to be read, because the database's file is another one than when it was opened last; null when it is the same. */
  readonly restored: number | null;
  findStack(name: string): Promise<StackRow | null>;
  /** The stack, or Refused. */
  loadStack(name: string): Promise<StackRow>;
  validate(name: string, documents: GoalDocuments): Promise<{ readonly goal: NewGoal; readonly warnings: readonly Diagnostic[] }>;
  submit(name: string, documents: GoalDocuments, options?: SubmitOptions): Promise<Accepted>;
  preview(name: string, documents: GoalDocuments): Promise<PreviewResult>;
  /** DELETE; with `abandon`, without deleting any object. */
  remove(name: string, options?: { readonly abandon?: boolean; readonly timeoutMs?: number | null }): Promise<Accepted>;
  /** To the last complete goal, or to a kept one by number. */
  rollback(name: string, goal?: number): Promise<Accepted>;
  cancel(name: string): Promise<Accepted>;
  act(name: string, action: Extract<StackAction, 'SUSPEND' | 'RESUME' | 'CHECK'>): Promise<Accepted>;
  /** Starts a traversal that carries the goal, with changes made to single versions. */
  carryOn(name: string, edits?: readonly Edit[]): Promise<Accepted>;
  /** Lets go on what rests at hooks, by paths as listHooked has them, perhaps with `*`; null: whichever hook. What was cleared; refused when that is nothing. */
  clearHooks(
    stack: Pick<StackRow, 'id' | 'name'>,
    paths: readonly string[],
    hooks: readonly Hook[] | null,
  ): Promise<readonly Hooked[]>;
  /** By force: nothing of the stack goes on until the next request. */
  stop(name: string, reason: string): Promise<Extract<StopAnswer, { kind: 'stopped' }>>;
  /** Of the stack with all that is nested in it, from the next claim on. */
  setPriority(name: string, priority: Priority): Promise<StackRow>;
  /** The most operations in flight at once, over all engines of the database, of types or of a tenant. */
  setLimit(limit: WorkLimit): Promise<void>;
  /** False when there was no such limit. */
  removeLimit(limit: Pick<WorkLimit, 'kind' | 'pattern'>): Promise<boolean>;
  /** Every limit, with what is in flight of it. */
  limits(): Promise<readonly LimitUse[]>;
  /** Both clocks, as acts want them. */
  times(): { readonly now: number; readonly wallTime: number };
  outputs(stack: StackRow): Promise<readonly OutputValue[]>;
  startEngine(): Engine;
  /** What engines of this process did, and what the database holds, as Prometheus reads it. Only with the option `metrics`. */
  metrics(): Promise<string>;
  /** Removes at once what is older than the retention that is given says, or else this Setpoint's own. */
  purge(retention?: Partial<Retention>): Promise<Omit<Purged, 'next'>>;
  /** What an engine of this process could still do. */
  outlook(): Promise<Outlook>;
  /** Throws what an engine of this process died of, if one did. */
  throwIfEngineFailed(): void;
  /** Resolves when the traversal has ended, or the signal aborts (null). */
  watch(stack: Pick<StackRow, 'id'>, traversal: number, options?: WatchOptions): Promise<Ended | null>;
  /** What engines of this process have in hand. */
  readonly inHand: number;
  /** Begins nothing more, and resolves when what is in hand has ended, or the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const day = 86_400_000;

export const usualRetention: Retention = {
  eventsMs: 90 * day,
  traversalsMs: 90 * day,
  deletedStacksMs: 30 * day,
  goalsMs: null,
};

/** So long a process that leaves goes on sending what its engines have just told. */
const lastEventsMs = 2_000;

/** Somebody waits for what a look of a preview tells: milliseconds. */
const longestLookMs = 30_000;

/** Of a preview, which only looks: no other call waits for it. */
function openLook(): OpenCall {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    begin: async () => true,
    limit(ms) {
      timer = setTimeout(() => controller.abort('deadline'), Math.min(ms, longestLookMs));
    },
    close: () => clearTimeout(timer),
  };
}

const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {} };

export async function openSetpoint(options: SetpointOptions): Promise<Setpoint> {
  const database = await openDatabase(options.database);
  const { store } = database;
  const types = createRegistry([...builtinTypes({ allowLocal: options.allowLocal }), ...(options.types ?? [])]);
  const settings = await keepSettings(store, options.settings ?? {});
  const watching = await startObserving({ ...options, store, freeTypes: freeTypes(types) });
  return new EmbeddedSetpoint({ options, store, database, types, settings, watching });
}

/** Those that need no call. */
const freeTypes = (types: TypeRegistry): readonly string[] =>
  types.names.filter((name) => types.findType(name)?.facts.effects === false);

async function keepSettings(store: DatabaseStore, given: NonNullable<SetpointOptions['settings']>): Promise<SettingsSource> {
  const kept = new Map<string, ProviderSettings>();
  for (const [family, named] of Object.entries(given)) {
    for (const [name, values] of Object.entries(named))
      kept.set(`${family}/${name}`, { id: await store.putSettings(family, name, values), name, values });
  }
  return { findSettings: (family, name) => kept.get(`${family}/${name}`) };
}

interface Parts {
  readonly options: SetpointOptions;
  readonly store: DatabaseStore;
  readonly database: OpenDatabase;
  readonly types: TypeRegistry & TypeCatalog;
  readonly settings: SettingsSource;
  readonly watching: Observing;
}

class EmbeddedSetpoint implements Setpoint {
  readonly store: DatabaseStore;
  readonly types: TypeRegistry & TypeCatalog;
  readonly clock: Clock;
  readonly path: string;
  readonly keyFile: string;
  readonly tenant: string;
  readonly restored: number | null;
  readonly host: Host = currentHost();
  private readonly database: OpenDatabase;
  private readonly options: SetpointOptions;
  private readonly settings: SettingsSource;
  private readonly watching: Observing;
  private readonly changes: ChangeFeed;
  private courier: Courier | null = null;
  private readonly engines: { engine: Engine; running: Promise<void>; hints: AbortController }[] = [];

  constructor(parts: Parts) {
    this.store = parts.store;
    this.types = parts.types;
    this.database = parts.database;
    this.clock = parts.database.clock;
    this.path = parts.database.path;
    this.restored = parts.database.restored;
    this.keyFile = parts.database.keyFile;
    this.options = parts.options;
    this.settings = parts.settings;
    this.watching = parts.watching;
    this.tenant = parts.options.tenant ?? 'default';
    const { hints } = parts.database;
    this.changes = followChanges({
      hints,
      timers: systemTimers,
      readChanges: (ids) => this.store.readChanges(ids),
      commitsUnseen: () => this.engines.length > 0 && !hints.comeByThemselves,
    });
  }

  findStack(name: string): Promise<StackRow | null> {
    return this.store.findStack(this.tenant, name);
  }

  async loadStack(name: string): Promise<StackRow> {
    const stack = await this.findStack(name);
    if (stack === null) throw new Refused('NOT_FOUND', `there is no stack named ${name}`);
    return stack;
  }

  async validate(name: string, documents: GoalDocuments) {
    return this.compile(name, documents, await this.findStack(name));
  }

  async submit(name: string, documents: GoalDocuments, options: SubmitOptions = {}): Promise<Accepted> {
    const found = await this.findStack(name);
    const compiled = await this.compile(name, documents, found);
    if (options.expectChange === null && found !== null)
      throw new Refused('MOVED', `stack ${name} was created since the plan was made: make a new plan`);
    if (typeof options.expectChange === 'number' && found === null)
      throw new Refused('MOVED', `stack ${name} is gone since the plan was made: make a new plan`);
    if (options.expectStack !== undefined && found?.uuid !== options.expectStack)
      throw new Refused('MOVED', `stack ${name} is another one than when the plan was made: make a new plan`);
    const stack = found === null ? { uuid: compiled.uuid, tenant: this.tenant, name } : { uuid: found.uuid };
    const accepted = await this.start({
      stack,
      action: found === null ? 'CREATE' : 'UPDATE',
      goal: { kind: 'new', goal: compiled.goal },
      ...(options.rollback === undefined ? {} : { rollback: options.rollback }),
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      ...(typeof options.expectChange === 'number' ? { expectChange: options.expectChange } : {}),
      ...(options.edits ? { edits: options.edits } : {}),
    });
    return { ...accepted, warnings: compiled.warnings };
  }

  async preview(name: string, documents: GoalDocuments): Promise<PreviewResult> {
    const stack = await this.findStack(name);
    const compiled = await this.compile(name, documents, stack);
    const preview = await previewGoal({
      desk: this.readingDesk(),
      stack,
      facts: stack === null ? null : await this.store.readPlanningFacts(stack),
      declared: compiled.goal.declared,
      asked: true,
      rules: compiled.goal.rules,
      rollbackMembers: null,
      empty: false,
      hidden: stack === null ? [] : await this.hiddenValues(stack),
      documents,
      tenant: this.tenant,
      loadChild: (uuid) => this.loadChild(uuid),
      loadHolder: (identity) => this.store.findNamed(identity),
      loadInside: (row, names) => this.store.readInside(row.id, names),
    });
    return { ...preview, stack, warnings: compiled.warnings, goalSha: compiled.goal.sha };
  }

  private async loadChild(uuid: string) {
    const stack = await this.store.findStackByUuid(uuid);
    if (stack === null || stack.deletedAt !== null) return null;
    const goal = await this.store.findGoal(stack.id, stack.goal);
    if (goal === null) return null;
    const facts = await this.store.readPlanningFacts(stack);
    return { stack, goal, facts, stale: await this.store.readStale(stack.id), hidden: hiddenOf(goal) };
  }

  private async hiddenValues(stack: StackRow): Promise<readonly Json[]> {
    const goal = await this.store.findGoal(stack.id, stack.goal);
    return goal === null ? [] : hiddenOf(goal);
  }

  async remove(
    name: string,
    options: { readonly abandon?: boolean; readonly timeoutMs?: number | null } = {},
  ): Promise<Accepted> {
    const stack = await this.loadStack(name);
    const abandon = options.abandon ?? false;
    return this.start({
      stack: { uuid: stack.uuid },
      action: abandon ? 'ABANDON' : 'DELETE',
      goal: { kind: 'empty' },
      retainAll: abandon,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
  }

  async rollback(name: string, goal?: number): Promise<Accepted> {
    return this.startOn(name, 'ROLLBACK', { kind: 'rollback', to: goal ?? null });
  }

  async cancel(name: string): Promise<Accepted> {
    const stack = await this.loadStack(name);
    return this.start({
      stack: { uuid: stack.uuid },
      action: 'ROLLBACK',
      goal: { kind: 'rollback', to: null },
      onlyWhileConverging: true,
    });
  }

  async act(name: string, action: 'SUSPEND' | 'RESUME' | 'CHECK'): Promise<Accepted> {
    return this.startOn(name, action, { kind: 'carry' });
  }

  async carryOn(name: string, edits: readonly Edit[] = []): Promise<Accepted> {
    const stack = await this.loadStack(name);
    const action = stack.action === 'DELETE' || stack.action === 'ABANDON' ? stack.action : 'UPDATE';
    return this.start({ stack: { uuid: stack.uuid }, action, goal: { kind: 'carry' }, edits });
  }

  async clearHooks(stack: Pick<StackRow, 'id' | 'name'>, paths: readonly string[], hooks: readonly Hook[] | null) {
    const pending = await this.store.listHooked(stack.id);
    const meant = paths.flatMap((path) => {
      const found = meantBy(path, hooks, pending);
      const which = hooks === null ? 'hook' : `hook ${hooks.join(' or ')}`;
      if (found.length === 0) throw new Refused('NO_SUCH_HOOK', `${path} of stack ${stack.name} rests at no ${which}`);
      return found;
    });
    const cleared: Hooked[] = [];
    for (const one of new Set(meant)) if (await this.clearHook(one)) cleared.push(one);
    this.nudgeEngines();
    return cleared;
  }

  /** False: somebody else did, or what rested there is superseded. */
  private async clearHook({ stack, resource, hook }: Hooked): Promise<boolean> {
    const answer = await this.store.clearHooks({ stack, resource, hooks: [hook], ...this.times() });
    return answer.kind === 'cleared';
  }

  async stop(name: string, reason: string): Promise<Extract<StopAnswer, { kind: 'stopped' }>> {
    const stack = await this.loadStack(name);
    const answer = await this.store.stopStack(stack.uuid, this.times(), reason);
    if (answer.kind === 'refused') throw new Refused(answer.code, answer.message);
    return answer;
  }

  async setPriority(name: string, priority: Priority): Promise<StackRow> {
    const stack = await this.loadStack(name);
    const answer = await this.store.setPriority(stack.uuid, priority, this.times());
    if (answer === null) throw new Refused('NOT_FOUND', `stack ${name} was deleted meanwhile`);
    this.nudgeEngines();
    return answer;
  }

  async setLimit(limit: WorkLimit): Promise<void> {
    checkLimit(limit);
    await this.store.setLimit(limit, this.times());
    this.nudgeEngines();
  }

  async removeLimit(limit: Pick<WorkLimit, 'kind' | 'pattern'>): Promise<boolean> {
    const removed = await this.store.removeLimit(limit);
    this.nudgeEngines();
    return removed;
  }

  limits(): Promise<readonly LimitUse[]> {
    return this.store.readLimitUse(freeTypes(this.types));
  }

  private nudgeEngines(): void {
    for (const { engine } of this.engines) engine.nudge();
  }

  times = () => ({ now: this.clock.now(), wallTime: this.clock.wallTime() });

  async outputs(stack: StackRow): Promise<readonly OutputValue[]> {
    const goal = await this.store.findGoal(stack.id, stack.goal);
    const view = await this.store.readStack(stack.id);
    if (goal === null || view === null) return [];
    const rows = new Map(view.resources.filter((r) => r.marked === null).map((r) => [r.name, r]));
    const inside = await this.readInside(goal.outputs, rows);
    const scope = {
      findOutputs: (name: string) => {
        const row = rows.get(name);
        const within = inside.get(name);
        const told = row && { ...row, reference: row.reference ?? row.physicalId, ...(within ? { inside: within } : {}) };
        return told && row.physicalId !== null ? toOutputs(told, this.types) : undefined;
      },
    };
    const outputOf = ([name, { description, value, secret }]: [string, (typeof goal.outputs)[string]]) => {
      try {
        const evaluated = evaluate(value, scope);
        const unknown = evaluated.unknownFrom;
        return {
          name,
          description,
          value: unknown.length > 0 ? null : evaluated.value,
          secret: secret || evaluated.secrets.size > 0,
          error: unknown.length > 0 ? `not known before ${unknown.join(', ')}` : null,
        };
      } catch (error) {
        return { name, description, value: null, secret, error: error instanceof Error ? error.message : String(error) };
      }
    };
    return withWork(EVALUATING, () => Object.entries(goal.outputs).map(outputOf));
  }

  /** What the outputs refer to within nested stacks. */
  private async readInside(outputs: GoalRow['outputs'], rows: ReadonlyMap<string, ResourceRow>): Promise<Map<string, Inside>> {
    const inside = new Map<string, Inside>();
    for (const [name, names] of insideOfOutputs(outputs)) {
      const row = rows.get(name);
      if (row?.nested === true) inside.set(name, await this.store.readInside(row.id, names));
    }
    return inside;
  }

  startEngine(): Engine {
    const engine = createEngine({
      ...this.options.engine,
      store: this.watching.store,
      observer: this.watching.observer,
      retention: { ...usualRetention, ...this.options.retention },
      types: this.types,
      settings: this.settings,
      clock: this.clock,
      timers: systemTimers,
      random: systemRandom,
      callEnvironment: systemCallEnvironment,
      log: this.options.log ?? quiet,
      host: this.host,
      digestKey: this.store.vault.digestKey,
      onEnded: () => this.tellEnding(),
    });
    const hints = new AbortController();
    const running = engine.run();
    running
      .catch((error) => {
        this.engineFailure = error;
        this.failing.abort('failed');
      })
      .finally(() => hints.abort());
    void this.passHints(engine, hints.signal);
    this.engines.push({ engine, running, hints });
    this.startCourier();
    return engine;
  }

  /** One is enough for all engines of a process. */
  private startCourier(): void {
    const types = this.options.eventSinks ?? [];
    if (types.length === 0 || this.courier !== null) return;
    const { onSent } = this.watching;
    this.courier = createCourier({
      store: this.store,
      types,
      clock: this.clock,
      timers: systemTimers,
      random: systemRandom,
      log: this.options.log ?? quiet,
      ...(onSent ? { onSent } : {}),
    });
    void this.courier.run();
  }

  private tellEnding(): void {
    this.courier?.nudge();
    if (!this.database.hints.comeByThemselves) this.changes.hurry();
  }

  metrics(): Promise<string> {
    return this.watching.metrics(this.times());
  }

  async purge(given: Partial<Retention> = {}): Promise<Omit<Purged, 'next'>> {
    const retention = { ...usualRetention, ...this.options.retention, ...given };
    const total = { events: 0, traversals: 0, goals: 0, stacks: 0, tombstones: 0 };
    for (let after: number | null = 0; after !== null; ) {
      const { next, ...purged }: Purged = await this.store.purge({ after, retention, limit: 1_000, ...this.times() });
      for (const kind of Object.keys(total) as (keyof typeof total)[]) total[kind] += purged[kind];
      after = next;
    }
    return total;
  }

  outlook(): Promise<Outlook> {
    return this.store.readOutlook({ effectTypes: this.types.names, freeTypes: [], host: this.host.name });
  }

  async watch(stack: Pick<StackRow, 'id'>, number: number, options: WatchOptions = {}): Promise<Ended | null> {
    const watcher = this.changes.watch(stack.id);
    try {
      return await this.follow(watcher, stack, number, options);
    } finally {
      watcher.close();
    }
  }

  private async follow(
    watcher: Watcher,
    stack: Pick<StackRow, 'id'>,
    number: number,
    { after, onEvents, followRollback, signal }: WatchOptions,
  ): Promise<Ended | null> {
    let seen = onEvents === undefined ? null : (after ?? 0);
    let follow = number;
    let first: TraversalRow | null = null;
    while (!signal?.aborted) {
      const progress = await this.outlast(() => this.store.readProgress(stack.id, follow, seen), signal);
      if (progress === undefined) return null;
      const { traversal, next, events } = progress;
      if (events.length > 0) {
        seen = events.at(-1)!.seq;
        onEvents?.(events);
        if (progress.more) continue;
      }
      if (traversal?.endedAt) {
        first ??= traversal;
        const rolledBack = followRollback && next?.action === 'ROLLBACK' && traversal.state === 'failed' && traversal.rollback;
        if (next === null || !(rolledBack || isCarriedOn(traversal, next))) return this.ended(first, traversal, next);
        if (!rolledBack) first = null;
        follow = next.number;
        continue;
      }
      await watcher.next(progress.change, signal ? AbortSignal.any([signal, this.failing.signal]) : this.failing.signal);
      this.throwIfEngineFailed();
    }
    return null;
  }

  private ended(first: TraversalRow, last: TraversalRow, next: TraversalRow | null): Ended {
    const outcome: Outcome =
      last.state === 'superseded' ? 'superseded' : last.state === 'complete' && first === last ? 'complete' : 'failed';
    return { outcome, traversal: first, next: first === last ? next : last };
  }

  private engineFailure: unknown = null;
  private readonly failing = new AbortController();

  throwIfEngineFailed(): void {
    if (this.engineFailure !== null) throw this.engineFailure;
  }

  /** Asks again until a lost database is there again; undefined when the signal aborts before. */
  private async outlast<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
    for (let ms = 100; !signal?.aborted; ms = Math.min(2 * ms, 2_000)) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof DatabaseLost)) throw error;
        await systemTimers.wait(ms, signal);
      }
    }
    return undefined;
  }

  get inHand(): number {
    return this.engines.reduce((sum, { engine }) => sum + engine.inFlight, 0);
  }

  async drain(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const ends = this.engines.map(({ engine, running }) =>
      Promise.race([engine.stop(Number.POSITIVE_INFINITY), running.catch(() => {})]),
    );
    await Promise.race([left, Promise.all(ends)]);
  }

  async close(): Promise<void> {
    for (const { engine, running, hints } of this.engines) {
      hints.abort();
      await engine.stop();
      await running.catch(() => {});
    }
    await this.courier?.stop(lastEventsMs);
    await this.database.close();
  }

  /** Other engines' commits, as far as the database tells of them: a hint, the engine polls all the same. */
  private async passHints(engine: Engine, signal: AbortSignal): Promise<void> {
    const { hints } = this.database;
    const stop = hints.onChange((by) => by !== engine.id && engine.nudge());
    signal.addEventListener('abort', stop);
    if (hints.comeByThemselves) return;
    for (let version = hints.version(); !signal.aborted; ) {
      await systemTimers.wait(50, signal);
      if (signal.aborted) return;
      const now = hints.version();
      if (now !== version) engine.nudge();
      version = now;
    }
  }

  private startOn(name: string, action: StackAction, goal: GoalSource): Promise<Accepted> {
    return this.loadStack(name).then((stack) => this.start({ stack: { uuid: stack.uuid }, action, goal }));
  }

  private async start(request: Omit<StartRequest, 'now' | 'wallTime'>): Promise<Accepted> {
    const answer = await this.store.startTraversal({ ...request, now: this.clock.now(), wallTime: this.clock.wallTime() });
    if (answer.kind === 'refused') throw new Refused(answer.code, answer.message);
    this.nudgeEngines();
    return { ...answer, warnings: [] };
  }

  private async compile(name: string, documents: GoalDocuments, found: StackRow | null) {
    checkName(name);
    const uuid = found?.uuid ?? systemRandom.uuid();
    const current = found === null ? null : await this.store.findGoal(found.id, found.goal);
    const context: CompileContext = { types: this.types, digestKey: this.store.vault.digestKey, host: this.host.name };
    const compiled = compileRequest(context, documents, {
      pseudo: { stackId: uuid, stackName: name, projectId: this.tenant },
      ...(current === null ? {} : { previous: { parameters: current.parameters, immutable: current.immutable } }),
      ...(this.options.limits ? { limits: this.options.limits } : {}),
      sinks: catalogOfSinks(this.options.eventSinks ?? []),
    });
    return { ...compiled, uuid };
  }

  /** For looks that a preview makes. */
  private readingDesk(): Desk {
    return {
      types: this.types,
      clock: this.clock,
      random: systemRandom,
      callEnvironment: systemCallEnvironment,
      log: this.options.log ?? quiet,
      observer: null,
      host: this.host.name,
      digestKey: this.store.vault.digestKey,
      settings: this.settings,
      intend: () => Promise.reject(new Error('a preview intends nothing')),
      saveProgress: () => Promise.resolve(false),
      openCall: openLook,
    };
  }
}

const hiddenOf = ({ hidden, parameters }: GoalRow): readonly Json[] => hidden.map((name) => parameters[name] ?? null);

/** A check that brought other outputs to light carries the goal on by itself, in the transaction that ends it: what ends then is that. */
const isCarriedOn = (ended: TraversalRow, next: TraversalRow): boolean =>
  ended.state === 'complete' && next.action === 'UPDATE' && next.startedAt === ended.endedAt;

/** Heat's rule for stack names. */
function checkName(name: string): void {
  if (/^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$/.test(name)) return;
  throw new InvalidRequest([
    problem(
      'STACK-NAME',
      `"${name}" is no name for a stack`,
      'begin with a letter; then letters, digits, _ . -; at most 255 characters',
    ),
  ]);
}
