/**
 * The lines in which a quoted text or a flow collection goes on.
 *
 * YAML 1.2 wants them further in than what they belong to, and the packages used here insist on it. Heat's loader never looks at their
 * indentation, and templates that have lived for years rely on that. White space there means nothing, so that such lines can be moved in
 * (yaml-indentation.ts). This module only finds them: it knows of YAML what it takes to tell what is quoted from what looks like it.
 */

export interface Continuation {
  /** Where the line begins. */
  readonly start: number;
  /** The column that it must stand in, at least. */
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
  readonly found: Continuation[];
}

/** Thrown where the text is no YAML that this module knows; never leaves it. */
const LOST = new Error('not a continuation');

/** undefined when the text could not be followed to its end. */
export function findContinuations(text: string): readonly Continuation[] | undefined {
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
  toLineEnd(scan);
  return endLine(scan);
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
  scan.found.push({ start: scan.lineStart, indent: scan.parent + 1 });
}

function skipFlow(scan: Scan): true {
  let depth = 0;
  let begins = true;
  do {
    const char = scan.text[scan.at];
    if (char === undefined) throw LOST;
    if (begins && (char === '"' || char === "'")) {
      skipQuoted(scan, char);
      begins = scan.text[scan.at] === ':';
      continue;
    }
    if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    else if (char === '\n') goOn(scan);
    if (char === '#' && isBlank(scan, scan.at - 1)) toLineEnd(scan);
    else {
      begins = beginsAfter(scan, char, begins);
      scan.at++;
    }
  } while (depth > 0);
  return true;
}

/** Whether what comes next in a flow collection may be a quoted text. */
function beginsAfter(scan: Scan, char: string, before: boolean): boolean {
  if (',[{'.includes(char)) return true;
  if (char === ':' || char === '?') return isBlank(scan, scan.at + 1) || ',[]{}"\''.includes(scan.text[scan.at + 1]!);
  return before && isBlank(scan, scan.at);
}
