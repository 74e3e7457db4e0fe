/**
 * What a resource says of the stack that it is: a template that is a type takes its parameters from the properties, OS::Heat::Stack and
 * AWS::CloudFormation::Stack have properties that say which template and which parameters.
 *
 * The template must be known before anything is made, so that depth, size, circles and mistakes are found then; one that waits for a resource
 * is refused.
 */
import { isMap, type Json, type JsonMap } from '../../std/json.ts';
import { checkProperties } from '../check-properties.ts';
import { evaluateLiteral } from '../evaluate.ts';
import type { Expression } from '../expression.ts';
import { isCall } from '../expression-form.ts';
import type { Findings } from '../findings.ts';
import { didYouMean } from '../nearest-name.ts';
import { type Path, within } from '../path.ts';
import type { TypeSchema } from '../property-schema.ts';
import type { Reader, Usage } from '../read-values.ts';
import type { ResourceEntry } from '../resource-table.ts';
import type { TypeMapping } from '../type-registry.ts';
import { findFileKey } from './file-names.ts';
import { nestedTypeSchema } from './nested-type.ts';
import { STACK_PROPERTIES, type StackForm } from './stack-types.ts';
import type { TemplateTree } from './template-tree.ts';

/** A nested stack on its way to be compiled. */
export interface StackUse {
  /** The template's name among the files of the tree. */
  readonly file: string;
  /** undefined for a template that is a type. */
  readonly form: StackForm | undefined;
  readonly mapping: TypeMapping | null;
  /** The template as a type; undefined when it can't be read. */
  readonly type: TypeSchema | undefined;
  /** What the parameters are given; undefined when that is not known beforehand. */
  readonly given: { readonly [name: string]: Expression } | undefined;
  /** What goes into each parameter. */
  readonly usage: ReadonlyMap<string, Usage>;
  /** Where the values of the parameters stand. */
  readonly path: Path;
  /** Where the template is given; null where it is the type. */
  readonly template: Path | null;
}

export interface StackUseSources {
  readonly tree: TemplateTree;
  /** The template that the resource stands in. */
  readonly file: string;
  readonly region: string;
  /** Parameters that the environment gives a default. */
  readonly defaults: { has(parameter: string): boolean };
  readonly reader: Reader;
  readonly findings: Findings;
}

/** undefined for a resource that is no stack, or whose template can't be told. `raw` is what stands in the template, `path` where. */
export function readStackUse(
  entry: ResourceEntry,
  raw: Json,
  properties: JsonMap,
  path: Path,
  sources: StackUseSources,
): StackUse | undefined {
  if (entry.nested !== undefined) {
    const { file, mapping } = entry.nested;
    const usage = usagesOf(raw, properties, entry.type, path, sources);
    return { file, form: undefined, mapping, type: entry.type, given: properties, usage, path, template: null };
  }
  const form = entry.type?.stack;
  return form === undefined ? undefined : readStack(form, raw, properties, path, sources);
}

function readStack(form: StackForm, raw: Json, properties: JsonMap, path: Path, sources: StackUseSources): StackUse | undefined {
  const names = STACK_PROPERTIES[form];
  const rawOf = (name: string): Json => (isMap(raw) && Object.hasOwn(raw, name) ? raw[name]! : null);
  const place = within(path, names.template);
  if (form === 'heat') checkContext(properties['context'] ?? null, within(path, 'context'), sources);
  const file = findTemplate(form, properties[names.template] ?? null, rawOf(names.template), place, sources);
  const value = file === undefined ? undefined : sources.tree.parse(file).value;
  if (file === undefined || value === undefined) return undefined;
  const type = nestedTypeSchema(file, value, sources.defaults);
  const parametersAt = within(path, names.parameters);
  const given = givenIn(properties[names.parameters] ?? null, sources);
  if (type !== undefined && given !== undefined) checkProperties(type, given, parametersAt, sources);
  const usage = usagesOf(rawOf(names.parameters), given, type, parametersAt, sources);
  return { file, form, mapping: null, type, given, usage, path: parametersAt, template: place };
}

/** undefined when a function that waits for a resource gives the whole map. */
function givenIn(expression: Expression, { reader }: StackUseSources): JsonMap | undefined {
  if (!isMap(expression)) return {};
  if (!isCall(expression)) return expression;
  return reader.isOpen(expression) ? undefined : (evaluateLiteral(expression) as JsonMap);
}

/** What goes into each parameter; into all of them, where a function gives the whole map. */
function usagesOf(
  raw: Json,
  given: JsonMap | undefined,
  type: TypeSchema | undefined,
  path: Path,
  { reader }: StackUseSources,
): ReadonlyMap<string, Usage> {
  if (!isMap(raw)) return new Map();
  if (given !== undefined && Object.keys(raw).every((name) => Object.hasOwn(given, name)))
    return new Map(Object.keys(raw).map((name) => [name, reader.usageOf(raw[name]!, within(path, name))]));
  const usage = reader.usageOf(raw, path);
  return new Map(Object.keys(type?.properties ?? {}).map((name) => [name, usage]));
}

/** The template's name in the tree; undefined, and reported, when it is not to be had. */
function findTemplate(
  form: StackForm,
  expression: Expression,
  raw: Json,
  path: Path,
  sources: StackUseSources,
): string | undefined {
  const { tree, file, reader, findings } = sources;
  if (expression === null) return undefined;
  if (typeof expression === 'object' && reader.isOpen(expression)) return reportOpen(expression, path, sources);
  const text = evaluateLiteral(expression);
  if (typeof text !== 'string') return undefined;
  if (form === 'heat') {
    const name = tree.addText(fileNamed(raw, sources) ?? `${file}#${path.parent?.parent?.key}`, text);
    if (typeof raw === 'string') tree.written.add(name);
    return name;
  }
  const key = findFileKey(tree.files, file, text);
  if (key !== undefined || tree.options.catalog.remoteStacks === true) return key;
  const hint = didYouMean(text, Object.keys(tree.files)) ?? 'nothing is fetched: send it along under this name';
  findings.error('HOT-NESTED-MISSING', path, `the template "${text}" was not given`, { hint });
  return undefined;
}

/** What get_file names, so that what is wrong in the template is told in its file and its own names are relative to it. */
function fileNamed(raw: Json, { tree, file }: StackUseSources): string | undefined {
  const name = isMap(raw) && Object.keys(raw).length === 1 ? raw['get_file'] : undefined;
  return typeof name === 'string' ? findFileKey(tree.files, file, name) : undefined;
}

/** Where a Heat makes the stack, it would take it when it is known. */
function reportOpen(expression: Expression, path: Path, { tree, reader, findings }: StackUseSources): undefined {
  if (tree.options.catalog.remoteStacks === true || reader.isPending(expression)) return undefined;
  const hint = 'give it by get_file, as a text, or by a parameter of the root stack';
  findings.error('HOT-NESTED-OPEN', path, 'the template of a stack must be known before anything is made', { hint });
  return undefined;
}

/** A region or credentials of another cloud. */
function checkContext(context: Expression, path: Path, { tree, region, findings }: StackUseSources): void {
  if (!isMap(context) || tree.options.catalog.remoteStacks === true) return;
  const names = isCall(context) ? [null] : ['region_name', 'credential_secret_id'];
  const foreign = names.find(
    (name) => name === null || namesAnother(context[name] ?? null, name === 'region_name' ? region : ''),
  );
  if (foreign === undefined) return;
  const hint = 'leave the context out to make it here, as a nested stack';
  const place = foreign === null ? path : within(path, foreign);
  findings.error('HOT-NESTED-REMOTE', place, 'a stack in another region or cloud needs an OpenStack Heat there to make it', {
    hint,
  });
}

function namesAnother(expression: Expression, own: string): boolean {
  return expression !== null && expression !== '' && expression !== own;
}
