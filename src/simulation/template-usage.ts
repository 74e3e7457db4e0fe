/**
 * What templates want of the objects they make: which attributes, how deep into them, and which properties get a value from them.
 *
 * The values are made up in a simulation, so nothing can be said of what they are: a property that gets one takes any, and an attribute has as much
 * within as is asked for.
 */
import type { CompiledRequest } from '../engine/compile-request.ts';
import type { Json } from '../std/json.ts';
import type { CompiledGoal, Definition, OutputDefinition } from '../template/definition.ts';
import type { Expression } from '../template/expression.ts';
import { isCall } from '../template/expression-form.ts';

/** Steps into an attribute; empty for the whole of it. */
export type AttributePath = readonly (string | number)[];

export type AskedPaths = ReadonlyMap<string, AttributePath>;

export interface TypeUsage {
  /** Names of properties. */
  readonly open: ReadonlySet<string>;
  /** By the name of the attribute; each path once. */
  readonly asked: ReadonlyMap<string, AskedPaths>;
}

export interface Usage {
  readonly byType: ReadonlyMap<string, TypeUsage>;
  /** Other people's objects that are adopted. */
  readonly externals: readonly { readonly type: string; readonly id: string }[];
}

interface Gathered {
  readonly byType: Map<string, { readonly open: Set<string>; readonly asked: Map<string, Map<string, AttributePath>> }>;
  readonly externals: Map<string, { readonly type: string; readonly id: string }>;
}

/** A goal of a stack, nested or not. */
interface Level {
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly outputs: { readonly [name: string]: OutputDefinition };
  readonly nestedGoals: CompiledGoal['nestedGoals'];
}

export function usageOf(requests: readonly CompiledRequest[]): Usage {
  const gathered: Gathered = { byType: new Map(), externals: new Map() };
  const seen = new Set<Level>();
  const visit = (level: Level): void => {
    // One template that is used a thousand times is one goal where its parameters are the same.
    if (seen.has(level)) return;
    seen.add(level);
    gatherLevel(level, gathered);
    for (const child of level.nestedGoals.values()) visit(child);
  };
  for (const { goal, nestedGoals } of requests) {
    const definitions = new Map(goal.declared.map(({ name, definition }) => [name, definition]));
    visit({ definitions, outputs: goal.outputs, nestedGoals });
  }
  return { byType: gathered.byType, externals: [...gathered.externals.values()] };
}

function gatherLevel({ definitions, outputs }: Level, gathered: Gathered): void {
  for (const { type, properties, externalId, metadata } of definitions.values()) {
    const usage = usageFor(gathered, type);
    for (const [name, expression] of Object.entries(properties)) {
      if (isOpen(expression)) usage.open.add(name);
      gatherAsked(expression, definitions, gathered);
    }
    gatherAsked(metadata, definitions, gathered);
    if (externalId !== null) gathered.externals.set(externalId, { type, id: externalId });
  }
  for (const { value } of Object.values(outputs)) gatherAsked(value, definitions, gathered);
}

function usageFor({ byType }: Gathered, type: string) {
  const usage = byType.get(type) ?? { open: new Set(), asked: new Map() };
  byType.set(type, usage);
  return usage;
}

/** Some of it is not known before objects are there. */
function isOpen(expression: Expression): boolean {
  if (typeof expression !== 'object' || expression === null) return false;
  if (!Array.isArray(expression) && isCall(expression)) return expression.$[0] !== 'literal';
  return Object.values(expression).some((part) => isOpen(part as Expression));
}

function gatherAsked(expression: Expression, definitions: Level['definitions'], gathered: Gathered): void {
  if (typeof expression !== 'object' || expression === null) return;
  if (!Array.isArray(expression) && isCall(expression)) {
    const [operator, ...args] = expression.$;
    if (operator === 'literal') return;
    if (operator === 'get_attr') noteAsked(args, definitions, gathered);
    for (const arg of args) gatherAsked(arg, definitions, gathered);
    return;
  }
  for (const part of Object.values(expression)) gatherAsked(part as Expression, definitions, gathered);
}

function noteAsked(
  [resource, attribute, ...path]: readonly Expression[],
  definitions: Level['definitions'],
  gathered: Gathered,
): void {
  const definition = definitions.get(String(resource));
  if (definition === undefined || definition.nested !== undefined || typeof attribute !== 'string') return;
  const { asked } = usageFor(gathered, definition.type);
  const paths = asked.get(attribute) ?? new Map<string, AttributePath>();
  asked.set(attribute, paths);
  // What comes after a step that is not known yet can't be made up.
  const unknown = path.findIndex((step) => !isStep(step));
  const steps = (unknown === -1 ? path : path.slice(0, unknown)) as AttributePath;
  paths.set(JSON.stringify(steps), steps);
}

const isStep = (part: Json): part is string | number => typeof part === 'string' || typeof part === 'number';
