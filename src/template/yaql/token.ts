/**
 * The tokens of YAQL. Space means nothing but the end of a word. A word before "(" is a function's name; other words are texts, except true,
 * false, null and the operators that are words.
 */
import { YaqlError } from './fault.ts';

export type Token =
  | { readonly kind: 'number'; readonly value: number; readonly float: boolean; readonly at: number }
  | { readonly kind: 'text' | 'word' | 'function' | 'variable' | 'symbol'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number };

export const LONGEST = 20_000;

const SPACE = /[ \t\r\n]*/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?![\p{L}\p{N}_])/uy;
const VARIABLE = /\$[\p{L}\p{N}_]*/uy;
const QUOTED = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
const VERBATIM = /`(?:[^`\\]|\\[\s\S])*`/y;
const SYMBOL = /=>|->|>=|<=|!=|=~|!~|\?\.|[=<>+\-*/.()[\]{},]/y;
const OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'mod']);

/** What people write who are used to other languages. */
const MISTAKES: readonly (readonly [text: string, hint: string])[] = [
  ['&&', 'write "and"'],
  ['||', 'write "or"'],
  ['!', 'write "not"'],
  ['%', 'write "mod"'],
  [':', 'write "=>" between key and value'],
];

/** All tokens and the end; throws a YaqlError. */
export function tokenize(source: string): readonly Token[] {
  if (source.length > LONGEST) throw new YaqlError(`the expression is longer than ${LONGEST} characters`, { at: LONGEST });
  const tokens: Token[] = [];
  let at = skipSpace(source, 0);
  while (at < source.length) {
    const [token, end] = readToken(source, at);
    tokens.push(token);
    at = skipSpace(source, end);
  }
  return [...tokens, { kind: 'end', text: '', at: source.trimEnd().length }];
}

function skipSpace(source: string, at: number): number {
  return at + (match(SPACE, source, at) ?? '').length;
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function readToken(source: string, at: number): readonly [Token, number] {
  const word = match(WORD, source, at);
  if (word !== undefined) return [wordToken(source, word, at), at + word.length];
  const number = match(NUMBER, source, at);
  if (number !== undefined) return [numberToken(number, at), at + number.length];
  const variable = match(VARIABLE, source, at);
  if (variable !== undefined) return [{ kind: 'variable', text: variable.slice(1), at }, at + variable.length];
  return readText(source, at) ?? readSymbol(source, at);
}

function wordToken(source: string, word: string, at: number): Token {
  if (OPERATORS.has(word)) return { kind: 'symbol', text: word, at };
  if (word.startsWith('__')) throw new YaqlError('words cannot start with "__"', { at });
  return { kind: source[at + word.length] === '(' ? 'function' : 'word', text: word, at };
}

function numberToken(text: string, at: number): Token {
  const value = Number(text);
  const float = text.includes('.');
  if (!float && !Number.isSafeInteger(value)) throw new YaqlError('the number is larger than an integer can be', { at });
  return { kind: 'number', value, float, at };
}

function readText(source: string, at: number): readonly [Token, number] | undefined {
  const quoted = match(QUOTED, source, at);
  if (quoted !== undefined) return [{ kind: 'text', text: decodeEscapes(quoted.slice(1, -1)), at }, at + quoted.length];
  const verbatim = match(VERBATIM, source, at);
  if (verbatim === undefined) return undefined;
  return [{ kind: 'text', text: verbatim.slice(1, -1).replaceAll('\\`', '`'), at }, at + verbatim.length];
}

const ESCAPE = /\\(?:U([0-9A-Fa-f]{8})|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|([\\'"abfnrtv]))/g;
const CONTROLS: { readonly [letter: string]: string } = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A backslash before anything else stays, as in Python. */
function decodeEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (whole, long?: string, short?: string, byte?: string, octal?: string, char?: string) => {
    if (char !== undefined) return CONTROLS[char] ?? char;
    const code = octal === undefined ? Number.parseInt(long ?? short ?? byte ?? '', 16) : Number.parseInt(octal, 8);
    return code > 0x10ffff ? whole : String.fromCodePoint(code);
  });
}

function readSymbol(source: string, at: number): readonly [Token, number] {
  const symbol = match(SYMBOL, source, at);
  if (symbol !== undefined) return [{ kind: 'symbol', text: symbol, at }, at + symbol.length];
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if ('\'"`'.includes(char)) throw new YaqlError(`the text that starts here has no closing ${char}`, { at });
  if (/\d/.test(char)) throw new YaqlError('this is not a number', { at });
  const hint = MISTAKES.find(([text]) => source.startsWith(text, at))?.[1];
  throw new YaqlError(`"${char}" means nothing here`, { at, hint });
}
