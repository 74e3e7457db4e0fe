/**
 * References to what stands within a nested stack, as Heat writes them: `resource.NAME` is the reference id of the resource NAME in it,
 * `resource.NAME.ATTRIBUTE` (or ATTRIBUTE as the next key) one of its attributes; where NAME is a nested stack again, so on.
 */
import type { Json } from '../../std/json.ts';

/** One step inwards. */
export interface InsideStep {
  readonly name: string;
  /** Attribute of that resource and keys within it; empty for its reference id. */
  readonly rest: readonly Json[];
}

const PREFIX = 'resource.';

/** undefined for every attribute that is no such reference. */
export function stepInside(attribute: Json, path: readonly Json[]): InsideStep | undefined {
  if (typeof attribute !== 'string' || !attribute.startsWith(PREFIX)) return undefined;
  const dot = attribute.indexOf('.', PREFIX.length);
  if (dot === -1) return { name: attribute.slice(PREFIX.length), rest: path };
  return { name: attribute.slice(PREFIX.length, dot), rest: [attribute.slice(dot + 1), ...path] };
}

/** Names of resources within a nested stack, each with those within it in turn. */
export type InsideNames = Map<string, InsideNames>;

/** Notes every resource that the reference leads through; gives whether it is one. */
export function addInside(names: InsideNames, attribute: Json, path: readonly Json[]): boolean {
  const step = stepInside(attribute, path);
  if (step === undefined) return false;
  const below: InsideNames = names.get(step.name) ?? new Map();
  names.set(step.name, below);
  addInside(below, step.rest[0] ?? null, step.rest.slice(1));
  return true;
}

/** Both together. */
export function mergeInside(into: InsideNames, more: ReadonlyMap<string, InsideNames>): InsideNames {
  for (const [name, below] of more) into.set(name, mergeInside(into.get(name) ?? new Map(), below));
  return into;
}
