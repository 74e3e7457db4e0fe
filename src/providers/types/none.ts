/** OS::Heat::None: does nothing, takes any property. Map a type to it in an environment to leave that type out of a stack. */
import { defineResource } from '../sdk.ts';

export const none = defineResource({
  type: 'OS::Heat::None',
  description: 'Does nothing and accepts any property: stands in for a type that an environment switches off.',
  effects: false,
  openProperties: true,
  create: (call) => ({ physicalId: `none-${call.token}` }),
  update: (call) => ({ physicalId: call.physicalId ?? `none-${call.token}` }),
});
