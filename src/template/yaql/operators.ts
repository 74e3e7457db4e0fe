/** The operators between values; `and`, `or` and `->`, which may leave a side out, are the evaluator's. */
import { dictWith, itemsOf, lazy, makeSet } from './collection.ts';
import { compare, isEqual, keyOf } from './equality.ts';
import { YaqlError } from './fault.ts';
import { calculate, divide, isInteger, isNumber, modulo, plain } from './number.ts';
import { type Quota, spendCells, spendScan, spendText } from './quota.ts';
import { isMatch } from './regex.ts';
import { makeMoment } from './time.ts';
import {
  describe,
  isDict,
  isIterable,
  isList,
  isSet,
  isTrue,
  type Moment,
  type OrderedSet,
  type Span,
  type Value,
} from './value.ts';

type Operation = (a: Value, b: Value, quota: Quota) => Value | undefined;

const BINARY: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['+', add],
  ['-', subtract],
  ['*', (a, b, quota) => multiply(a, b, quota) ?? multiply(b, a, quota)],
  ['/', quotient],
  ['mod', (a, b) => (isNumber(a) && isNumber(b) ? modulo(a, b) : undefined)],
  ['=', (a, b, quota) => isEqual(a, b, quota)],
  ['!=', (a, b, quota) => !isEqual(a, b, quota)],
  ['<', (a, b, quota) => (isSet(a) && isSet(b) ? isWithin(a, b) && a.items.size < b.items.size : compare(a, b, quota, '<') < 0)],
  ['>', (a, b, quota) => (isSet(a) && isSet(b) ? isWithin(b, a) && b.items.size < a.items.size : compare(a, b, quota, '>') > 0)],
  ['<=', (a, b, quota) => (isSet(a) && isSet(b) ? isWithin(a, b) : compare(a, b, quota, '<=') <= 0)],
  ['>=', (a, b, quota) => (isSet(a) && isSet(b) ? isWithin(b, a) : compare(a, b, quota, '>=') >= 0)],
  ['in', isIn],
  ['=~', isMatch],
  ['!~', (a, b, quota) => negated(isMatch(a, b, quota))],
]);

export function applyBinary(operator: string, a: Value, b: Value, quota: Quota): Value {
  const result = BINARY.get(operator)?.(a, b, quota);
  if (result === undefined)
    throw new YaqlError(`"${operator}" does not take ${describe(a)} and ${describe(b)}`, {
      kind: 'no match',
      hint: hintFor(operator, a, b),
    });
  return result;
}

function hintFor(operator: string, a: Value, b: Value): string | undefined {
  if (operator === '+' && (typeof a === 'string' || typeof b === 'string')) return 'str(…) makes a string of any value';
  if (operator === 'in' && isDict(b)) return 'write dict.containsKey(key)';
  return undefined;
}

export function applyUnary(operator: string, value: Value): Value {
  if (operator === 'not') return !isTrue(value);
  if (!isNumber(value)) throw new YaqlError(`"${operator}" does not take ${describe(value)}`, { kind: 'no match' });
  return operator === '-' ? calculate(0, value, (zero, number) => zero - number) : value;
}

function negated(value: Value | undefined): Value | undefined {
  return value === undefined ? undefined : !isTrue(value);
}

function add(a: Value, b: Value, quota: Quota): Value | undefined {
  if (isNumber(a) && isNumber(b)) return calculate(a, b, (x, y) => x + y);
  if (typeof a === 'string' && typeof b === 'string') return joined(a, b, quota);
  if (isDict(a) && isDict(b)) return dictWith(a, b.entries.values(), quota);
  if (isSet(a) && isSet(b)) return makeSet([...a.items.values(), ...b.items.values()], quota);
  if (isIterable(a) && isIterable(b)) return concatenated(a, b, quota);
  return addTimes(a, b) ?? addTimes(b, a);
}

/** Joined texts share their parts, so it is the shorter one that costs; still no text can be longer than what was paid for. */
function joined(a: string, b: string, quota: Quota): string {
  spendText(quota, Math.min(a.length, b.length) + 1);
  return a + b;
}

/** A list when both are lists. */
function concatenated(a: Parameters<typeof itemsOf>[0], b: typeof a, quota: Quota): Value {
  if (isList(a) && isList(b)) {
    spendCells(quota, (a.length + b.length) >> 2);
    return [...a, ...b];
  }
  const parts = [itemsOf(a, quota), itemsOf(b, quota)];
  return lazy(quota, parts, function* () {
    for (const part of parts) yield* part;
  });
}

function addTimes(a: Value, b: Value): Value | undefined {
  if (!isSpan(b)) return undefined;
  if (isMoment(a)) return makeMoment(a.ms + b.ms, a.offsetMs);
  return isSpan(a) ? { kind: 'span', ms: a.ms + b.ms } : undefined;
}

function isSpan(value: Value): value is Span {
  return typeof value === 'object' && value !== null && !isList(value) && value.kind === 'span';
}

function isMoment(value: Value): value is Moment {
  return typeof value === 'object' && value !== null && !isList(value) && value.kind === 'moment';
}

function subtract(a: Value, b: Value, quota: Quota): Value | undefined {
  if (isNumber(a) && isNumber(b)) return calculate(a, b, (x, y) => x - y);
  if (isSet(a) && isSet(b))
    return makeSet(
      [...a.items].filter(([key]) => !b.items.has(key)).map(([, item]) => item),
      quota,
    );
  if (isMoment(a) && isMoment(b)) return { kind: 'span', ms: a.ms - b.ms };
  return isSpan(b) ? addTimes(a, { kind: 'span', ms: -b.ms }) : undefined;
}

function multiply(a: Value, b: Value, quota: Quota): Value | undefined {
  if (isNumber(a) && isNumber(b)) return calculate(a, b, (x, y) => x * y);
  if (isSpan(a) && isNumber(b)) return { kind: 'span', ms: a.ms * plain(b) };
  if (!isInteger(b)) return undefined;
  if (typeof a === 'string') return repeated(a, b, quota);
  return isList(a) ? repeatedList(a, b, quota) : undefined;
}

function repeated(text: string, times: number, quota: Quota): string {
  spendText(quota, text.length * Math.max(0, times));
  return text.repeat(Math.max(0, text === '' ? 0 : times));
}

function repeatedList(list: readonly Value[], times: number, quota: Quota): Value {
  if (list.length === 0 || times <= 0) return [];
  spendCells(quota, list.length * times);
  return Array.from({ length: times }, () => list).flat(1) as readonly Value[];
}

function quotient(a: Value, b: Value): Value | undefined {
  if (isNumber(a) && isNumber(b)) return divide(a, b);
  if (isSpan(a) && isNumber(b) && plain(b) !== 0) return { kind: 'span', ms: a.ms / plain(b) };
  return undefined;
}

function isWithin(part: OrderedSet, whole: OrderedSet): boolean {
  return [...part.items.keys()].every((key) => whole.items.has(key));
}

function hasPart(text: string, part: string, quota: Quota): boolean {
  spendScan(quota, text.length);
  return text.includes(part);
}

export function isIn(value: Value, container: Value, quota: Quota): boolean | undefined {
  if (typeof container === 'string') return typeof value === 'string' ? hasPart(container, value, quota) : undefined;
  if (!isIterable(container)) return undefined;
  if (isSet(container)) return container.items.has(keyOf(value, quota));
  for (const item of itemsOf(container, quota)) if (isEqual(item, value, quota)) return true;
  return false;
}
