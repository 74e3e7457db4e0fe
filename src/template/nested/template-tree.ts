/**
 * What the templates of one goal share while they are compiled: the files, each parsed once; everything found; and the results of nested
 * templates, so that a template used a thousand times in the same way is looked at once.
 */
import type { CompileOptions } from '../compile-options.ts';
import type { CompiledGoal } from '../definition.ts';
import type { Finding } from '../findings.ts';
import { type ParsedDocument, parseDocument } from '../parse-document.ts';
import type { Files } from './file-names.ts';

export interface TemplateTree {
  readonly files: Files;
  readonly options: CompileOptions;
  readonly found: Finding[];
  readonly parsed: Map<string, ParsedDocument>;
  parse(file: string): ParsedDocument;
  /** By what the result depends on; undefined where the template can't be read. */
  readonly results: Map<string, CompiledGoal | undefined>;
  /** How deep the stack is that compiling began with. */
  readonly depth: number;
  /** A circle was found, or too much of something: nested templates are looked at no further. */
  stopped: boolean;
}

export function startTree(files: Files, options: CompileOptions, depth: number): TemplateTree {
  const found: Finding[] = [];
  const parsed = new Map<string, ParsedDocument>();
  const parse = (file: string) => {
    const known = parsed.get(file) ?? parseDocument({ name: file, text: files[file] ?? '' }, options.limits);
    if (!parsed.has(file)) found.push(...known.findings);
    parsed.set(file, known);
    return known;
  };
  return { files, options, found, parsed, parse, results: new Map(), depth, stopped: false };
}
