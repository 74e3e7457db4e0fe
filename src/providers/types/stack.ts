/**
 * OS::Heat::Stack and AWS::CloudFormation::Stack: stacks within, made by the engine as every nested stack is (docs/language/nested.md). No call
 * of these types is ever made; they are here to be offered, described and checked.
 */
import type { ResourceType } from '../../engine/ports/provider.ts';
import { CFN_STACK, HEAT_STACK } from '../../template/nested/stack-types.ts';
import type { TypeSchema } from '../../template/property-schema.ts';
import { defineResource, ProviderFailure } from '../sdk.ts';

export const heatStack = stackType(HEAT_STACK, 'A stack within this one, from a template that is given as a text.');
export const cloudFormationStack = stackType(
  CFN_STACK,
  'A stack within this one, from a template that was sent along as a file.',
);

function stackType(schema: TypeSchema, description: string): ResourceType {
  const { name, properties, attributes, stack } = schema;
  const refuse = (): never => {
    throw new ProviderFailure('a stack is made by the engine, not by a provider', { retry: 'never', changed: false });
  };
  const type = defineResource({
    type: name,
    description,
    effects: false,
    properties,
    attributes,
    create: refuse,
    update: refuse,
  });
  return Object.freeze({ ...type, ...(stack === undefined ? {} : { stack }) });
}
