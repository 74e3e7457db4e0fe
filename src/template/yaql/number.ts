/** Numbers as Python has them: integers and floats are two kinds, division of integers rounds down, the remainder has the divisor's sign. */
import { YaqlError } from './fault.ts';
import { describe, kindOf, type Real, type Value } from './value.ts';

export type NumberValue = number | Real;

export function isNumber(value: Value): value is NumberValue {
  return typeof value === 'number' || kindOf(value) === 'real';
}

export function isInteger(value: Value): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}

export function plain(value: NumberValue): number {
  return typeof value === 'number' ? value : value.value;
}

/** A float, boxed if nothing else tells it from an integer. */
export function real(value: number): NumberValue {
  return Number.isInteger(value) ? { kind: 'real', value } : checked(value);
}

/** An integer that is exact. */
export function integer(value: number): number {
  if (!Number.isSafeInteger(value)) throw new YaqlError('the result is larger than an integer can be');
  return value === 0 ? 0 : value;
}

function checked(value: number): number {
  if (!Number.isFinite(value)) throw new YaqlError('the result is not a finite number');
  return value;
}

/** The result of an operation on two numbers: an integer only if both are. */
export function calculate(a: NumberValue, b: NumberValue, operation: (a: number, b: number) => number): NumberValue {
  const result = operation(plain(a), plain(b));
  return isInteger(a) && isInteger(b) ? integer(result) : real(result);
}

export function divide(a: NumberValue, b: NumberValue): NumberValue {
  if (plain(b) === 0) throw new YaqlError('division by zero');
  return isInteger(a) && isInteger(b) ? integer(Math.floor(a / b)) : real(plain(a) / plain(b));
}

export function modulo(a: NumberValue, b: NumberValue): NumberValue {
  if (plain(b) === 0) throw new YaqlError('division by zero');
  return calculate(a, b, (x, y) => x - y * Math.floor(x / y));
}

/** As Python writes it. */
export function numberText(value: NumberValue): string {
  const number = plain(value);
  if (isInteger(value)) return String(number);
  if (Number.isInteger(number) && Math.abs(number) < 1e16) return `${number}.0`;
  return String(number).replace(/e([-+])(\d)$/, 'e$10$2');
}

/** int(text), int(number), int(boolean). */
export function toInteger(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isNumber(value)) return integer(Math.trunc(plain(value)));
  if (typeof value === 'string' && /^\s*[-+]?\d+\s*$/.test(value)) return integer(Number(value));
  throw new YaqlError(`"int" was given ${describe(value)} that is not an integer`);
}

export function toFloat(value: Value): NumberValue {
  if (value === null) return real(0);
  if (typeof value === 'boolean') return real(value ? 1 : 0);
  if (isNumber(value)) return real(plain(value));
  if (typeof value === 'string' && /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(value)) return real(Number(value));
  throw new YaqlError(`"float" was given ${describe(value)} that is not a number`);
}

/** Half goes to the even neighbour, as Python 3 rounds. */
export function round(value: NumberValue, digits: number): NumberValue {
  const number = plain(value);
  if (isInteger(value) && digits >= 0) return value;
  const scale = 10 ** Math.min(Math.abs(digits), 300);
  const scaled = digits < 0 ? number / scale : number * scale;
  const rounded = halfToEven(scaled);
  const result = digits < 0 ? rounded * scale : rounded / scale;
  return isInteger(value) ? integer(result) : real(Number.isFinite(result) ? result : number);
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
