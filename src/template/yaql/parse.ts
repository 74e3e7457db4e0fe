/**
 * The grammar of YAQL 1.x and later. Operators, from the tightest: `.` and `?.`, index, sign, `=~ !~`, `* / mod`, `+ -`, comparisons and `in`,
 * `not`, `and`, `or`, `->` (which is right-associative). How deep a tree may be is limited.
 */
import { YaqlError } from './fault.ts';
import type { Arg, Node } from './syntax.ts';
import { type Token, tokenize } from './token.ts';

const DEEPEST_TREE = 100;

const BINARY: ReadonlyMap<string, number> = new Map([
  ['->', 1],
  ['or', 2],
  ['and', 3],
  ...['>', '<', '>=', '<=', '!=', '=', 'in'].map((operator) => [operator, 5] as const),
  ['+', 6],
  ['-', 6],
  ['*', 7],
  ['/', 7],
  ['mod', 7],
  ['=~', 8],
  ['!~', 8],
]);

const PREFIX: ReadonlyMap<string, number> = new Map([
  ['not', 4],
  ['+', 9],
  ['-', 9],
]);

const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
  /** How deep each tree is that was read. */
  readonly heights: Map<Node, number>;
}

/** The tree of an expression; throws a YaqlError with its place. */
export function parse(source: string): Node {
  const reader: Reader = { tokens: tokenize(source), at: 0, depth: 0, heights: new Map() };
  const node = readExpression(reader, 0);
  if (peek(reader).kind !== 'end') throw unexpected(reader);
  return node;
}

function readExpression(reader: Reader, binding: number): Node {
  if (++reader.depth > DEEPEST_TREE) throw tooDeep(peek(reader).at);
  let left = readOperand(reader);
  for (let power = bindingOf(peek(reader)); power > binding; power = bindingOf(peek(reader)))
    left = readBinary(reader, left, power);
  reader.depth--;
  return left;
}

function bindingOf(token: Token): number {
  return token.kind === 'symbol' ? (BINARY.get(token.text) ?? 0) : 0;
}

function readBinary(reader: Reader, left: Node, power: number): Node {
  const { text: operator, at } = take(reader) as Token & { readonly text: string };
  const right = readExpression(reader, operator === '->' ? power - 1 : power);
  return grown(reader, { kind: 'binary', operator, left, right, at }, left, right);
}

function readOperand(reader: Reader): Node {
  const token = peek(reader);
  const power = token.kind === 'symbol' ? PREFIX.get(token.text) : undefined;
  if (token.kind !== 'symbol' || power === undefined) return readChain(reader);
  reader.at++;
  const operand = readExpression(reader, power);
  return grown(reader, { kind: 'unary', operator: token.text, operand, at: token.at }, operand);
}

/** An atom and the members, methods and indexes after it. */
function readChain(reader: Reader): Node {
  let node = readAtom(reader);
  for (;;) {
    const { at } = peek(reader);
    if (takeSymbol(reader, '[')) node = grown(reader, { kind: 'index', of: node, args: readArgs(reader, ']'), at }, node);
    else if (takeSymbol(reader, '.')) node = readMember(reader, node, false);
    else if (takeSymbol(reader, '?.')) node = readMember(reader, node, true);
    else return node;
  }
}

function readMember(reader: Reader, of: Node, safe: boolean): Node {
  const token = take(reader);
  if (token.kind === 'word') return grown(reader, { kind: 'member', of, name: token.text, safe, at: token.at }, of);
  if (token.kind === 'function') {
    const args = readCallArgs(reader);
    return grown(reader, { kind: 'call', name: token.text, receiver: of, safe, args, at: token.at }, of);
  }
  const hint = token.kind === 'text' ? `write .get(${JSON.stringify(token.text)})` : undefined;
  throw new YaqlError(`after "." comes a name, not ${tokenText(token)}`, { at: token.at, hint });
}

function readCallArgs(reader: Reader): readonly Arg[] {
  reader.at++;
  return readArgs(reader, ')');
}

function readAtom(reader: Reader): Node {
  const token = take(reader);
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', value: token.value, float: token.float, at: token.at };
    case 'text':
      return { kind: 'literal', value: token.text, float: false, at: token.at };
    case 'variable':
      return { kind: 'variable', name: token.text, index: indexOf(token.text), at: token.at };
    case 'word':
      return wordNode(token.text, token.at);
    case 'function':
      return { kind: 'call', name: token.text, receiver: null, safe: false, args: readCallArgs(reader), at: token.at };
    case 'symbol':
      return readBracketed(reader, token.text, token.at);
    default:
      throw new YaqlError('the expression ends too early', { at: token.at });
  }
}

function indexOf(name: string): number {
  return name === '' ? 1 : /^\d{1,9}$/.test(name) ? Number(name) : 0;
}

function wordNode(text: string, at: number): Node {
  const constant = CONSTANTS.get(text);
  return constant === undefined ? { kind: 'word', text, at } : { kind: 'literal', value: constant, float: false, at };
}

function readBracketed(reader: Reader, open: string, at: number): Node {
  if (open === '[') return { kind: 'list', args: readArgs(reader, ']'), at };
  if (open === '{') return { kind: 'dict', args: readArgs(reader, '}'), at };
  if (open !== '(') {
    reader.at--;
    throw unexpected(reader);
  }
  const node = readExpression(reader, 0);
  expectSymbol(reader, ')');
  return node;
}

function readArgs(reader: Reader, close: string): readonly Arg[] {
  if (takeSymbol(reader, close)) return [];
  const args: Arg[] = [];
  do args.push(readArg(reader, args.at(-1)));
  while (takeSymbol(reader, ','));
  expectSymbol(reader, close);
  const last = args.at(-1)!;
  if (last.kind === 'skipped') throw new YaqlError('an argument is missing', { at: last.at });
  return args;
}

function readArg(reader: Reader, before: Arg | undefined): Arg {
  const token = peek(reader);
  if (token.kind === 'symbol' && (token.text === ',' || ')]}'.includes(token.text))) return { kind: 'skipped', at: token.at };
  const value = readExpression(reader, 0);
  if (takeSymbol(reader, '=>')) return { kind: 'rule', key: value, value: readExpression(reader, 0), at: token.at };
  if (before?.kind === 'rule') throw new YaqlError('a plain argument cannot stand after "name => value"', { at: token.at });
  return { kind: 'value', value, at: token.at };
}

/** Left-leaning trees grow without recursion of the parser, yet are walked with recursion. */
function grown(reader: Reader, node: Node, ...parts: readonly Node[]): Node {
  const height = 1 + Math.max(...parts.map((part) => reader.heights.get(part) ?? 0));
  if (height > DEEPEST_TREE) throw tooDeep(node.at);
  reader.heights.set(node, height);
  return node;
}

function tooDeep(at: number): YaqlError {
  return new YaqlError(`the expression is nested deeper than ${DEEPEST_TREE}`, { at });
}

function peek(reader: Reader): Token {
  return reader.tokens[Math.min(reader.at, reader.tokens.length - 1)]!;
}

function take(reader: Reader): Token {
  const token = peek(reader);
  reader.at++;
  return token;
}

function takeSymbol(reader: Reader, text: string): boolean {
  const token = peek(reader);
  if (token.kind !== 'symbol' || token.text !== text) return false;
  reader.at++;
  return true;
}

function expectSymbol(reader: Reader, text: string): void {
  if (takeSymbol(reader, text)) return;
  const token = peek(reader);
  if (token.kind === 'end') throw new YaqlError(`the expression ends before "${text}"`, { at: token.at });
  throw unexpected(reader, text);
}

function unexpected(reader: Reader, wanted?: string): YaqlError {
  const token = peek(reader);
  const before = reader.tokens[reader.at - 1];
  const doubled = token.kind === 'symbol' && token.text === '=' && before?.kind === 'symbol' && before.text === '=';
  const hint = doubled ? 'equality is written with one "="' : undefined;
  const instead = wanted === undefined ? '' : `; "${wanted}" or "," is missing before it`;
  return new YaqlError(`${tokenText(token)} cannot stand here${instead}`, { at: token.at, hint });
}

function tokenText(token: Token): string {
  if (token.kind === 'end') return 'the end';
  if (token.kind === 'number') return String(token.value);
  if (token.kind === 'text') return `the text ${JSON.stringify(token.text)}`;
  return `"${token.kind === 'variable' ? '$' : ''}${token.text}${token.kind === 'function' ? '(' : ''}"`;
}
