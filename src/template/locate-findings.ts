/** What was found, as diagnostics: each once, with line and column, in the order of the documents. */
import type { Diagnostic } from '../std/diagnostic.ts';
import { type Finding, toDiagnostic } from './findings.ts';
import type { ParsedDocument } from './parse-document.ts';

export function locateFindings(found: readonly Finding[], parsed: readonly ParsedDocument[]): readonly Diagnostic[] {
  if (found.length === 0) return [];
  const rank = new Map(parsed.map((document, i) => [document.name, i] as const).reverse());
  const byName = new Map(parsed.map((document) => [document.name, document] as const).reverse());
  const located = found.map((finding) => {
    const document = finding.file === null ? undefined : byName.get(finding.file);
    return toDiagnostic(finding, finding.position ?? document?.locate(finding.path, finding.atKey));
  });
  const fileRank = ({ file }: Diagnostic) => (file === undefined ? parsed.length : (rank.get(file) ?? 0));
  return unique(located).sort(
    (a, b) => fileRank(a) - fileRank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** A template that is used more than once may be found wrong more than once. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values()];
}
