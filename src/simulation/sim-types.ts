/**
 * The simulated resource types: production's provider port over Reality, one registry per process, so that each call is a point of the process
 * that makes it.
 *
 * Every call opens a point before its effect. The effect itself is one synchronous step; when its process dies first, a request that is on
 * the wire may still arrive.
 */

import type { SettingsSource } from '../engine/desk.ts';
import { lastOperation } from '../engine/look-for-lost.ts';
import {
  type DeleteOutcome,
  type Made,
  type Observation,
  type Outcome,
  type ProviderCall,
  ProviderFailure,
  type ResourceType,
  type TypeRegistry,
} from '../engine/ports/provider.ts';
import { deadlineGraceMs } from '../engine/ports/store.ts';
import { type Json, type JsonMap, sameJson } from '../std/json.ts';
import type { PropertySchemas } from '../template/property-schema.ts';
import { keyOf, openSettings } from './accounts.ts';
import type { Actor } from './kernel.ts';
import { kinds, type SimKind, stubbornness, takesTime } from './kinds.ts';
import { Conflict, type Phys } from './reality.ts';
import { keptBy, migrateState, type TypeVersion } from './type-versions.ts';
import type { World } from './world.ts';

/** A lost update may arrive late; the engine fences it with a higher operation number (B17). */
const lateUpdates = true;

export type CallKind = 'create' | 'update' | 'delete' | 'find' | 'read' | 'check' | 'suspend' | 'resume';

/** For what a lost call may have made, by its buried token. */
export const isSearch = ({ operation }: ProviderCall): boolean => operation === lastOperation;

/** It changes nothing. */
export const isLook = (way: CallKind): way is Look => way === 'find' || way === 'read' || way === 'check';

type Look = 'find' | 'read' | 'check';

/** A process that makes calls. */
export interface Caller extends Actor {
  readonly die: (machine: boolean) => void;
  /** The machine that it runs on; people are on none. */
  readonly host?: string;
  /** Of providers, as its configuration has them. */
  readonly settings?: SettingsSource;
  /** Of its types; the first when left out. */
  readonly typeVersion?: TypeVersion;
}

const properties = (kind: SimKind): PropertySchemas => ({
  a: { type: 'string', update: 'in-place' },
  b: { type: 'string', update: 'replace' },
  attrs: { type: 'list', update: 'in-place' },
  needs: { type: 'list', update: 'replace' },
  refs: { type: 'list', update: 'in-place' },
  ...(kind.unique === null ? {} : { [kind.unique]: { type: 'string', update: kind.renames ? 'in-place' : 'replace' } as const }),
  ...(kind.secret ? { secret: { type: 'string', update: 'in-place', sensitive: true } as const } : {}),
});

export function createSimTypes(world: World, caller: Caller): TypeRegistry {
  const begin = callCounter(world, caller);
  const lacks = caller.host === undefined ? [] : world.lackedOn(caller.host);
  const offered = kinds.filter(({ name }) => !lacks.includes(name));
  const types = new Map(offered.map((kind) => [kind.name, counted(createType(world, caller, kind), begin)]));
  return { findType: (name) => types.get(name), names: [...types.keys()] };
}

function createType(world: World, caller: Caller, kind: SimKind): ResourceType {
  const { typeVersion = 1 } = caller;
  return {
    name: kind.name,
    description: 'simulated',
    properties: properties(kind),
    attributes: {
      a: { type: 'string' },
      tag: { type: 'string' },
      ...(kind.secret ? { secret: { type: 'string', sensitive: true } as const } : {}),
    },
    facts: {
      effects: kind.effects,
      replace: kind.deleteFirst ? 'delete-first' : 'create-first',
      updatesSuspended: !kind.wakesToUpdate,
      interruptible: kind.interruptible,
      idempotent: kind.idempotent,
      halfMade: kind.halfMade,
      hostBound: kind.hostBound,
      schemaVersion: typeVersion,
      timeoutMs: kind.timeoutMs,
      provider: 'sim',
      sensitiveReference: kind.secret && kind.refers,
    },
    configure: openSettings,
    ...(typeVersion > 1 ? { migrate: migrateState(world) } : {}),
    ...simulatedCalls({ world, caller, kind }),
    ...(kind.stubborn ? { replaceReason: stubbornness } : {}),
    ...(kind.visible && kind.read ? { matches: (observed: JsonMap, desired: JsonMap) => sameJson(observed, desired) } : {}),
    ...(kind.identity
      ? { identity: (given: JsonMap) => (typeof given[kind.unique!] === 'string' ? String(given[kind.unique!]) : null) }
      : {}),
  };
}

/**
 * Counts what a process has begun at once. The search for what lost calls made comes besides, and so does what did not end though it was aborted so long ago.
 */
function callCounter(world: World, caller: Caller): <T>(about: ProviderCall, call: () => Promise<T>) => Promise<T> {
  const { calls: most } = world.plan;
  const begun = new Set<{ abortedAt: number | null }>();
  const now = () => world.kernel.now;
  return async (about, call) => {
    if (isSearch(about)) return call();
    const one: { abortedAt: number | null } = { abortedAt: null };
    about.signal.addEventListener('abort', () => {
      one.abortedAt = now();
    });
    begun.add(one);
    const counted = [...begun].filter(({ abortedAt }) => abortedAt === null || now() < abortedAt + deadlineGraceMs).length;
    if (counted === most) world.reach('all calls taken');
    if (counted < begun.size) world.reach('call written off');
    if (most !== undefined && counted > most) world.report('I-25', `${caller.name} makes ${counted} calls at once, of ${most}`);
    try {
      return await call();
    } finally {
      begun.delete(one);
    }
  };
}

function counted(type: ResourceType, begin: ReturnType<typeof callCounter>): ResourceType {
  if (!type.facts.effects) return type;
  const { create, update, delete: remove, suspend, resume } = type;
  return {
    ...type,
    create: (call) => begin(call, () => create(call)),
    ...(update && { update: (call: ProviderCall) => begin(call, () => update(call)) }),
    ...(remove && { delete: (call: ProviderCall) => begin(call, () => remove(call)) }),
    ...(suspend && { suspend: (call: ProviderCall) => begin(call, () => suspend(call)) }),
    ...(resume && { resume: (call: ProviderCall) => begin(call, () => resume(call)) }),
  };
}

/** The calls of a type, as far as its kind has them. */
export function simulatedCalls(on: Calling): SimulatedCalls {
  const { kind } = on;
  return {
    create: (call) => create(on, call),
    ...(kind.find ? { find: (call: ProviderCall) => look(on, call, 'find') } : {}),
    ...(kind.read ? { read: (call: ProviderCall) => look(on, call, 'read') } : {}),
    ...(kind.checks ? { check: (call: ProviderCall) => look(on, call, 'check') } : {}),
    ...(kind.update ? { update: (call: ProviderCall) => update(on, call) } : {}),
    ...(kind.effects || takesTime(kind) ? { delete: (call: ProviderCall) => remove(on, call) } : {}),
    ...(kind.suspends
      ? {
          suspend: (call: ProviderCall) => toggle(on, call, 'suspend'),
          resume: (call: ProviderCall) => toggle(on, call, 'resume'),
        }
      : {}),
  };
}

type SimulatedCalls = Pick<ResourceType, 'create' | 'find' | 'read' | 'check' | 'update' | 'delete' | 'suspend' | 'resume'>;

export interface Calling {
  readonly world: World;
  readonly caller: Caller;
  readonly kind: SimKind;
  /** What others see of an object; that of a simulated type when left out. */
  readonly made?: (phys: Phys) => Made;
}

// ── one call ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function create(on: Calling, call: ProviderCall): Promise<Outcome> {
  const { world, kind } = on;
  if (!kind.effects) return (await passTime(on, call, 'create')) ?? { kind: 'done', ...valueMade(call) };
  refuseBad(on, call, 'create');
  if (world.faults.happens('replaceMeToo')) return refuseToBe(on, call, 'create');
  const round = roundOf(call);
  const last = round >= kind.rounds;
  const phys = await perform(on, call, 'create', (half) =>
    world.reality.make({
      kind,
      token: call.token,
      stack: call.stack.id,
      name: call.resource.name,
      properties: call.properties,
      operation: call.operation,
      half: half || !last,
      again: round > 0,
      now: world.kernel.now,
      host: kind.hostBound ? (on.caller.host ?? null) : null,
      account: keyOf(call).account,
    }),
  );
  if (phys.host !== null) world.reach(`made on ${phys.host}`);
  if (!last)
    return {
      kind: 'ask-again',
      afterMs: world.chance.between(100, 20_000),
      progress: { round: round + 1, operation: call.operation },
      ...(world.chance.chance(500) ? { physicalId: phys.id } : {}),
    };
  if (world.faults.happens('progress')) await call.saveProgress({ physicalId: phys.id });
  return { kind: 'done', ...seenOf(on, call, phys) };
}

async function update(on: Calling, call: ProviderCall): Promise<Outcome> {
  const { world, kind } = on;
  if (!kind.effects)
    return (await passTime(on, call, 'update')) ?? { kind: 'done', ...valueMade(call), physicalId: call.physicalId ?? '' };
  refuseBad(on, call, 'update');
  if (world.faults.happens('replaceMe')) return refuseToBe(on, call, 'update');
  const round = roundOf(call);
  if (!kind.read && world.vanished.has(call.physicalId ?? '')) return { kind: 'replace-me', reason: 'it is gone' };
  const phys = await perform(on, call, 'update', (half) => {
    refuseReplacing(on, call);
    const before = objectOf(on, call)?.properties;
    if (kind.renames && before && before['path'] !== call.properties['path']) world.reach('called otherwise');
    const changed = change(on, call, half || round < kind.rounds);
    if (!kind.find || changed.token !== call.token || !world.faults.happens('moves')) return changed;
    world.reach('another object after an update');
    return world.reality.move(changed);
  });
  if (round < kind.rounds) return later(world, call);
  return { kind: 'done', ...seenOf(on, call, phys) };
}

/** Another is to be made in its place; what there is may be changed by then. */
async function refuseToBe(on: Calling, call: ProviderCall, way: 'create' | 'update' | 'suspend' | 'resume'): Promise<Outcome> {
  await perform(on, call, way, () => {
    if (way === 'update' && on.world.chance.chance(500)) change(on, call, true);
    return null;
  });
  on.world.reach(`to be replaced, says ${way}`);
  return { kind: 'replace-me', reason: 'it can not become that' };
}

/** What is saved under way is there when the same operation goes on (tracked.ts). */
async function saveSome({ world }: Calling, call: ProviderCall): Promise<void> {
  if (!world.faults.happens('progress')) return;
  const key = `${call.resource.version}/${call.operation}`;
  const known = { round: roundOf(call), saved: (world.saved.get(key)?.saved ?? 0) + 1 };
  await call.saveProgress({ progress: { ...known, operation: call.operation } });
  world.saved.set(key, { ...known, by: call });
}

/** As whoever calls sees it. */
const objectOf = ({ world }: Calling, call: ProviderCall): Phys | undefined =>
  world.reality.see(call.physicalId ?? '', keyOf(call).account);

function change({ world }: Calling, call: ProviderCall, half: boolean): Phys {
  const { physicalId, properties, operation } = call;
  return world.reality.change(physicalId ?? '', { account: keyOf(call).account, properties, operation, half });
}

/** Whose key is no longer good is refused, whatever he wants. */
function refuseSpent({ world }: Calling, call: ProviderCall): void {
  const key = keyOf(call);
  if (!world.accounts.isSpent(key)) return;
  world.reach('spent key refused');
  throw new ProviderFailure(`the key ${key.key} of ${key.account} is no longer good`, { retry: 'later', changed: false });
}

const later = ({ chance }: World, call: ProviderCall): Outcome & { kind: 'ask-again' } => ({
  kind: 'ask-again',
  afterMs: chance.between(100, 20_000),
  progress: { round: roundOf(call) + 1, operation: call.operation },
});

/** What has no effects may take its time; null when it is over. */
async function passTime(on: Calling, call: ProviderCall, way: CallKind): Promise<(Outcome & { kind: 'ask-again' }) | null> {
  const { world, kind } = on;
  if (!takesTime(kind)) return null;
  if (way === 'create' || way === 'update') refuseBad(on, call, way);
  await perform(on, call, way, () => null);
  if (roundOf(call) >= kind.rounds) return null;
  world.reach('time without effects');
  return later(world, call);
}

/** What a type says to replace it by is not changed in place. */
function refuseReplacing(on: Calling, call: ProviderCall): void {
  const { physicalId, properties: wanted } = call;
  const before = objectOf(on, call)?.properties;
  if (before === undefined) return;
  for (const [name, { update }] of Object.entries(properties(on.kind)))
    if (update === 'replace' && !sameJson(given(before[name]), given(wanted[name])))
      throw new Conflict(`${name} of ${physicalId} can not be changed`);
}

/** An empty list is as good as none. */
function given(value: Json | undefined): Json {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? null : value;
}

async function toggle(on: Calling, call: ProviderCall, way: 'suspend' | 'resume'): Promise<Outcome> {
  const { world, kind } = on;
  if (!kind.effects) return (await passTime(on, call, way)) ?? { kind: 'done', ...valueMade(call) };
  const round = roundOf(call);
  if (world.faults.happens('replaceMeToo')) return refuseToBe(on, call, way);
  if (round < kind.rounds) {
    await perform(on, call, way, () => null);
    return later(world, call);
  }
  const row = world.mirror.rows.resource.get(String(call.resource.version));
  if (way === 'resume' && world.mirror.rows.stack.get(String(row?.['stack_id']))?.['suspended'] === 1)
    world.reach('woken to be updated');
  const phys = await perform(on, call, way, () =>
    world.reality.suspend(call.physicalId ?? '', {
      account: keyOf(call).account,
      suspended: way === 'suspend',
      operation: call.operation,
    }),
  );
  return { kind: 'done', ...seenOf(on, call, phys) };
}

async function remove(on: Calling, call: ProviderCall): Promise<DeleteOutcome> {
  const { world } = on;
  if (roundOf(call) === 0 && world.faults.happens('lingeringDelete')) {
    await perform(on, call, 'delete', () => null);
    return later(world, call);
  }
  await perform(on, call, 'delete', () => {
    world.tellDelete(call);
    const phys = objectOf(on, call);
    if (phys !== undefined) world.reality.remove(phys.id, call.operation);
    return null;
  });
  return { kind: 'deleted' };
}

/** A look that told the truth, by whoever worked on it when it began. */
function noteLook(on: Calling, call: ProviderCall, holder: string | null): void {
  const { world, caller } = on;
  if (world.unseen.has(call.physicalId ?? '') && !isBusy(on, call) && holder !== null && holder === holderOf(on, call))
    world.looks.add(`${caller.name}/${call.physicalId}`);
}

async function look(on: Calling, call: ProviderCall, way: Look): Promise<Observation> {
  const { world, caller, kind } = on;
  world.tellCall(caller, call, way, kind);
  const holder = holderOf(on, call);
  if (kind.timeoutMs !== null && world.faults.happens('lookHangs'))
    return hang(on, call, way, () => {}, world.faults.happens('deaf'));
  await delay(on, call, way, null, () => {});
  if (world.faults.happens('lookFails'))
    throw new ProviderFailure('the provider can not be reached', { retry: 'later', changed: false });
  refuseSpent(on, call);
  const phys = way === 'find' ? world.reality.find(call.token, keyOf(call).account) : objectOf(on, call);
  if (phys === undefined) {
    noteLook(on, call, holder);
    return { presence: 'absent' };
  }
  if (kind.idempotent && world.kernel.now - phys.madeAt < 3_000 && world.faults.happens('staleLook')) {
    // Whoever believes it forgets what was seen before, and what is made of it then is as it stands.
    world.looks.delete(`${caller.name}/${phys.id}`);
    if (phys.meddled) world.unseen.add(phys.id);
    return { presence: 'absent' };
  }
  noteLook(on, call, holder);
  return {
    presence: 'present',
    ...seenOf(on, call, phys),
    complete: !phys.half,
    ...(phys.broken ? { healthy: false, reason: 'broken' } : {}),
    ...(kind.visible ? { properties: phys.properties } : {}),
  };
}

/** Nobody took over from anybody: an operation is under way, and the look is of a claim that it has outlived. */
function isBusy({ world }: Calling, call: ProviderCall): boolean {
  const operation = world.mirror.rows.operation.get(String(call.resource.version));
  return operation !== undefined && operation['state'] === 'running' && Number(operation['epoch']) % 2 ** 24 === 0;
}

/** The claim under which somebody works on it; null for nobody: what a claim sees that was superseded meanwhile is told to nobody, a newer claim included. */
function holderOf({ world }: Calling, call: ProviderCall): string | null {
  const { node, operation } = world.mirror.rows;
  const id = call.resource.version;
  const held = operation.get(String(id));
  if (held !== undefined) return `operation ${held['epoch']}`;
  for (const [key, row] of node)
    if (row['state'] === 'claimed' && (row['resource_id'] === id || row['victim'] === id)) return `node ${key} ${row['epoch']}`;
  return null;
}

function refuseBad(on: Calling, call: ProviderCall, way: CallKind): void {
  if (on.made !== undefined) return;
  if (!String(call.properties['a']).startsWith('bad-')) return;
  on.world.tellCall(on.caller, call, way, on.kind);
  throw new ProviderFailure(`bad properties ${String(call.properties['secret'] ?? '')}`, { retry: 'never', changed: false });
}

const roundOf = (call: ProviderCall): number => Number((call.progress as { round?: number } | null)?.round ?? 0);

/** Where types are upgraded, what is known already gives no state as often as not: what was kept of it stays. */
function seenOf({ world, caller, kind, made: own }: Calling, call: ProviderCall, phys: Phys): Made {
  const seen = own?.(phys) ?? made(kind, phys, caller.typeVersion);
  if (!world.plan.upgrades || phys.id !== call.physicalId || world.chance.chance(500)) return seen;
  const { state: _, ...rest } = seen;
  return rest;
}

export function made(kind: SimKind, phys: Phys, version: TypeVersion = 1): Made {
  return {
    physicalId: phys.id,
    attributes: {
      a: phys.properties['a'] ?? null,
      tag: `${phys.id}:${String(phys.properties['a'])}`,
      ...(kind.secret ? { secret: phys.properties['secret'] ?? null } : {}),
    },
    ...(kind.refers ? { reference: referenceOf(phys.id, phys.properties) } : {}),
    state: keptBy(version, phys.id),
  };
}

const referenceOf = (id: string, properties: JsonMap): string => `${id}/${String(properties['secret'] ?? properties['a'])}`;

function valueMade(call: ProviderCall): Made {
  const id = call.physicalId ?? `value-${call.token}`;
  const a = call.properties['a'] ?? null;
  return { physicalId: id, attributes: { a, tag: `${id}:${String(a)}` }, reference: referenceOf(id, call.properties) };
}

/** A call with an effect: its faults are drawn here, for every type alike. */
async function perform<T>(on: Calling, call: ProviderCall, way: CallKind, effect: (half: boolean) => T): Promise<T> {
  const { world, caller, kind } = on;
  const { faults } = world;
  world.tellCall(caller, call, way, kind);
  if (kind.effects && (way === 'create' || way === 'update')) await saveSome(on, call);
  const secret = String(call.properties['secret'] ?? '');
  const planted = faults.plantedAt('effect');
  const mayBeLate = way !== 'update' || lateUpdates;
  const sendLate = (afterMs: number | null): void =>
    void (
      mayBeLate &&
      world.onWire(
        caller,
        `late ${way} ${call.resource.name}`,
        () => world.accounts.isSpent(keyOf(call)) || effect(false),
        afterMs,
      )
    );
  const onWire = (): void => sendLate(null);
  if (planted === 'late') return dieInCall(on, call, way, () => sendLate(100_000));
  if (planted === 'before' || faults.happens('crashBeforeEffect'))
    return dieInCall(on, call, way, planted === null && world.chance.chance(400) ? onWire : null);
  if (planted === 'zombie' || faults.happens('pause')) world.pause(caller);
  // A call without a deadline that never answers holds up its stack for ever, rightly.
  const cutOff = (): void => void (world.chance.chance(300) && onWire());
  if (kind.timeoutMs !== null && faults.happens('hang')) return hang(on, call, way, cutOff, faults.happens('deaf'));
  await delay(on, call, way, onWire, cutOff);
  const fail = (changed: boolean | undefined): ProviderFailure => {
    const never = faults.happens('finalError');
    return new ProviderFailure(`${way} of ${call.resource.name} failed ${secret}`, {
      retry: never ? 'never' : 'later',
      ...(world.chance.chance(200) ? { afterMs: world.chance.between(1, 90_000) } : {}),
      ...(changed === undefined ? {} : { changed }),
    });
  };
  if (way !== 'delete' && faults.happens('errorBefore')) throw fail(world.chance.chance(500) ? false : undefined);
  const half = (way === 'create' || way === 'update') && faults.happens('half');
  const answer = attempt(world, () => {
    refuseSpent(on, call);
    return effect(half);
  });
  if (planted === 'after' || faults.happens('crashAfterEffect')) return dieNow(on);
  if (planted === 'answer lost') throw fail(undefined);
  if (half || faults.happens('errorAfter')) throw fail(undefined);
  if (faults.happens('slowAnswer')) await delay(on, call, `${way} answer`, null, () => {});
  return answer;
}

/** What the provider refuses is a failure that changed nothing and may pass. */
function attempt<T>(world: World, effect: () => T): T {
  try {
    return effect();
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    world.reach('provider refused');
    throw new ProviderFailure(error.message, { retry: 'later', changed: false });
  }
}

/** Takes its time; an abort may cut it short, whether or not the request has left already. */
function delay(on: Calling, call: ProviderCall, way: string, onWire: (() => void) | null, aborted: () => void): Promise<void> {
  const { world, caller } = on;
  const ms = world.faults.happens('slowAnswer') ? world.chance.between(1_000, 60_000) : world.chance.pick([0, 5, 50, 500, 2_000]);
  return new Promise((resolve, reject) => {
    const point = world.kernel.open(
      caller,
      `${way} ${call.resource.name}#${call.resource.version}`,
      ms,
      () => {
        if (call.signal.aborted && world.chance.chance(700)) {
          aborted();
          reject(call.signal.reason);
        } else resolve();
      },
      onWire,
    );
    call.signal.addEventListener('abort', () => world.kernel.hasten(point), { once: true });
  });
}

function hang(on: Calling, call: ProviderCall, way: string, aborted: () => void, deaf: boolean): Promise<never> {
  const { world, caller } = on;
  world.reach(deaf ? 'deaf call' : 'hung call');
  return new Promise((_, reject) => {
    if (deaf) return;
    const point = world.kernel.open(caller, `${way} ${call.resource.name} never answers`, Number.POSITIVE_INFINITY, () => {
      aborted();
      reject(call.signal.reason);
    });
    call.signal.addEventListener('abort', () => world.kernel.hasten(point), { once: true });
  });
}

async function dieInCall(on: Calling, call: ProviderCall, way: string, onWire: (() => void) | null): Promise<never> {
  await delay(on, call, way, null, () => {});
  onWire?.();
  return dieNow(on);
}

function dieNow({ world, caller }: Calling): Promise<never> {
  caller.die(world.faults.happens('machineDies'));
  return new Promise(() => {});
}
