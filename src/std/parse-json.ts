/**
 * Reads JSON whose keys come from outside.
 *
 * The platform's parser may take a key that is written with an escape for another one that it has seen (V8 12.8 to 14.6, nodejs/node#63785): it
 * holds the key as it is written against the key that it expects. Keys without escapes and all values are read right. So it is never given
 * such a key: each is written without escapes before, which takes a name of ours where JSON has no other spelling, and gets its own back
 * afterwards. Time and memory are linear in the text, and nesting takes no stack. JSON with keys of our own alone needs none of this.
 */
import { isMap, type Json, type JsonMap } from './json.ts';

/** As JSON.parse, whatever it throws included. */
export function parseJson(text: string): Json {
  if (!hasEscapedKey(text)) return JSON.parse(text) as Json;
  let plain: Json;
  try {
    plain = JSON.parse(withPlainKeys(text)) as Json;
  } catch (error) {
    JSON.parse(text); // Throws, with the places of the text as it was given.
    throw error;
  }
  return withOwnKeys(plain);
}

/** Where the string that begins at `start` has its closing quote; the end of the text if it has none. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

/** JSON has backslashes in strings only, so only the strings that have one are looked at. */
function hasEscapedKey(text: string): boolean {
  for (let at = text.indexOf('\\'); at !== -1; ) {
    const end = endOfString(text, at);
    if (isBeforeColon(text, end)) return true;
    at = text.indexOf('\\', end + 1);
  }
  return false;
}

const COLON = /[ \t\n\r]*:/y;

function isBeforeColon(text: string, end: number): boolean {
  COLON.lastIndex = end + 1;
  return COLON.test(text);
}

/** Begins our names, and all keys that begin so get one: then a name of ours is nothing else. */
const MARK = '~';
const NEEDS_ESCAPE = /["\\]|[^ -\uffff]/;

function withPlainKeys(text: string): string {
  let plain = '';
  let from = 0;
  for (let at = text.indexOf('"'); at !== -1; ) {
    const end = endOfString(text, at);
    if (isBeforeColon(text, end)) {
      plain += text.slice(from, at) + plainLiteral(text.slice(at, end + 1));
      from = end + 1;
    }
    at = text.indexOf('"', end + 1);
  }
  return plain + text.slice(from);
}

/** The same for all spellings of a key. Throws for what is no string: a name of ours must not hide it. */
function plainLiteral(literal: string): string {
  if (!literal.includes('\\') && !literal.startsWith(`"${MARK}`)) return literal;
  const key = JSON.parse(literal) as string;
  const isPlain = !key.startsWith(MARK) && !NEEDS_ESCAPE.test(key);
  return `"${isPlain ? key : MARK + Buffer.from(key, 'utf16le').toString('hex')}"`;
}

const ownKey = (key: string): string =>
  key.startsWith(MARK) ? Buffer.from(key.slice(MARK.length), 'hex').toString('utf16le') : key;

/** Without recursion: what the platform's parser takes may be nested deeper than a stack is. */
function withOwnKeys(value: Json): Json {
  const top: { [key: string]: Json } = { value };
  const open = [top];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop())
    for (const key of Object.keys(holder)) {
      const item = holder[key] ?? null;
      if (typeof item !== 'object' || item === null) continue;
      holder[key] = isMap(item) ? mapWithOwnKeys(item) : item;
      open.push(holder[key] as typeof top);
    }
  return top['value'] ?? null;
}

function mapWithOwnKeys(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [ownKey(key), value]));
}
