/** Heat's conversions between the types of values. Each gives undefined where there is none. Pure. */
import { isMap, type Json } from '../std/json.ts';
import { parseJson } from '../std/parse-json.ts';
import { DEFAULT_DEPTH } from './document-limits.ts';

const TRUE_TEXTS: ReadonlySet<string> = new Set(['t', 'true', 'on', 'y', 'yes', '1']);
const FALSE_TEXTS: ReadonlySet<string> = new Set(['f', 'false', 'off', 'n', 'no', '0']);
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Texts, numbers and booleans as Python writes them (`True`). */
export function toText(value: Json): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return String(value);
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      return undefined;
  }
}

/** Numbers, and texts that are one. */
export function toNumber(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !NUMBER.test(value.trim())) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const WHOLE = /^\s*[-+]?\d+(?:_\d+)*\s*$/;

/** As Python's int: what is after the point is cut off, texts must be whole. */
export function toInteger(value: Json): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return Math.trunc(value);
  return typeof value === 'string' && WHOLE.test(value) ? Number(value.replaceAll('_', '')) : undefined;
}

/** Booleans, and the words true and false in any case: what properties take, where parameters take more. */
export function fromTruthWord(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** Booleans, and the texts t, true, on, y, yes, 1 and f, false, off, n, no, 0 in any case; the numbers 1 and 0 too. */
export function fromBooleanText(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim().toLowerCase();
  if (TRUE_TEXTS.has(text)) return true;
  return FALSE_TEXTS.has(text) ? false : undefined;
}

/** The items of a text with commas; none of an empty text. */
export function toListItems(value: Json): readonly string[] | undefined {
  if (typeof value !== 'string') return undefined;
  return value.trim() === '' ? [] : value.split(',').map((item) => item.trim());
}

/** Maps and lists, and texts that are one written as JSON; an empty text is an empty map. A key `__proto__`, a number that is none and a text nested too deep are refused. */
export function toJsonContainer(value: Json): Json | undefined {
  if (isMap(value) || Array.isArray(value)) return value;
  if (value === '') return {};
  if (typeof value !== 'string') return undefined;
  const parsed = parseGiven(value);
  return isMap(parsed) || Array.isArray(parsed) ? parsed : undefined;
}

function parseGiven(text: string): Json | undefined {
  try {
    const value = parseJson(text);
    return isRefused(value, DEFAULT_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** What a value that is given as a map would be refused for, too. */
function isRefused(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' && !Number.isFinite(value);
  if (depth === 0 || Object.hasOwn(value, '__proto__')) return true;
  return Object.values(value).some((item) => isRefused(item, depth - 1));
}
