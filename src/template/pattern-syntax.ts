/**
 * The syntax of `allowed_pattern`: Python's regular expressions, less what can't be matched in linear time. Errors are SyntaxErrors that say
 * what is not understood.
 */

export type Node =
  | { readonly kind: 'char'; readonly accepts: Accepts }
  | { readonly kind: 'check'; readonly holds: (text: readonly number[], at: number) => boolean }
  | { readonly kind: 'look'; readonly body: Node; readonly wanted: boolean }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly choices: readonly Node[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly min: number; readonly max: number; readonly lazy: boolean }
  | { readonly kind: 'group'; readonly body: Node; readonly index: number; readonly name: string | undefined };

type Accepts = (char: number) => boolean;

interface Reader {
  readonly source: string;
  at: number;
  depth: number;
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly lines: LineManner;
  groups: number;
}

/** What "^" and "$" mean: in a pattern for whole texts the ends; in a search also before a last newline, or at every line's ends. */
type LineManner = 'whole' | 'search' | 'lines';

export interface PatternOptions {
  readonly ignoreCase?: boolean;
  readonly dotAll?: boolean;
  readonly lines?: LineManner;
}

const DEEPEST = 100;
const MOST_REPEATS = 1_000;

const isDigit: Accepts = (c) => c >= 0x30 && c <= 0x39;
const isWord: Accepts = (c) => isDigit(c) || c === 0x5f || (c < 128 ? isLatin(c) : /[\p{L}\p{N}]/u.test(String.fromCodePoint(c)));
const isSpace: Accepts = (c) => (c >= 9 && c <= 13) || c === 0x20 || (c > 127 && /\s/.test(String.fromCodePoint(c)));

function isLatin(c: number): boolean {
  return (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a;
}

const CLASSES: ReadonlyMap<string, Accepts> = new Map([
  ['d', isDigit],
  ['w', isWord],
  ['s', isSpace],
  ['D', (c) => !isDigit(c)],
  ['W', (c) => !isWord(c)],
  ['S', (c) => !isSpace(c)],
]);

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['f', 12],
  ['v', 11],
  ['a', 7],
  ['0', 0],
]);

/** The tree of a pattern; throws a SyntaxError. */
export function parsePattern(source: string, options: PatternOptions = {}): Node {
  const flags = /^\(\?([a-zA-Z]+)\)/.exec(source)?.[1] ?? '';
  const known = options.lines === undefined ? 'iasu' : 'iasum';
  for (const flag of flags) if (!known.includes(flag)) throw new SyntaxError(`the flag "${flag}" is not supported`);
  const reader = startReader(source, flags, options);
  const node = readChoice(reader);
  if (reader.at < source.length) throw new SyntaxError(`")" without "(" at ${reader.at}`);
  return node;
}

function startReader(source: string, flags: string, options: PatternOptions): Reader {
  return {
    source,
    at: flags === '' ? 0 : flags.length + 3,
    depth: 0,
    ignoreCase: options.ignoreCase === true || flags.includes('i'),
    dotAll: options.dotAll === true || flags.includes('s'),
    lines: flags.includes('m') ? 'lines' : (options.lines ?? 'whole'),
    groups: 0,
  };
}

function readChoice(reader: Reader): Node {
  if (++reader.depth > DEEPEST) throw new SyntaxError('groups are nested too deep');
  const choices = [readSequence(reader)];
  while (take(reader, '|')) choices.push(readSequence(reader));
  reader.depth--;
  return choices.length === 1 ? choices[0]! : { kind: 'choice', choices };
}

function readSequence(reader: Reader): Node {
  const parts: Node[] = [];
  while (reader.at < reader.source.length && !'|)'.includes(peek(reader))) parts.push(readRepeats(reader, readAtom(reader)));
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
}

/**
 * A lazy quantifier matches the same whole texts as a greedy one; in a search it stops sooner. What is ahead is the same however often one
 * looks, and need not be looked at if it may be there no time.
 */
function readRepeats(reader: Reader, body: Node): Node {
  const range = readQuantifier(reader);
  if (range === undefined) return body;
  const lazy = take(reader, '?');
  if (!lazy && peek(reader) === '+') throw new SyntaxError('possessive quantifiers are not supported');
  if (readQuantifier(reader) !== undefined) throw new SyntaxError(`nothing to repeat at ${reader.at}`);
  if (body.kind === 'check') throw new SyntaxError('an anchor can not be repeated');
  if (body.kind === 'look') return range.min === 0 ? { kind: 'sequence', parts: [] } : body;
  return { kind: 'repeat', body, ...range, lazy };
}

function readQuantifier(reader: Reader): { min: number; max: number } | undefined {
  if (take(reader, '*')) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (take(reader, '+')) return { min: 1, max: Number.POSITIVE_INFINITY };
  if (take(reader, '?')) return { min: 0, max: 1 };
  const match = /^\{(\d*)(,?)(\d*)\}/.exec(reader.source.slice(reader.at, reader.at + 24));
  if (match === null || (match[1] === '' && match[3] === '')) return undefined;
  reader.at += match[0].length;
  return countedRange(match[1] ?? '', match[2] === ',', match[3] ?? '');
}

function countedRange(from: string, open: boolean, to: string): { min: number; max: number } {
  const min = from === '' ? 0 : Number(from);
  const max = !open ? min : to === '' ? Number.POSITIVE_INFINITY : Number(to);
  if (min > MOST_REPEATS || (max > MOST_REPEATS && max !== Number.POSITIVE_INFINITY))
    throw new SyntaxError(`more than ${MOST_REPEATS} repeats`);
  if (max < min) throw new SyntaxError('a repeat whose least is more than its most');
  return { min, max };
}

function readAtom(reader: Reader): Node {
  const char = next(reader);
  switch (char) {
    case '(':
      return readGroup(reader);
    case '[':
      return { kind: 'char', accepts: readClass(reader) };
    case '.':
      return { kind: 'char', accepts: reader.dotAll ? () => true : (c) => c !== 10 };
    case '^':
      return { kind: 'check', holds: reader.lines === 'lines' ? atLineStart : atStart };
    case '$':
      return { kind: 'check', holds: LINE_ENDS[reader.lines] };
    case '\\':
      return readEscape(reader);
    case '*':
    case '+':
    case '?':
      throw new SyntaxError(`nothing to repeat at ${reader.at - 1}`);
    default:
      return literal(reader, char.codePointAt(0) ?? 0);
  }
}

type Holds = (text: readonly number[], at: number) => boolean;

const atStart: Holds = (_, at) => at === 0;
const atLineStart: Holds = (text, at) => at === 0 || text[at - 1] === 10;
const atEnd: Holds = (text, at) => at === text.length;
const LINE_ENDS: { readonly [manner in LineManner]: Holds } = {
  whole: atEnd,
  search: (text, at) => at === text.length || (at === text.length - 1 && text[at] === 10),
  lines: (text, at) => at === text.length || text[at] === 10,
};

function literal(reader: Reader, code: number): Node {
  return { kind: 'char', accepts: withCase(reader, (c) => c === code) };
}

function withCase(reader: Reader, accepts: Accepts): Accepts {
  if (!reader.ignoreCase) return accepts;
  return (c) => accepts(c) || accepts(otherCase(c));
}

function otherCase(c: number): number {
  const text = String.fromCodePoint(c);
  const lower = text.toLowerCase();
  return (lower === text ? text.toUpperCase() : lower).codePointAt(0) ?? c;
}

function readGroup(reader: Reader): Node {
  const look = take(reader, '?=') ? true : take(reader, '?!') ? false : undefined;
  const wrap = look === undefined ? openGroup(reader) : (body: Node): Node => ({ kind: 'look', body, wanted: look });
  const body = readChoice(reader);
  if (!take(reader, ')')) throw new SyntaxError('"(" without ")"');
  return wrap(body);
}

/** Groups are numbered by their opening parentheses. */
function openGroup(reader: Reader): (body: Node) => Node {
  const opening = peek(reader) === '?' ? readGroupOpening(reader) : { captures: true, name: undefined };
  if (!opening.captures) return (body) => body;
  const index = ++reader.groups;
  return (body) => ({ kind: 'group', body, index, name: opening.name });
}

function readGroupOpening(reader: Reader): { readonly captures: boolean; readonly name: string | undefined } {
  const opening = /^\?(?::|P?<([A-Za-z_]\w*)>)/.exec(reader.source.slice(reader.at, reader.at + 100));
  if (opening === null) throw new SyntaxError(`the group at ${reader.at} is of a kind that is not supported`);
  reader.at += opening[0].length;
  return { captures: opening[1] !== undefined, name: opening[1] };
}

function readEscape(reader: Reader): Node {
  const char = next(reader);
  const accepts = CLASSES.get(char);
  if (accepts !== undefined) return { kind: 'char', accepts };
  if (char === 'b' || char === 'B') return { kind: 'check', holds: (text, at) => isBoundary(text, at) === (char === 'b') };
  if (char === 'A') return { kind: 'check', holds: atStart };
  if (char === 'Z' || char === 'z') return { kind: 'check', holds: atEnd };
  return literal(reader, escapedCode(reader, char));
}

function isBoundary(text: readonly number[], at: number): boolean {
  const before = at > 0 && isWord(text[at - 1]!);
  const after = at < text.length && isWord(text[at]!);
  return before !== after;
}

function escapedCode(reader: Reader, char: string): number {
  const control = CONTROLS.get(char);
  if (control !== undefined) return control;
  const digits = char === 'x' ? 2 : char === 'u' ? 4 : 0;
  if (digits > 0) return hexCode(reader, digits);
  if (/[A-Za-z0-9]/.test(char)) throw new SyntaxError(`"\\${char}" is not supported`);
  return char.codePointAt(0) ?? 0;
}

function hexCode(reader: Reader, digits: number): number {
  const text = reader.source.slice(reader.at, reader.at + digits);
  if (text.length < digits || !/^[0-9A-Fa-f]+$/.test(text)) throw new SyntaxError(`an escape needs ${digits} hexadecimal digits`);
  reader.at += digits;
  return Number.parseInt(text, 16);
}

function readClass(reader: Reader): Accepts {
  const negated = take(reader, '^');
  const accepted: Accepts[] = [];
  do accepted.push(readClassItem(reader));
  while (!take(reader, ']'));
  const any = withCase(reader, (c) => accepted.some((accepts) => accepts(c)));
  return negated ? (c) => !any(c) : any;
}

function readClassItem(reader: Reader): Accepts {
  const from = readClassChar(reader);
  if (typeof from === 'function') return from;
  if (peek(reader) !== '-' || reader.source[reader.at + 1] === ']') return (c) => c === from;
  reader.at++;
  const to = readClassChar(reader);
  if (typeof to === 'function' || to < from) throw new SyntaxError(`a range that is none at ${reader.at}`);
  return (c) => c >= from && c <= to;
}

function readClassChar(reader: Reader): number | Accepts {
  const char = next(reader);
  if (char !== '\\') return char.codePointAt(0) ?? 0;
  const escaped = next(reader);
  if (escaped === 'b') return 8;
  return CLASSES.get(escaped) ?? escapedCode(reader, escaped);
}

function peek(reader: Reader): string {
  return reader.source[reader.at] ?? '';
}

function next(reader: Reader): string {
  const code = reader.source.codePointAt(reader.at);
  if (code === undefined) throw new SyntaxError('the pattern ends too early');
  const char = String.fromCodePoint(code);
  reader.at += char.length;
  return char;
}

function take(reader: Reader, text: string): boolean {
  if (!reader.source.startsWith(text, reader.at)) return false;
  reader.at += text.length;
  return true;
}
