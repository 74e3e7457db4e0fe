/**
 * YAML as people write it, read in one pass to values: block maps and lists, plain and quoted scalars, flow collections on one line, literal
 * blocks. Whatever else there is (anchors, tags, merges, folded or continued texts, a key twice, any mistake), the document is left to
 * yaml-events.ts, and nothing is said of it here. A property test holds the two against each other.
 *
 * Keeps no places: few documents have anything wrong with them, and those are read again to tell where.
 */
import type { Json } from '../std/json.ts';
import { DEFAULT_DEPTH, type DocumentLimits } from './document-limits.ts';
import { readPlainScalar } from './yaml-scalar.ts';

/** The line being read, and where in it. */
export interface Lines {
  readonly text: string;
  readonly depth: number;
  /** Of the line: where it begins to say something, and where it ends. `indent` is -1 past the last one. */
  indent: number;
  start: number;
  end: number;
  /** Where the line is read on. */
  at: number;
}

/** Thrown for everything unusual; never leaves this module. */
const UNUSUAL = new Error('unusual YAML');

/** No tabs, carriage returns, other line ends, byte order marks or pairs of surrogates. */
const USUAL = /^[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/;
const MARKERS = /^(?:---|\.\.\.)/m;
const FIRST_MARKER = /^---\n/;

/** undefined when there is anything unusual about the document. */
export function readPlainYaml(text: string, limits: DocumentLimits): Json | undefined {
  const begin = FIRST_MARKER.test(text) ? 4 : 0;
  if (!USUAL.test(text) || MARKERS.test(begin === 0 ? text : text.slice(begin))) return undefined;
  const lines: Lines = { text, depth: limits.depth ?? DEFAULT_DEPTH, indent: 0, start: 0, end: begin - 1, at: 0 };
  nextLine(lines);
  if (lines.indent !== 0) return undefined;
  try {
    const value = readBlock(lines, 0);
    return isPast(lines) ? value : undefined;
  } catch (error) {
    if (error !== UNUSUAL) throw error;
    return undefined;
  }
}

const isPast = ({ indent }: Lines): boolean => indent === -1;

function unusual(): never {
  throw UNUSUAL;
}

const SPACE = 0x20;
const LINE_END = 0x0a;
const HASH = 0x23;
const DASH = 0x2d;
const DOUBLE_QUOTE = 0x22;
const QUOTE = 0x27;
const BAR = 0x7c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;

/** To the next line that is not blank and no comment. */
function nextLine(lines: Lines): void {
  const { text } = lines;
  for (let begin = lines.end + 1; begin < text.length; ) {
    let at = begin;
    while (text.charCodeAt(at) === SPACE) at++;
    const char = text.charCodeAt(at);
    const found = text.indexOf('\n', at);
    const end = found === -1 ? text.length : found;
    if (char !== LINE_END && char !== HASH && at < text.length) {
      lines.indent = at - begin;
      lines.start = at;
      lines.at = at;
      lines.end = end;
      return;
    }
    begin = end + 1;
  }
  lines.indent = -1;
  lines.end = text.length;
}

function readBlock(lines: Lines, depth: number): Json {
  return isItem(lines, lines.start) ? readList(lines, lines.indent, depth) : readMap(lines, lines.indent, depth);
}

function isItem({ text, end }: Lines, at: number): boolean {
  return text.charCodeAt(at) === DASH && (at + 1 === end || text.charCodeAt(at + 1) === SPACE);
}

function readMap(lines: Lines, indent: number, depth: number): Json {
  if (depth >= lines.depth) unusual();
  const map: { [key: string]: Json } = {};
  while (lines.indent === indent && !isItem(lines, lines.start)) {
    const key = readKey(lines);
    if (key === undefined || key === '__proto__' || Object.hasOwn(map, key)) unusual();
    map[key] = readValue(lines, indent, depth);
  }
  if (lines.indent > indent) unusual();
  return map;
}

const KEY = /[A-Za-z0-9_$./][A-Za-z0-9_$./@+%-]*(?::+[A-Za-z0-9_$./@+%-]+)*:(?=[ \n]|$)/y;
const QUOTED_KEY = /"([^"\\\n]*)":(?=[ \n]|$)/y;
const LONGEST_KEY = 1_000;

/** undefined when there is none where the line is read on; otherwise after its colon. */
function readKey(lines: Lines): string | undefined {
  const { text, at } = lines;
  const isQuoted = text.charCodeAt(at) === DOUBLE_QUOTE;
  const pattern = isQuoted ? QUOTED_KEY : KEY;
  pattern.lastIndex = at;
  if (!pattern.test(text)) return undefined;
  lines.at = pattern.lastIndex;
  if (lines.at - at > LONGEST_KEY) unusual();
  return isQuoted ? text.slice(at + 1, lines.at - 2) : text.slice(at, lines.at - 1);
}

function readValue(lines: Lines, indent: number, depth: number): Json {
  if (!skipToText(lines)) {
    nextLine(lines);
    if (lines.indent > indent) return readBlock(lines, depth + 1);
    return lines.indent === indent && isItem(lines, lines.start) ? readList(lines, indent, depth + 1) : null;
  }
  if (lines.text.charCodeAt(lines.at) === BAR) return readLiteral(lines, indent);
  return readInline(lines, indent, depth + 1);
}

function readList(lines: Lines, indent: number, depth: number): Json {
  if (depth >= lines.depth) unusual();
  const list: Json[] = [];
  while (lines.indent === indent && isItem(lines, lines.start)) {
    lines.at = lines.start + 1;
    list.push(readItem(lines, indent, depth));
  }
  if (lines.indent > indent) unusual();
  return list;
}

function readItem(lines: Lines, indent: number, depth: number): Json {
  if (!skipToText(lines)) {
    nextLine(lines);
    return lines.indent > indent ? readBlock(lines, depth + 1) : null;
  }
  const { at } = lines;
  if (isItem(lines, at)) unusual();
  const isMap = readKey(lines) !== undefined;
  lines.at = at;
  if (!isMap) return readInline(lines, indent, depth + 1);
  lines.indent += at - lines.start;
  lines.start = at;
  return readBlock(lines, depth + 1);
}

/** Past spaces; false when the line has no more, a comment aside. */
function skipToText(lines: Lines): boolean {
  const { text, end } = lines;
  const before = lines.at;
  while (text.charCodeAt(lines.at) === SPACE) lines.at++;
  if (lines.at >= end) return false;
  return text.charCodeAt(lines.at) !== HASH || (lines.at === before && unusual());
}

/** A scalar or flow collection that ends with the line. */
function readInline(lines: Lines, indent: number, depth: number): Json {
  const char = lines.text.charCodeAt(lines.at);
  const isFlow = char === OPEN_BRACE || char === OPEN_BRACKET || char === DOUBLE_QUOTE || char === QUOTE;
  const value = isFlow ? readFlow(lines, depth) : readPlain(lines);
  if (isFlow && skipToText(lines)) unusual();
  nextLine(lines);
  if (lines.indent > indent) unusual();
  return value;
}

/** What a plain scalar may not begin with, and what has a meaning of its own there. */
const NO_BEGIN = new Set([...'-?:,[]{}#&*!|>\'"%@`'].map((char) => char.charCodeAt(0)));

function canBegin(text: string, at: number): boolean {
  const char = text.charCodeAt(at);
  if (!NO_BEGIN.has(char)) return true;
  const next = text.charCodeAt(at + 1);
  return char === DASH && ((next >= 0x30 && next <= 0x39) || next === 0x2e);
}

function readPlain({ text, at, end }: Lines): Json {
  if (!canBegin(text, at)) unusual();
  let scalar = text.slice(at, end);
  const comment = scalar.indexOf(' #');
  if (comment !== -1) scalar = scalar.slice(0, comment);
  while (scalar.endsWith(' ')) scalar = scalar.slice(0, -1);
  if (scalar.includes(': ') || scalar.endsWith(':')) unusual();
  return readPlainScalar(scalar);
}

/** `|` and `|-`, the text being further in than the map. */
function readLiteral(lines: Lines, indent: number): Json {
  const { text } = lines;
  lines.at++;
  const strip = text.charCodeAt(lines.at) === DASH;
  if (strip) lines.at++;
  if (lines.at < lines.end && text.charCodeAt(lines.at) !== SPACE) unusual();
  if (skipToText(lines)) unusual();
  let begin = lines.end + 1;
  const inner = indentAt(text, begin);
  if (inner <= indent || text.charCodeAt(begin + inner) === LINE_END) unusual();
  const parts: string[] = [];
  for (let at = begin; at < text.length; at = begin) {
    const end = text.indexOf('\n', at);
    if (end === -1) unusual();
    const column = indentAt(text, at);
    const isBlank = at + column >= end;
    if (column < inner && !isBlank) break;
    parts.push(column < inner ? '' : text.slice(at + inner, end));
    begin = end + 1;
    lines.end = end;
  }
  nextLine(lines);
  if (lines.indent > indent) unusual();
  while (parts.at(-1) === '') parts.pop();
  return parts.length === 0 ? unusual() : `${parts.join('\n')}${strip ? '' : '\n'}`;
}

function indentAt(text: string, begin: number): number {
  let at = begin;
  while (text.charCodeAt(at) === SPACE) at++;
  return at - begin;
}

// ── flow ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A collection or quoted text; the line is read on behind it. */
function readFlow(lines: Lines, depth: number): Json {
  if (depth >= lines.depth) unusual();
  switch (lines.text.charCodeAt(lines.at)) {
    case OPEN_BRACE:
      return readFlowMap(lines, depth);
    case OPEN_BRACKET:
      return readFlowList(lines, depth);
    case DOUBLE_QUOTE:
      return readDoubleQuoted(lines);
    case QUOTE:
      return readQuoted(lines);
    default:
      return readFlowPlain(lines);
  }
}

function readFlowList(lines: Lines, depth: number): Json {
  const list: Json[] = [];
  if (isAfter(lines, CLOSE_BRACKET)) return list;
  do list.push(readFlow(lines, depth + 1));
  while (goesOn(lines, CLOSE_BRACKET));
  return list;
}

function readFlowMap(lines: Lines, depth: number): Json {
  const map: { [key: string]: Json } = {};
  if (isAfter(lines, CLOSE_BRACE)) return map;
  do {
    const key = readKey(lines);
    if (key === undefined || key === '__proto__' || Object.hasOwn(map, key)) unusual();
    if (lines.at >= lines.end) unusual();
    skipSpaces(lines);
    map[key] = readFlow(lines, depth + 1);
  } while (goesOn(lines, CLOSE_BRACE));
  return map;
}

/** Past the opening; true when the collection is empty. */
function isAfter(lines: Lines, close: number): boolean {
  lines.at++;
  skipSpaces(lines);
  if (lines.text.charCodeAt(lines.at) !== close) return false;
  lines.at++;
  return true;
}

/** Past a comma, or past the end. */
function goesOn(lines: Lines, close: number): boolean {
  skipSpaces(lines);
  const char = lines.text.charCodeAt(lines.at++);
  if (char === close) return false;
  if (char !== COMMA) unusual();
  skipSpaces(lines);
  return true;
}

function skipSpaces(lines: Lines): void {
  while (lines.text.charCodeAt(lines.at) === SPACE) lines.at++;
  if (lines.at >= lines.end) unusual();
}

const FLOW_PLAIN = /[^,[\]{}\n]+/y;

function readFlowPlain(lines: Lines): Json {
  const { text, at } = lines;
  if (!canBegin(text, at)) unusual();
  FLOW_PLAIN.lastIndex = at;
  FLOW_PLAIN.test(text);
  let end = FLOW_PLAIN.lastIndex;
  lines.at = end;
  while (text.charCodeAt(end - 1) === SPACE) end--;
  const scalar = text.slice(at, end);
  if (scalar.includes(': ') || scalar.endsWith(':') || scalar.includes(' #')) unusual();
  return readPlainScalar(scalar);
}

const DOUBLE_QUOTED = /"[^"\\\n]*"/y;
const ESCAPED = /"(?:[^"\\\n]|\\["\\bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*"/y;

/** The escapes that JSON has, too. */
function readDoubleQuoted(lines: Lines): Json {
  const { text, at } = lines;
  DOUBLE_QUOTED.lastIndex = at;
  if (DOUBLE_QUOTED.test(text)) {
    lines.at = DOUBLE_QUOTED.lastIndex;
    return text.slice(at + 1, lines.at - 1);
  }
  ESCAPED.lastIndex = at;
  if (!ESCAPED.test(text)) unusual();
  lines.at = ESCAPED.lastIndex;
  return JSON.parse(text.slice(at, lines.at)) as string;
}

function readQuoted(lines: Lines): Json {
  const { text, at, end } = lines;
  let close = at + 1;
  while (close < end && text.charCodeAt(close) !== QUOTE) close++;
  if (close >= end || text.charCodeAt(close + 1) === QUOTE) unusual();
  lines.at = close + 1;
  return text.slice(at + 1, close);
}
