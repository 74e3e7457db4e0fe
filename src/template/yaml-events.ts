/**
 * YAML through the events of `js-yaml`: the fast way, for every document that has nothing wrong with its syntax.
 *
 * The package is used for syntax only; what scalars, tags and aliases mean is said here, as in yaml-text.ts, which explains what this way
 * refuses. A property test compares the two. Values of aliases are shared, not copied, and what they expand to is counted. Events keep their
 * offsets, so that places in a document without mistakes of syntax need no second reading.
 */
import {
  type AliasEvent,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { type Json, sameJson } from '../std/json.ts';
import { DEFAULT_ALIASED_VALUES, DEFAULT_DEPTH, type DocumentLimits } from './document-limits.ts';
import { endsInBlock, readPlainScalar } from './yaml-scalar.ts';

export interface YamlEvents {
  readonly text: string;
  readonly events: readonly Event[];
  readonly value: Json;
  /** Keys that stand once more in their map, with the same value. */
  readonly repeated: readonly RepeatedKey[];
}

export interface RepeatedKey {
  readonly key: string;
  readonly offset: number;
}

interface Reading {
  readonly text: string;
  readonly events: readonly Event[];
  at: number;
  readonly depth: number;
  readonly aliasedValues: number;
  readonly anchors: Map<string, Anchor>;
  readonly repeated: RepeatedKey[];
  values: number;
  aliased: number;
}

interface Anchor {
  /** undefined while it is being read. */
  value: Json | undefined;
  values: number;
}

/** The first thing that is wrong with a document, and where. */
export interface YamlRefusal {
  readonly code: 'DOC-ALIASES' | 'DOC-SYNTAX' | 'DOC-KEY-DUPLICATE' | 'DOC-KEY';
  readonly message: string;
  readonly offset: number;
}

/** Something that only the slow way explains, unless it is said here. Never leaves this module. */
class Odd extends Error {
  readonly refusal: YamlRefusal | undefined;
  constructor(refusal?: YamlRefusal) {
    super(refusal?.message);
    this.refusal = refusal;
  }
}

/** The packages differ about them. */
const TABS_THAT_INDENT = /(?:^|[-:?,[{}!]) *\t/m;
const NO_ANCHOR: Anchor = { value: null, values: 0 };

/** undefined when there is anything odd about the document; a bomb is refused here, since the slow way costs more. */
export function readYamlEvents(text: string, limits: DocumentLimits): YamlEvents | YamlRefusal | undefined {
  if (TABS_THAT_INDENT.test(text)) return undefined;
  try {
    const events = parseEvents(text, { maxDepth: (limits.depth ?? DEFAULT_DEPTH) + 2 });
    return { text, events, ...readDocument(text, events, limits) };
  } catch (error) {
    if (error instanceof YAMLException) return syntaxRefusal(error);
    return error instanceof Odd ? error.refusal : undefined;
  }
}

/** Deep nesting is left to the slow way, which counts brackets before it parses. */
function syntaxRefusal({ reason, mark }: YAMLException): YamlRefusal | undefined {
  if (mark === null || mark === undefined || /depth|nest/i.test(reason)) return undefined;
  return { code: 'DOC-SYNTAX', message: reason, offset: mark.position };
}

function readDocument(
  text: string,
  events: readonly Event[],
  limits: DocumentLimits,
): { readonly value: Json; readonly repeated: readonly RepeatedKey[] } {
  const first = events[0];
  if (first === undefined) return { value: null, repeated: [] };
  if (first.type !== EVENT_ID.DOCUMENT || first.directives.length > 0) throw new Odd();
  const root = events[1]!.type;
  if (events.length > 2 && root !== EVENT_ID.MAPPING && root !== EVENT_ID.SEQUENCE) throw new Odd();
  const reading = startReading(text, events, limits);
  const value = events.length === 2 ? null : readNode(reading, 0);
  if (reading.at !== events.length - 1) throw new Odd();
  return { value, repeated: reading.repeated };
}

function startReading(text: string, events: readonly Event[], limits: DocumentLimits): Reading {
  return {
    text,
    events,
    at: 1,
    depth: limits.depth ?? DEFAULT_DEPTH,
    aliasedValues: limits.aliasedValues ?? DEFAULT_ALIASED_VALUES,
    anchors: new Map(),
    repeated: [],
    values: 0,
    aliased: 0,
  };
}

function readNode(reading: Reading, depth: number): Json {
  const event = reading.events[reading.at++]!;
  reading.values++;
  if (depth > reading.depth) throw new Odd();
  if (event.type === EVENT_ID.SCALAR && event.anchorStart === -1) return readScalar(event, reading);
  if (event.type === EVENT_ID.ALIAS) return readAlias(event, reading);
  if (event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) throw new Odd();
  const anchor = event.anchorStart === -1 ? NO_ANCHOR : openAnchor(event, reading);
  const value = readContent(event, reading, depth);
  if (anchor !== NO_ANCHOR) closeAnchor(anchor, value, reading);
  return value;
}

function nameAt(
  { anchorStart, anchorEnd }: { readonly anchorStart: number; readonly anchorEnd: number },
  { text }: Reading,
): string {
  return text.slice(anchorStart, anchorEnd);
}

function openAnchor(event: { readonly anchorStart: number; readonly anchorEnd: number }, reading: Reading): Anchor {
  if (!/\s/.test(reading.text.charAt(event.anchorEnd))) throw new Odd();
  const anchor = { value: undefined, values: reading.values + reading.aliased };
  reading.anchors.set(nameAt(event, reading), anchor);
  return anchor;
}

function closeAnchor(anchor: Anchor, value: Json, reading: Reading): void {
  anchor.value = value;
  anchor.values = reading.values + reading.aliased - anchor.values + 1;
}

function readAlias(event: AliasEvent, reading: Reading): Json {
  const anchor = reading.anchors.get(nameAt(event, reading));
  if (anchor?.value === undefined) throw new Odd();
  reading.aliased += anchor.values;
  if (reading.aliased <= reading.aliasedValues) return anchor.value;
  const message = `the aliases of the document expand to more than ${reading.aliasedValues} values`;
  throw new Odd({ code: 'DOC-ALIASES', message, offset: event.anchorStart - 1 });
}

function readContent(event: Event, reading: Reading, depth: number): Json {
  if (event.type === EVENT_ID.SCALAR) return readScalar(event, reading);
  if (event.type === EVENT_ID.MAPPING) return readMap(tagAt(event, reading), reading, depth);
  return readList(event as { tagStart: number; tagEnd: number }, reading, depth);
}

function tagAt({ tagStart, tagEnd }: { readonly tagStart: number; readonly tagEnd: number }, { text }: Reading): string | null {
  return tagStart === -1 ? null : text.slice(tagStart, tagEnd);
}

function readList(event: { tagStart: number; tagEnd: number }, reading: Reading, depth: number): Json {
  if (event.tagStart !== -1) throw new Odd();
  const list: Json[] = [];
  while (reading.events[reading.at]!.type !== EVENT_ID.POP) list.push(readNode(reading, depth + 1));
  reading.at++;
  return list;
}

function readMap(tag: string | null, reading: Reading, depth: number): Json {
  if (tag !== null && tag !== '!!map') throw new Odd();
  const own: { [key: string]: Json } = {};
  let merged: { [key: string]: Json } | undefined;
  while (reading.events[reading.at]!.type !== EVENT_ID.POP) {
    const key = reading.events[reading.at++]!;
    if (key.type !== EVENT_ID.SCALAR || key.anchorStart !== -1 || key.tagStart !== -1 || key.valueStart === -1) throw new Odd();
    if (isMergeKey(key, reading)) merged = mergeInto(merged ?? {}, readNode(reading, depth + 1));
    else readPair(own, key, reading, depth);
  }
  reading.at++;
  return merged === undefined ? own : { ...merged, ...own };
}

function readPair(own: { [key: string]: Json }, scalar: ScalarEvent, reading: Reading, depth: number): void {
  const key = textOf(scalar, reading);
  const offset = scalar.valueStart;
  if (key === '__proto__') throw new Odd({ code: 'DOC-KEY', message: 'the key "__proto__" is refused', offset });
  if (Object.hasOwn(own, key)) readAgain(own, { key, offset }, reading, depth);
  else own[key] = readNode(reading, depth + 1);
}

/** A key that stands in the map already: no harm is done where both say the same. */
function readAgain(own: { [key: string]: Json }, again: RepeatedKey, reading: Reading, depth: number): void {
  const { key, offset } = again;
  if (!sameJson(readNode(reading, depth + 1), own[key]!))
    throw new Odd({ code: 'DOC-KEY-DUPLICATE', message: `the key "${key}" stands twice in this map`, offset });
  reading.repeated.push(again);
}

function isMergeKey(key: ScalarEvent, reading: Reading): boolean {
  return key.valueEnd - key.valueStart === 2 && key.style === SCALAR_STYLE.PLAIN && textOf(key, reading) === '<<';
}

/** Earlier maps of a merge list win. */
function mergeInto(merged: { [key: string]: Json }, value: Json): { [key: string]: Json } {
  for (const source of Array.isArray(value) ? value : [value]) {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) throw new Odd();
    Object.assign(merged, { ...source, ...merged });
  }
  return merged;
}

/** A block whose last line the text ends in has no line end to keep. */
function isCutOff({ style, valueEnd }: ScalarEvent, { text }: Reading): boolean {
  return (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) && endsInBlock(text, valueEnd);
}

function textOf(scalar: ScalarEvent, { text }: Reading): string {
  return scalar.fast ? text.slice(scalar.valueStart, scalar.valueEnd) : getScalarValue(text, scalar);
}

function readScalar(scalar: ScalarEvent, reading: Reading): Json {
  const text = isCutOff(scalar, reading) ? textOf(scalar, reading).replace(/\n$/, '') : textOf(scalar, reading);
  if (scalar.tagStart === -1) return scalar.style === SCALAR_STYLE.PLAIN ? readPlainScalar(text) : text;
  const tag = tagAt(scalar, reading);
  if (tag === '!!str' || tag === '!' || tag === '!!timestamp') return text;
  if (tag === '!!int' || tag === '!!float' || tag === '!!bool' || tag === '!!null') return readPlainScalar(text);
  throw new Odd();
}
