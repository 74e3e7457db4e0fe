/**
 * Types in the likeness of real ones: their schemas, facts and identities are the real ones, their objects live in simulated reality.
 *
 * What a type can (find, read, update, suspend) its likeness can; what has no effects outside the database is the real thing. Settings of
 * providers are not asked for.
 */
import type { Made, ResourceType, TypeRegistry } from '../engine/ports/provider.ts';
import type { Json, JsonMap } from '../std/json.ts';
import { sameJson } from '../std/json.ts';
import type { AttributeSchema } from '../template/property-schema.ts';
import { addKind, type SimKind } from './kinds.ts';
import type { Phys } from './reality.ts';
import { type Caller, simulatedCalls } from './sim-types.ts';
import type { World } from './world.ts';

export function createTwinTypes(real: TypeRegistry) {
  const { names } = real;
  for (const name of names) addKind(kindFrom(real.findType(name)!));
  return (world: World, caller: Caller): TypeRegistry => {
    const types = new Map(names.map((name) => [name, twinOf(world, caller, real.findType(name)!)]));
    return { findType: (name) => types.get(name), names };
  };
}

function kindFrom(type: ResourceType): SimKind {
  const { facts } = type;
  return {
    name: type.name,
    prefix: `${(type.name.split('::').at(-1) ?? 'object').toLowerCase()}-`,
    effects: facts.effects,
    find: type.find !== undefined,
    read: type.read !== undefined,
    update: type.update !== undefined,
    idempotent: facts.idempotent,
    visible: type.matches !== undefined && type.read !== undefined,
    halfMade: facts.halfMade,
    deleteFirst: facts.replace === 'delete-first',
    interruptible: facts.interruptible,
    rounds: 0,
    timeoutMs: facts.timeoutMs,
    unique: null,
    identity: type.identity !== undefined,
    suspends: type.suspend !== undefined,
    secret: false,
    ...(type.identity ? { identityOf: type.identity } : {}),
  };
}

function twinOf(world: World, caller: Caller, real: ResourceType): ResourceType {
  const { name, description, properties, attributes, facts, identity, replaceReason } = real;
  if (!facts.effects) return real;
  const kind = kindFrom(real);
  const made = (phys: Phys): Made => ({ physicalId: phys.id, attributes: attributesOf(real, phys) });
  return {
    name,
    description,
    properties,
    attributes,
    facts: { ...facts, hostBound: false, sensitiveReference: false },
    ...simulatedCalls({ world, caller, kind, made }),
    ...(kind.visible ? { matches: (observed: JsonMap, desired: JsonMap) => sameJson(observed, desired) } : {}),
    ...(identity ? { identity } : {}),
    ...(replaceReason ? { replaceReason } : {}),
  };
}

/** An attribute named like a property tells it; others are made up, of the right type. */
function attributesOf({ attributes }: ResourceType, phys: Phys): JsonMap {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, schema]) => [name, phys.properties[name] ?? madeUp(schema, `${phys.id}/${name}`)]),
  );
}

function madeUp({ type }: AttributeSchema, text: string): Json {
  if (type === 'number' || type === 'integer') return 1;
  if (type === 'boolean') return true;
  if (type === 'list') return [text];
  return type === 'map' ? {} : text;
}
