/**
 * resource_registry: which type stands behind a type's name, for all resources or for some.
 *
 * Of those that fit, what a user's environment says goes before the operator's, a mapping for a resource's name before one for all, an
 * exact name before a wildcard, a longer wildcard before a shorter, a later document before an earlier. What a mapping leads to is looked
 * up again, so that mappings can be chained; a template ends the chain.
 */

import { matchesAll, matchesGlob } from './match-glob.ts';
import { isTemplateName } from './nested/file-names.ts';

export interface TypeMapping {
  /** What it is known by in the whole tree of nested stacks. */
  readonly id: string;
  /** A type's name, or a beginning followed by `*`. */
  readonly from: string;
  /** The same, or the name of a template; null takes mappings away. */
  readonly to: string | null;
  /** The names, perhaps with `*`, that lead to a resource through nested stacks; empty for every resource. */
  readonly resources: readonly string[];
  /** The file that names in the mapping are relative to. */
  readonly namer: string;
  /** The operator's: it gives way to the user's. */
  readonly isGlobal: boolean;
}

/** A type's name, followed through the mappings. */
export interface ResolvedType {
  readonly name: string;
  /** The mapping that led to a template; null when the name is no template's, or stands in the template itself. */
  readonly mapping: TypeMapping | null;
}

const LONGEST_CHAIN = 10;

/** Finds the type for a resource. */
export interface TypeMappings {
  resolve(type: string, resource: string): ResolvedType;
}

export function makeTypeRegistry(mappings: readonly TypeMapping[]): TypeMappings {
  const alive = withoutRemoved(mappings);
  const known = new Map<string, ResolvedType>();
  const perResource = alive.some((mapping) => mapping.resources.length > 0);
  return {
    resolve(type, resource) {
      const key = perResource ? `${type}\n${resource}` : type;
      const found = known.get(key) ?? follow(alive, type, resource);
      known.set(key, found);
      return found;
    },
  };
}

/** What is left once later entries have replaced or removed earlier ones. */
export function withoutRemoved(mappings: readonly TypeMapping[]): readonly TypeMapping[] {
  const alive = new Map<string, TypeMapping>();
  for (const mapping of mappings) {
    alive.delete(mapping.id);
    if (mapping.to === null) remove(alive, mapping);
    else alive.set(mapping.id, mapping);
  }
  return [...alive.values()];
}

/** A removing wildcard takes away all that it matches; any other entry only the one it names. The operator's stay. */
function remove(alive: Map<string, TypeMapping>, removing: TypeMapping): void {
  const isWildcard = removing.from.endsWith('*');
  const place = removing.resources.join('\n');
  for (const mapping of [...alive.values()]) {
    if (mapping.isGlobal !== removing.isGlobal || mapping.resources.join('\n') !== place) continue;
    if (isWildcard ? mapping.from.startsWith(removing.from.slice(0, -1)) : mapping.from === removing.from)
      alive.delete(mapping.id);
  }
}

function follow(mappings: readonly TypeMapping[], type: string, resource: string): ResolvedType {
  let at: ResolvedType = { name: type, mapping: null };
  for (let i = 0; i < LONGEST_CHAIN && !isTemplateName(at.name); i++) {
    const next = stepFrom(mappings, at.name, resource);
    if (next === undefined || next.name === at.name) return at;
    at = next;
  }
  return at;
}

function stepFrom(mappings: readonly TypeMapping[], type: string, resource: string): ResolvedType | undefined {
  const fitting = mappings.filter((mapping) => fits(mapping, type, resource));
  const best = fitting.reduce<TypeMapping | undefined>((a, b) => (a !== undefined && rank(a) > rank(b) ? a : b), undefined);
  if (best === undefined) return undefined;
  const name = target(best, type);
  return { name, mapping: isTemplateName(name) ? best : null };
}

function fits({ from, to, resources }: TypeMapping, type: string, resource: string): boolean {
  return type !== to && matchesType(from, type) && (resources.length === 0 || matchesAll(resources, [resource]));
}

function rank({ from, resources, isGlobal }: TypeMapping): number {
  return (isGlobal ? 0 : 4e6) + (resources.length === 0 ? 0 : 2e6) + (from.endsWith('*') ? 0 : 1e6) + from.length;
}

function matchesType(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}

function target({ from, to }: TypeMapping, type: string): string {
  if (to === null || !from.endsWith('*') || !to.endsWith('*')) return to ?? type;
  return to.slice(0, -1) + type.slice(from.length - 1);
}

/** The mappings as they are seen from within a resource that is a nested stack. */
export function mappingsWithin(mappings: readonly TypeMapping[], resource: string): readonly TypeMapping[] {
  return mappings.flatMap((mapping) => {
    const [first, ...rest] = mapping.resources;
    if (first === undefined) return [mapping];
    return rest.length > 0 && matchesGlob(first, resource) ? [{ ...mapping, resources: rest }] : [];
  });
}
