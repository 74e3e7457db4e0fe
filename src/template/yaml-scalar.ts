/**
 * What a plain YAML scalar means to Heat, whose loader is PyYAML's: YAML 1.1 without timestamps, so that a version date stays a text.
 *
 * `y` and `n` stay texts, as there. Whole numbers too large to be exact, infinities and not-a-number stay texts, since JSON can't hold them.
 */
import type { Json } from '../std/json.ts';

/** What words and nothing mean. */
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);
const LONGEST_WORD = 5;
const BINARY = /^[-+]?0b[01_]+$/;
const OCTAL = /^[-+]?0[0-7_]+$/;
const HEX = /^[-+]?0x[0-9a-fA-F_]+$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const SEXAGESIMAL = /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/;
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?$/;
const SEXAGESIMAL_FLOAT = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/;

/** The value of a scalar without quotes. */
export function readPlainScalar(text: string): Json {
  if (text.length <= LONGEST_WORD) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  return beginsNumber(text.charCodeAt(0)) ? (readNumber(text) ?? text) : text;
}

/** A digit, a sign or a point. */
function beginsNumber(char: number): boolean {
  return (char >= 0x30 && char <= 0x39) || char === 0x2b || char === 0x2d || char === 0x2e;
}

function readNumber(text: string): number | undefined {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
  const sign = text.startsWith('-') ? -1 : 1;
  const whole = readWhole(text, digits);
  if (whole !== undefined) return Number.isSafeInteger(whole) ? sign * whole : undefined;
  if (FLOAT.test(text)) return sign * Number(digits);
  return SEXAGESIMAL_FLOAT.test(text) ? sign * inSixties(digits) : undefined;
}

function inSixties(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function readWhole(text: string, digits: string): number | undefined {
  if (DECIMAL.test(text)) return Number(digits);
  if (OCTAL.test(text)) return Number.parseInt(digits, 8);
  if (BINARY.test(text)) return Number.parseInt(digits.slice(2), 2);
  if (HEX.test(text)) return Number.parseInt(digits.slice(2), 16);
  if (SEXAGESIMAL.test(text)) return inSixties(digits);
  return undefined;
}

/** Whether a block scalar that ends at `end` ends with the text, in the middle of a line. */
export function endsInBlock(text: string, end: number): boolean {
  return end >= text.length && /\S/.test(text.slice(text.lastIndexOf('\n') + 1));
}
