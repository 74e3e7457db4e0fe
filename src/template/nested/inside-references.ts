/** What definitions and outputs read within nested stacks, by the nested stack's name. */
import type { Definition, OutputDefinition } from '../definition.ts';
import { referencesOf } from '../evaluate.ts';
import type { Expression } from '../expression.ts';
import { type InsideNames, mergeInside } from './inside.ts';

export type InsideReferences = ReadonlyMap<string, InsideNames>;

export function insideOf({ properties, metadata, updatePolicy }: Definition): InsideReferences {
  return referencesOf([properties, metadata, updatePolicy] as Expression).inside;
}

export function insideOfOutputs(outputs: { readonly [name: string]: OutputDefinition }): InsideReferences {
  return referencesOf(Object.values(outputs).map(({ value }) => value)).inside;
}

/** What all of them read together. */
export function joinInside(all: Iterable<InsideReferences>): InsideReferences {
  const joined: InsideNames = new Map();
  for (const one of all) mergeInside(joined, one);
  return joined;
}
