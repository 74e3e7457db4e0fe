/**
 * A small world for scenarios told by hand: the real engine over the real store in memory, virtual time, and a provider whose objects can be
 * counted and whose calls can be held back, failed or lost. (Random histories are the simulator's; these are the stories with names.)
 */
import assert from 'node:assert/strict';
import { compileRequest } from '../../engine/compile-request.ts';
import { createEngine, type Engine } from '../../engine/engine.ts';
import type { Clock, Random, Timers } from '../../engine/ports/environment.ts';
import {
  type Observation,
  type Outcome,
  type ProviderCall,
  ProviderFailure,
  type ResourceType,
} from '../../engine/ports/provider.ts';
import type {
  ClearAnswer,
  Edit,
  EngineRow,
  GoalSource,
  NodeRow,
  ResourceRow,
  StackId,
  StackRow,
  StartAnswer,
} from '../../engine/ports/store.ts';
import type { StackAction } from '../../engine/states.ts';
import { pureTypes } from '../../providers/builtin.ts';
import { createRegistry } from '../../providers/registry.ts';
import { defineResource, replaceMe } from '../../providers/sdk.ts';
import type { JsonMap } from '../../std/json.ts';
import type { DatabaseStore } from '../../store/create-store.ts';
import type { TestDatabase } from '../../store/fixtures/test-databases.ts';
import type { StackView } from '../../store/reads/reads.ts';
import { createVault } from '../../store/vault.ts';
import type { Hook } from '../../template/resource-rules.ts';

export interface WorldObject {
  readonly id: string;
  readonly token: string;
  readonly name: string;
  properties: JsonMap;
  /** An output that is no property: others may change it. */
  address: string;
  /** False while a call that did not end well has left it half made. */
  whole: boolean;
}

type Verb = 'create' | 'update' | 'delete' | 'suspend' | 'resume';

/** Reality. */
export class World {
  readonly objects = new Map<string, WorldObject>();
  readonly calls: string[] = [];
  private readonly held = new Map<string, (() => void)[]>();
  private readonly holds = new Set<string>();
  private readonly plans = new Map<string, (call: ProviderCall) => Outcome | undefined>();
  private next = 1;

  /** Calls of this verb on this name wait until released. */
  hold(verb: Verb, name: string): void {
    this.holds.add(`${verb} ${name}`);
  }

  release(verb: Verb, name: string): void {
    const key = `${verb} ${name}`;
    this.holds.delete(key);
    for (const go of this.held.get(key) ?? []) go();
    this.held.delete(key);
  }

  isHeld(verb: Verb, name: string): boolean {
    return this.held.has(`${verb} ${name}`);
  }

  /** What the next calls of this verb on this name do instead; null lifts it. */
  plan(verb: Verb, name: string, act: ((call: ProviderCall) => Outcome | undefined) | null): void {
    if (act === null) this.plans.delete(`${verb} ${name}`);
    else this.plans.set(`${verb} ${name}`, act);
  }

  fail(verb: Verb, name: string, message = 'no'): void {
    this.plan(verb, name, () => {
      throw new ProviderFailure(message, { retry: 'never', changed: false });
    });
  }

  names(): string[] {
    return [...this.objects.values()].map((o) => o.name).sort();
  }

  one(name: string): WorldObject {
    const found = [...this.objects.values()].filter((o) => o.name === name);
    assert.equal(found.length, 1, `exactly one ${name} in the world, not ${found.length}`);
    return found[0]!;
  }

  async call(verb: Verb, call: ProviderCall): Promise<Outcome | undefined> {
    const key = `${verb} ${call.resource.name}`;
    this.calls.push(key);
    if (this.holds.has(key)) {
      await new Promise<void>((go) => {
        const list = this.held.get(key) ?? [];
        list.push(go);
        this.held.set(key, list);
      });
    }
    return this.plans.get(key)?.(call);
  }

  make(call: ProviderCall): WorldObject {
    const known = this.byToken(call.token);
    if (known) return Object.assign(known, { properties: call.properties, whole: true });
    const object = {
      id: `o${this.next++}`,
      token: call.token,
      name: call.resource.name,
      properties: call.properties,
      address: '',
      whole: true,
    };
    this.objects.set(object.id, object);
    return object;
  }

  byToken(token: string): WorldObject | undefined {
    return [...this.objects.values()].find((o) => o.token === token);
  }
}

function seen(object: WorldObject | undefined): Observation {
  if (!object) return { presence: 'absent' };
  const { id: physicalId, whole: complete, properties } = object;
  return { presence: 'present', physicalId, complete, attributes: attributesOf(object), properties };
}

const attributesOf = (object: WorldObject): JsonMap => ({
  value: object.properties['value'] ?? '',
  id: object.id,
  address: object.address,
});

function worldType(
  world: World,
  name: string,
  options: { deleteFirst?: boolean; path?: boolean; blind?: boolean; finishes?: boolean } = {},
): ResourceType {
  const done = (object: WorldObject) => ({
    kind: 'done' as const,
    physicalId: object.id,
    attributes: attributesOf(object) as { value: string; id: string; address: string },
  });
  const create = async (call: ProviderCall): Promise<Outcome> => (await world.call('create', call)) ?? done(world.make(call));
  const looks = options.blind
    ? {}
    : {
        find: async (call: ProviderCall) => seen(world.byToken(call.token)),
        read: async (call: ProviderCall) => seen(world.objects.get(call.physicalId ?? '')),
        matches: (observed: JsonMap, desired: JsonMap) => JSON.stringify(observed) === JSON.stringify(desired),
      };
  return defineResource({
    type: name,
    description: 'an object of the test world',
    properties: {
      value: { type: 'string', default: '', update: 'in-place' },
      key: { type: 'string', default: '', update: 'replace' },
      path: { type: 'string', default: '', update: 'replace' },
    },
    attributes: { value: { type: 'string' }, id: { type: 'string' }, address: { type: 'string' } },
    ...(options.deleteFirst ? { replace: 'delete-first' as const } : {}),
    ...(options.path ? { identity: (properties: JsonMap) => String(properties['path']) } : {}),
    ...looks,
    create,
    update: async (call: ProviderCall) => {
      const planned = await world.call('update', call);
      if (planned) return planned;
      const object = world.objects.get(call.physicalId!)!;
      object.properties = call.properties;
      return done(object);
    },
    ...(options.finishes ? { halfMade: 'resume' as const } : { updatesSuspended: false }),
    suspend: async (call: ProviderCall) => (await world.call('suspend', call)) ?? done(world.objects.get(call.physicalId!)!),
    resume: async (call: ProviderCall) => (await world.call('resume', call)) ?? done(world.objects.get(call.physicalId!)!),
    delete: async (call: ProviderCall) => {
      await world.call('delete', call);
      world.objects.delete(call.physicalId ?? '');
      return { kind: 'deleted' as const };
    },
  } as never) as ResourceType;
}

class VirtualTime implements Clock, Timers {
  private at = 1_000_000;
  private readonly waits = new Set<{ until: number; go: () => void }>();
  now = (): number => this.at;
  wallTime = (): number => this.at;

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      if (ms <= 0) return void setImmediate(resolve);
      const entry = {
        until: this.at + ms,
        go: () => {
          this.waits.delete(entry);
          signal?.removeEventListener('abort', entry.go);
          resolve();
        },
      };
      this.waits.add(entry);
      signal?.addEventListener('abort', entry.go);
    });
  }

  advance(ms: number): void {
    this.at += ms;
    for (const entry of [...this.waits].filter((w) => w.until <= this.at)) entry.go();
  }

  /** To the next moment anybody waits for. */
  advanceToNext(): void {
    const next = Math.min(...[...this.waits].map((w) => w.until));
    if (Number.isFinite(next)) this.advance(Math.max(0, next - this.at));
  }
}

export interface Scenario {
  readonly world: World;
  readonly store: DatabaseStore;
  readonly time: VirtualTime;
  /** Accepts a goal; does not wait. Throws when refused. */
  up(resources: Resources, options?: UpOptions): Promise<StackRow>;
  /** Waits until nobody waits for the database: the engine has done what it would do now. */
  quiet(): Promise<void>;
  /** Tells the engine that there may be something to do. */
  hint(): void;
  start(action: StackAction, goal: GoalSource, edits?: readonly Edit[]): Promise<StartAnswer>;
  /** A person clears a hook, in this stack or the one named; null: whichever is met. */
  clear(resource: string, hook: Hook | null, stack?: Pick<StackRow, 'uuid'>): Promise<ClearAnswer>;
  /** Runs until a resource of the name rests at a hook, of this stack or the one named, and nobody works any more. */
  hooked(resource: string, stack?: Pick<StackRow, 'id'>): Promise<NodeRow>;
  /** Runs until the stack rests. */
  rest(): Promise<StackRow>;
  /** Runs until the condition holds. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
  view(): Promise<StackView>;
  /** The unmarked version of a name. */
  current(name: string): Promise<ResourceRow>;
  /** Kills the engine as kill -9 would, and starts another. */
  crash(): Promise<void>;
  /** Stops the engine as Ctrl-C would, and starts another. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface UpOptions {
  readonly rollback?: boolean;
  readonly timeoutMs?: number;
  /** Templates that resources name as their types. */
  readonly files?: { readonly [name: string]: NestedTemplate };
  /** What an environment says of resources: `resource_registry.resources`. */
  readonly about?: JsonMap;
  /** Where it says that events go. */
  readonly sinks?: readonly JsonMap[];
}

export interface NestedTemplate {
  readonly resources: Resources;
  readonly parameters?: JsonMap;
  readonly outputs?: JsonMap;
}

export type Resources = {
  readonly [name: string]: {
    readonly type?: string;
    readonly properties?: JsonMap;
    readonly depends_on?: string | readonly string[];
    readonly deletion_policy?: string;
    readonly external_id?: string;
  };
};

/**
 * The store, and a way to wait until nobody is waiting for it: virtual time must not pass while a database works on an answer, however long
 * that takes.
 */
function settling(store: DatabaseStore): { store: DatabaseStore; quiet(): Promise<void> } {
  let asked = 0;
  const counted = new Proxy(store, {
    get: (target, name) => {
      const member = target[name as keyof DatabaseStore];
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        asked++;
        try {
          return await (member as (...a: unknown[]) => Promise<unknown>).apply(target, args);
        } finally {
          asked--;
        }
      };
    },
  });
  return {
    store: counted,
    async quiet() {
      for (let idle = 0; idle < 6; idle = asked > 0 ? 0 : idle + 1) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function typed(resources: Resources): JsonMap {
  return Object.fromEntries(Object.entries(resources).map(([name, r]) => [name, { type: 'World::Thing', ...r } as JsonMap]));
}

function textOf({ resources, ...more }: NestedTemplate): string {
  return JSON.stringify({ heat_template_version: '2021-04-16', ...more, resources: typed(resources) });
}

const hourMs = 3_600_000;
const keys = { cipher: new Uint8Array(32).fill(1), digest: new Uint8Array(32).fill(2) };

export async function openScenario(database: TestDatabase): Promise<Scenario> {
  const world = new World();
  const time = new VirtualTime();
  let nonce = 0;
  const open = await database.open(createVault(keys, () => new Uint8Array(12).fill(nonce++ % 256)));
  const settled = settling(open.store);
  const { store } = settled;
  const types = createRegistry([
    ...pureTypes,
    worldType(world, 'World::Thing'),
    worldType(world, 'World::Single', { deleteFirst: true }),
    worldType(world, 'World::Path', { path: true }),
    worldType(world, 'World::Blind', { blind: true }),
    worldType(world, 'World::Finished', { finishes: true }),
  ]);
  const gone = new Set<string>();
  let engines = 0;
  let counter = 0;
  const random: Random = { token: () => `t${++counter}`, uuid: () => `u${++counter}`, int: () => 0 };
  const startOne = (): { engine: Engine; running: Promise<void>; kill: () => void } => {
    let dead = false;
    const dying: DatabaseStore = new Proxy(store, {
      get: (target, name) => {
        const member = target[name as keyof DatabaseStore];
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          if (dead) await new Promise(() => {});
          const answer = await (member as (...a: unknown[]) => Promise<unknown>).apply(target, args);
          if (dead) await new Promise(() => {});
          return answer;
        };
      },
    });
    const engine = createEngine({
      store: dying,
      types,
      settings: { findSettings: () => undefined },
      clock: time,
      timers: time,
      random,
      callEnvironment: { now: time.wallTime, sleep: (ms, signal) => time.wait(ms, signal), randomInt: () => 0 },
      log: { debug: () => {}, info: () => {}, warn: () => {} },
      host: { name: 'h', bootId: 'b', pid: ++engines, started: '', isGone: (row: EngineRow) => gone.has(String(row.pid)) },
      digestKey: keys.digest,
      retention: { eventsMs: hourMs, traversalsMs: hourMs, deletedStacksMs: hourMs * 24, goalsMs: null },
    });
    const pid = engines;
    const running = engine.run();
    return {
      engine,
      running,
      kill: () => {
        dead = true;
        gone.add(String(pid));
      },
    };
  };
  let current = startOne();
  let stackId: StackId | null = null;

  const scenario: Scenario = {
    world,
    store,
    time,
    async up(resources, options = {}) {
      const found = await store.findStack('t', 's');
      const text = JSON.stringify({
        heat_template_version: '2021-04-16',
        resources: typed(resources),
      });
      const files = Object.fromEntries(Object.entries(options.files ?? {}).map(([name, file]) => [name, textOf(file)]));
      const uuid = found?.uuid ?? random.uuid();
      const environment = {
        ...(options.about === undefined ? {} : { resource_registry: { resources: options.about } }),
        ...(options.sinks === undefined ? {} : { event_sinks: [...options.sinks] }),
      };
      const { goal } = compileRequest(
        { types, digestKey: keys.digest, host: 'h' },
        {
          template: { name: 's.json', text },
          files,
          environments: Object.keys(environment).length === 0 ? [] : [{ name: 'e.json', text: JSON.stringify(environment) }],
          parameters: {},
        },
        { pseudo: { stackId: uuid, stackName: 's', projectId: 't' } },
      );
      const answer = await store.startTraversal({
        stack: found ? { uuid } : { uuid, tenant: 't', name: 's' },
        action: found ? 'UPDATE' : 'CREATE',
        goal: { kind: 'new', goal },
        rollback: options.rollback ?? false,
        ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
        now: time.now(),
        wallTime: time.wallTime(),
      });
      if (answer.kind === 'refused') throw new Error(answer.message);
      stackId = answer.stack.id;
      current.engine.nudge();
      return answer.stack;
    },
    hint: () => current.engine.nudge(),
    async start(action, goal, edits = []) {
      const stack = (await store.findStack('t', 's'))!;
      const answer = await store.startTraversal({
        stack: { uuid: stack.uuid },
        action,
        goal,
        edits,
        retainAll: action === 'ABANDON',
        now: time.now(),
        wallTime: time.wallTime(),
      });
      current.engine.nudge();
      return answer;
    },
    async clear(resource, hook, stack) {
      const { uuid } = stack ?? (await store.findStack('t', 's'))!;
      const times = { now: time.now(), wallTime: time.wallTime() };
      const answer = await store.clearHooks({ stack: { uuid }, resource, hooks: hook === null ? null : [hook], ...times });
      current.engine.nudge();
      return answer;
    },
    async hooked(resource, stack) {
      const find = async () =>
        (await store.readStack(stack?.id ?? stackId!))!.nodes.find((n) => n.state === 'hooked' && n.subject === resource);
      await scenario.until(`${resource} rests at a hook`, async () => (await find()) !== undefined);
      return (await find())!;
    },
    async rest() {
      await scenario.until('the stack rests', async () => {
        const view = await store.readStack(stackId!);
        return view!.stack.status !== 'IN_PROGRESS' && view!.operations.length === 0;
      });
      return (await store.readStack(stackId!))!.stack;
    },
    async until(what, condition) {
      for (let i = 0; i < 3_000; i++) {
        await settled.quiet();
        if (await condition()) return;
        time.advanceToNext();
      }
      const view = await store.readStack(stackId!);
      assert.fail(
        `never happened: ${what}\n${JSON.stringify({ stack: view?.stack, nodes: view?.nodes, operations: view?.operations, resources: view?.resources.map((r) => [r.id, r.name, r.action, r.status, r.reason]) }, null, 1)}`,
      );
    },
    quiet: () => settled.quiet(),
    view: async () => (await store.readStack(stackId!))!,
    async current(name) {
      const rows = (await store.readStack(stackId!))!.resources.filter((r) => r.name === name && r.marked === null);
      assert.equal(rows.length, 1, `one unmarked ${name}`);
      return rows[0]!;
    },
    async crash() {
      current.kill();
      current = startOne();
    },
    async restart() {
      const stopped = current.engine.stop(1_000);
      for (let i = 0; i < 100; i++) {
        await settled.quiet();
        time.advance(20);
      }
      await stopped;
      await current.running;
      current = startOne();
    },
    async close() {
      const stopped = current.engine.stop(0);
      time.advance(20);
      await stopped;
      await current.running;
      await open.close();
    },
  };
  return scenario;
}

export { replaceMe };
