/**
 * What a plain YAML scalar means to Heat, whose loader is PyYAML's: YAML 1.1 without timestamps, so that a version date stays a text.
 *
 * `y` and `n` stay texts, as there. Whole numbers too large to be exact, infinities and not-a-number stay texts, since JSON can't hold them.
 */
import type { Json } from '../std/json.ts';

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const BINARY = /^[-+]?0b[01_]+$/;
const OCTAL = /^[-+]?0[0-7_]+$/;
const HEX = /^[-+]?0x[0-9a-fA-F_]+$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const SEXAGESIMAL = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/;
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|[-+]?\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$/;

/** The value of a scalar without quotes. */
export function readPlainScalar(text: string): Json {
  if (!/^[-+.0-9~nNyYtTfFoO]/.test(text)) return text === '' ? null : text;
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  return readNumber(text) ?? text;
}

function readNumber(text: string): number | undefined {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const sign = text.startsWith('-') ? -1 : 1;
  const whole = readWhole(text, digits);
  if (whole !== undefined) return Number.isSafeInteger(whole) ? sign * whole : undefined;
  return FLOAT.test(text) ? sign * Number(digits) : undefined;
}

function readWhole(text: string, digits: string): number | undefined {
  if (DECIMAL.test(text)) return Number(digits);
  if (OCTAL.test(text)) return Number.parseInt(digits, 8);
  if (BINARY.test(text)) return Number.parseInt(digits.slice(2), 2);
  if (HEX.test(text)) return Number.parseInt(digits.slice(2), 16);
  if (SEXAGESIMAL.test(text)) return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return undefined;
}
