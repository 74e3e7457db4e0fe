/**
 * A document's text as JSON, with the places of its parts on demand.
 *
 * JSON is read by the platform; only when something is wrong is it read once more with positions. Everything else is YAML as Heat's loader
 * takes it. Whatever the text holds, reading is bounded: depth, alias expansion and, if asked, size. A key `__proto__` is refused, so that
 * no value from outside ever carries it.
 */
import { isMap, type Json, type JsonMap } from '../std/json.ts';
import { endOfString, parseJson } from '../std/parse-json.ts';
import { DEFAULT_DEPTH, type DocumentLimits } from './document-limits.ts';
import { type Finding, type Findings, findingsOf, type Position, TooManyErrors } from './findings.ts';
import { locateInEvents, positionOf } from './locate-events.ts';
import { type Path, pathKeys, within } from './path.ts';
import { readYamlEvents, type YamlEvents, type YamlRefusal } from './yaml-events.ts';
import { readPlainYaml } from './yaml-plain.ts';
import { inOriginal, type StrictText, strictText } from './yaml-strict.ts';
import { composeYaml, isTooDeep, REMOVE_ONE, sameTwice } from './yaml-text.ts';

export interface ParsedDocument {
  readonly name: string;
  /** undefined when the text could not be read; then there are findings. */
  readonly value: Json | undefined;
  readonly findings: readonly Finding[];
  /** Where the value (or its key) stands; the nearest that exists if it does not. */
  locate(path: Path | null, atKey: boolean): Position | undefined;
}

/** Reads YAML or JSON. */
export function parseDocument(
  source: { readonly name: string; readonly text: string },
  limits: DocumentLimits = {},
): ParsedDocument {
  const list: Finding[] = [];
  try {
    return readDocument(source, limits, list);
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
    return { name: source.name, value: undefined, findings: list, locate: () => undefined };
  }
}

function readDocument(source: Source, limits: DocumentLimits, list: Finding[]): ParsedDocument {
  const findings = findingsOf(source.name, list);
  const longest = limits.documentLength ?? Number.POSITIVE_INFINITY;
  if (source.text.length > longest) {
    findings.error('DOC-TOO-LARGE', null, `the text has ${source.text.length} characters; the limit is ${longest}`);
    return { name: source.name, value: undefined, findings: list, locate: () => undefined };
  }
  const quick = readJson(source.text, limits.depth ?? DEFAULT_DEPTH);
  return quick === undefined ? parseYaml(source, limits, list, findings) : parsedQuickly(source, limits, quick);
}

/** Of a longer text only the first mistake is told: finding all of them takes a second a million characters. */
const LONGEST_EXPLAINED = 100_000;
/** More keys that stand twice are not named: each is looked for from the beginning. */
const MOST_REPEATED = 20;

type Source = { readonly name: string; readonly text: string };

/** Places are found in a second reading, which documents without mistakes don't need; JSON is YAML. */
function parsedQuickly({ name, text }: Source, limits: DocumentLimits, value: Json): ParsedDocument {
  let yaml: YamlEvents | null | undefined;
  const locate = (path: Path | null, atKey: boolean) => {
    if (yaml === undefined) yaml = eventsOf(text, limits) ?? null;
    return yaml === null ? undefined : locateInEvents(yaml, pathKeys(path), atKey);
  };
  return { name, value, findings: [], locate };
}

function eventsOf(text: string, limits: DocumentLimits): YamlEvents | undefined {
  const read = readYamlEvents(text, limits);
  return read === undefined || 'code' in read ? undefined : read;
}

function parseYaml(source: Source, limits: DocumentLimits, list: Finding[], findings: Findings): ParsedDocument {
  const plain = readPlainYaml(source.text, limits);
  if (plain !== undefined) return parsedQuickly(source, limits, plain);
  const quick = readYamlEvents(source.text, limits);
  if (quick !== undefined && !('code' in quick)) return parsedEvents(source, list, quick, findings);
  const strict = quick?.code === 'DOC-ALIASES' ? undefined : strictText(source.text);
  return strict === undefined ? parsedSlowly(source, limits, list, findings, quick) : parsedStrictly(source, limits, strict);
}

function parsedEvents({ name, text }: Source, list: readonly Finding[], yaml: YamlEvents, findings: Findings): ParsedDocument {
  for (const { key, offset } of yaml.repeated.slice(0, MOST_REPEATED))
    findings.warning('DOC-KEY-DUPLICATE', null, sameTwice(key), { hint: REMOVE_ONE, position: positionOf(text, offset) });
  const locate = (path: Path | null, atKey: boolean) => locateInEvents(yaml, pathKeys(path), atKey);
  return { name, value: yaml.value, findings: list, locate };
}

/** What only Heat's loader takes as it is written. */
function parsedStrictly({ name }: Source, limits: DocumentLimits, strict: StrictText): ParsedDocument {
  const list: Finding[] = [];
  const findings = findingsOf(name, list);
  const source = { name, text: strict.text };
  const quick = readYamlEvents(source.text, limits);
  const parsed =
    quick !== undefined && !('code' in quick)
      ? parsedEvents(source, list, quick, findings)
      : parsedSlowly(source, limits, list, findings, quick);
  const locate = (path: Path | null, atKey: boolean) => {
    const position = parsed.locate(path, atKey);
    return position === undefined ? undefined : strict.original(position);
  };
  return { name, value: parsed.value, findings: inOriginal(parsed.findings, strict), locate };
}

function parsedSlowly(
  source: Source,
  limits: DocumentLimits,
  list: Finding[],
  findings: Findings,
  refusal: YamlRefusal | undefined,
): ParsedDocument {
  const isShort = source.text.length <= LONGEST_EXPLAINED;
  if (refusal === undefined || (refusal.code !== 'DOC-ALIASES' && isShort)) return explainYaml(source, limits, list, findings);
  findings.error(refusal.code, null, refusal.message, { position: positionOf(source.text, refusal.offset) });
  return { name: source.name, value: undefined, findings: list, locate: () => undefined };
}

/** The slow way: something about the text is wrong, or unusual. */
function explainYaml(source: Source, limits: DocumentLimits, list: Finding[], findings: Findings): ParsedDocument {
  if (isTooDeep(source.text)) {
    findings.error('DOC-TOO-DEEP', null, 'the text is nested too deep');
    return { name: source.name, value: undefined, findings: list, locate: () => undefined };
  }
  const yaml = composeYaml(source.text, limits, findings);
  const locate = (path: Path | null, atKey: boolean) => yaml.locate(pathKeys(path), atKey);
  return { name: source.name, value: yaml.value, findings: list, locate };
}

/** undefined when it is not JSON, or JSON with something wrong that reading with positions will explain. */
function readJson(text: string, depth: number): Json | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  return countMembers(value, depth) === countColons(text) ? value : undefined;
}

/** Colons outside of strings: as many as members were written, twice-written keys included. */
function countColons(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0x3a) count++;
    else if (char === 0x22) i = endOfString(text, i);
  }
  return count;
}

/** The members of all maps; NaN when it is too deep, a key is refused or a number is not finite. */
function countMembers(value: Json, depth: number): number {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' && !Number.isFinite(value) ? Number.NaN : 0;
  if (depth < 0) return Number.NaN;
  return Array.isArray(value) ? countItemMembers(value, depth) : countMapMembers(value as JsonMap, depth);
}

function countItemMembers(list: readonly Json[], depth: number): number {
  let sum = 0;
  for (const item of list) sum += countMembers(item, depth - 1);
  return sum;
}

function countMapMembers(map: JsonMap, depth: number): number {
  let sum = 0;
  for (const key in map) sum += key === '__proto__' ? Number.NaN : 1 + countMembers(map[key] ?? null, depth - 1);
  return sum;
}

/** Checks a value that came as JSON with a request as a document is checked. */
export function checkGivenValue(value: Json, path: Path, depth: number, findings: Findings): boolean {
  if (typeof value === 'number' && !Number.isFinite(value)) findings.error('DOC-NUMBER', path, `${value} is not a JSON number`);
  else if (typeof value !== 'object' || value === null) return true;
  else if (depth < 0) findings.error('DOC-TOO-DEEP', path, 'the value is nested too deep');
  else if (Array.isArray(value)) return value.every((item, i) => checkGivenValue(item, within(path, i), depth - 1, findings));
  else if (isMap(value)) return checkGivenMap(value, path, depth, findings);
  return false;
}

function checkGivenMap(map: JsonMap, path: Path, depth: number, findings: Findings): boolean {
  if (Object.hasOwn(map, '__proto__')) {
    findings.error('DOC-KEY', path, 'the key "__proto__" is refused');
    return false;
  }
  return Object.entries(map).every(([key, item]) => checkGivenValue(item, within(path, key), depth - 1, findings));
}
