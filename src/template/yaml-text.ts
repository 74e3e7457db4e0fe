/**
 * YAML through the `yaml` package, kept as its syntax tree so that every value can be found again in the text.
 *
 * The package is used for syntax only (failsafe schema: every scalar a text); what scalars mean is yaml-scalar.ts. Aliases are shared, not
 * copied, and what they expand to is counted: a bomb is refused before anything walks it.
 */
import type { Alias, LineCounter, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { type Json, sameJson } from '../std/json.ts';
import { DEFAULT_ALIASED_VALUES, DEFAULT_DEPTH, type DocumentLimits } from './document-limits.ts';
import type { Findings, Position } from './findings.ts';
import { type Path, within } from './path.ts';
import { yamlPackage } from './yaml-package.ts';
import { endsInBlock, readPlainScalar } from './yaml-scalar.ts';

export interface YamlText {
  readonly value: Json | undefined;
  locate(keys: readonly (string | number)[], atKey: boolean): Position | undefined;
}

interface Reading {
  readonly text: string;
  readonly findings: Findings;
  readonly lines: LineCounter;
  readonly depth: number;
  readonly aliasedValues: number;
  readonly anchors: Map<string, Anchor>;
  /** Values read so far, those of aliases counted each time. */
  values: number;
  aliased: number;
  stopped: boolean;
}

interface Anchor {
  /** undefined while it is being read. */
  value: Json | undefined;
  values: number;
}

export const REMOVE_ONE = 'remove one of them';
export const sameTwice = (key: string): string => `the key "${key}" stands twice in this map, with the same value`;

/** Far deeper than any limit, yet shallow enough for the package, which is slow on depth and recurses. */
const DEEPEST_FLOW = 1_000;
const MANY_MARKS_ON_A_LINE = /(?:[-?] +){200}/;
const CORE_TAG = 'tag:yaml.org,2002:';

/** Reads a text that is not too deep; what is wrong goes to `findings`. */
export function composeYaml(text: string, limits: DocumentLimits, findings: Findings): YamlText {
  const { LineCounter, parseDocument } = yamlPackage();
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  const locate = (keys: readonly (string | number)[], atKey: boolean) =>
    position(lines, offsetOf(document.contents, keys, atKey));
  if (document.errors.length > 0) {
    reportSyntax(document.errors, lines, findings);
    return { value: undefined, locate };
  }
  const reading = startReading(text, limits, findings, lines);
  const value = readNode(document.contents, null, reading, 0);
  return { value: reading.stopped ? undefined : value, locate };
}

function startReading(text: string, limits: DocumentLimits, findings: Findings, lines: LineCounter): Reading {
  return {
    text,
    findings,
    lines,
    depth: limits.depth ?? DEFAULT_DEPTH,
    aliasedValues: limits.aliasedValues ?? DEFAULT_ALIASED_VALUES,
    anchors: new Map(),
    values: 0,
    aliased: 0,
    stopped: false,
  };
}

/** Whether the text is better not given to a parser at all. */
export function isTooDeep(text: string): boolean {
  return flowDepth(text) > DEEPEST_FLOW || MANY_MARKS_ON_A_LINE.test(text);
}

/** Brackets opened and not closed, at most; texts are not told apart, so it may be too much, never too little. */
function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i) | 0x20;
    if (char === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d) depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Only the first twenty: one slip makes many. */
function reportSyntax(
  errors: readonly { code: string; message: string; pos: [number, number] }[],
  lines: LineCounter,
  findings: Findings,
): void {
  for (const error of errors.slice(0, 20)) {
    const place = position(lines, error.pos[0]);
    const message =
      error.code === 'MULTIPLE_DOCS' ? 'a second document begins here; there may be only one in a text' : error.message;
    findings.error('DOC-SYNTAX', null, message, place === undefined ? {} : { position: place });
  }
}

function readNode(node: unknown, path: Path | null, reading: Reading, depth: number): Json {
  reading.values++;
  if (depth > reading.depth) return refuse(reading, 'DOC-TOO-DEEP', path, `the document is nested deeper than ${reading.depth}`);
  if (isAlias(node)) return readAlias(node, path, reading);
  const anchor = openAnchor(node, reading);
  const value = readContent(node, path, reading, depth);
  if (anchor !== undefined) closeAnchor(anchor, value, reading);
  return value;
}

function refuse(reading: Reading, code: 'DOC-TOO-DEEP' | 'DOC-ALIASES', path: Path | null, message: string): null {
  if (!reading.stopped) reading.findings.error(code, path, message);
  reading.stopped = true;
  return null;
}

function openAnchor(node: unknown, reading: Reading): Anchor | undefined {
  const name = (node as { anchor?: string } | null)?.anchor;
  if (name === undefined) return undefined;
  const anchor = { value: undefined, values: reading.values + reading.aliased };
  reading.anchors.set(name, anchor);
  return anchor;
}

function closeAnchor(anchor: Anchor, value: Json, reading: Reading): void {
  anchor.value = value;
  anchor.values = reading.values + reading.aliased - anchor.values + 1;
}

function readAlias(node: Alias, path: Path | null, reading: Reading): Json {
  const anchor = reading.anchors.get(node.source);
  if (anchor?.value === undefined) return refuse(reading, 'DOC-ALIASES', path, `the alias *${node.source} contains itself`);
  reading.aliased += anchor.values;
  if (reading.aliased <= reading.aliasedValues) return anchor.value;
  return refuse(reading, 'DOC-ALIASES', path, `the aliases of the document expand to more than ${reading.aliasedValues} values`);
}

function readContent(node: unknown, path: Path | null, reading: Reading, depth: number): Json {
  if (isMap(node)) return readMap(node, path, reading, depth);
  if (isSeq(node)) return node.items.map((item, i) => readNode(item, within(path, i), reading, depth + 1));
  return isScalar(node) ? readScalar(node, path, reading) : null;
}

function readMap(map: YAMLMap, path: Path | null, reading: Reading, depth: number): Json {
  const merged: { [key: string]: Json } = {};
  const own: { [key: string]: Json } = {};
  if (map.tag !== undefined && map.tag !== `${CORE_TAG}map`)
    reading.findings.error('DOC-TAG', path, `the tag ${map.tag} is not known`);
  for (const pair of map.items) {
    if (isMergeKey(pair)) mergeInto(merged, readNode(pair.value, within(path, '<<'), reading, depth + 1), path, reading);
    else readPair(own, pair, map, path, reading, depth);
  }
  return { ...merged, ...own };
}

function readPair(
  own: { [key: string]: Json },
  pair: Pair,
  map: YAMLMap,
  path: Path | null,
  reading: Reading,
  depth: number,
): void {
  const key = keyOf(pair);
  if (key === undefined) {
    reading.findings.error('DOC-KEY', path, 'a key must be a name, not a list or a map');
    return;
  }
  const place = within(path, key);
  if (key === '__proto__') {
    reading.findings.error('DOC-KEY', place, 'the key "__proto__" is refused', { atKey: true });
    return;
  }
  const before = Object.hasOwn(own, key) ? own[key] : undefined;
  const value = readNode(pair.value, place, reading, depth + 1);
  if (before !== undefined) reportTwice(place, map, sameJson(before, value), reading);
  own[key] = value;
}

/** No harm is done where both say the same. */
function reportTwice(place: Path, map: YAMLMap, isSame: boolean, { findings, lines }: Reading): void {
  const key = String(place.key);
  const first = map.items.find((item) => keyOf(item) === key);
  const at = position(lines, startOf(first?.key));
  const notes = at === undefined ? [] : [{ message: 'it stands here first', position: at }];
  if (isSame) findings.warning('DOC-KEY-DUPLICATE', place, sameTwice(key), { hint: REMOVE_ONE, atKey: true, notes });
  else findings.error('DOC-KEY-DUPLICATE', place, `the key "${key}" stands twice in this map`, { atKey: true, notes });
}

/** Keys are texts as written: `80:` and `on:` are the names "80" and "on". */
function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value ?? '') : undefined;
}

function isMergeKey(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';
}

/** Earlier maps of a merge list win. */
function mergeInto(merged: { [key: string]: Json }, value: Json, path: Path | null, reading: Reading): void {
  for (const source of Array.isArray(value) ? value : [value]) {
    if (typeof source === 'object' && source !== null && !Array.isArray(source)) Object.assign(merged, { ...source, ...merged });
    else if (!reading.stopped)
      reading.findings.error('DOC-KEY', path, 'what is merged with "<<" must be a map or a list of maps');
  }
}

/** A block whose last line the text ends in has no line end to keep. */
function textOf({ value, type, range }: Scalar, text: string): string {
  const isBlock = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';
  return isBlock && endsInBlock(text, range?.[1] ?? 0) ? String(value).replace(/\n$/, '') : String(value ?? '');
}

function readScalar(node: Scalar, path: Path | null, reading: Reading): Json {
  const text = textOf(node, reading.text);
  if (node.tag === undefined) return node.type === 'PLAIN' ? readPlainScalar(text) : text;
  if (node.tag === '!' || node.tag === `${CORE_TAG}str` || node.tag === `${CORE_TAG}timestamp`) return text;
  const kind = node.tag.startsWith(CORE_TAG) ? node.tag.slice(CORE_TAG.length) : '';
  if (['int', 'float', 'bool', 'null'].includes(kind)) return readPlainScalar(text);
  reading.findings.error('DOC-TAG', path, `the tag ${node.tag} is not known`);
  return null;
}

/** The offset of what the keys lead to, or of the last part of the way that exists. */
function offsetOf(root: unknown, keys: readonly (string | number)[], atKey: boolean): number | undefined {
  let node: unknown = root;
  let offset = startOf(root);
  for (const [i, key] of keys.entries()) {
    const step = stepInto(node, key);
    if (step === undefined) return offset;
    const wantsKey = atKey && i === keys.length - 1;
    offset = startOf(wantsKey ? (step.key ?? step.value) : step.value) ?? startOf(step.key) ?? offset;
    node = step.value;
  }
  return offset;
}

function stepInto(node: unknown, key: string | number): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node)) return stepIntoList(node, key);
  if (!isMap(node)) return undefined;
  const pair = node.items.findLast((item) => keyOf(item) === String(key));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function stepIntoList(list: YAMLSeq, key: string | number): { value: unknown } | undefined {
  const item = list.items[Number(key)];
  return item === undefined ? undefined : { value: item };
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null)?.range?.[0];
}

function position(lines: LineCounter, offset: number | undefined): Position | undefined {
  if (offset === undefined) return undefined;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

const isAlias = (node: unknown): node is Alias => yamlPackage().isAlias(node);
const isMap = (node: unknown): node is YAMLMap => yamlPackage().isMap(node);
const isSeq = (node: unknown): node is YAMLSeq => yamlPackage().isSeq(node);
const isScalar = (node: unknown): node is Scalar => yamlPackage().isScalar(node);
