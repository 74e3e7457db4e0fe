/** A resource whose creation takes 50 ms at its provider, and nothing else. */
import { setTimeout as pause } from 'node:timers/promises';
import { defineResource } from '../providers/sdk.ts';

export const slow = defineResource({
  type: 'Bench::Slow',
  description: 'takes 50 ms a call',
  properties: {},
  attributes: {},
  create: async (call) => {
    await pause(50);
    return { kind: 'done' as const, physicalId: call.token };
  },
  delete: async () => ({ kind: 'deleted' as const }),
});
