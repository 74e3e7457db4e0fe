/** The shapes in which functions are given their arguments. Each reports what is wrong and then gives undefined. */
import { isMap, type Json } from '../../std/json.ts';
import { didYouMean } from '../nearest-name.ts';
import { type Path, within } from '../path.ts';
import type { Reading } from './function.ts';

/** A list of at least `least` and at most `most` items; `form` is how it is written. */
export function listArgument(
  argument: Json,
  reading: Reading,
  path: Path,
  { least, most, form }: { readonly least: number; readonly most: number; readonly form: string },
): readonly Json[] | undefined {
  if (Array.isArray(argument) && argument.length >= least && argument.length <= most) return argument as readonly Json[];
  reading.wrong(path, `the function "${path.key}" must be written ${form}`);
  return undefined;
}

export interface Member {
  readonly value: Json;
  readonly path: Path;
}

/** A map with all of `required` and perhaps some of `optional`. */
export function mapArgument(
  argument: Json,
  reading: Reading,
  path: Path,
  required: readonly string[],
  optional: readonly string[] = [],
): ReadonlyMap<string, Member> | undefined {
  const names = [...required, ...optional];
  if (!isMap(argument)) {
    reading.wrong(path, `the function "${path.key}" needs a map with the keys ${names.join(', ')}`);
    return undefined;
  }
  const stranger = Object.keys(argument).find((key) => !names.includes(key));
  if (stranger !== undefined)
    reading.wrong(within(path, stranger), `"${path.key}" has no argument "${stranger}"`, didYouMean(stranger, names));
  const missing = required.find((key) => !Object.hasOwn(argument, key));
  if (missing !== undefined) reading.wrong(path, `"${path.key}" needs the argument "${missing}"`);
  if (stranger !== undefined || missing !== undefined) return undefined;
  return new Map(Object.entries(argument).map(([key, value]) => [key, { value, path: within(path, key) }]));
}
