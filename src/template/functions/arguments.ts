/** The shapes in which functions are given their arguments. Each reports what is wrong and then gives undefined. */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { didYouMean, nearestName } from '../nearest-name.ts';
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

/** What a function takes as a map. */
export interface MapForm {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** Heat passes other keys over; so do we, with a warning. */
  readonly lenient?: boolean;
}

/** A map with all of `required` and perhaps some of `optional`. */
export function mapArgument(
  argument: Json,
  reading: Reading,
  path: Path,
  { required, optional = [], lenient = false }: MapForm,
): ReadonlyMap<string, Member> | undefined {
  const names = [...required, ...optional];
  if (!isMap(argument)) {
    reading.wrong(path, `the function "${path.key}" needs a map with the keys ${names.join(', ')}`);
    return undefined;
  }
  const strangers = Object.keys(argument).filter((key) => !names.includes(key));
  const missing = required.find((key) => !Object.hasOwn(argument, key));
  reportStrangers(strangers, names, lenient && missing === undefined, reading, path);
  const isMisspelt = strangers.some((key) => nearestName(key, names) === missing);
  if (missing !== undefined && !isMisspelt) reading.wrong(path, `"${path.key}" needs the argument "${missing}"`);
  if (missing !== undefined || (strangers.length > 0 && !lenient)) return undefined;
  return membersOf(argument, names, path);
}

function reportStrangers(
  strangers: readonly string[],
  names: readonly string[],
  lenient: boolean,
  reading: Reading,
  path: Path,
): void {
  for (const key of strangers) {
    const message = `"${path.key}" has no argument "${key}"`;
    if (lenient) reading.warn('HOT-FUNC-IGNORED', within(path, key), `${message}; it is passed over`);
    else reading.wrong(within(path, key), message, didYouMean(key, names), true);
  }
}

function membersOf(argument: JsonMap, names: readonly string[], path: Path): ReadonlyMap<string, Member> {
  const given = names.filter((name) => Object.hasOwn(argument, name));
  return new Map(given.map((name) => [name, { value: argument[name]!, path: within(path, name) }]));
}
