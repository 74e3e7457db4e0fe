/** Where a value or a key stands in a YAML text, by its events. */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Position } from './findings.ts';
import type { YamlEvents } from './yaml-events.ts';

/** The place of what the keys lead to, or of the last part of the way that exists. */
export function locateInEvents(document: YamlEvents, keys: readonly (string | number)[], atKey: boolean): Position | undefined {
  const offset = offsetOf(document, keys, atKey);
  return offset === undefined ? undefined : positionIn(placesOf(document).lines, offset);
}

interface Step {
  /** The event of the key; undefined in a list. */
  readonly key: number | undefined;
  readonly value: number;
}

function offsetOf(document: YamlEvents, keys: readonly (string | number)[], atKey: boolean): number | undefined {
  let node = 1;
  let offset = startOf(document, node);
  for (const [i, key] of keys.entries()) {
    const step = stepInto(document, node, key);
    if (step === undefined) return offset;
    const wantsKey = atKey && i === keys.length - 1 && step.key !== undefined;
    offset =
      startOf(document, wantsKey ? step.key! : step.value) ?? (step.key === undefined ? offset : startOf(document, step.key));
    node = step.value;
  }
  return offset;
}

/** What was worked out of a text: much may be wrong in it, and each is looked for. */
interface Places {
  /** By the event of a map or list: where its members are. */
  readonly steps: Map<number, ReadonlyMap<string, Step>>;
  /** Where lines begin. */
  readonly lines: readonly number[];
}

const places = new WeakMap<YamlEvents, Places>();

function placesOf(document: YamlEvents): Places {
  const known = places.get(document);
  if (known !== undefined) return known;
  const made = { steps: new Map(), lines: lineStarts(document.text) };
  places.set(document, made);
  return made;
}

function lineStarts(text: string): readonly number[] {
  const lines = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lines.push(end + 1);
  return lines;
}

function stepInto(document: YamlEvents, node: number, key: string | number): Step | undefined {
  const { steps } = placesOf(document);
  const known = steps.get(node);
  if (known !== undefined) return known.get(String(key));
  const type = document.events[node]?.type;
  const made =
    type === EVENT_ID.SEQUENCE ? stepsOfList(document, node) : type === EVENT_ID.MAPPING ? stepsOfMap(document, node) : undefined;
  if (made === undefined) return undefined;
  steps.set(node, made);
  return made.get(String(key));
}

function stepsOfList({ events }: YamlEvents, node: number): ReadonlyMap<string, Step> {
  const steps = new Map<string, Step>();
  for (let at = node + 1; isOpen(events[at]); at = after(events, at))
    steps.set(String(steps.size), { key: undefined, value: at });
  return steps;
}

/** The last one where a key stands twice, since its value is the one that counts. */
function stepsOfMap({ text, events }: YamlEvents, node: number): ReadonlyMap<string, Step> {
  const steps = new Map<string, Step>();
  for (let at = node + 1; isOpen(events[at]); ) {
    const value = after(events, at);
    const event = events[at]!;
    if (event.type === EVENT_ID.SCALAR) steps.set(getScalarValue(text, event), { key: at, value });
    at = after(events, value);
  }
  return steps;
}

function isOpen(event: Event | undefined): boolean {
  return event !== undefined && event.type !== EVENT_ID.POP;
}

/** The event after the whole node. */
function after(events: readonly Event[], node: number): number {
  let open = 0;
  let at = node;
  do {
    const { type } = events[at++]!;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) open++;
    else if (type === EVENT_ID.POP) open--;
  } while (open > 0);
  return at;
}

function startOf({ text, events }: YamlEvents, node: number): number | undefined {
  const event = events[node];
  if (event === undefined) return undefined;
  if (event.type === EVENT_ID.SCALAR) return scalarStart(text, event);
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  return event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE ? event.start : undefined;
}

/** With its quote or block mark; undefined for one that is not written. */
function scalarStart(text: string, { style, valueStart }: ScalarEvent): number | undefined {
  if (valueStart === -1) return undefined;
  if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED) return valueStart - 1;
  if (style === SCALAR_STYLE.PLAIN) return valueStart;
  return text.lastIndexOf(style === SCALAR_STYLE.LITERAL_BLOCK ? '|' : '>', valueStart);
}

function positionIn(lines: readonly number[], offset: number): Position {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - lines[low]! + 1 };
}

export function positionOf(text: string, offset: number): Position {
  return positionIn(lineStarts(text), offset);
}
