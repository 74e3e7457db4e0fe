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
  /** As they were given. */
  readonly files: Files;
  /** Texts that are templates but no files. */
  readonly texts: Map<string, string>;
  /** Those that stand as they are in another template, so that their lines may be shown. */
  readonly written: Set<string>;
  readonly options: CompileOptions;
  readonly found: Finding[];
  readonly parsed: Map<string, ParsedDocument>;
  /** A file, or a text that was added. */
  parse(file: string): ParsedDocument;
  /** Gives the name that the text is known by, which is that of the file when the file has just that text. */
  addText(name: string, text: string): string;
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
  const texts = new Map<string, string>();
  const textOf = (name: string) => (Object.hasOwn(files, name) ? files[name] : texts.get(name));
  const addText = (name: string, text: string) => {
    let free = name;
    while ((textOf(free) ?? text) !== text) free += '#';
    if (!Object.hasOwn(files, free)) texts.set(free, text);
    return free;
  };
  const parse = (file: string) => {
    const known = parsed.get(file) ?? parseDocument({ name: file, text: textOf(file) ?? '' }, options.limits);
    if (!parsed.has(file)) found.push(...known.findings);
    parsed.set(file, known);
    return known;
  };
  return { files, texts, written: new Set(), options, found, parsed, parse, addText, results: new Map(), depth, stopped: false };
}
