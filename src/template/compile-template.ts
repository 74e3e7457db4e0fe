import type { CompileOptions, PseudoParameters } from './compile-options.ts';
import type { CompiledGoal, Facade } from './definition.ts';
import type { Environment, TypeOf } from './environment.ts';
import { type Findings, findingsOf } from './findings.ts';
import { compileChild, type NestedParent, type NestedTemplate } from './nested/compile-child.ts';
import { makeNestedTypes } from './nested/nested-types.ts';
import type { TemplateTree } from './nested/template-tree.ts';
import { finishDefinitions, orderDrafts } from './order-definitions.ts';
import { checkParameterGroups } from './parameter-groups.ts';
import type { ParameterDeclaration } from './parameter-schema.ts';
import { type ParameterValue, type PreviousParameters, resolveParameters } from './parameter-values.ts';
import { type Path, within } from './path.ts';
import { type DefinitionDraft, type DefinitionSources, readDefinition } from './read-definition.ts';
import { readOutputs } from './read-outputs.ts';
import { readParameters } from './read-parameters.ts';
import { makeReader, type Reader } from './read-values.ts';
import type { NameRule } from './resource-rules.ts';
import { type ResourceEntry, readResourceTable } from './resource-table.ts';
import { addTexts } from './secret-texts.ts';
import { readSections, type TemplateSections } from './template-sections.ts';
import { makeTypeRegistry, type TypeMappings } from './type-registry.ts';

/** What Heat says where it is told no region. */
const AWS_REGION = 'ap-southeast-1';

export interface TemplateSource extends Omit<NestedTemplate, 'environment'> {
  /** Merging the environments needs the types of the parameters. */
  readonly environment: (typeOf: TypeOf) => Environment;
  readonly facade: Facade | 'open' | undefined;
  readonly previous: PreviousParameters | undefined;
  readonly tree: TemplateTree;
}

interface Compiling {
  readonly source: TemplateSource;
  readonly options: CompileOptions;
  readonly sections: TemplateSections;
  readonly environment: Environment;
  readonly declarations: ReadonlyMap<string, ParameterDeclaration>;
  readonly values: ReadonlyMap<string, ParameterValue>;
  readonly findings: Findings;
}

/** undefined when the document is no template at all. */
export function compileTemplate(source: TemplateSource): CompiledGoal | undefined {
  const findings = findingsOf(source.file, source.tree.found);
  const sections = readSections(source.value, findings);
  if (sections === undefined) return undefined;
  const declarations = readParameters(sections, findings);
  const environment = source.environment((name) => declarations.get(name)?.type);
  const { given, previous } = source;
  const hidden = new Set([...source.hidden, ...environment.encrypted]);
  const values = resolveParameters({ declarations, given, environment, previous, hidden, findings });
  checkParameterGroups(sections.groups, new Set(declarations.keys()), findings);
  return compileSections({ source, options: source.tree.options, sections, environment, declarations, values, findings });
}

function compileSections(on: Compiling): CompiledGoal {
  const { sections, findings, values } = on;
  const read = readTable(on);
  const { reader, table } = read;
  const conditionsPath = within(null, sections.language.keys.sections.conditions);
  for (const [name, definition] of sections.conditions) {
    const path = within(conditionsPath, name);
    if (typeof definition === 'string') reportName(name, definition, path, findings);
    else reader.decide(name, path);
  }
  const drafts = readDrafts(on, read);
  const outputDrafts = readOutputs(sections.outputs, { reader, findings, language: sections.language });
  const parent = nestedParent(on, reader);
  const order = orderDrafts(drafts, sections.language.keys.sections.resources, findings);
  const { definitions, outputs, nestedGoals, nestedSize } = finishDefinitions(order, drafts, outputDrafts, {
    compileNested: (...child) => compileChild(...child, parent),
    catalog: on.options.catalog,
    findings,
  });
  return {
    description: sections.description,
    definitions,
    outputs,
    nestedGoals,
    parameters: Object.fromEntries([...values].map(([name, { value }]) => [name, value])),
    hidden: [...values].filter(([, { hidden }]) => hidden).map(([name]) => name),
    immutable: [...on.declarations.values()].filter(({ immutable }) => immutable).map(({ name }) => name),
    treeSize: checkCount(table.size, nestedSize, on),
    rules: rulesOf(on.environment),
    eventSinks: on.environment.eventSinks,
  };
}

/** Where conditions are used a name stands for one; where they are defined Heat refuses it. */
function reportName(name: string, definition: string, path: Path, findings: Findings): void {
  const hint = 'write true, false or a function of conditions, or use the other name where this one is used';
  findings.error('HOT-CONDITION-VALUE', path, `the condition "${name}" can't be a name alone: "${definition}"`, { hint });
}

interface ReadTable {
  readonly reader: Reader;
  readonly table: ReadonlyMap<string, ResourceEntry>;
  readonly mappings: TypeMappings;
}

/** The reader looks resources up in the table, which needs the reader for their conditions: these never refer to resources. */
function readTable(on: Compiling): ReadTable {
  const { sections, environment, declarations, values, findings, options, source } = on;
  const { language, conditions, mappings, resources } = sections;
  const { files, parse } = source.tree;
  const table = new Map<string, ResourceEntry>();
  const pseudo = pseudoParameters(options.pseudo, language.pseudoPrefix);
  const parameters = new Map([...pseudo, ...values]);
  const declared = new Set([...declarations.keys(), ...pseudo.keys()]);
  const { file, facade } = source;
  const reader = makeReader({
    language,
    findings,
    parameters,
    declared,
    files,
    file,
    facade,
    resources: table,
    conditions,
    mappings,
  });
  const { catalog } = options;
  const types = makeTypeRegistry(environment.mappings);
  const tableSources = {
    resources,
    parameterNames: new Set(declarations.keys()),
    language,
    catalog,
    mappings: types,
    nestedTypes: makeNestedTypes({ namer: file, files, catalog, defaults: environment.defaults, parse, findings }),
    findings,
    decide: reader.decide,
  };
  readResourceTable(tableSources, table);
  return { reader, table, mappings: types };
}

function pseudoParameters(
  { stackId, stackName, projectId, region }: PseudoParameters,
  prefix: 'OS::' | 'AWS::',
): ReadonlyMap<string, ParameterValue> {
  const visible = (value: string) => ({ value, hidden: false });
  if (prefix === 'AWS::')
    return new Map([
      ['AWS::StackId', visible(`arn:openstack:heat::${projectId}:stacks/${stackName}/${stackId}`)],
      ['AWS::StackName', visible(stackName)],
      ['AWS::Region', visible(region ?? AWS_REGION)],
    ]);
  return new Map([
    ['OS::stack_id', visible(stackId)],
    ['OS::stack_name', visible(stackName)],
    ['OS::project_id', visible(projectId)],
    ['OS::region', visible(region ?? '')],
  ]);
}

function readDrafts(
  { source, options, environment, findings, values, sections: { language } }: Compiling,
  { reader, table, mappings }: ReadTable,
): ReadonlyMap<string, DefinitionDraft> {
  const hiddenTexts = (name: string) => {
    const texts = new Set<string>();
    addTexts(values.get(name)?.value ?? null, texts);
    return texts;
  };
  const { tree, file } = source;
  const stacks = { tree, file, region: options.pseudo.region ?? '', defaults: environment.defaults };
  const sources: DefinitionSources = {
    reader,
    findings,
    language,
    table,
    hiddenTexts,
    stacks,
    catalog: options.catalog,
    mappings,
  };
  const drafts = new Map<string, DefinitionDraft>();
  for (const entry of table.values()) {
    if (entry.enabled) drafts.set(entry.name, readDefinition(entry, drafts.size, sources));
  }
  return drafts;
}

function nestedParent({ source, environment, sections }: Compiling, reader: Reader): NestedParent {
  const { tree, file, chain, without } = source;
  return {
    tree,
    file,
    environment,
    chain,
    without,
    keys: sections.language.keys,
    isOpen: reader.isOpen,
    compile: (template) =>
      compileTemplate({ ...template, environment: () => template.environment, facade: 'open', previous: undefined, tree }),
  };
}

/** The resources of the tree; one report when they are too many. */
function checkCount(own: number, nested: number, { source: { tree, chain }, options, sections, findings }: Compiling): number {
  const most = options.limits?.resources ?? Number.POSITIVE_INFINITY;
  const count = own + nested;
  if (count <= most) return count;
  if (chain.length > 1) tree.stopped = true;
  else {
    const counted = nested === 0 ? '' : ', with those in nested templates';
    const message = `the template has ${count} resources${counted}; the limit is ${most}`;
    findings.error('HOT-LIMIT-RESOURCES', within(null, sections.language.keys.sections.resources), message, { atKey: true });
  }
  return count;
}

/** Those for the resources of this stack; what is nested has its own. */
function rulesOf({ rules }: Environment): readonly NameRule[] {
  return rules.flatMap(({ resources: [name, ...within], hooks, restrictedActions }) =>
    name === undefined || within.length > 0 ? [] : [{ name, hooks, restrictedActions }],
  );
}
