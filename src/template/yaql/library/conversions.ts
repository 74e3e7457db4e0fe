/** What a value is, and values of other kinds made of it. */
import { isInteger, isNumber, toFloat, toInteger } from '../number.ts';
import { toText } from '../python-repr.ts';
import { ANY, define, one } from '../signature.ts';
import { isDict, isIterable, isList, isSet, isTrue, kindOf, type Value } from '../value.ts';

function question(name: string, holds: (value: Value) => boolean) {
  return define('function', name, [one('value', ANY)], ([value]) => holds(value));
}

export const CONVERSIONS = [
  question('isString', (value) => typeof value === 'string'),
  question('isNumber', isNumber),
  question('isInteger', isInteger),
  question('isBoolean', (value) => typeof value === 'boolean'),
  question('isList', isList),
  question('isDict', isDict),
  question('isSet', isSet),
  question('isIterable', isIterable),
  question('isRegex', (value) => kindOf(value) === 'regex'),
  question('isDatetime', (value) => kindOf(value) === 'moment'),
  question('isTimespan', (value) => kindOf(value) === 'span'),
  question('bool', isTrue),
  define('function', 'int', [one('value', ANY)], ([value]) => toInteger(value)),
  define('function', 'float', [one('value', ANY)], ([value]) => toFloat(value)),
  define('function', 'str', [one('value', ANY)], ([value], quota) => toText(value, quota)),
];
