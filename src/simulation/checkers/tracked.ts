/** I-02 no untracked object and no call before its intent, I-03 what a type kept comes back to the object and the operation it was kept for, I-04 one object per token, I-06 look before making, I-19 what is retained is never deleted, and what an object is called is its version's. */

import type { ProviderCall } from '../../engine/ports/provider.ts';
import { kindOf } from '../kinds.ts';
import type { Row } from '../mirror.ts';
import { type Caller, type CallKind, isLook, isSearch } from '../sim-types.ts';
import { formOf } from '../type-versions.ts';
import { cameWith } from '../versions.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export function checkTracked(): Checker {
  const tokensEver = new Set<string>();
  /** Resources whose lost operation was taken over and not looked at yet, and by whom. The former holder knows nothing of it and may still begin. */
  const mustLook = new Map<string, string>();
  return {
    invariants: ['I-02', 'I-03', 'I-04', 'I-06', 'I-19', 'I-28'],
    commit(world, { caller, changes, method, args }) {
      for (const { table, before, after } of changes) {
        if ((table === 'resource' || table === 'operation' || table === 'tombstone') && typeof after?.['token'] === 'string')
          tokensEver.add(after['token']);
        if (table === 'resource' && before !== null && after === null && before['deletion_policy'] === 'retain')
          release(world, before);
        // Of what can be found, nothing is left once its tombstone has lapsed.
        if (table === 'tombstone' && before !== null && after === null && !kindOf(String(before['type'])).find)
          world.released.add(String(before['token']));
        if (table === 'tombstone' && before !== null && /Tombstones?$/.test(method)) checkSeeker(world, caller, before);
        if (
          table === 'operation' &&
          before !== null &&
          after !== null &&
          Number(after['epoch']) > Number(before['epoch']) &&
          before['state'] === 'running'
        ) {
          mustLook.set(String(after['resource_id']), caller.name);
          world.reach('operation taken over');
        }
        if (table === 'node' && after?.['state'] === 'failed' && isLeftToNewer(after))
          world.report('I-28', `${after['stack_id']}/${after['traversal']}/${after['id']} ends with ${after['reason']}`);
        if (table === 'operation' && after === null) mustLook.delete(String(before!['resource_id']));
      }
      if (method !== 'startTraversal') return;
      const request = args[0] as { edits?: readonly { kind: string; resourceId?: number }[]; retainAll?: boolean };
      const edited = new Set(
        (request.edits ?? []).filter((e) => e.kind === 'forget' || e.kind === 'absent').map((e) => e.resourceId),
      );
      for (const { table, before } of changes)
        if (table === 'resource' && before !== null && edited.has(Number(before['id']))) release(world, before);
    },
    call(world, caller, call, way, kind) {
      if (kind.hostBound) checkMachine(world, caller, call, way);
      checkKept(world, caller, call, way);
      if (isLook(way)) {
        if (mustLook.get(String(call.resource.version)) === caller.name) mustLook.delete(String(call.resource.version));
        return;
      }
      if (!kind.effects || isSearch(call)) return;
      if (way === 'create' && !tokensEver.has(call.token))
        world.report('I-02', `create of ${call.resource.name} with a token that is not in the database: ${call.token}`);
      const canLook = kind.find || (kind.read && call.physicalId !== null);
      if (way === 'create' && canLook && mustLook.get(String(call.resource.version)) === caller.name)
        world.report('I-06', `${call.resource.name} is made again by a new holder who did not look first`);
    },
    always(world) {
      for (const [token, count] of world.reality.made) {
        if (count > 1 && !alive(world, token, count)) continue;
        if (count > 1) world.report('I-04', `${count} objects were made with the token ${token}`);
      }
      checkInventory(world);
      checkNames(world);
    },
  };
}

/** The simulated types keep the object's id as state, in a form that only their version knows, and the operation's number as progress. */
function checkKept(world: World, { name, typeVersion = 1 }: Caller, call: ProviderCall, way: CallKind): void {
  const { of } = (call.state ?? {}) as { readonly of?: string };
  if (of !== undefined && formOf(call.state) !== typeVersion)
    world.report(
      'I-03',
      `${way} of ${call.physicalId} by ${name} is given state of form ${formOf(call.state)}, not ${typeVersion}`,
    );
  const knows = world.versions.allKnow(cameWith.sleep);
  if (knows && of !== undefined && call.physicalId !== null && of !== call.physicalId)
    world.report('I-03', `${way} of ${call.physicalId} is given the state of ${of}`);
  const { operation } = (call.progress ?? {}) as { readonly operation?: number };
  if (operation !== undefined && !isLook(way) && operation !== call.operation)
    world.report('I-03', `${way} of ${call.resource.name}, operation ${call.operation}, goes on from operation ${operation}`);
  // Also who looks what a lost one did is told; a look that is about no operation is not.
  const isToGoOn = !isLook(way) || world.mirror.rows.operation.get(String(call.resource.version))?.['number'] === call.operation;
  const last = isToGoOn ? world.saved.get(`${call.resource.version}/${call.operation}`) : undefined;
  const { round = 0, saved = 0 } = (call.progress ?? {}) as { readonly round?: number; readonly saved?: number };
  if (last !== undefined && last.by !== call && round <= last.round && saved < last.saved)
    world.report('I-03', `${way} of ${call.resource.name}, operation ${call.operation}, is not told what it saved`);
}

/** What an engine with a newer version of the type would know. */
const isLeftToNewer = ({ reason }: Row): boolean => /is not known \(what a newer version of /.test(String(reason));

/** Who looks for what a lost call made can see it. */
function checkSeeker(world: World, { name, host }: Caller, { token, type }: Row): void {
  if (host !== undefined && world.lackedOn(host).includes(String(type)))
    world.report('I-02', `${name} says that it looked for ${token}, though it does not offer ${type}`);
}

/** What is on a machine is seen and changed there only: elsewhere it seems not to be there. */
function checkMachine(world: World, { name, host }: Caller, call: ProviderCall, way: CallKind): void {
  const { reality, mirror } = world;
  const phys = reality.byToken.get(call.token) ?? reality.live.get(call.physicalId ?? '');
  const bound = phys?.host ?? mirror.rows.resource.get(String(call.resource.version))?.['host'] ?? null;
  if (bound !== null && bound !== host)
    world.report('I-06', `${name} on ${host} calls ${way} of ${call.resource.name}, which is on ${bound}`);
}

function release(world: World, row: Row): void {
  if (row['token'] !== null) world.released.add(String(row['token']));
  if (row['physical_id'] !== null) world.released.add(String(row['physical_id']));
}

/** Whether two objects of the token live at once. */
function alive(world: World, token: string, count: number): boolean {
  return count > 1 && [...world.reality.live.values()].filter((p) => p.token === token).length > 1;
}

function checkInventory(world: World): void {
  const { released } = world;
  const { rows } = world.mirror;
  let known: Set<string> | null = null;
  for (const phys of world.reality.live.values()) {
    if (phys.foreign) continue;
    known ??= knownNames(world);
    if (known.has(phys.id) || known.has(phys.token) || released.has(phys.token) || released.has(phys.id)) continue;
    if (!kindOf(phys.kind).find && rows.tombstone.has(phys.token)) continue;
    world.report('I-02', `${phys.id} (${phys.name}, token ${phys.token}) is in no row, operation or tombstone`);
  }
}

/** What an object of ours is called in the world, nobody else may want. */
function checkNames(world: World): void {
  const { identity, resource } = world.mirror.rows;
  for (const phys of world.reality.live.values()) {
    if (phys.foreign || !kindOf(phys.kind).renames) continue;
    const row = [...resource.values()].find((r) => r['physical_id'] === phys.id || r['token'] === phys.token);
    if (row === undefined) continue;
    const called = `sim||${String(phys.properties['path'])}`;
    if (identity.get(called)?.['resource_id'] !== row['id'])
      world.report('I-19', `${phys.id} is called ${called}, which is not held for ${row['name']}#${row['id']}`);
  }
}

function knownNames(world: World): Set<string> {
  const { rows } = world.mirror;
  const known = new Set<string>();
  for (const row of rows.resource.values()) {
    if (row['physical_id'] !== null) known.add(String(row['physical_id']));
    if (row['token'] !== null) known.add(String(row['token']));
  }
  for (const row of rows.operation.values()) known.add(String(row['token']));
  for (const row of rows.tombstone.values()) known.add(String(row['token']));
  return known;
}
