/**
 * Goals with stacks in them: written as templates, so that the production compiler reads them, and worked out again as values, so that checkers
 * know what each nested stack must be.
 *
 * Every template has the same parameters, named like the properties of simulated types, and outputs named like their attributes: so a resource
 * may become a stack, and a plain one again, and what uses it need not change.
 */
import { tryCompileRequest } from '../engine/compile-request.ts';
import type { TypeRegistry } from '../engine/ports/provider.ts';
import type { NewGoal } from '../engine/ports/store.ts';
import { type Json, type JsonMap, sameJson } from '../std/json.ts';
import type { GoalDocuments } from '../template/definition.ts';
import type { TypeCatalog } from '../template/property-schema.ts';
import {
  attrsOf,
  canary,
  type Given,
  holdsSecret,
  metadataOf,
  pathTo,
  type SimGoal,
  type SimResource,
  sinksOf,
  toDefinition,
  type Use,
} from './goals.ts';
import { kindOf } from './kinds.ts';

/** Stands, in what a nested stack calls its paths and slots, for the stack's own id. */
export const ownId = '@';

const lists = ['attrs', 'needs', 'refs'] as const;
const useOf: { readonly [list in 'needs' | 'refs']: Use } = { needs: 'need', refs: 'ref' };

export interface SimDocuments {
  readonly documents: GoalDocuments;
  /** Its nested templates by their text. */
  readonly templates: ReadonlyMap<string, SimGoal>;
}

export function toDocuments(goal: SimGoal): SimDocuments {
  const files: { [name: string]: string } = {};
  const templates = new Map<string, SimGoal>();
  const write = (nested: SimGoal): void => {
    for (const r of nested.resources) {
      if (r.nested === null) continue;
      files[r.type] = textOf(r.nested);
      templates.set(files[r.type]!, r.nested);
      write(r.nested);
    }
  };
  write(goal);
  const template = { name: 'root.yaml', text: JSON.stringify(toTemplate(goal, false)) };
  const resources = toRules(goal);
  const sinks = sinksOf(goal).map(({ type, target, ttlSeconds }) => ({ type, target, ttl: ttlSeconds }));
  const hooks =
    Object.keys(resources).length === 0
      ? []
      : [{ name: 'hooks.json', text: JSON.stringify({ resource_registry: { resources } }) }];
  const sending = sinks.length === 0 ? [] : [{ name: 'sinks.json', text: JSON.stringify({ event_sinks: sinks }) }];
  return {
    documents: { template, files, environments: [...hooks, ...sending], parameters: holdsSecret(goal) ? { secret: canary } : {} },
    templates,
  };
}

/** As an environment says it; names within names. */
function toRules({ resources, everywhere }: SimGoal): JsonMap {
  const own = resources.map(
    (r) =>
      [
        r.name,
        {
          ...(r.hooks ? { hooks: r.hooks } : {}),
          ...(r.restricted ? { restricted_actions: r.restricted } : {}),
          ...(r.nested ? toRules(r.nested) : {}),
        },
      ] as const,
  );
  return Object.fromEntries([
    ...own.filter(([, about]) => Object.keys(about).length > 0),
    ...(everywhere ? [['*', { hooks: everywhere }] as const] : []),
  ]);
}

export interface CompileContext {
  readonly types: TypeRegistry & TypeCatalog;
  readonly digestKey: Uint8Array;
  readonly stack: { readonly uuid: string; readonly name: string; readonly tenant: string };
  /** Where it is compiled. */
  readonly host: string;
}

export function compileSimGoal({ documents }: SimDocuments, { types, digestKey, stack, host }: CompileContext): NewGoal {
  const pseudo = { stackId: stack.uuid, stackName: stack.name, projectId: stack.tenant };
  const compiled = tryCompileRequest({ types, digestKey, host }, documents, { pseudo });
  if (compiled.ok) return compiled.goal;
  throw new Error(`the simulator's own template is wrong: ${compiled.diagnostics.map((d) => d.message).join('; ')}`);
}

// ── as templates ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const textOf = (template: SimGoal): string => JSON.stringify(toTemplate(template, true));

/** Whether two goals are made of the same, whatever they are called by that no type asks for. */
export function isMadeAlike(x: SimGoal, y: SimGoal): boolean {
  const made = ({ resources }: SimGoal): Json =>
    Object.fromEntries(
      resources.map((r) => [r.name, [toDefinition(r) as unknown as Json, r.nested === null ? null : textOf(r.nested)]]),
    );
  return sameJson(made(x), made(y));
}

const param = (name: string): Json => ({ get_param: name });

function toTemplate(goal: SimGoal, nested: boolean): JsonMap {
  const list = { type: 'json', default: [] };
  const own = { a: { type: 'string', default: '1' }, b: { type: 'string', default: '1' }, attrs: list, needs: list, refs: list };
  const secret = holdsSecret(goal) ? { secret: { type: 'string', hidden: true } } : {};
  return {
    heat_template_version: '2021-04-16',
    // What is known of a template by its text alone.
    ...(nested && (goal.everywhere || goal.resources.some((r) => r.hooks || r.restricted))
      ? { description: JSON.stringify(toRules(goal)) }
      : {}),
    parameters: { ...(nested ? own : {}), ...secret },
    resources: Object.fromEntries(goal.resources.map((r) => [r.name, toEntry(r, nested)])),
    ...(nested ? { outputs: toOutputs(goal) } : {}),
  };
}

/** What a stack tells is what the last of its resources tells; of a stack that is the last one, the tag is read within it. */
function toOutputs({ resources }: SimGoal): JsonMap {
  const teller = resources.at(-1);
  const inner = teller?.nested?.resources.at(-1);
  const told = (path: readonly string[]): Json => ({ value: teller ? { get_attr: [teller.name, ...path] } : 'nothing' });
  return { a: told(['a']), tag: told([...(inner ? [`resource.${inner.name}`] : []), 'tag']) };
}

function toEntry(r: SimResource, nested: boolean): JsonMap {
  const after = r.uses.filter((u) => u.use === 'after').map((u) => u.name);
  return {
    type: r.type,
    properties: toProperties(r, nested),
    ...(after.length > 0 ? { depends_on: after.sort() } : {}),
    ...(r.account === undefined ? {} : { metadata: metadataOf({ ...r, late: false }) }),
    ...(r.retain ? { deletion_policy: 'retain' } : {}),
    ...(r.external === null ? {} : { external_id: r.external }),
  };
}

function toProperties(r: SimResource, nested: boolean): JsonMap {
  const kind = kindOf(r.type);
  const plain = (name: 'a' | 'b'): Json => (r.given.includes(name) && !r.bad ? param(name) : r[name]);
  const properties: { [name: string]: Json } = { a: r.bad ? `bad-${r.a}` : plain('a'), b: plain('b') };
  for (const name of lists) {
    const used = toReferences(r, name);
    if (used.length > 0) properties[name] = used;
    else if (r.given.includes(name)) properties[name] = param(name);
  }
  if (kind.unique !== null) properties[kind.unique] = nested ? joined([r.own, param('OS::stack_id')]) : r.own;
  if (kind.secret) properties['secret'] = joined([param('secret'), plain('a')]);
  if (r.nested !== null && holdsSecret(r.nested)) properties['secret'] = param('secret');
  return properties;
}

const joined = (items: readonly Json[]): Json => ({ list_join: ['-', items] });

function usesOf(r: SimResource, list: 'needs' | 'refs'): string[] {
  return r.uses
    .filter((u) => u.use === useOf[list])
    .map((u) => u.name)
    .sort();
}

function toReferences(r: SimResource, list: Exclude<Given, 'a' | 'b'>): Json[] {
  if (list === 'attrs') return attrsOf(r).map((used) => ({ get_attr: pathTo(used) }));
  return usesOf(r, list).map((name) => (list === 'refs' ? { get_resource: name } : { get_attr: [name, 'a'] }));
}

// ── as values ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The goal of a nested stack, from its template and the values of its parameters; `placeIn` still has to say which stack. */
export function withParameters(template: SimGoal, parameters: JsonMap): SimGoal {
  return { ...template, resources: template.resources.map((r) => resolveGiven(r, parameters)) };
}

function resolveGiven(r: SimResource, parameters: JsonMap): SimResource {
  const plain = (name: 'a' | 'b'): string => (r.given.includes(name) && !r.bad ? String(parameters[name] ?? '1') : r[name]);
  const values = lists.filter((name) => r.given.includes(name) && toReferences(r, name).length === 0);
  return {
    ...r,
    a: plain('a'),
    b: plain('b'),
    own: `${r.own}-${ownId}`,
    given: [],
    values: Object.fromEntries(values.map((name) => [name, parameters[name] ?? []])),
  };
}

/** The same in a stack of that id. */
export function placeIn(goal: SimGoal, uuid: string): SimGoal {
  if (!goal.resources.some((r) => r.own.endsWith(ownId))) return goal;
  return { ...goal, resources: goal.resources.map((r) => ({ ...r, own: r.own.replace(ownId, uuid) })) };
}

/** What a nested stack offers, of what the last of its resources offers. */
export function tellerOf({ resources }: SimGoal): string | null {
  return resources.at(-1)?.name ?? null;
}
