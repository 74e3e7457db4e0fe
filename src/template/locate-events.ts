/** Where a value or a key stands in a YAML text, by its events. */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Position } from './findings.ts';
import type { YamlEvents } from './yaml-events.ts';

/** The place of what the keys lead to, or of the last part of the way that exists. */
export function locateInEvents(document: YamlEvents, keys: readonly (string | number)[], atKey: boolean): Position | undefined {
  const offset = offsetOf(document, keys, atKey);
  return offset === undefined ? undefined : positionOf(document.text, offset);
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

function stepInto(document: YamlEvents, node: number, key: string | number): Step | undefined {
  const event = document.events[node];
  if (event?.type === EVENT_ID.SEQUENCE) return stepIntoList(document, node, Number(key));
  return event?.type === EVENT_ID.MAPPING ? stepIntoMap(document, node, String(key)) : undefined;
}

function stepIntoList({ events }: YamlEvents, node: number, index: number): Step | undefined {
  let at = node + 1;
  for (let i = 0; isOpen(events[at]) && i < index; i++) at = after(events, at);
  return isOpen(events[at]) ? { key: undefined, value: at } : undefined;
}

/** The last one where a key stands twice, since its value is the one that counts. */
function stepIntoMap({ text, events }: YamlEvents, node: number, key: string): Step | undefined {
  let found: Step | undefined;
  for (let at = node + 1; isOpen(events[at]); ) {
    const value = after(events, at);
    const event = events[at]!;
    if (event.type === EVENT_ID.SCALAR && getScalarValue(text, event) === key) found = { key: at, value };
    at = after(events, value);
  }
  return found;
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

export function positionOf(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}
