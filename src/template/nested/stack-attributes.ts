/** What a nested stack gives to those that refer to it: the outputs of a template as attributes, or what a resource of type stack has. */
import type { Json, JsonMap } from '../../std/json.ts';
import { REFERENCE_OUTPUT } from './check-inside.ts';
import type { StackForm } from './stack-types.ts';

export interface StackFacts {
  readonly uuid: string;
  readonly name: string;
  readonly tenant: string;
  readonly description: string;
  /** By name. */
  readonly outputs: JsonMap;
}

export interface StackTold {
  readonly attributes: JsonMap;
  readonly reference: string;
}

export function tellStack(form: StackForm | undefined, stack: StackFacts): StackTold {
  const { uuid, name, outputs } = stack;
  if (form === 'heat') return { attributes: { stack_name: name, outputs, show: showOf(stack) }, reference: uuid };
  if (form === 'cloudformation') {
    const attributes = Object.entries(outputs).map(([key, value]) => [`Outputs.${key}`, value]);
    return {
      attributes: Object.fromEntries(attributes),
      reference: `arn:openstack:heat::${stack.tenant}:stacks/${name}/${uuid}`,
    };
  }
  const given = outputs[REFERENCE_OUTPUT];
  return { attributes: outputs, reference: typeof given === 'string' ? given : uuid };
}

/** As Heat's API shows a stack, without what changes as it is worked on. */
function showOf({ uuid, name, description, outputs }: StackFacts): Json {
  const list = Object.entries(outputs).map(([output_key, output_value]) => ({ output_key, output_value }));
  return { id: uuid, stack_name: name, description, outputs: list };
}
