/**
 * The resource_registry section of an environment, read: mappings of types, and the rules for single resources (hooks, restricted
 * actions). Names within `resources` may be nested as stacks are.
 */
import { isMap, type Json } from '../std/json.ts';
import type { Findings } from './findings.ts';
import { didYouMean } from './nearest-name.ts';
import { joinName } from './nested/file-names.ts';
import { type Path, within } from './path.ts';
import { HOOKS, type Hook, RESTRICTIONS, type Restriction } from './resource-rules.ts';
import type { TypeMapping } from './type-registry.ts';

/** What an environment asks of the resources whose names fit. */
export interface ResourceRule {
  readonly key: 'hooks' | 'restricted_actions';
  /** The names, perhaps with `*`, that lead to the resource through nested stacks. */
  readonly resources: readonly string[];
  readonly hooks: readonly Hook[];
  readonly restrictedActions: readonly Restriction[];
}

export interface Registry {
  readonly mappings: TypeMapping[];
  readonly rules: ResourceRule[];
}

interface Reading {
  readonly registry: Registry;
  readonly findings: Findings;
  readonly isGlobal: boolean;
}

const NONE = 'OS::Heat::None';

/** Adds what the section says; `name` is the document's. */
export function readRegistry(
  section: Json,
  path: Path,
  name: string,
  isGlobal: boolean,
  registry: Registry,
  findings: Findings,
): void {
  if (!isMap(section)) {
    findings.error('ENV-REGISTRY', path, 'resource_registry must be a map of types');
    return;
  }
  const on = { registry, findings, isGlobal };
  const namer = readBase(section['base_url'], within(path, 'base_url'), name, findings);
  for (const [key, value] of Object.entries(section)) {
    const place = within(path, key);
    if (key === 'base_url') continue;
    if (key === 'resources') readResources(value, place, [], namer, on);
    else readMapping(key, value, place, [], namer, on);
  }
}

/** What base_url says, as the name of a directory: joinName resolves names in it. */
function readBase(value: Json | undefined, path: Path, namer: string, findings: Findings): string {
  if (value === undefined || value === null) return namer;
  if (typeof value === 'string') return joinName(namer, value).replace(/\/?$/, '/');
  findings.error('ENV-REGISTRY', path, 'base_url must be a string');
  return namer;
}

function readMapping(from: string, to: Json, path: Path, resources: readonly string[], namer: string, on: Reading): void {
  if (to !== null && typeof to !== 'string') {
    on.findings.error('ENV-REGISTRY', path, 'a type is mapped to the name of another type, or of a template');
    return;
  }
  const id = JSON.stringify([on.isGlobal, ...resources, from]);
  on.registry.mappings.push({ id, from, to: to === '' ? NONE : to, resources, namer, isGlobal: on.isGlobal });
}

function readResources(section: Json, path: Path, outer: readonly string[], namer: string, on: Reading): void {
  if (!isMap(section)) {
    on.findings.error('ENV-REGISTRY', path, '"resources" must be a map of resource names');
    return;
  }
  for (const [name, value] of Object.entries(section)) readResource(value, within(path, name), [...outer, name], namer, on);
}

function readResource(value: Json, path: Path, resources: readonly string[], namer: string, on: Reading): void {
  if (!isMap(value)) {
    on.findings.error('ENV-REGISTRY', path, 'what is said of a resource must be a map');
    return;
  }
  const base = readBase(value['base_url'], within(path, 'base_url'), namer, on.findings);
  for (const [key, entry] of Object.entries(value)) {
    const place = within(path, key);
    if (key === 'base_url') continue;
    if (key === 'hooks')
      addRule({ key, resources, hooks: readWords(entry, HOOKS, 'hook', place, on), restrictedActions: [] }, on);
    else if (key === 'restricted_actions') {
      const restrictedActions = readWords(entry, RESTRICTIONS, 'restricted action', place, on);
      addRule({ key, resources, hooks: [], restrictedActions }, on);
    } else if (isMap(entry)) readResource(entry, place, [...resources, key], base, on);
    else readMapping(key, entry, place, resources, base, on);
  }
}

/** What a later document says of the very same names goes before it. */
function addRule(rule: ResourceRule, { registry: { rules } }: Reading): void {
  const place = (one: ResourceRule) => [one.key, ...one.resources].join('\n');
  const before = rules.findIndex((other) => place(other) === place(rule));
  if (before === -1) rules.push(rule);
  else rules[before] = rule;
}

/** One word or a list of them. */
function readWords<W extends string>(
  value: Json,
  words: readonly W[],
  what: string,
  path: Path,
  { findings }: Reading,
): readonly W[] {
  const given = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const found = given.filter((word): word is W => words.some((one) => one === word));
  for (const word of given) {
    if (words.some((one) => one === word)) continue;
    const hint = (typeof word === 'string' ? didYouMean(word, words) : undefined) ?? `one of ${words.join(', ')}`;
    findings.error('ENV-REGISTRY', path, `${JSON.stringify(word)} is not a ${what}`, { hint });
  }
  return found;
}
