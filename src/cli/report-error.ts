/** What went wrong before or beside the work itself, said to a person or as one JSON object on standard error. */

import type { Refused } from '../main/setpoint.ts';
import { type Diagnostic, InvalidRequest } from '../std/diagnostic.ts';
import { messageOf } from '../std/failure.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { countDiagnostics, formatDiagnostics } from './format-diagnostics.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface Report {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly exit: ExitCode;
}

/** What is refused before anything has happened, by the name of the error. */
const refusals: { readonly [name: string]: string } = {
  BadExport: 'BAD_EXPORT',
  NotExported: 'NOT_EXPORTED',
  NotEmpty: 'NOT_EMPTY',
  DatabaseMoved: 'DATABASE_MOVED',
};

export function reportError(terminal: Terminal, error: unknown): ExitCode {
  const { exit, ...report } = reportOf(error);
  if (terminal.json) terminal.warn(JSON.stringify({ error: report }));
  else terminal.warn(textOf(terminal, report));
  if (report.code === 'INTERNAL' && error instanceof Error && process.env['SETPOINT_DEBUG']) terminal.warn(String(error.stack));
  return exit;
}

function reportOf(error: unknown): Report {
  const plain = { message: messageOf(error), hint: null, diagnostics: [], exit: exitCodes.usage };
  if (error instanceof InvalidRequest)
    return { ...plain, code: 'INVALID', message: summaryOf(error.diagnostics), diagnostics: error.diagnostics };
  if (error instanceof UsageError) return { ...plain, code: error.code, hint: error.hint };
  if (isRefused(error)) return { ...plain, code: error.code };
  const known = error instanceof Error ? refusals[error.name] : undefined;
  if (known !== undefined) return { ...plain, code: known };
  return { ...plain, code: 'INTERNAL', exit: exitCodes.failed };
}

/** By name: the class would bring everything that opens a database along. */
function isRefused(error: unknown): error is Refused {
  return error instanceof Error && error.name === 'Refused';
}

function summaryOf(diagnostics: readonly Diagnostic[]): string {
  return `${countDiagnostics(diagnostics)}; nothing was changed`;
}

function textOf(terminal: Terminal, report: Omit<Report, 'exit'>): string {
  const { red, dim } = terminal.colors;
  const places = report.diagnostics.length > 0 ? `${formatDiagnostics(report.diagnostics, terminal.colors)}\n\n` : '';
  const hint = report.hint === null ? '' : `\n  ${dim('hint:')} ${report.hint}`;
  return `${places}${red('error:')} ${report.message}${hint}`;
}
