/** What was found, as diagnostics: each once, with line and column, in the order of the documents. */
import type { Diagnostic, DiagnosticNote } from '../std/diagnostic.ts';
import { type Finding, type Note, toDiagnostic } from './findings.ts';
import type { ParsedDocument } from './parse-document.ts';

/** `textOf`: what stands in no file that a person could look into. */
export function locateFindings(
  found: readonly Finding[],
  parsed: readonly ParsedDocument[],
  textOf: (file: string) => string | undefined = () => undefined,
): readonly Diagnostic[] {
  if (found.length === 0) return [];
  const rank = new Map(parsed.map((document, i) => [document.name, i] as const).reverse());
  const byName = new Map(parsed.map((document) => [document.name, document] as const).reverse());
  const lineOf = lineReader(textOf);
  const located = found.map((finding) => {
    const document = finding.file === null ? undefined : byName.get(finding.file);
    const position = finding.position ?? document?.locate(finding.path, finding.atKey);
    const notes = finding.notes.map((note) => locateNote(note, finding, byName));
    const source = finding.file === null || position === undefined ? undefined : lineOf(finding.file, position.line);
    return { ...toDiagnostic(finding, position, notes), ...(source === undefined ? {} : { source }) };
  });
  const fileRank = ({ file }: Diagnostic) => (file === undefined ? parsed.length : (rank.get(file) ?? 0));
  return unique(located).sort(
    (a, b) => fileRank(a) - fileRank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** Takes each text apart once, however much is wrong in it. */
function lineReader(textOf: (file: string) => string | undefined): (file: string, line: number) => string | undefined {
  const texts = new Map<string, readonly string[]>();
  return (file, line) => {
    if (!texts.has(file)) texts.set(file, textOf(file)?.split('\n') ?? []);
    return texts.get(file)![line - 1];
  };
}

function locateNote(
  { message, file: named, path, position }: Note,
  finding: Finding,
  byName: ReadonlyMap<string, ParsedDocument>,
): DiagnosticNote {
  const file = named ?? finding.file ?? undefined;
  const at = position ?? (file === undefined ? undefined : byName.get(file)?.locate(path ?? null, true));
  return { message, ...(file === undefined ? {} : { file }), ...(at === undefined ? {} : { line: at.line, column: at.column }) };
}

/** A template that is used more than once may be found wrong more than once. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values()];
}
