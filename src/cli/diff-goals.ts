/** Two goals compared by what they define, with secrets covered. Pure. */
import type { GoalRow } from '../engine/ports/store.ts';
import { redact } from '../engine/redact.ts';
import { canonicalJson, type Json } from '../std/json.ts';
import type { Definition } from '../template/definition.ts';
import { isCall, literalOf } from '../template/expression-form.ts';
import type { TypeSchema } from '../template/property-schema.ts';
import { mask } from './stack-shapes.ts';

export interface Change {
  readonly path: string;
  /** As it is written; null where there was none. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface ResourceDifference {
  readonly name: string;
  readonly type: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly changes: readonly Change[];
}

export interface GoalDifference {
  readonly parameters: readonly Change[];
  readonly resources: readonly ResourceDifference[];
}

export interface DefinedGoal {
  readonly goal: GoalRow;
  readonly definitions: ReadonlyMap<string, { readonly sha: string; readonly definition: Definition }>;
}

type FindType = (name: string) => TypeSchema | undefined;

export function diffGoals(from: DefinedGoal, to: DefinedGoal, findType: FindType): GoalDifference {
  const hidden = new Set([...from.goal.hidden, ...to.goal.hidden]);
  const parameterText = (value: Json, name: string) => (hidden.has(name) ? mask : canonicalJson(value));
  const changed = differences(
    Object.entries(from.goal.parameters),
    Object.entries(to.goal.parameters),
    parameterText,
    '',
    canonicalJson,
  );
  return { parameters: changed, resources: diffResources(from, to, findType) };
}

function diffResources(from: DefinedGoal, to: DefinedGoal, findType: FindType): ResourceDifference[] {
  const names = [...new Set([...from.definitions.keys(), ...to.definitions.keys()])].sort();
  return names.flatMap((name): ResourceDifference[] => {
    const before = from.definitions.get(name);
    const after = to.definitions.get(name);
    if (before === undefined) return [{ name, type: after!.definition.type, kind: 'added', changes: [] }];
    if (after === undefined) return [{ name, type: before.definition.type, kind: 'removed', changes: [] }];
    if (before.sha === after.sha) return [];
    return [
      {
        name,
        type: after.definition.type,
        kind: 'changed',
        changes: diffDefinitions(before.definition, after.definition, findType),
      },
    ];
  });
}

function diffDefinitions(before: Definition, after: Definition, findType: FindType): Change[] {
  const secrets = new Set([...before.secretTexts, ...after.secretTexts]);
  const schema = findType(after.type)?.properties;
  const propertyText = (value: Json, name: string) =>
    schema?.[name]?.sensitive ? mask : redact(canonicalJson(readable(value)), secrets);
  const facts = (d: Definition): [string, Json][] => [
    ['type', d.type],
    ['requires', d.requires],
    ['deletion_policy', d.deletionPolicy],
    ['metadata', d.metadata],
    ['update_policy', d.updatePolicy],
    ['external_id', d.externalId],
    ['provider', d.provider],
  ];
  const factText = (value: Json) => redact(canonicalJson(readable(value)), secrets);
  return [
    ...differences(facts(before), facts(after), factText, '', canonicalJson),
    ...differences(
      Object.entries(before.properties),
      Object.entries(after.properties),
      propertyText,
      'properties.',
      canonicalJson,
    ),
  ];
}

function differences(
  before: readonly (readonly [string, Json])[],
  after: readonly (readonly [string, Json])[],
  textOf: (value: Json, name: string) => string,
  prefix: string,
  key: (value: Json) => string,
): Change[] {
  const [old, fresh] = [new Map(before), new Map(after)];
  const names = [...new Set([...old.keys(), ...fresh.keys()])];
  const text = (map: ReadonlyMap<string, Json>, name: string) => (map.has(name) ? textOf(map.get(name)!, name) : null);
  const isSame = (name: string) =>
    old.has(name) === fresh.has(name) && key(old.get(name) ?? null) === key(fresh.get(name) ?? null);
  return names
    .filter((name) => !isSame(name))
    .map((name) => ({ path: `${prefix}${name}`, before: text(old, name), after: text(fresh, name) }));
}

/** Calls as a template writes them: `{"get_attr": ["a", "output"]}`. */
function readable(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(readable);
  if (!isCall(value)) return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, readable(part as Json)]));
  const literal = literalOf(value);
  if (literal !== undefined) return literal;
  const [operator, ...args] = value.$;
  return { [operator]: args.map(readable) };
}
