/**
 * OS::Heat::Delay: takes a while, and a random while longer.
 *
 * The end of a wait is drawn by the first call and kept in the operation's progress, so that a restart neither shortens nor repeats it.
 */
import { type AskAgain, askAgain, defineResource } from '../sdk.ts';

const ACTIONS = ['CREATE', 'DELETE', 'SUSPEND', 'RESUME'] as const;
type Action = (typeof ACTIONS)[number];

/** Jitter is drawn in steps of this many milliseconds. */
const JITTER_STEP_MS = 1;

interface Waiting {
  readonly properties: {
    readonly min_wait: number;
    readonly max_jitter: number;
    readonly jitter_multiplier: number;
    readonly actions: readonly string[];
  };
  readonly progress: unknown;
  readonly environment: { now(): number; randomInt(limit: number): number };
}

export const delay = defineResource({
  type: 'OS::Heat::Delay',
  description: 'Waits: min_wait seconds and up to max_jitter × jitter_multiplier more, on the actions named.',
  effects: false,
  interruptible: true,
  properties: {
    min_wait: {
      type: 'number',
      default: 0,
      update: 'in-place',
      constraints: [{ range: { min: 0 } }],
      description: 'Seconds at least.',
    },
    max_jitter: {
      type: 'number',
      default: 0,
      update: 'in-place',
      constraints: [{ range: { min: 0 } }],
      description: 'Seconds more at most, drawn at random.',
    },
    jitter_multiplier: {
      type: 'number',
      default: 1,
      update: 'in-place',
      constraints: [{ range: { min: 0 } }],
      description: 'Multiplies max_jitter: pass the number of clients that must not come all at once.',
    },
    actions: {
      type: 'list',
      default: ['CREATE'],
      update: 'in-place',
      items: { type: 'string', constraints: [{ allowed_values: ACTIONS }] },
      description: 'The actions that wait.',
    },
  },

  create: (call) => waitFor('CREATE', call) ?? { physicalId: `delay-${call.token}` },
  update: (call) => ({ physicalId: call.physicalId ?? `delay-${call.token}` }),
  delete: (call) => waitFor('DELETE', call) ?? undefined,
  suspend: (call) => waitFor('SUSPEND', call) ?? { physicalId: call.physicalId ?? `delay-${call.token}` },
  resume: (call) => waitFor('RESUME', call) ?? { physicalId: call.physicalId ?? `delay-${call.token}` },
});

function waitFor(action: Action, call: Waiting): AskAgain | null {
  if (!call.properties.actions.includes(action)) return null;
  const now = call.environment.now();
  const until = (call.progress as { until?: number } | null)?.until ?? now + drawnMs(call);
  return now < until ? askAgain((until - now) / 1000, { until }) : null;
}

function drawnMs(call: Waiting): number {
  const { min_wait, max_jitter, jitter_multiplier } = call.properties;
  const steps = Math.floor((max_jitter * jitter_multiplier * 1000) / JITTER_STEP_MS);
  return min_wait * 1000 + call.environment.randomInt(steps + 1) * JITTER_STEP_MS;
}
