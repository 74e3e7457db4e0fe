/**
 * The world of one run: kernel, database, reality, processes and users, put together from a plan.
 *
 * Production's engine and store are used as they are; everything they get from outside comes from here. A world is stepped from outside
 * (walk.ts, scenario-runner.ts) and stops at the first broken promise.
 */

import type { SettingsSource } from '../engine/desk.ts';
import { createEngine } from '../engine/engine.ts';
import type { WorkLimit } from '../engine/limits.ts';
import type { Clock } from '../engine/ports/environment.ts';
import type { ProviderCall, TypeRegistry } from '../engine/ports/provider.ts';
import { DatabaseLost, type StackId, type StartAnswer, type StartRequest, type TurnRequest } from '../engine/ports/store.ts';
import type { SentEvent } from '../main/sinks/event-sink.ts';
import type { JsonMap } from '../std/json.ts';
import type { DatabaseStore } from '../store/create-store.ts';
import type { SqliteStore } from '../store/sqlite-store.ts';
import { type Accounts, createAccounts, oneAccount } from './accounts.ts';
import { type Breakage, noBreakage } from './breakage.ts';
import type { Checker } from './checkers/checker.ts';
import { createCheckers } from './checkers/index.ts';
import { type Clearers, createClearers } from './clearers.ts';
import { openOlderDatabase, openWorldDatabase } from './database.ts';
import { createFaults, type FaultSource } from './faults.ts';
import type { Foretold } from './foresight.ts';
import { emptyGoal, type SimGoal } from './goals.ts';
import { History } from './history.ts';
import { type Actor, Kernel, nobody, type Point } from './kernel.ts';
import { kindOf, type SimKind } from './kinds.ts';
import { createKeptLog, type KeptLog } from './log.ts';
import { meddle } from './meddlers.ts';
import { keyOf, type Mirror, type Row } from './mirror.ts';
import type { OlderVersion } from './older-version.ts';
import type { Plan } from './plan.ts';
import { createPrng, type Prng } from './prng.ts';
import { isMoved, type ProcessSettings, type SimProcess, startProcess } from './process.ts';
import { Reality } from './reality.ts';
import type { SharedDatabase, SharedServer } from './shared/shared-server.ts';
import { type Caller, type CallKind, createSimTypes, isLook } from './sim-types.ts';
import type { Offered } from './specification.ts';
import { placeIn } from './templates.ts';
import { describeChanges, type Trace } from './trace.ts';
import { childOf, waitsForBarrier } from './tree.ts';
import { createVersions, onlyOne, type Versions } from './versions.ts';
import type { Violation } from './violation.ts';
import type { StoreMethod } from './wrapped-store.ts';

export interface WorldOptions {
  readonly plan: Plan;
  /** The simulated types when left out. */
  readonly createTypes?: (world: World, caller: Caller) => TypeRegistry;
  readonly settings?: SettingsSource;
  readonly checkers?: readonly Checker[];
  readonly choose?: (due: readonly Point[]) => Point;
  readonly breakage?: Breakage;
  readonly trace?: Trace | null;
  /** The version that made the database, and works beside the present one after a migration. */
  readonly older?: OlderVersion | null;
  /** The acts run on this server, a statement at a time; it is empty. */
  readonly shared?: SharedServer | null;
}

/** What planning writes to a version says nothing about its object. */
const planned: ReadonlySet<string> = new Set(['marked', 'replaced_by', 'replaces', 'name', 'deletion_policy', 'victim']);

function isTold(before: Row | null | undefined, after: Row | null | undefined): boolean {
  return Object.keys(after ?? {}).some((column) => !planned.has(column) && before?.[column] !== after?.[column]);
}

export class World {
  readonly plan: Plan;
  readonly kernel: Kernel;
  readonly chance: Prng;
  readonly faults: FaultSource;
  readonly reality = new Reality();
  /** The rows as they are committed. */
  readonly store: SqliteStore;
  /** Where acts are made. */
  readonly acts: DatabaseStore;
  readonly shared: SharedDatabase | null;
  readonly mirror: Mirror;
  readonly createTypes: NonNullable<WorldOptions['createTypes']>;
  readonly accounts: Accounts;
  readonly breakage: Breakage;
  readonly versions: Versions;
  readonly trace: Trace | null;
  readonly log: KeptLog = createKeptLog();
  readonly history = new History();
  readonly processes: SimProcess[] = [];
  readonly violations: Violation[] = [];
  readonly reached: Map<string, number>;
  readonly clock: Clock;
  /** Of those that change something. */
  callsBegun = 0;
  /** Requests that may still have an effect although their process is dead. */
  wires = 0;
  /** Ids and tokens of what was given up on purpose: retained, abandoned, forgotten, declared absent. */
  readonly released = new Set<string>();
  /** Stacks that were nested and are not any more: retained or forgotten. */
  readonly freed = new Set<number>();
  /** The last goal of each stack that was not empty. */
  private readonly lastGoals = new Map<number, SimGoal>();
  /** Ids of what other people deleted. */
  readonly vanished = new Set<string>();
  /** What calls saved under way, by version and operation. */
  readonly saved = new Map<string, { readonly round: number; readonly saved: number; readonly by: ProviderCall }>();
  /** Ids of what other people ever changed or deleted, and of those what no engine has read and recorded since. */
  readonly touched = new Set<string>();
  readonly unseen = new Set<string>();
  /** Who has read what since other people touched it. */
  readonly looks = new Set<string>();
  /** Nodes that rest at a hook, by their keys. */
  readonly resting = new Map<string, Row>();
  /** What a preview said of a goal that is being worked on: of the stack, and of those nested in it. */
  foretold: readonly Foretold[] = [];
  /** Set by operators, by kind and pattern. */
  readonly limits = new Map<string, WorkLimit>();
  /** Besides engines: whoever is to be told that there may be something to do. */
  readonly nudged = new Set<() => void>();
  /** The machines that engines run on, and who is on which. */
  readonly hosts: readonly string[];
  private readonly places: Prng;
  readonly clearers: Clearers = createClearers(this);
  private readonly checkers: readonly Checker[];
  private pids = 0;
  private dirty = false;
  private lastReality = 0;

  constructor({ plan, breakage = noBreakage, trace = null, ...options }: WorldOptions) {
    this.plan = plan;
    this.createTypes = options.createTypes ?? createSimTypes;
    this.breakage = breakage;
    this.trace = trace;
    this.chance = this.stream('world');
    this.faults = createFaults(plan.faults, this.stream('faults'), plan.planted);
    this.reached = this.faults.reached;
    this.hosts = Array.from({ length: plan.machines ?? 1 }, (_, i) => `h${i + 1}`);
    this.places = this.stream('places');
    this.kernel = new Kernel({
      prng: this.stream('kernel'),
      driftMs: plan.driftMs,
      jumpRate: plan.jumpRate,
      jumpMs: plan.leaseMs * 2,
      choose: options.choose,
      settle: options.shared ? () => this.shared!.conversations.settle() : undefined,
      onKill: (actor) => this.shared?.conversations.bury(actor),
      onPick: (point) => this.trace?.line(`${this.kernel.steps} ${this.kernel.now} ${point.actor.name} ${point.what}`),
    });
    this.clock = { now: () => this.kernel.now, wallTime: () => this.kernel.now + 1_700_000_000_000 };
    const { older = null, shared = null } = options;
    const database = older ? openOlderDatabase(older, this.sampled(8)) : openWorldDatabase(breakage, this.sampled(8));
    this.store = database.store;
    this.mirror = database.mirror;
    this.shared = shared?.open(this, this.store.driver, this.store.vault) ?? null;
    this.acts = this.shared?.store ?? this.store;
    const release = { name: 'newer', createEngine, store: this.acts } as const;
    this.versions = older
      ? createVersions(database, older, release, this.stream('versions'), () => this.tellMigration())
      : onlyOne(release);
    this.accounts = plan.accounts ? createAccounts(this) : oneAccount(options.settings ?? { findSettings: () => undefined });
    this.checkers = options.checkers ?? createCheckers();
    for (const path of plan.foreignPaths) this.reality.placeForeign(kindOf('Sim::Path'), { path });
    // What differs in what can't change in place is refused, and nothing comes of it: `b` is as in the goals.
    for (const { id, type } of plan.imports) this.reality.placeForeign(kindOf(type), { a: 'theirs', b: '1' }, id);
    for (const { id, type } of plan.externals) this.reality.placeForeign(kindOf(type), { a: 'theirs', b: 'theirs' }, id);
  }

  stream(name: string): Prng {
    return createPrng(this.plan.seed, `${this.plan.schedule}/${name}`);
  }

  /** True in one of so many seeds: for what is costly and seldom finds anything. */
  sampled(oneOf: number): boolean {
    return this.plan.seed % oneOf === 1;
  }

  report(invariant: string, message: string): void {
    this.violations.push({ invariant, message, step: this.kernel.steps });
    this.trace?.line(`VIOLATION ${invariant}: ${message}`);
  }

  /** A rare branch was taken. */
  reach(what: string): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1);
  }

  // ── processes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** On a machine where none runs, if there is one. */
  start(settings: ProcessSettings = this.plan): SimProcess {
    const idle = this.idleHosts;
    const host = idle.length > 0 ? this.places.pick(idle) : this.anyHost();
    if (this.hosts.length > 1 && this.isWaitedFor(host)) this.reach('machine waited for');
    const process = startProcess(this, ++this.pids, host, settings);
    this.processes.push(process);
    return process;
  }

  /** Something is to be done that can be done only there, and nobody is. */
  private isWaitedFor(host: string): boolean {
    if (this.processes.some((p) => p.alive && p.host === host)) return false;
    const { resource, operation, node } = this.mirror.rows;
    const bound = (id: unknown): boolean => resource.get(String(id))?.['host'] === host;
    return (
      [...operation.values()].some((o) => bound(o['resource_id'])) ||
      [...node.values()].some((n) => n['state'] === 'ready' && bound(n['victim'] ?? n['resource_id']))
    );
  }

  /** On every machine where none runs. */
  startWhereNone(settings: ProcessSettings): void {
    for (let left = this.idleHosts.length; left > 0; left--) this.start(settings);
  }

  private get idleHosts(): readonly string[] {
    return this.hosts.filter((host) => !this.processes.some((p) => p.alive && p.host === host));
  }

  /** Types that engines do not offer there. */
  lackedOn(host: string): readonly string[] {
    return this.plan.lacks?.[this.hosts.indexOf(host)] ?? [];
  }

  /** Where somebody is who asks for something. */
  anyHost(): string {
    return this.places.pick(this.hosts);
  }

  get running(): readonly SimProcess[] {
    return this.processes.filter((p) => p.alive);
  }

  /** The process dies; what it had on the wire may still arrive. */
  crash(process: SimProcess, machine: boolean): void {
    if (!process.alive) return;
    this.reach(machine ? 'machine died' : 'process died');
    this.trace?.line(`  ${process.name} dies${machine ? ' with its machine' : ''}`);
    process.machineDead = machine;
    for (const effect of this.kernel.kill(process)) if (this.chance.chance(500)) effect();
  }

  /** Stops for up to ten leases. */
  pause(caller: Caller): void {
    caller.pausedUntil = this.kernel.now + this.chance.between(1, this.plan.leaseMs * 10);
    this.reach('process paused');
  }

  /** The effect of a request whose sender is dead, some time from now. */
  onWire(caller: Actor, what: string, effect: () => unknown, afterMs: number | null = null): void {
    this.wires++;
    this.reach('effect on the wire');
    const ms = afterMs ?? this.chance.pick([0, 10, 1_000, 30_000, 100_000]);
    this.kernel.open(nobody, `${what} of ${caller.name}`, ms, () => {
      this.wires--;
      try {
        effect();
        this.reach('late effect');
      } catch {
        // The provider refused it; nobody is there to hear it.
      }
    });
  }

  hint(): void {
    for (const process of this.running) if (!this.faults.happens('hintLost')) process.engine.nudge();
    for (const nudge of this.nudged) if (!this.faults.happens('hintLost')) nudge();
  }

  // ── what checkers are told ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One act of the store, with its commit shown to the checkers. */
  async act(caller: Caller, method: StoreMethod, args: readonly unknown[], run: () => Promise<unknown>): Promise<unknown> {
    if (method === 'turn') this.noteNested(args[0] as TurnRequest);
    let answer: unknown;
    try {
      const acting = this.shared ? this.shared.as(caller, run) : run();
      answer = await acting;
    } catch (error) {
      this.mirror.discard();
      if (isMoved(error) || (this.shared && error instanceof DatabaseLost)) throw error;
      this.report(
        'ASSERT',
        error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 6).join(' | ') : String(error),
      );
      throw error;
    }
    if (isRefused(answer)) this.mirror.discard();
    // The rows are as they were before it.
    for (const checker of this.checkers) checker.before?.(this, method, args);
    const expected = method === 'startTraversal' ? this.expectedGoal(args[0] as StartRequest) : null;
    const changes = this.mirror.commit();
    if (changes.length === 0 && method !== 'startTraversal') return answer;
    this.dirty = true;
    if (this.trace) for (const line of describeChanges(changes)) this.trace.line(`    ${line}`);
    if (method === 'startTraversal' && (answer as StartAnswer).kind === 'started') this.takeOver(args[0] as StartRequest);
    if (method === 'startTraversal' && (answer as StartAnswer).kind === 'started')
      this.record(args[0] as StartRequest, answer as StartAnswer & { kind: 'started' }, expected);
    for (const { table, before, after } of changes) {
      if (table === 'stack' && before?.['parent_resource'] != null && after?.['parent_resource'] === null)
        this.freed.add(Number(after['id']));
      if (table === 'node') this.noteResting(before, after);
      if (table === 'stack' && before !== null && before['traversal'] !== after?.['traversal'])
        this.forgetLooks(Number(before['id']));
      if (table === 'goal' && before === null) this.noteGoal(after!);
      const id = table === 'resource' ? String(after?.['physical_id']) : '';
      if (this.looks.has(`${caller.name}/${id}`) && isTold(before, after)) this.unseen.delete(id);
    }
    const commit = { caller, method, args, answer, changes };
    for (const checker of this.checkers) checker.commit?.(this, commit);
    if (method === 'turn' && changes.length > 0 && this.chance.chance(this.plan.hintRate)) this.hint();
    return answer;
  }

  /** With what its traversal says of a rollback: that may be purged before anybody asks. */
  private record(request: StartRequest, answer: StartAnswer & { kind: 'started' }, expected: string | null): void {
    const traversal = this.mirror.rows.traversal.get(`${answer.stack.id}/${answer.traversal}`);
    this.history.record(request, answer, { sha: expected, rollbackOn: traversal?.['rollback'] === 1 });
  }

  /** What was seen for a traversal that is superseded is told to nobody. */
  private forgetLooks(stackId: number): void {
    if (this.looks.size === 0) return;
    for (const row of this.resourcesOf(stackId))
      for (const { name } of this.processes) this.looks.delete(`${name}/${row['physical_id']}`);
  }

  private noteGoal({ stack_id, number }: Row): void {
    const goal = this.goalNumbered(Number(stack_id), Number(number));
    if (goal !== emptyGoal) this.lastGoals.set(Number(stack_id), goal);
  }

  private noteResting(before: Row | null, after: Row | null): void {
    if (after?.['state'] === 'hooked') this.resting.set(keyOf('node', after), after);
    else if (before?.['state'] === 'hooked') this.resting.delete(keyOf('node', before));
  }

  tellCall(caller: Caller, call: ProviderCall, way: CallKind, kind: SimKind): void {
    this.trace?.line(
      `    ${caller.name} calls ${way} ${call.resource.name}#${call.resource.version} ${call.token} ${call.physicalId ?? '-'}`,
    );
    if (kind.effects && !isLook(way)) this.callsBegun++;
    for (const checker of this.checkers) checker.call?.(this, caller, call, way, kind);
  }

  /** A receiver has an event. */
  tellSent(target: string, event: SentEvent): void {
    this.trace?.line(`    ${target} has ${event.id}`);
    for (const checker of this.checkers) checker.sent?.(this, target, event);
  }

  tellDelete(call: ProviderCall): void {
    for (const checker of this.checkers) checker.deletes?.(this, call);
  }

  // ── stepping ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One pick and the checks after it; false when nothing is left to do, or a promise was broken. */
  async step(): Promise<boolean> {
    if (this.violations.length > 0) return false;
    if (!this.kernel.calm && this.faults.happens('allCrash')) for (const process of this.running) this.crash(process, false);
    if (!this.kernel.calm) meddle(this);
    this.versions.migrateBy(this.kernel.steps);
    let moved: boolean;
    do {
      moved = await this.kernel.step();
      if (!this.kernel.pickedWithin) {
        this.onStep?.();
        this.clearers.maybe();
      }
      if (this.dirty || this.reality.version !== this.lastReality) this.check();
    } while (moved && this.kernel.pickedWithin && this.violations.length === 0);
    return moved && this.violations.length === 0;
  }

  /** What somebody asks for between two steps. On a shared server its statements are points like others. Undefined when a promise was broken meanwhile. */
  async finish<T>(asked: Promise<T>): Promise<T | undefined> {
    if (this.shared === null) return asked;
    let answer: { readonly of: T } | undefined;
    const answered = asked.then((of) => {
      answer = { of };
    });
    while (answer === undefined && (await this.step()));
    if (answer !== undefined) await answered;
    return answer?.of;
  }

  private tellMigration(): void {
    this.dirty = true;
    this.reach('database migrated');
    this.trace?.line('  the database is migrated');
  }

  private check(): void {
    this.dirty = false;
    this.lastReality = this.reality.version;
    for (const checker of this.checkers) checker.always?.(this);
  }

  checkQuiet(): void {
    for (const checker of this.checkers) checker.quiet?.(this);
  }

  /** Nothing is under way and nothing will come by itself. */
  get atRest(): boolean {
    const { rows } = this.mirror;
    return rows.tombstone.size === 0 && this.onlyWaits && !this.isSending;
  }

  /** A sink waits for events. */
  get isSending(): boolean {
    const { event_sink: sinks, stack } = this.mirror.rows;
    return [...sinks.values()].some((row) => Number(row['sent']) < Number(stack.get(String(row['stack_id']))?.['event_seq']));
  }

  /** Called after each pick. */
  onStep: (() => void) | null = null;

  /** Phase two waits with one engine that wakes seldom. */
  waitsCheaply = false;

  /** Nothing is under way but tombstones. */
  get onlyWaits(): boolean {
    const { rows } = this.mirror;
    if (rows.operation.size > 0 || this.wires > 0) return false;
    for (const stack of rows.stack.values()) {
      const traversal = rows.traversal.get(`${stack['id']}/${stack['traversal']}`);
      if (traversal !== undefined && traversal['ended_at'] === null && !waitsForBarrier(rows, stack)) return false;
    }
    return true;
  }

  /** What a person imports is ours from now on. */
  private takeOver({ edits = [] }: StartRequest): void {
    for (const edit of edits) {
      if (edit.kind !== 'import') continue;
      this.reality.own(edit.physicalId);
      this.reach('imported');
    }
  }

  /** What an engine makes nested stacks of is known by the templates that users wrote. */
  private noteNested({ settlements }: TurnRequest): void {
    for (const settlement of settlements) {
      if (settlement.kind !== 'nest' || !('goal' in settlement.begin)) continue;
      const { begin } = settlement;
      const goal = begin.kind === 'create' ? begin.goal : begin.goal.kind === 'new' ? begin.goal.goal : null;
      if (goal !== null && !this.history.nesting(goal)) this.nestedOddly(goal.sha);
    }
  }

  /** Goals of people's own are not known here. */
  private nestedOddly(sha: string): void {
    if (this.createTypes === createSimTypes)
      this.report('I-09', `a nested goal is made of no template, or another one has its digest ${sha}`);
  }

  /** The digest of the goal that a request asks for, as the rows stand before it. */
  private expectedGoal(request: StartRequest): string | null {
    if (request.goal.kind === 'new') return request.goal.goal.sha;
    if (request.goal.kind === 'empty') return null;
    const stack = [...this.mirror.rows.stack.values()].find((row) => row['uuid'] === request.stack.uuid);
    const number = request.goal.kind === 'carry' ? stack?.['goal'] : (request.goal.to ?? stack?.['complete_goal']);
    return (this.mirror.rows.goal.get(`${stack?.['id']}/${number}`)?.['sha'] as string | undefined) ?? null;
  }

  /** The goal of that number, as its users wrote it; that of a nested stack with its parameters as values. */
  goalNumbered(stackId: number, number: number): SimGoal {
    const goal = this.history.goalOf(this.mirror.rows.goal.get(`${stackId}/${number}`)?.['sha'] as string | undefined);
    return placeIn(goal, String(this.mirror.rows.stack.get(String(stackId))?.['uuid']));
  }

  /** The goal in force, or the one that was when the stack began to be emptied, which may have been purged since: its hooks hold for the deletions. */
  goalWithHooks(stackId: number): SimGoal {
    return this.lastGoals.get(stackId) ?? emptyGoal;
  }

  /** It is nobody's any more on purpose, or is still being looked for by its tombstone. */
  isLetGo(phys: { readonly id: string; readonly token: string }): boolean {
    return this.released.has(phys.id) || this.released.has(phys.token) || this.mirror.rows.tombstone.has(phys.token);
  }

  /** What others see of a resource. */
  offeredBy(row: Row | undefined): Offered | undefined {
    if (row === undefined) return undefined;
    return {
      reference: this.referenceOf(row),
      attributes: this.store.vault.open(String(row['attributes']), `resource/${row['id']}/attributes`) as JsonMap,
      within: (name) => this.offeredIn(childOf(this.mirror.rows, Number(row['id']))?.['id'], name),
    };
  }

  private referenceOf(row: Row): string | null {
    if (row['reference'] === null) return row['physical_id'] as string | null;
    return this.store.vault.open(String(row['reference']), `resource/${row['id']}/reference`) as string;
  }

  private offeredIn(stackId: unknown, name: string): Offered | undefined {
    return this.offeredBy(this.resourcesOf(Number(stackId)).find((row) => row['name'] === name && row['marked'] === null));
  }

  findStack(name: string): Row | undefined {
    return [...this.mirror.rows.stack.values()].find((row) => row['name'] === name && row['deleted_at'] === null);
  }

  resourcesOf(stackId: StackId | number): Row[] {
    return [...this.mirror.rows.resource.values()].filter((row) => row['stack_id'] === stackId);
  }
}

const isRefused = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && (answer as { kind?: string }).kind === 'refused';
