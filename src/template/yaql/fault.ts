/**
 * What can go wrong in a YAQL expression: the template author's mistake, with its place in the expression.
 *
 * Messages name kinds of values and keys, never values: these may be secrets. `kind` tells the two mistakes that groupBy recovers from (as YAQL does) from the rest.
 */

export interface Fault {
  readonly message: string;
  /** Offset into the expression. */
  readonly at: number;
  readonly hint: string | undefined;
}

export type FaultKind = 'no match' | 'no index' | 'quota' | 'other';

export class YaqlError extends Error {
  override readonly name = 'YaqlError';
  readonly kind: FaultKind;
  readonly hint: string | undefined;
  /** Set by the innermost call that it passes through. */
  at: number | undefined;

  constructor(message: string, options: { kind?: FaultKind; at?: number; hint?: string | undefined } = {}) {
    super(message);
    this.kind = options.kind ?? 'other';
    this.at = options.at;
    this.hint = options.hint;
  }
}

/** `column 7`, or `line 2, column 3` when the expression has several lines. */
export function placeText(source: string, at: number): string {
  const before = source.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return source.trimEnd().includes('\n') ? `line ${line}, column ${column}` : `column ${column}`;
}
