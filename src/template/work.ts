/**
 * How much one compilation, the properties of one resource, or the outputs of one stack may cost.
 *
 * Functions multiply what they are given, so a small template can come to values without end. What is looked at and made is paid for, before it is
 * made where it may be large; a unit is one value, or sixteen characters, and takes some 20 to 50 nanoseconds. Compiling and evaluating never
 * wait, so what is at work is one and needs not be handed through every function; where nothing was said, work is not counted.
 */
import type { Json, JsonMap } from '../std/json.ts';
import { FunctionError } from './functions/function.ts';

/** A second or two; a template of 10,000 resources needs a hundredth. */
export const COMPILING = 50_000_000;
export const EVALUATING = 10_000_000;

/** As a power of two. */
const CHARACTERS_A_UNIT = 4;

/** Maps are slower than lists. */
const UNITS_A_KEY = 4;

/** No more is done. */
export class TooMuchWork extends FunctionError {
  constructor() {
    super('the functions of the template take too much work');
  }
}

let left: number | undefined;

/** Within work that is counted already, that goes on. */
export function withWork<Result>(most: number, run: () => Result): Result {
  if (left !== undefined) return run();
  left = most;
  try {
    return run();
  } finally {
    left = undefined;
  }
}

/** Throws TooMuchWork when there is no more. */
export function spend(units: number): void {
  if (!trySpend(units)) throw new TooMuchWork();
}

/** False when there is no more. */
export function trySpend(units: number): boolean {
  if (left === undefined) return true;
  left -= units;
  return left >= 0;
}

export function unitsOfText(length: number): number {
  return 1 + (length >> CHARACTERS_A_UNIT);
}

/** What was worked out of large values, which are used again and again. */
const sizes = new WeakMap<object, number>();

/** For a value whose parts are all looked at or written out; parts that are shared count each time. */
export function spendOn(value: Json): void {
  if (typeof value !== 'object' || value === null || left === undefined) {
    spendOnPart(value);
    return;
  }
  const known = sizes.get(value);
  if (known !== undefined) spend(known);
  else {
    const before: number = left;
    spendOnParts(value);
    sizes.set(value, before - left);
  }
}

function spendOnParts(value: readonly Json[] | JsonMap): void {
  spend(1);
  if (Array.isArray(value)) for (const part of value as readonly Json[]) spendOnPart(part);
  else
    for (const key of Object.keys(value)) {
      spend(UNITS_A_KEY + (key.length >> CHARACTERS_A_UNIT));
      spendOnPart((value as JsonMap)[key] ?? null);
    }
}

function spendOnPart(part: Json): void {
  if (typeof part === 'object' && part !== null) spendOnParts(part);
  else spend(typeof part === 'string' ? unitsOfText(part.length) : 1);
}

/** For values whose parts are taken as they are. */
export function spendOnItems(values: readonly Json[]): void {
  for (const value of values) {
    if (Array.isArray(value)) spend(1 + value.length);
    else if (typeof value === 'object' && value !== null) spend(1 + UNITS_A_KEY * Object.keys(value).length);
    else spendOnPart(value);
  }
}
