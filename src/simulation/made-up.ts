/** Attributes that nobody has seen: made up from the object's id, of the right type, and with as much in them as templates ask for. Pure. */
import type { Json, JsonMap } from '../std/json.ts';
import { selectPath } from '../template/functions/select.ts';
import type { AttributeSchemas, PropertySchemas, ValueType } from '../template/property-schema.ts';
import type { AskedPaths, AttributePath, TypeUsage } from './template-usage.ts';

/** Further into a list nobody asks, and no list is made so long. */
const longestList = 1_000;

const noPaths: AskedPaths = new Map();

export interface Imitated {
  readonly properties: PropertySchemas;
  readonly attributes: AttributeSchemas;
}

/** An attribute that is a property, too, tells that one; others are of the object's making. */
export function makeUpAttributes(type: Imitated, usage: TypeUsage | undefined, id: string, properties: JsonMap): JsonMap {
  const asked = usage?.asked ?? new Map<string, AskedPaths>();
  const names = Object.keys(type.attributes).filter((name) => name !== '*');
  const free = type.attributes['*'] === undefined ? [] : [...asked.keys()];
  return Object.fromEntries(
    [...new Set([...names, ...free])].map((name) => {
      const paths = asked.get(name) ?? noPaths;
      const valueType = type.attributes[name]?.type ?? 'any';
      return [name, told(type, name, properties, paths) ?? makeUp(valueType, [...paths.values()], `${id}/${name}`)];
    }),
  );
}

/** The property, where it is of the attribute's type and has what is asked for. */
function told(
  { properties: schemas, attributes }: Imitated,
  name: string,
  properties: JsonMap,
  paths: AskedPaths,
): Json | undefined {
  const value = properties[name] ?? null;
  if (value === null || schemas[name]?.type !== attributes[name]?.type) return undefined;
  return [...paths.values()].every((path) => selectPath(value, path, null) !== null) ? value : undefined;
}

function makeUp(type: ValueType, paths: readonly AttributePath[], text: string): Json {
  if (type === 'number' || type === 'integer') return 1;
  if (type === 'boolean') return true;
  if (type === 'string') return text;
  const inside = makeUpInside(paths, text);
  if (typeof inside === 'object') return inside;
  if (type === 'list') return [text];
  return type === 'map' ? {} : text;
}

/** A list where numbers lead into it, a map where names do, the text at the end. */
function makeUpInside(paths: readonly AttributePath[], text: string): Json {
  const further = paths.filter((path) => path.length > 0);
  const steps = Map.groupBy(further, ([step]) => String(step));
  if (steps.size === 0) return text;
  const within = (step: string): Json =>
    makeUpInside(
      steps.get(step)!.map((path) => path.slice(1)),
      `${text}/${step}`,
    );
  if (![...steps.keys()].every((step) => /^-?\d+$/.test(step)))
    return Object.fromEntries([...steps.keys()].map((step) => [step, within(step)]));
  const indexes = [...steps.keys()].filter((step) => Math.abs(Number(step)) < longestList);
  const list: Json[] = Array.from({ length: Math.max(0, ...indexes.map(lengthFor)) }, (_, i) => `${text}/${i}`);
  for (const step of indexes) list[Number(step) < 0 ? list.length + Number(step) : Number(step)] = within(step);
  return list;
}

/** How long a list must be to have the index, from its end where it is negative. */
const lengthFor = (step: string): number => (Number(step) < 0 ? -Number(step) : Number(step) + 1);
