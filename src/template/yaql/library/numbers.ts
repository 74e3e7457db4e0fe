/** Functions of numbers. */
import { compare } from '../equality.ts';
import { YaqlError } from '../fault.ts';
import { calculate, integer, isInteger, modulo, type NumberValue, plain, round } from '../number.ts';
import type { Quota } from '../quota.ts';
import { ANY, define, INTEGER, ITEMS, NUMBER, one, optional } from '../signature.ts';
import type { Value } from '../value.ts';
import { reduce } from './queries.ts';

const a = one('a', INTEGER);
const b = one('b', INTEGER);

export const NUMBERS = [
  define('function', 'abs', [one('number', NUMBER)], ([number]) => calculate(number, 0, (n) => Math.abs(n))),
  define('function', 'sign', [one('number', NUMBER)], ([number]) => Math.sign(plain(number))),
  define('function', 'pow', [one('a', NUMBER), one('b', NUMBER), optional('c', INTEGER, null)], ([base, power, divisor]) =>
    divisor === null ? raise(base, power) : modulo(raise(base, power), divisor),
  ),
  define('function', 'round', [one('number', NUMBER), optional('ndigits', INTEGER, 0)], ([number, digits]) =>
    round(number, digits),
  ),
  define('function', 'max', [one('a', ANY), one('b', ANY)], ([x, y], quota) => larger(x, y, quota)),
  define('function', 'min', [one('a', ANY), one('b', ANY)], ([x, y], quota) => smaller(x, y, quota)),
  define('method', 'max', [one('collection', ITEMS), optional('initial', ANY, undefined)], ([items, initial], quota) =>
    reduce(items, (x, y) => larger(x ?? null, y ?? null, quota), initial),
  ),
  define('method', 'min', [one('collection', ITEMS), optional('initial', ANY, undefined)], ([items, initial], quota) =>
    reduce(items, (x, y) => smaller(x ?? null, y ?? null, quota), initial),
  ),
  define('function', 'bitwiseAnd', [a, b], ([x, y]) => bitwise(x, y, (p, q) => p & q)),
  define('function', 'bitwiseOr', [a, b], ([x, y]) => bitwise(x, y, (p, q) => p | q)),
  define('function', 'bitwiseXor', [a, b], ([x, y]) => bitwise(x, y, (p, q) => p ^ q)),
  define('function', 'bitwiseNot', [a], ([x]) => -x - 1),
  define('function', 'shiftBitsLeft', [a, one('bitsNumber', INTEGER)], ([x, bits]) => shifted(x, bits, (p, q) => p << q)),
  define('function', 'shiftBitsRight', [a, one('bitsNumber', INTEGER)], ([x, bits]) => shifted(x, bits, (p, q) => p >> q)),
  define('function', 'hex', [one('number', INTEGER)], ([number]) => `${number < 0 ? '-' : ''}0x${Math.abs(number).toString(16)}`),
];

function raise(base: NumberValue, power: NumberValue): NumberValue {
  const fraction = isInteger(power) && power < 0 ? { kind: 'real' as const, value: power } : power;
  return calculate(base, fraction, (x, y) => x ** y);
}

function larger(x: Value, y: Value, quota: Quota): Value {
  return compare(y, x, quota, '>') > 0 ? y : x;
}

function smaller(x: Value, y: Value, quota: Quota): Value {
  return compare(y, x, quota, '>') > 0 ? x : y;
}

function bitwise(x: number, y: number, operation: (p: bigint, q: bigint) => bigint): number {
  return integer(Number(operation(BigInt(x), BigInt(y))));
}

function shifted(x: number, bits: number, operation: (p: bigint, q: bigint) => bigint): number {
  if (bits < 0 || bits > 64) throw new YaqlError('a number is shifted by 0 to 64 bits');
  return integer(Number(operation(BigInt(x), BigInt(bits))));
}
