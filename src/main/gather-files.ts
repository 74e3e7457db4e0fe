/** Reads a template and whatever it and its environments name, as the stock client does: relative to the file that names it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Diagnostic, InvalidRequest } from '../std/diagnostic.ts';
import { messageOf } from '../std/failure.ts';
import type { Json } from '../std/json.ts';
import type { EnvironmentFile, GoalDocuments, SourceFile } from '../template/definition.ts';
import { gatherReferences } from '../template/nested/gather-references.ts';

export interface GatherRequest {
  readonly template: string;
  readonly environments?: readonly string[];
  /** The operator's, as `readGlobalEnvironments` gives them. */
  readonly globals?: readonly EnvironmentFile[];
  readonly parameters?: { readonly [name: string]: Json };
}

/** Throws InvalidRequest with every file that can't be read; one that is named and not there is left to compiling, which knows where. */
export function gatherFiles(request: GatherRequest): GoalDocuments {
  const problems: Diagnostic[] = [];
  const template = readSource(request.template, problems);
  const own = (request.environments ?? []).map((path) => readSource(path, problems));
  const environments = [...(request.globals ?? []), ...own];
  const files = gatherReferences([template, ...environments], (name, namedBy) => readNamed(name, problems, namedBy));
  if (problems.length > 0) throw new InvalidRequest(problems);
  return { template, files, environments, parameters: request.parameters ?? {} };
}

function readSource(path: string, problems: Diagnostic[]): SourceFile {
  return { name: path, text: readText(path, problems, null) };
}

/** Nothing is fetched: what the network would have to give is missing, and compiling says so. */
function readNamed(name: string, problems: Diagnostic[], namedBy: string): string | undefined {
  if (/^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(name)) return undefined;
  const path = name.startsWith('file:') ? fileURLToPath(name) : name;
  return existsSync(path) ? readText(path, problems, namedBy) : undefined;
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
