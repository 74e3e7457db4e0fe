/**
 * Twins of types: their schemas, facts and identities are the real ones, their objects live in simulated reality.
 *
 * What a type can (find, read, update, suspend) its twin can; what has no effects outside the database is the real thing. Settings of
 * providers are not asked for, and a property that gets made-up values takes any: it was checked as far as it is known when the goal was made.
 */
import type { Made, ResourceType, TypeRegistry } from '../engine/ports/provider.ts';
import type { JsonMap } from '../std/json.ts';
import { sameJson } from '../std/json.ts';
import type { PropertySchema, PropertySchemas } from '../template/property-schema.ts';
import { addKind, type SimKind } from './kinds.ts';
import { makeUpAttributes } from './made-up.ts';
import type { Phys } from './reality.ts';
import { type Caller, simulatedCalls } from './sim-types.ts';
import type { TypeUsage, Usage } from './template-usage.ts';
import type { World } from './world.ts';

/** For goals that use types as `usage` says. */
export function createTwinTypes(real: TypeRegistry, { byType }: Usage) {
  const names: string[] = [];
  // A name that templates use may be an older one, which no list has.
  for (const name of new Set([...real.names, ...byType.keys()])) {
    const type = real.findType(name);
    if (type === undefined) continue;
    names.push(name);
    addKind(kindFrom(type));
  }
  return (world: World, caller: Caller): TypeRegistry => {
    const twins = new Map<string, ResourceType>();
    const findType = (name: string): ResourceType | undefined => {
      const known = twins.get(name);
      const type = known === undefined ? real.findType(name) : undefined;
      if (type === undefined) return known;
      const twin = twinOf(world, caller, type, byType.get(name));
      twins.set(name, twin);
      return twin;
    };
    return { findType, names };
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
    checks: type.check !== undefined,
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
    renames: false,
    suspends: type.suspend !== undefined,
    wakesToUpdate: type.suspend !== undefined && !facts.updatesSuspended,
    stubborn: false,
    secret: false,
    refers: false,
    hostBound: false,
    ...(type.identity ? { identityOf: type.identity } : {}),
  };
}

function twinOf(world: World, caller: Caller, real: ResourceType, usage: TypeUsage | undefined): ResourceType {
  if (!real.facts.effects) return real;
  const { name, description, attributes, facts, identity, replaceReason, group, openProperties, snapshots, adoptsBare } = real;
  const kind = kindFrom(real);
  const made = (phys: Phys): Made => ({
    physicalId: phys.id,
    attributes: makeUpAttributes(real, usage, phys.id, phys.properties),
  });
  return {
    name,
    description,
    properties: opened(real.properties, usage),
    attributes,
    facts: { ...facts, hostBound: false, sensitiveReference: false },
    ...(group ? { group } : {}),
    ...(openProperties ? { openProperties } : {}),
    ...(snapshots ? { snapshots } : {}),
    ...(adoptsBare ? { adoptsBare } : {}),
    ...simulatedCalls({ world, caller, kind, made }),
    ...(kind.visible ? { matches: (observed: JsonMap, desired: JsonMap) => sameJson(observed, desired) } : {}),
    ...(identity ? { identity } : {}),
    ...(replaceReason ? { replaceReason } : {}),
  };
}

function opened(properties: PropertySchemas, usage: TypeUsage | undefined): PropertySchemas {
  if (usage === undefined || usage.open.size === 0) return properties;
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, usage.open.has(name) ? anyOf(schema) : schema]),
  );
}

function anyOf({ update, immutable, sensitive, default: fallback }: PropertySchema): PropertySchema {
  return {
    type: 'any',
    ...(update === undefined ? {} : { update }),
    ...(immutable ? { immutable } : {}),
    ...(sensitive ? { sensitive } : {}),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}
