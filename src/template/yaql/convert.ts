/**
 * Values from JSON and back. Texts, numbers and so on are the same; maps become dicts, and what YAQL has beyond JSON becomes what Heat gives:
 * iterators and sets become lists, keys become texts, datetimes their ISO form. What is given back is paid for by size.
 */
import type { Json, JsonMap } from '../../std/json.ts';
import { itemsOf } from './collection.ts';
import { YaqlError } from './fault.ts';
import { isNumber, numberText, plain } from './number.ts';
import { checkDepth, type Quota, spendCells, spendText } from './quota.ts';
import { momentText } from './time.ts';
import { type Dict, describe, type Entries, isDict, isIterable, isList, type Key, type Value } from './value.ts';

export function fromJson(json: Json): Value {
  if (typeof json !== 'object' || json === null) return json;
  return Array.isArray(json) ? json.map(fromJson) : dictFromJson(json as JsonMap);
}

/** The entries are read when first asked for: most expressions look at little of what they are given. */
function dictFromJson(json: JsonMap): Dict {
  let entries: Entries | undefined;
  return {
    kind: 'dict',
    get entries() {
      entries ??= new Map(Object.entries(json).map(([key, value]) => [storedKey(key), [key, fromJson(value)] as const]));
      return entries;
    },
  };
}

/** As keyOf makes it. */
function storedKey(key: string): Key {
  return key.startsWith('\0') ? `\0s${key}` : key;
}

export function toJson(value: Value, quota: Quota, depth = 0): Json {
  spendCells(quota, 1);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return paidText(value, quota);
  if (isNumber(value)) return plain(value);
  checkDepth(depth);
  if (isList(value)) return value.map((item) => toJson(item, quota, depth + 1));
  if (isIterable(value)) return Array.from(itemsOf(value, quota), (item) => toJson(item, quota, depth + 1));
  if (isDict(value)) return mapToJson(value, quota, depth + 1);
  return otherToJson(value);
}

function paidText(text: string, quota: Quota): string {
  spendText(quota, text.length);
  return text;
}

function mapToJson(dict: Dict, quota: Quota, depth: number): JsonMap {
  const members = new Map<string, Json>();
  for (const [key, value] of dict.entries.values()) {
    const name = paidText(keyText(key), quota);
    if (name === '__proto__') throw new YaqlError('the key "__proto__" is refused');
    members.set(name, toJson(value, quota, depth));
  }
  return Object.fromEntries(members);
}

/** A key as JSON has it. */
function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null || typeof key === 'boolean') return String(key);
  if (isNumber(key)) return numberText(key);
  throw new YaqlError(`${describe(key)} cannot be a key of the result`);
}

function otherToJson(value: Value): Json {
  if (typeof value === 'object' && value !== null && 'kind' in value) {
    if (value.kind === 'moment') return momentText(value);
    if (value.kind === 'span') return value.ms / 1000;
  }
  throw new YaqlError(`the result contains ${describe(value)}, which templates cannot hold`);
}
