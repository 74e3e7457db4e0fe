/** Reads a template and whatever it and its environments name, as the stock client does: relative to the file that names it. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Diagnostic, InvalidRequest } from '../std/diagnostic.ts';
import { messageOf } from '../std/failure.ts';
import type { Json } from '../std/json.ts';
import type { GoalDocuments, SourceFile } from '../template/definition.ts';
import { findFileReferences } from '../template/find-file-references.ts';

export interface GatherRequest {
  readonly template: string;
  readonly environments?: readonly string[];
  readonly parameters?: { readonly [name: string]: Json };
}

/** Throws InvalidRequest with every file that can't be read. */
export function gatherFiles(request: GatherRequest): GoalDocuments {
  const problems: Diagnostic[] = [];
  const template = readSource(request.template, problems);
  const environments = (request.environments ?? []).map((path) => readSource(path, problems));
  const files: { [name: string]: string } = {};
  for (const source of [template, ...environments]) {
    for (const name of findFileReferences(source)) {
      if (!(name in files)) files[name] = readText(resolve(dirname(source.name), name), problems, source.name);
    }
  }
  if (problems.length > 0) throw new InvalidRequest(problems);
  return { template, files, environments, parameters: request.parameters ?? {} };
}

function readSource(path: string, problems: Diagnostic[]): SourceFile {
  return { name: path, text: readText(path, problems, null) };
}

function readText(path: string, problems: Diagnostic[], namedBy: string | null): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const by = namedBy === null ? '' : `, which ${namedBy} names,`;
    problems.push({
      code: 'FILE',
      severity: 'error',
      file: path,
      message: `the file${by} can't be read: ${messageOf(error)}`,
      hint: 'check the path; it is relative to the file that names it',
    });
    return '';
  }
}
