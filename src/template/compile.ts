/**
 * Compiling: the documents of a goal to what a traversal needs, or to everything that is wrong with them, each with its place.
 *
 * Pure. Nothing is reported by throwing; what is found wrong never stops the search for more, unless a document can't be read at all.
 */
import { cycleText, type DependencyGraph, findCycle, topologicalOrder } from '../graph/dependency-graph.ts';
import { present } from '../std/assert.ts';
import type { Diagnostic } from '../std/diagnostic.ts';
import type { JsonMap } from '../std/json.ts';
import type { CompiledGoal, Definition, GoalDocuments, OutputDefinition } from './definition.ts';
import { DEFAULT_DEPTH, type DocumentLimits } from './document-limits.ts';
import { type Environment, type GivenValue, readEnvironments } from './environment.ts';
import { type Finding, type Findings, findingsOf, toDiagnostic } from './findings.ts';
import { checkParameterGroups } from './parameter-groups.ts';
import { type ParameterDeclaration, readParameterSchemas } from './parameter-schema.ts';
import { type ParameterValue, type PreviousParameters, resolveParameters } from './parameter-values.ts';
import { checkGivenValue, type ParsedDocument, parseDocument } from './parse-document.ts';
import { within } from './path.ts';
import type { TypeCatalog } from './property-schema.ts';
import { type DefinitionDraft, readDefinition } from './read-definition.ts';
import { readOutputs } from './read-outputs.ts';
import { makeReader, type Reader } from './read-values.ts';
import { type ResourceEntry, readResourceTable } from './resource-table.ts';
import { addTexts } from './secret-texts.ts';
import { readSections, type TemplateSections } from './template-sections.ts';
import { makeTypeRegistry } from './type-registry.ts';

/** What get_param knows besides the template's parameters. */
export interface PseudoParameters {
  readonly stackId: string;
  readonly stackName: string;
  readonly projectId: string;
  readonly region?: string;
}

export interface CompileLimits extends DocumentLimits {
  /** Most resources, disabled ones included; no limit when left out. */
  readonly resources?: number;
}

export interface CompileOptions {
  readonly catalog: TypeCatalog;
  readonly pseudo: PseudoParameters;
  /** The stack's parameters until now: those that are immutable must stay. */
  readonly previous?: PreviousParameters;
  readonly limits?: CompileLimits;
}

export type Compilation =
  | { readonly ok: true; readonly goal: CompiledGoal; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** The goal; or every diagnostic, in the order of the documents, warnings among them. */
export function compileGoal(documents: GoalDocuments, options: CompileOptions): Compilation {
  const template = parseDocument(documents.template, options.limits);
  const environments = documents.environments.map((source) => parseDocument(source, options.limits));
  const parsed = [template, ...environments];
  const found = parsed.flatMap((document) => document.findings);
  const goal = template.value === undefined ? undefined : compileParsed(template, environments, documents, options, found);
  const diagnostics = locateAll(found, parsed);
  if (goal === undefined || diagnostics.some(isError)) return { ok: false, diagnostics };
  return { ok: true, goal, warnings: diagnostics };
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}

function compileParsed(
  template: ParsedDocument,
  environments: readonly ParsedDocument[],
  documents: GoalDocuments,
  options: CompileOptions,
  found: Finding[],
): CompiledGoal | undefined {
  const findings = findingsOf(template.name, found);
  const environment = readEnvironments(
    environments.map(({ name, value }) => ({ value: value ?? null, findings: findingsOf(name, found) })),
  );
  const sections = readSections(template.value ?? null, findings);
  if (sections === undefined) return undefined;
  const given = readGiven(documents.parameters, findingsOf(null, found), options.limits?.depth ?? DEFAULT_DEPTH);
  return compileSections({ sections, environment, given, files: documents.files, options, findings });
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

interface Sources {
  readonly sections: TemplateSections;
  readonly environment: Environment;
  readonly given: ReadonlyMap<string, GivenValue>;
  readonly files: { readonly [name: string]: string };
  readonly options: CompileOptions;
  readonly findings: Findings;
}

function compileSections(sources: Sources): CompiledGoal {
  const { sections, environment, given, options, findings } = sources;
  const declarations = readParameterSchemas(sections.parameters, sections.language, findings);
  const values = resolveParameters({ declarations, given, environment, previous: options.previous, findings });
  checkParameterGroups(sections.groups, new Set(declarations.keys()), findings);
  const { reader, table } = readTable(sources, declarations, values);
  checkConditions(sections, reader);
  const drafts = readDrafts(sources, reader, table, values);
  const outputs = readOutputs(sections.outputs, { reader, findings, language: sections.language });
  const order = orderDrafts(drafts, findings);
  const definitions = spreadSecrets(order, drafts);
  const isSecret = (name: string) => definitions.get(name)?.secret === true;
  return {
    description: sections.description,
    definitions,
    outputs: Object.fromEntries([...outputs].map(([name, draft]) => [name, outputOf(draft, isSecret)])),
    parameters: Object.fromEntries([...values].map(([name, { value }]) => [name, value])),
    hidden: namesWhere(declarations, (declaration) => declaration.hidden),
    immutable: namesWhere(declarations, (declaration) => declaration.immutable),
  };
}

function namesWhere(
  declarations: ReadonlyMap<string, ParameterDeclaration>,
  holds: (declaration: ParameterDeclaration) => boolean,
): readonly string[] {
  return [...declarations.values()].filter(holds).map((declaration) => declaration.name);
}

/** The reader looks resources up in the table, which needs the reader for their conditions: these never refer to resources. */
function readTable(
  { sections, environment, files, options, findings }: Sources,
  declarations: ReadonlyMap<string, ParameterDeclaration>,
  values: ReadonlyMap<string, ParameterValue>,
): { readonly reader: Reader; readonly table: ReadonlyMap<string, ResourceEntry> } {
  const { language, conditions, resources } = sections;
  const table = new Map<string, ResourceEntry>();
  const pseudo = pseudoParameters(options.pseudo);
  const parameters = new Map([...pseudo, ...values]);
  const declared = new Set([...declarations.keys(), ...pseudo.keys()]);
  const reader = makeReader({ language, findings, parameters, declared, files, resources: table, conditions });
  const entries = readResourceTable({
    resources,
    parameterNames: new Set(declarations.keys()),
    language,
    catalog: options.catalog,
    registry: makeTypeRegistry(environment.mappings),
    findings,
    decide: reader.decide,
  });
  for (const [name, entry] of entries) table.set(name, entry);
  checkCount(table.size, options.limits?.resources, findings);
  return { reader, table };
}

function checkCount(count: number, most: number | undefined, findings: Findings): void {
  if (most === undefined || count <= most) return;
  findings.error('HOT-LIMIT-RESOURCES', within(null, 'resources'), `the template has ${count} resources; the limit is ${most}`, {
    atKey: true,
  });
}

function pseudoParameters({ stackId, stackName, projectId, region }: PseudoParameters): ReadonlyMap<string, ParameterValue> {
  const visible = (value: string) => ({ value, hidden: false });
  return new Map([
    ['OS::stack_id', visible(stackId)],
    ['OS::stack_name', visible(stackName)],
    ['OS::project_id', visible(projectId)],
    ['OS::region', visible(region ?? '')],
  ]);
}

/** Those that nothing uses, too. */
function checkConditions({ conditions }: TemplateSections, reader: Reader): void {
  for (const name of conditions.keys()) reader.decide(name, within(within(null, 'conditions'), name));
}

function readDrafts(
  { findings }: Sources,
  reader: Reader,
  table: ReadonlyMap<string, ResourceEntry>,
  values: ReadonlyMap<string, ParameterValue>,
): ReadonlyMap<string, DefinitionDraft> {
  const hiddenTexts = (name: string) => {
    const texts = new Set<string>();
    addTexts(values.get(name)?.value ?? null, texts);
    return texts;
  };
  const drafts = new Map<string, DefinitionDraft>();
  for (const entry of table.values()) {
    if (entry.enabled) drafts.set(entry.name, readDefinition(entry, { reader, findings, table, hiddenTexts }));
  }
  return drafts;
}

/** Every resource after what it requires; any order, and a report of each circle, when there is none. */
function orderDrafts(drafts: ReadonlyMap<string, DefinitionDraft>, findings: Findings): readonly string[] {
  const graph = new Map([...drafts].map(([name, { definition }]) => [name, definition.requires]));
  const order = topologicalOrder(graph);
  if (order !== undefined) return order;
  reportCycles(graph, findings);
  return [...drafts.keys()];
}

/** One report for each circle that shares nothing with those before it. */
function reportCycles(graph: DependencyGraph, findings: Findings): void {
  const left = new Map(graph);
  for (let cycle = findCycle(left); cycle !== undefined; cycle = findCycle(left)) {
    const first = present(cycle[0], 'the beginning of a cycle');
    if (cycle.length > 2) {
      const path = within(within(null, 'resources'), first);
      findings.error('HOT-CYCLE', path, `resources require each other in a circle: ${cycleText(cycle)}`, { atKey: true });
    }
    for (const name of cycle) left.delete(name);
  }
}

/** What refers to a secret resource is secret itself. */
function spreadSecrets(order: readonly string[], drafts: ReadonlyMap<string, DefinitionDraft>): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const name of order) {
    const { definition, references } = present(drafts.get(name), `the definition of ${name}`);
    const secret = definition.secret || anyOf(references, (reference) => definitions.get(reference)?.secret === true);
    definitions.set(name, secret === definition.secret ? definition : { ...definition, secret });
  }
  return definitions;
}

function anyOf(names: ReadonlySet<string>, holds: (name: string) => boolean): boolean {
  for (const name of names) if (holds(name)) return true;
  return false;
}

function outputOf(
  draft: { readonly output: OutputDefinition; readonly references: ReadonlySet<string> },
  isSecret: (name: string) => boolean,
): OutputDefinition {
  const secret = draft.output.secret || anyOf(draft.references, isSecret);
  return { ...draft.output, secret };
}

/** Diagnostics with lines and columns, in the order of the documents. */
function locateAll(found: readonly Finding[], parsed: readonly ParsedDocument[]): readonly Diagnostic[] {
  if (found.length === 0) return [];
  const rank = new Map(parsed.map((document, i) => [document.name, i] as const).reverse());
  const byName = new Map(parsed.map((document) => [document.name, document] as const).reverse());
  const located = found.map((finding) => {
    const document = finding.file === null ? undefined : byName.get(finding.file);
    return toDiagnostic(finding, finding.position ?? document?.locate(finding.path, finding.atKey));
  });
  const fileRank = (diagnostic: Diagnostic) => (diagnostic.file === undefined ? parsed.length : (rank.get(diagnostic.file) ?? 0));
  return located.sort((a, b) => fileRank(a) - fileRank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
