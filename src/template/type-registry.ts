/**
 * resource_registry: which type stands behind a type's name, for all resources or for some.
 *
 * A mapping for a resource's name goes before one for all, an exact name before a wildcard, a longer wildcard before a shorter, a later
 * document before an earlier. What a mapping leads to is looked up again, so that mappings can be chained.
 */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import type { Findings } from './findings.ts';
import { type Path, within } from './path.ts';

export interface TypeMapping {
  /** A type's name, or a beginning followed by `*`. */
  readonly from: string;
  /** The same; null takes mappings away. */
  readonly to: string | null;
  /** A resource's name, perhaps with `*`; null for all. */
  readonly resource: string | null;
}

const NONE = 'OS::Heat::None';
const LONGEST_CHAIN = 10;

/** The mappings of a resource_registry section. */
export function readRegistry(section: Json, path: Path, findings: Findings): readonly TypeMapping[] {
  if (!isMap(section)) {
    findings.error('ENV-REGISTRY', path, 'resource_registry must be a map of types');
    return [];
  }
  return Object.entries(section).flatMap(([key, value]) => readEntry(key, value, within(path, key), findings));
}

function readEntry(key: string, value: Json, path: Path, findings: Findings): readonly TypeMapping[] {
  if (key === 'base_url') return [];
  if (key === 'resources') return readResources(value, path, findings);
  return readMapping(key, value, null, path, findings);
}

function readMapping(from: string, to: Json, resource: string | null, path: Path, findings: Findings): readonly TypeMapping[] {
  if (to === null) return [{ from, to: null, resource }];
  if (typeof to !== 'string') {
    findings.error('ENV-REGISTRY', path, 'a type is mapped to the name of another type');
    return [];
  }
  if (/\.(?:yaml|template)$/.test(to) || /^https?:/.test(to))
    findings.error('HOT-TYPE-NESTED', path, 'nested templates are not supported yet');
  return [{ from, to: to === '' ? NONE : to, resource }];
}

function readResources(section: Json, path: Path, findings: Findings): readonly TypeMapping[] {
  if (!isMap(section)) {
    findings.error('ENV-REGISTRY', path, '"resources" must be a map of resource names');
    return [];
  }
  return Object.entries(section).flatMap(([name, value]) => readResource(name, value, within(path, name), findings));
}

function readResource(name: string, value: Json, path: Path, findings: Findings): readonly TypeMapping[] {
  if (!isMap(value)) {
    findings.error('ENV-REGISTRY', path, 'what is said of a resource must be a map');
    return [];
  }
  return Object.entries(value).flatMap(([key, to]) => readResourceEntry(name, key, to, within(path, key), value, findings));
}

function readResourceEntry(
  name: string,
  key: string,
  to: Json,
  path: Path,
  _all: JsonMap,
  findings: Findings,
): readonly TypeMapping[] {
  if (key === 'base_url') return [];
  const mapping = key !== 'hooks' && key !== 'restricted_actions' && !isMap(to);
  if (mapping) return readMapping(key, to, name, path, findings);
  findings.error('ENV-UNSUPPORTED', path, `"${key}" for a resource is not supported yet`);
  return [];
}

/** Finds the type for a resource. */
export interface TypeRegistry {
  resolve(type: string, resource: string): string;
}

export function makeTypeRegistry(mappings: readonly TypeMapping[]): TypeRegistry {
  const alive = withoutRemoved(mappings);
  const known = new Map<string, string>();
  const perResource = alive.some((mapping) => mapping.resource !== null);
  return {
    resolve(type, resource) {
      if (alive.length === 0) return type;
      const key = perResource ? `${type}\n${resource}` : type;
      const found = known.get(key) ?? follow(alive, type, resource);
      known.set(key, found);
      return found;
    },
  };
}

function withoutRemoved(mappings: readonly TypeMapping[]): readonly TypeMapping[] {
  let alive: TypeMapping[] = [];
  for (const mapping of mappings) {
    alive = alive.filter((other) => other.resource !== mapping.resource || !covers(mapping, other.from));
    if (mapping.to !== null) alive.push(mapping);
  }
  return alive;
}

/** A removing wildcard takes away all that it matches; any other entry only the one it replaces. */
function covers(mapping: TypeMapping, from: string): boolean {
  return mapping.to === null && mapping.from.endsWith('*') ? from.startsWith(mapping.from.slice(0, -1)) : mapping.from === from;
}

function follow(mappings: readonly TypeMapping[], type: string, resource: string): string {
  let at = type;
  for (let i = 0; i < LONGEST_CHAIN; i++) {
    const next = stepFrom(mappings, at, resource);
    if (next === at) return at;
    at = next;
  }
  return at;
}

function stepFrom(mappings: readonly TypeMapping[], type: string, resource: string): string {
  const fitting = mappings.filter(
    (mapping) => matches(mapping.from, type) && (mapping.resource === null || matchesGlob(mapping.resource, resource)),
  );
  const best = fitting.reduce<TypeMapping | undefined>((a, b) => (a !== undefined && rank(a) > rank(b) ? a : b), undefined);
  return best === undefined ? type : target(best, type);
}

function rank({ from, resource }: TypeMapping): number {
  return (resource === null ? 0 : 2e6) + (from.endsWith('*') ? 0 : 1e6) + from.length;
}

function matches(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}

/** `*` anywhere; in linear time: each part is found after the one before. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

function target({ from, to }: TypeMapping, type: string): string {
  if (to === null || !from.endsWith('*') || !to.endsWith('*')) return to ?? type;
  return to.slice(0, -1) + type.slice(from.length - 1);
}
