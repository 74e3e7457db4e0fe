/** What a reference from outside reads of a nested stack, once its template was looked at: whether it is there, and whether it is secret. */
import type { Json } from '../../std/json.ts';
import type { CompiledGoal } from '../definition.ts';
import type { Findings } from '../findings.ts';
import { didYouMean } from '../nearest-name.ts';
import type { TypeCatalog, TypeSchema } from '../property-schema.ts';
import type { NestedAttribute } from '../read-values.ts';
import { type InsideStep, stepInside } from './inside.ts';
import type { StackForm } from './stack-types.ts';

/** Heat lets a template say by an output of this name what get_resource gives. */
export const REFERENCE_OUTPUT = 'OS::stack_id';

/** A nested stack as its parent sees it. */
export interface NestedView {
  readonly form: StackForm | undefined;
  /** undefined when it could not be looked at. */
  readonly goal: CompiledGoal | undefined;
}

/** The output that an attribute of a stack gives; 'all' when it may be any, undefined when it is none of them. */
function outputOf(
  form: StackForm,
  attribute: string,
  [key = null]: readonly Json[],
): { readonly output: string } | 'all' | undefined {
  if (attribute === '*' || attribute === 'show') return 'all';
  if (form === 'cloudformation') return attribute.startsWith(OUTPUTS) ? { output: attribute.slice(OUTPUTS.length) } : undefined;
  if (attribute !== 'outputs') return undefined;
  return typeof key === 'string' ? { output: key } : 'all';
}

const OUTPUTS = 'Outputs.';

export function isSecretInside(
  view: NestedView | undefined,
  attribute: string,
  rest: readonly Json[],
  catalog: TypeCatalog,
): boolean {
  const goal = view?.goal;
  if (view === undefined || goal === undefined) return false;
  if (view.form !== undefined) {
    const told = outputOf(view.form, attribute, rest);
    return told === 'all' ? holdsSecret(goal) : told !== undefined && goal.outputs[told.output]?.secret === true;
  }
  const step = stepInside(attribute, rest);
  if (step !== undefined) return isSecretResource(goal, step.name, step.rest, catalog);
  return attribute === '*' ? holdsSecret(goal) : goal.outputs[attribute]?.secret === true;
}

function holdsSecret({ outputs }: CompiledGoal): boolean {
  return Object.values(outputs).some(({ secret }) => secret);
}

function viewIn(goal: CompiledGoal, name: string): NestedView {
  return { form: goal.definitions.get(name)?.nested?.form, goal: goal.nestedGoals.get(name) };
}

/** An attribute whose name is not known yet may be any. */
function isSecretResource(goal: CompiledGoal, name: string, rest: readonly Json[], catalog: TypeCatalog): boolean {
  const definition = goal.definitions.get(name);
  const attribute = rest.length === 0 ? undefined : String(rest[0] ?? '*');
  if (definition?.nested !== undefined)
    return isSecretInside(viewIn(goal, name), attribute ?? REFERENCE_OUTPUT, rest.slice(1), catalog);
  if (definition?.secret === true) return true;
  const type = definition === undefined ? undefined : catalog.findType(definition.type);
  if (attribute === undefined) return type?.sensitiveReference === true;
  if (attribute === '*') return Object.values(type?.attributes ?? {}).some((one) => one.sensitive === true);
  return attributeOf(type, attribute)?.sensitive === true;
}

function attributeOf(type: TypeSchema | undefined, name: string) {
  if (type === undefined) return undefined;
  return Object.hasOwn(type.attributes, name) ? type.attributes[name] : type.attributes['*'];
}

interface Checking {
  readonly place: NestedAttribute['place'];
  readonly catalog: TypeCatalog;
  readonly findings: Findings;
}

/** Reports a resource or output within that is not there, and an attribute that it does not have. */
export function checkInside(
  { resource, attribute, rest, place }: NestedAttribute,
  view: NestedView | undefined,
  catalog: TypeCatalog,
  findings: Findings,
): void {
  if (view?.goal === undefined) return;
  const on = { place, catalog, findings };
  const step = view.form === undefined ? stepInside(attribute, rest) : undefined;
  if (step !== undefined) checkStep(resource, step, view.goal, on);
  else if (view.form !== undefined) checkTold(resource, view.form, [attribute, ...rest], view.goal, on);
}

function checkTold(
  stack: string,
  form: StackForm,
  [attribute, ...rest]: readonly Json[],
  goal: CompiledGoal,
  on: Checking,
): void {
  const told = outputOf(form, String(attribute), rest);
  if (typeof told === 'object') checkOutput(stack, told.output, goal, on);
  else if (told === undefined && form === 'cloudformation' && attribute !== REFERENCE_OUTPUT) {
    const hint = `its outputs are "${OUTPUTS}NAME"`;
    on.findings.error('HOT-ATTR-UNKNOWN', on.place, `a stack has no attribute "${String(attribute)}"`, { hint });
  }
}

function checkStep(stack: string, { name, rest }: InsideStep, goal: CompiledGoal, on: Checking): void {
  const definition = goal.definitions.get(name);
  if (definition === undefined) {
    const hint = didYouMean(name, goal.definitions.keys()) ?? 'there is none of that name, or its condition is false';
    on.findings.error('HOT-ATTR-UNKNOWN', on.place, `the nested stack "${stack}" has no resource "${name}"`, { hint });
    return;
  }
  const [attribute = null, ...keys] = rest;
  const { form, goal: inner } = viewIn(goal, name);
  const next = form === undefined ? stepInside(attribute, keys) : undefined;
  if (definition.nested === undefined) checkAttribute(name, attribute, definition.type, on);
  else if (next !== undefined && inner !== undefined) checkStep(name, next, inner, on);
  else if (inner !== undefined && form === undefined) checkOutput(name, attribute, inner, on);
  else if (inner !== undefined && form !== undefined && attribute !== null) checkTold(name, form, rest, inner, on);
}

function checkAttribute(resource: string, attribute: Json, typeName: string, { place, catalog, findings }: Checking): void {
  const type = catalog.findType(typeName);
  if (typeof attribute !== 'string' || type === undefined || type.openProperties === true) return;
  if (attributeOf(type, attribute) !== undefined) return;
  const hint = didYouMean(attribute, Object.keys(type.attributes));
  findings.error('HOT-ATTR-UNKNOWN', place, `"${resource}" is a ${type.name}, which has no attribute "${attribute}"`, { hint });
}

function checkOutput(stack: string, name: Json, goal: CompiledGoal, { place, findings }: Checking): void {
  if (typeof name !== 'string' || Object.hasOwn(goal.outputs, name)) return;
  const hint = didYouMean(name, Object.keys(goal.outputs));
  findings.error('HOT-ATTR-UNKNOWN', place, `the nested stack "${stack}" has no output "${name}"`, { hint });
}
