/**
 * What was found wrong while compiling: kept with paths, not positions, since most documents have nothing wrong and positions are dear.
 */
import type { Diagnostic, DiagnosticNote } from '../std/diagnostic.ts';
import type { Code } from './codes.ts';
import { type Path, pathText } from './path.ts';

export interface Finding {
  readonly code: Code;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string | undefined;
  /** The document's name; null for what was given with the request. */
  readonly file: string | null;
  readonly path: Path | null;
  /** Point at the key rather than at its value. */
  readonly atKey: boolean;
  /** Where the path can't say it: syntax. */
  readonly position: Position | undefined;
  readonly notes: readonly Note[];
}

/** Another place that has to do with it. */
export interface Note {
  readonly message: string;
  /** The finding's when left out. */
  readonly file?: string;
  readonly path?: Path;
  readonly position?: Position;
}

/** More than anybody reads; what is wrong after that is told when these are mended. */
const MOST_ERRORS = 1_000;
const MOST_WARNINGS = 1_000;

/** Compiling ends with the errors that were found. */
export class TooManyErrors extends Error {
  override readonly name = 'TooManyErrors';

  constructor() {
    super(`there are more than ${MOST_ERRORS} errors; what follows is not told`);
  }
}

const NO_NOTES: readonly Note[] = [];

/** What a finding says beyond its code and sentence. */
export interface FindingOptions {
  readonly hint?: string | undefined;
  readonly atKey?: boolean;
  readonly position?: Position;
  readonly notes?: readonly Note[];
}

/** Collects for one document. */
export interface Findings {
  error(code: Code, path: Path | null, message: string, options?: FindingOptions): void;
  warning(code: Code, path: Path | null, message: string, options?: FindingOptions): void;
}

/** A collector for one file that adds to `list`, which has counts of its own. Throws TooManyErrors; warnings that are too many are passed over. */
export function findingsOf(file: string | null, list: Finding[]): Findings {
  const add =
    (severity: Finding['severity']) =>
    (code: Code, path: Path | null, message: string, options: FindingOptions = {}) => {
      const count = list.length < MOST_ERRORS ? 0 : list.filter((one) => one.severity === severity).length;
      if (severity === 'warning' && count >= MOST_WARNINGS) return;
      if (severity === 'error' && count >= MOST_ERRORS) throw new TooManyErrors();
      list.push({
        code,
        severity,
        message,
        hint: options.hint,
        file,
        path,
        atKey: options.atKey ?? false,
        position: options.position,
        notes: options.notes ?? NO_NOTES,
      });
    };
  return { error: add('error'), warning: add('warning') };
}

/** What ends compiling, about no place, however much was found before. */
export function addLast(list: Finding[], code: Code, message: string, hint: string): void {
  list.push({
    code,
    severity: 'error',
    message,
    hint,
    file: null,
    path: null,
    atKey: false,
    position: undefined,
    notes: NO_NOTES,
  });
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The finding as people are shown it, with where it and its notes stand. */
export function toDiagnostic(
  finding: Finding,
  position: Position | undefined,
  notes: readonly DiagnosticNote[] = [],
): Diagnostic {
  const path = pathText(finding.path);
  return {
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    ...(finding.hint === undefined ? {} : { hint: finding.hint }),
    ...(finding.file === null ? {} : { file: finding.file }),
    ...(position === undefined ? {} : { line: position.line, column: position.column }),
    ...(path === '' ? {} : { path }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
