/**
 * Compiling: the documents of a goal to what a traversal needs, or to everything that is wrong with them, each with its place.
 *
 * Pure. Nothing is reported by throwing; what is found wrong never stops the search for more, unless a document can't be read at all, or too
 * much is wrong or would have to be done.
 */
import type { Diagnostic } from '../std/diagnostic.ts';
import type { JsonMap } from '../std/json.ts';
import type { CompileOptions } from './compile-options.ts';
import { compileTemplate } from './compile-template.ts';
import type { CompiledGoal, GoalDocuments, SourceFile } from './definition.ts';
import { DEFAULT_DEPTH } from './document-limits.ts';
import { type Environment, type GivenValue, readEnvironments, type TypeOf } from './environment.ts';
import { addLast, type Finding, type Findings, findingsOf, TooManyErrors } from './findings.ts';
import { locateFindings } from './locate-findings.ts';
import { childEnvironment } from './nested/child-environment.ts';
import { startTree, type TemplateTree } from './nested/template-tree.ts';
import { checkGivenValue, type ParsedDocument, parseDocument } from './parse-document.ts';
import { within } from './path.ts';
import { COMPILING, TooMuchWork, withWork } from './work.ts';

export type { CompileOptions, PseudoParameters } from './compile-options.ts';
export type { CompileLimits } from './document-limits.ts';

export type Compilation =
  | { readonly ok: true; readonly goal: CompiledGoal; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** The goal; or every diagnostic, in the order of the documents, warnings among them. */
export function compileGoal(documents: GoalDocuments, options: CompileOptions): Compilation {
  return withWork(options.limits?.work ?? COMPILING, () => compileDocuments(documents, options));
}

function compileDocuments(documents: GoalDocuments, options: CompileOptions): Compilation {
  const tree = startTree(documents.files, options, documents.nested?.resources.length ?? 0);
  const read = (source: SourceFile) => {
    const document = parseDocument(source, options.limits);
    tree.found.push(...document.findings);
    return document;
  };
  const template = read(documents.template);
  const globals = documents.environments.filter(({ isGlobal }) => isGlobal).map(read);
  const environments = documents.environments.filter(({ isGlobal }) => !isGlobal).map(read);
  const goal = orEnded(tree.found, () => compileParsed(template, globals, environments, documents, tree));
  const diagnostics = locateFindings(tree.found, [template, ...environments, ...globals, ...tree.parsed.values()], (file) =>
    tree.written.has(file) ? tree.texts.get(file) : undefined,
  );
  if (goal === undefined || diagnostics.some(isError)) return { ok: false, diagnostics };
  return { ok: true, goal, warnings: diagnostics };
}

/** undefined where it had to end before all was looked at. */
function orEnded(found: Finding[], compile: () => CompiledGoal | undefined): CompiledGoal | undefined {
  try {
    return compile();
  } catch (error) {
    if (error instanceof TooManyErrors) addLast(found, 'HOT-LIMIT-ERRORS', error.message, 'mend these first');
    else if (!(error instanceof TooMuchWork)) throw error;
    else if (!found.some(({ code }) => code === 'HOT-LIMIT-WORK'))
      addLast(found, 'HOT-LIMIT-WORK', error.message, 'a large value is used very often, or grows');
    return undefined;
  }
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}

function compileParsed(
  template: ParsedDocument,
  globals: readonly ParsedDocument[],
  environments: readonly ParsedDocument[],
  documents: GoalDocuments,
  tree: TemplateTree,
): CompiledGoal | undefined {
  const { options } = tree;
  const { nested } = documents;
  const environment = (typeOf: TypeOf) => {
    const all = [
      ...globals.map((one) => documentOf(one, true, tree)),
      ...environments.map((one) => documentOf(one, false, tree)),
    ];
    return environmentAt(readEnvironments(all, typeOf, options.sinks), documents);
  };
  if (template.value === undefined) {
    environment(() => undefined);
    return undefined;
  }
  return compileTemplate({
    file: template.name,
    value: template.value,
    environment,
    given: readGiven(documents.parameters, findingsOf(null, tree.found), options.limits?.depth ?? DEFAULT_DEPTH),
    hidden: new Set(nested?.hidden),
    chain: [template.name],
    without: nested?.without ?? [],
    facade: nested?.facade,
    previous: options.previous,
    tree,
  });
}

function documentOf({ name, value = null }: ParsedDocument, isGlobal: boolean, tree: TemplateTree) {
  return { name, value, findings: findingsOf(name, tree.found), isGlobal };
}

/** The root's environment as the stack sees that the documents are for. */
function environmentAt(environment: Environment, { nested }: GoalDocuments): Environment {
  return (nested?.resources ?? []).reduce((at, resource) => childEnvironment(at, resource, nested?.without ?? []), environment);
}

/** What was given with the request, checked as documents are. */
function readGiven(parameters: JsonMap, findings: Findings, depth: number): ReadonlyMap<string, GivenValue> {
  const given = new Map<string, GivenValue>();
  for (const name of Object.keys(parameters)) {
    const path = within(within(null, 'parameters'), name);
    const value = parameters[name] ?? null;
    given.set(name, { value, path, findings, broken: !checkGivenValue(value, path, depth, findings) });
  }
  return given;
}
