/**
 * The files of a goal: everything its template and environments name, and what nested templates name in turn, each relative to the file that
 * names it, as python-heatclient does. Pure: whoever calls says how a file is read.
 */

import type { SourceFile } from '../definition.ts';
import { fileReferencesOf, mappedTemplates } from '../find-file-references.ts';
import { parseDocument } from '../parse-document.ts';
import type { Files } from './file-names.ts';
import { isTemplateText, joinName } from './file-names.ts';

/** The text of the file; undefined when it can't be read, which is for the reader to report. */
export type ReadFile = (name: string, namedBy: string) => string | undefined;

interface Wanted {
  readonly key: string;
  readonly isTemplate: boolean;
}

/** By the names that compiling looks them up with. Each is read once and each template looked into once, so circles end. */
export function gatherReferences(sources: readonly SourceFile[], readFile: ReadFile): Files {
  const files: { [name: string]: string } = {};
  const done = new Set<string>();
  const waiting = [...sources];
  for (const source of waiting) {
    for (const { key, isTemplate } of wantedBy(source)) {
      if (done.has(`${key} ${isTemplate}`)) continue;
      done.add(`${key} ${isTemplate}`);
      const text = files[key] ?? readFile(key, source.name);
      if (text === undefined) continue;
      files[key] = text;
      if (isTemplate || isTemplateText(text)) waiting.push({ name: key, text });
    }
  }
  return files;
}

/** A text that can't be read names nothing; compiling will say why. */
function wantedBy(source: SourceFile): readonly Wanted[] {
  const document = parseDocument(source).value ?? null;
  const { texts, templates } = fileReferencesOf(document);
  return [
    ...texts.map((name) => ({ key: joinName(source.name, name), isTemplate: false })),
    ...templates.map((name) => ({ key: joinName(source.name, name), isTemplate: true })),
    ...mappedTemplates(document, source.name).map((key) => ({ key, isTemplate: true })),
  ];
}
