/**
 * The types whose objects are stacks made from a template that a property gives: OS::Heat::Stack and AWS::CloudFormation::Stack. Here they are
 * nested stacks, in the same tree and by the same mechanism as a template that is a type.
 */
import type { TypeSchema } from '../property-schema.ts';

/** How a resource says what its stack is made of, and what it tells of it. */
export type StackForm = 'heat' | 'cloudformation';

export interface StackProperties {
  /** The template: as a text, or (CloudFormation) the name of a file that was sent along. */
  readonly template: string;
  readonly parameters: string;
  /** In minutes. */
  readonly timeout: string;
}

export const STACK_PROPERTIES: { readonly [form in StackForm]: StackProperties } = {
  heat: { template: 'template', parameters: 'parameters', timeout: 'timeout' },
  cloudformation: { template: 'TemplateURL', parameters: 'Parameters', timeout: 'TimeoutInMinutes' },
};

export const HEAT_STACK = {
  name: 'OS::Heat::Stack',
  stack: 'heat',
  properties: {
    template: {
      type: 'string',
      required: true,
      update: 'in-place',
      description: 'The template as a text, usually by get_file; it must be known before anything is made.',
    },
    parameters: { type: 'map', default: {}, update: 'in-place', description: 'Values of its parameters.' },
    timeout: {
      type: 'integer',
      update: 'in-place',
      constraints: [{ range: { min: 1 } }],
      description: 'Minutes after which making or changing the stack is given up.',
    },
    context: {
      type: 'map',
      update: 'in-place',
      description: 'Where another Heat is to make it. Here it must name nothing, or the region that the stack is in.',
      properties: {
        region_name: { type: 'string', update: 'in-place' },
        credential_secret_id: { type: 'string', update: 'in-place' },
        ca_cert: { type: 'string', update: 'in-place' },
        insecure: { type: 'boolean', default: false, update: 'in-place' },
      },
    },
  },
  attributes: {
    stack_name: { type: 'string', description: 'The name of the stack.' },
    outputs: { type: 'map', description: 'Its outputs by name.' },
    show: { type: 'map', description: 'Its id, name, description and outputs.' },
  },
} as const satisfies TypeSchema;

export const CFN_STACK = {
  name: 'AWS::CloudFormation::Stack',
  stack: 'cloudformation',
  properties: {
    TemplateURL: {
      type: 'string',
      required: true,
      update: 'in-place',
      description: 'The name of a template that was sent along; nothing is fetched.',
    },
    Parameters: { type: 'map', update: 'in-place', description: 'Values of its parameters.' },
    TimeoutInMinutes: {
      type: 'integer',
      update: 'in-place',
      constraints: [{ range: { min: 1 } }],
      description: 'Minutes after which making or changing the stack is given up.',
    },
  },
  attributes: { '*': { type: 'any', description: '`Outputs.NAME`: an output of the stack.' } },
} as const satisfies TypeSchema;
