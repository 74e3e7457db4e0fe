/**
 * What is wrong with what a person gave us: collected, all at once, each with its place.
 */

export interface Diagnostic {
  /** Stable code, e.g. `HOT-REF-UNKNOWN`; docs/language/errors.md lists every one. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What to do about it, if we know. */
  readonly hint?: string;
  /** The file as the person named it. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** The line itself, where it stands in no file: a template written as a text in another one. */
  readonly source?: string;
  /** The place in the document: `resources.web.properties.port`. */
  readonly path?: string;
  /** Other places that have to do with it: where the other one stands, the way round a circle. */
  readonly notes?: readonly DiagnosticNote[];
}

export interface DiagnosticNote {
  readonly message: string;
  readonly file?: string;
  /** 1-based, as are columns. */
  readonly line?: number;
  readonly column?: number;
}

/** `file:line:column: error CODE: message (at path)` followed by the hint on a line of its own. */
export function formatDiagnostic(d: Diagnostic): string {
  const place = [d.file, d.line, d.column].filter((part) => part !== undefined).join(':');
  const head = `${place ? `${place}: ` : ''}${d.severity} ${d.code}: ${d.message}${d.path ? ` (at ${d.path})` : ''}`;
  const notes = (d.notes ?? []).map((note) => `\n    note: ${noteText(note)}`).join('');
  return `${head}${notes}${d.hint ? `\n    hint: ${d.hint}` : ''}`;
}

/** `file:line:column: message`. */
export function noteText({ file, line, column, message }: DiagnosticNote): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return place === '' ? message : `${place}: ${message}`;
}

/** Thrown where a request cannot be accepted; carries every diagnostic. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join('\n'));
    this.diagnostics = diagnostics;
  }
}

/** One error without a place in a file. */
export function problem(code: string, message: string, hint?: string): Diagnostic {
  return hint === undefined ? { code, severity: 'error', message } : { code, severity: 'error', message, hint };
}
