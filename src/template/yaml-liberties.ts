/**
 * The liberties that YAML 1.2 does not give and the packages used here refuse, but that Heat's loader takes, and templates that have lived for
 * years rely on: quoted texts and flow collections that go on at any indentation, a dash alone in a flow collection (`[-, [a, b]]`), a comment
 * right behind a bracket or quote. yaml-strict.ts writes them as all take them. This module only finds them: it knows of YAML what it takes to
 * tell what is quoted from what looks like it.
 */

export interface Liberty {
  readonly kind: 'line' | 'dash' | 'comment';
  /** Where it begins. */
  readonly start: number;
  /** Of a line: the column that it must stand in, at least. */
  readonly indent: number;
}

interface Scan {
  readonly text: string;
  at: number;
  lineStart: number;
  /** The column of the key or dash that what is read belongs to. */
  parent: number;
  /** The column of the last node, which a colon makes a key. */
  node: number;
  readonly found: Liberty[];
}

/** Thrown where the text is no YAML that this module knows; never leaves it. */
const LOST = new Error('lost in the text');

/** undefined when the text could not be followed to its end. */
export function findLiberties(text: string): readonly Liberty[] | undefined {
  const scan: Scan = { text, at: 0, lineStart: 0, parent: -1, node: 0, found: [] };
  if (text.startsWith('\ufeff')) scan.at = 1;
  try {
    while (scan.at < text.length) readLine(scan);
    return scan.found;
  } catch (error) {
    if (error !== LOST) throw error;
    return undefined;
  }
}

function readLine(scan: Scan): void {
  if (isDirective(scan)) toLineEnd(scan);
  else if (scan.text.startsWith('---', scan.at) && isBlank(scan, scan.at + 3)) scan.at += 3;
  while (readToken(scan));
}

const isDirective = ({ text, at }: Scan): boolean => text[at] === '%';

/** False at the end of the line, which is passed. */
function readToken(scan: Scan): boolean {
  skipSpaces(scan);
  const char = scan.text[scan.at];
  if (char === undefined || char === '\n') return endLine(scan);
  if (char === '#') return skipComment(scan);
  if ((char === '-' || char === '?' || char === ':') && isBlank(scan, scan.at + 1)) return readIndicator(scan, char);
  if (char === '&' || char === '*' || char === '!') return skipWord(scan);
  if (char === '|' || char === '>') return skipBlockScalar(scan);
  scan.node = column(scan);
  if (char === '"' || char === "'") return skipQuoted(scan, char);
  return char === '[' || char === '{' ? skipFlow(scan) : skipPlain(scan);
}

function readIndicator(scan: Scan, char: string): true {
  scan.parent = char === ':' ? scan.node : column(scan);
  scan.at++;
  return true;
}

const column = ({ at, lineStart }: Scan): number => at - lineStart;

function isBlank({ text }: Scan, at: number): boolean {
  const char = text[at];
  return char === undefined || char === ' ' || char === '\t' || char === '\n' || char === '\r';
}

function skipSpaces(scan: Scan): void {
  while (scan.text[scan.at] !== '\n' && scan.at < scan.text.length && isBlank(scan, scan.at)) scan.at++;
}

function skipWord(scan: Scan): true {
  while (!isBlank(scan, scan.at)) scan.at++;
  return true;
}

function skipComment(scan: Scan): false {
  noteGlued(scan);
  toLineEnd(scan);
  return endLine(scan);
}

function noteGlued(scan: Scan): void {
  if (column(scan) > 0 && !isBlank(scan, scan.at - 1)) scan.found.push({ kind: 'comment', start: scan.at, indent: 0 });
}

function toLineEnd(scan: Scan): void {
  const end = scan.text.indexOf('\n', scan.at);
  scan.at = end === -1 ? scan.text.length : end;
}

function endLine(scan: Scan): false {
  scan.at++;
  scan.lineStart = scan.at;
  return false;
}

// ── block ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const BLOCK_HEADER = /[|>][+-]?([1-9]?)[+-]?[ \t]*(?:#.*)?\r?(?:\n|$)/y;

function skipBlockScalar(scan: Scan): false {
  BLOCK_HEADER.lastIndex = scan.at;
  const header = BLOCK_HEADER.exec(scan.text);
  if (header === null) throw LOST;
  toLineEnd(scan);
  endLine(scan);
  skipLinesFrom(scan, header[1] === '' ? undefined : scan.parent + Number(header[1]));
  return false;
}

/** Blank lines and those at `indent` or further in; without one, the first line says it. */
function skipLinesFrom(scan: Scan, indent: number | undefined): void {
  let least = indent;
  while (scan.at < scan.text.length) {
    const inner = indentAt(scan);
    if (inner !== undefined) {
      least ??= Math.max(inner, scan.parent + 1);
      if (inner < least) return;
    }
    toLineEnd(scan);
    endLine(scan);
  }
}

/** undefined when the line says nothing. */
function indentAt({ text, lineStart }: Scan): number | undefined {
  let at = lineStart;
  while (text[at] === ' ') at++;
  const char = text[at] === '\r' ? text[at + 1] : text[at];
  return char === undefined || char === '\n' ? undefined : at - lineStart;
}

const PLAIN = /(?:[^:#\n]|:(?![ \t\r\n]|$)|(?<![ \t])#)*/y;

/** A key up to its colon, or a text with all its lines. */
function skipPlain(scan: Scan): boolean {
  PLAIN.lastIndex = scan.at;
  PLAIN.test(scan.text);
  scan.at = PLAIN.lastIndex;
  if (scan.text[scan.at] !== '\n') return scan.at < scan.text.length;
  endLine(scan);
  for (let inner = indentAt(scan); scan.at < scan.text.length; inner = indentAt(scan)) {
    if (inner !== undefined && (inner <= scan.parent || scan.text[scan.at + inner] === '#')) break;
    toLineEnd(scan);
    endLine(scan);
  }
  return false;
}

// ── flow ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function skipQuoted(scan: Scan, quote: string): true {
  for (scan.at++; ; scan.at++) {
    const char = scan.text[scan.at];
    if (char === undefined) throw LOST;
    if (char === '\n') goOn(scan);
    else if (char === '\\' && quote === '"' && scan.text[scan.at + 1] !== '\n') scan.at++;
    else if (char === quote && (quote === '"' || scan.text[scan.at + 1] !== "'")) break;
    else if (char === quote) scan.at++;
  }
  scan.at++;
  return true;
}

/** At the end of a line that the next one continues. */
function goOn(scan: Scan): void {
  scan.lineStart = scan.at + 1;
  scan.found.push({ kind: 'line', start: scan.lineStart, indent: scan.parent + 1 });
}

/** What may stand at a place in a flow collection: something new, more of a plain text, or only what comes behind a node. */
type FlowPlace = 'new' | 'plain' | 'behind';

function skipFlow(scan: Scan): true {
  let depth = 0;
  let place: FlowPlace = 'new';
  do {
    const char = scan.text[scan.at];
    if (char === undefined) throw LOST;
    if (place === 'new' && (char === '"' || char === "'")) {
      skipQuoted(scan, char);
      place = 'behind';
    } else if (char === '#' && (place !== 'plain' || isBlank(scan, scan.at - 1))) {
      noteGlued(scan);
      toLineEnd(scan);
    } else {
      if (char === '[' || char === '{') depth++;
      else if (char === ']' || char === '}') depth--;
      else if (char === '\n') goOn(scan);
      else if (char === '-' && place === 'new') noteDash(scan);
      place = placeAfter(scan, char, place);
      scan.at++;
    }
  } while (depth > 0);
  return true;
}

function noteDash(scan: Scan): void {
  if (endsNode(scan.text[scan.at + 1])) scan.found.push({ kind: 'dash', start: scan.at, indent: 0 });
}

const endsNode = (char: string | undefined): boolean => char === ',' || char === ']' || char === '}';

function placeAfter(scan: Scan, char: string, before: FlowPlace): FlowPlace {
  if (char === ',' || char === '[' || char === '{') return 'new';
  if (char === ']' || char === '}') return 'behind';
  if (isBlank(scan, scan.at)) return before;
  const next = scan.text[scan.at + 1];
  if (char === ':' && (before === 'behind' || isBlank(scan, scan.at + 1) || endsNode(next))) return 'new';
  return char === '?' && before === 'new' && isBlank(scan, scan.at + 1) ? 'new' : 'plain';
}
