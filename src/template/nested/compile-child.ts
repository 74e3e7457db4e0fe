/**
 * A nested template looked at before its stack exists: everything wrong in it, how many resources it has, which outputs are secret.
 *
 * Properties that wait for other resources are parameters that nothing is known of yet; what depends on them is taken to be as large as it
 * can be. A circle is a template within itself deeper than stacks may be nested: one that ends by its conditions is none.
 */
import { canonicalJson, type Json } from '../../std/json.ts';
import type { CompiledGoal } from '../definition.ts';
import { DEFAULT_NESTED_DEPTH } from '../document-limits.ts';
import type { Environment, GivenValue } from '../environment.ts';
import { evaluateLiteral } from '../evaluate.ts';
import { findingsOf } from '../findings.ts';
import { within } from '../path.ts';
import type { ResourceEntry } from '../resource-table.ts';
import type { TemplateKeys } from '../template-keys.ts';
import { childEnvironment } from './child-environment.ts';
import { type NestedSha, nestedSha } from './nested-sha.ts';
import type { StackUse } from './read-stack-use.ts';
import type { TemplateTree } from './template-tree.ts';

/** A template of the tree, on its way to be compiled. */
export interface NestedTemplate {
  readonly file: string;
  readonly value: Json;
  readonly environment: Environment;
  readonly given: ReadonlyMap<string, GivenValue>;
  readonly hidden: ReadonlySet<string>;
  /** The templates from the one that compiling began with to this one. */
  readonly chain: readonly string[];
  readonly without: readonly string[];
}

export interface NestedParent {
  readonly tree: TemplateTree;
  readonly file: string;
  readonly environment: Environment;
  readonly chain: readonly string[];
  readonly without: readonly string[];
  readonly keys: TemplateKeys;
  readonly isOpen: (expression: object) => boolean;
  readonly compile: (template: NestedTemplate) => CompiledGoal | undefined;
}

export interface CompiledChild {
  /** undefined when it could not be looked at, which is reported then. */
  readonly goal: CompiledGoal | undefined;
  readonly without: readonly string[];
  readonly sha: NestedSha;
}

/** From here on parameters are left open, so that a huge tree is looked at once a template, not once a resource. */
const MOST_RESULTS = 2_000;

/** `entry` is the resource; `hidden` the parameters that hold secrets. */
export function compileChild(
  entry: ResourceEntry,
  stack: StackUse,
  hidden: readonly string[],
  parent: NestedParent,
): CompiledChild {
  const { file, mapping } = stack;
  const without = mapping === null ? parent.without : [...parent.without, mapping.id];
  const environment = childEnvironment(parent.environment, entry.name, without);
  const sha = nestedSha(file, environment, parent.tree);
  const { value } = parent.tree.parse(file);
  if (value === undefined || parent.tree.stopped || isTooDeep(entry, stack, parent)) return { goal: undefined, without, sha };
  const given = givenBy(stack, parent);
  const chain = [...parent.chain, file];
  return {
    goal: compileOnce({ file, value, environment, given, hidden: new Set(hidden), chain, without }, sha, parent),
    without,
    sha,
  };
}

function isTooDeep(
  entry: ResourceEntry,
  { file, template }: StackUse,
  { tree, chain, keys, file: parentFile }: NestedParent,
): boolean {
  const most = tree.options.limits?.nestedDepth ?? DEFAULT_NESTED_DEPTH;
  if (tree.depth + chain.length <= most) return false;
  tree.stopped = true;
  const findings = findingsOf(parentFile, tree.found);
  const path = template ?? within(entry.path, keys.resource.type);
  const circle = circleIn([...chain, file]);
  if (circle === undefined)
    findings.error('HOT-NESTED-DEPTH', path, `stacks can be nested ${most} deep: ${[...chain, file].join(' → ')}`);
  else findings.error('HOT-NESTED-CYCLE', path, `templates contain each other in a circle: ${circle.join(' → ')}`);
  return true;
}

/** Once around, from the first file that comes again. */
function circleIn(chain: readonly string[]): readonly string[] | undefined {
  const first = chain.findIndex((file, i) => chain.includes(file, i + 1));
  return first === -1 ? undefined : chain.slice(first, chain.indexOf(chain[first]!, first + 1) + 1);
}

/** What is required and missing is reported with the resource; here it is open. */
function givenBy({ type, given: values, path }: StackUse, { isOpen, tree }: NestedParent): ReadonlyMap<string, GivenValue> {
  const given = new Map<string, GivenValue>();
  const unheard = findingsOf(null, []);
  const allOpen = tree.results.size >= MOST_RESULTS || values === undefined;
  for (const [name, schema] of Object.entries(type?.properties ?? {})) {
    const expression = values !== undefined && Object.hasOwn(values, name) ? values[name]! : null;
    const open =
      allOpen || (expression === null ? schema.required === true : typeof expression === 'object' && isOpen(expression));
    if (open) given.set(name, { value: null, path: within(path, name), findings: unheard, open });
    else if (expression !== null)
      given.set(name, { value: evaluateLiteral(expression), path: within(path, name), findings: unheard });
  }
  return given;
}

function compileOnce(template: NestedTemplate, { sha }: NestedSha, { tree, compile }: NestedParent): CompiledGoal | undefined {
  const given = [...template.given].map(([name, { value, open }]) => [name, open === true, value] as const);
  const key = canonicalJson([sha, template.chain.length, [...template.hidden].sort(), given]);
  if (!tree.results.has(key)) tree.results.set(key, compile(template));
  return tree.results.get(key);
}
