/**
 * What a nested stack is made of, once the properties of its resource are values: the template's text, the values of its parameters, and the
 * properties as they are recorded. Pure, for the engine and for previews.
 */
import { isMap, type JsonMap } from '../../std/json.ts';
import { toJsonContainer } from '../coerce.ts';
import type { Definition, NestedUse } from '../definition.ts';
import { evaluate, evaluateLiteral } from '../evaluate.ts';
import type { Scope } from '../expression.ts';
import { isCall, quote } from '../expression-form.ts';
import { parseDocument } from '../parse-document.ts';
import type { TypeSchema } from '../property-schema.ts';
import { type ResolvedProperties, resolveProperties } from '../resolve-properties.ts';
import type { Files } from './file-names.ts';
import { nestedTypeSchema } from './nested-type.ts';
import { STACK_PROPERTIES } from './stack-types.ts';

export interface ResolvedStack extends ResolvedProperties {
  readonly text: string;
  /** The template as a type. */
  readonly type: TypeSchema;
  /** Checked; those without a value are left out. */
  readonly parameters: JsonMap;
}

export interface StackSources {
  readonly definition: Definition;
  readonly use: NestedUse;
  readonly files: Files;
}

/** A text says why there is none. Throws a FunctionError. */
export function resolveStack(sources: StackSources, scope: Scope): ResolvedStack | string {
  const { definition, use } = sources;
  const text = templateText(sources);
  if (text === undefined) return `the file ${use.file} is not among the goal's`;
  const template = parseDocument({ name: use.file, text }).value ?? null;
  // Defaults are the child's to apply, where an environment's go before the template's.
  const type = nestedTypeSchema(use.form === undefined ? definition.type : use.file, template, { has: () => true });
  if (type === undefined) return `${use.file} is no template`;
  if (use.form === undefined) {
    const resolved = resolveProperties(definition, type, scope);
    return { ...resolved, text, type, parameters: resolved.properties };
  }
  return resolveForm(sources, text, type, scope);
}

/** Of OS::Heat::Stack the template is a property, a literal; otherwise it is a file. */
function templateText({ definition, use, files }: StackSources): string | undefined {
  if (use.form !== 'heat') return Object.hasOwn(files, use.file) ? files[use.file] : undefined;
  const text = evaluateLiteral(definition.properties[STACK_PROPERTIES.heat.template] ?? null);
  return typeof text === 'string' ? text : undefined;
}

function resolveForm({ definition, use }: StackSources, text: string, type: TypeSchema, scope: Scope): ResolvedStack {
  const names = STACK_PROPERTIES[use.form!];
  const expression = definition.properties[names.parameters] ?? null;
  const whole = isMap(expression) && !isCall(expression) ? undefined : evaluate(expression, scope);
  const given = whole === undefined ? (expression as JsonMap) : ((quote(toJsonContainer(whole.value) ?? {}) ?? {}) as JsonMap);
  const resolved = resolveProperties({ ...definition, properties: given }, type, scope);
  const { [names.parameters]: _, ...others } = definition.properties;
  const recorded = evaluate(others, scope).value as JsonMap;
  return {
    // Nothing can be said of a map that is not known yet (a preview).
    problems: whole?.unknownFrom.length
      ? []
      : resolved.problems.map((one) => ({ ...one, path: `${names.parameters}.${one.path}` })),
    unknownFrom: [...new Set([...resolved.unknownFrom, ...(whole?.unknownFrom ?? [])])].sort(),
    secrets: new Set([...resolved.secrets, ...(whole?.secrets ?? [])]),
    properties: { ...recorded, [names.parameters]: resolved.properties },
    parameters: resolved.properties,
    text,
    type,
  };
}

/** How long making or changing the stack may take; null where nothing is said of it. */
export function stackTimeoutMs({ form }: NestedUse, properties: JsonMap): number | null {
  const minutes = form === undefined ? null : properties[STACK_PROPERTIES[form].timeout];
  return typeof minutes === 'number' || typeof minutes === 'string' ? Number(minutes) * 60_000 : null;
}
