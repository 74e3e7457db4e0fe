/** Heat's constraints: whether a value satisfies one, and whether one is written as it should be. Pure. */
import { type Json, sameJson } from '../std/json.ts';
import { checkCustomConstraint } from './custom-constraints.ts';
import { didYouMean } from './nearest-name.ts';
import { compilePattern } from './pattern.ts';
import type { Constraint } from './property-schema.ts';

/** What is wrong with the value, as a sentence; undefined when it satisfies the constraint. `secret` values are never named. */
export function checkConstraint(constraint: Constraint, value: Json, secret = false): string | undefined {
  const complaint = complaintOf(constraint, value);
  if (complaint === undefined) return undefined;
  const sentence = complaint((shown) => (secret ? 'the value' : shortJson(shown)));
  return constraint.description === undefined ? sentence : `${sentence}: ${constraint.description}`;
}

/** The allowed value that was meant, if one is near. */
export function hintFor(constraint: Constraint, value: Json): string | undefined {
  if (!('allowed_values' in constraint) || typeof value !== 'string') return undefined;
  return didYouMean(
    value,
    constraint.allowed_values.filter((one) => typeof one === 'string'),
  );
}

/** A sentence once it is known how a value may be shown. */
type Complaint = ((show: (value: Json) => string) => string) | undefined;

function complaintOf(constraint: Constraint, value: Json): Complaint {
  if ('length' in constraint) return checkLength(constraint.length, value);
  if ('range' in constraint) return checkRange(constraint.range, value);
  if ('modulo' in constraint) return checkModulo(constraint.modulo, value);
  if ('allowed_values' in constraint) return checkAllowedValues(constraint.allowed_values, value);
  if ('allowed_pattern' in constraint) return checkPattern(constraint.allowed_pattern, value);
  const complaint = checkCustomConstraint(constraint.custom_constraint, value);
  return complaint === undefined ? undefined : (show) => `${show(value)} ${complaint}`;
}

function checkLength({ min, max }: { readonly min?: number; readonly max?: number }, value: Json): Complaint {
  const length = lengthOf(value);
  if (length === undefined || (length >= (min ?? 0) && length <= (max ?? Number.POSITIVE_INFINITY))) return undefined;
  return () => `the length ${length} is out of range (${bounds(min, max)})`;
}

function lengthOf(value: Json): number | undefined {
  if (typeof value === 'string') return /[\uD800-\uDFFF]/.test(value) ? [...value].length : value.length;
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}

function checkRange({ min, max }: { readonly min?: number; readonly max?: number }, value: Json): Complaint {
  if (typeof value !== 'number') return undefined;
  if (value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY)) return undefined;
  return (show) => `${show(value)} is out of range (${bounds(min, max)})`;
}

function bounds(min: number | undefined, max: number | undefined): string {
  return [min === undefined ? '' : `min: ${min}`, max === undefined ? '' : `max: ${max}`].filter(Boolean).join(', ');
}

function checkModulo({ step, offset }: { readonly step: number; readonly offset: number }, value: Json): Complaint {
  if (typeof value !== 'number') return undefined;
  const remainder = ((value % step) + step) % step;
  if (remainder === ((offset % step) + step) % step) return undefined;
  return (show) => `${show(value)} is not a multiple of ${step} with an offset of ${offset}`;
}

/** A list satisfies it when each of its items does. */
function checkAllowedValues(allowed: readonly Json[], value: Json): Complaint {
  const values = Array.isArray(value) ? value : [value];
  const stranger = values.find((item) => !allowed.some((one) => one === item || sameJson(one, item)));
  if (stranger === undefined) return undefined;
  return (show) => `${show(stranger)} is not an allowed value (${allowed.slice(0, 20).map(shortJson).join(', ')})`;
}

function shortJson(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function checkPattern(source: string, value: Json): Complaint {
  if (typeof value !== 'string') return undefined;
  const pattern = compilePattern(source);
  if (typeof pattern === 'string') return () => `the pattern "${source}" can't be used: ${pattern}`;
  try {
    return pattern.matches(value) ? undefined : (show) => `${show(value)} does not match the pattern "${source}"`;
  } catch (error) {
    if (error instanceof RangeError) return () => `the pattern "${source}" takes too much work on this text`;
    throw error;
  }
}
