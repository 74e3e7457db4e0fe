/**
 * OS::Heat::TestResource: nothing, with a value, that waits and fails as told.
 *
 * Heat's semantics: a changed `value` replaces it where the new `update_replace` is true, a changed `update_replace_value` always does;
 * `fail` fails create and update after their wait, never delete; a negative wait lasts for ever. Waits are asked again for, so that a
 * thousand of them hold nothing. `attr_wait_secs` and `constraint_prop_secs` are accepted and have no effect: here attributes are read from
 * the database, and validation does not wait. `client_name` and `entity_name` belong to OpenStack's clients and have none either.
 */
import { type AskAgain, askAgain, defineResource, fail } from '../sdk.ts';

/** A wait without end looks again this often. */
const FOR_EVER_SECONDS = 3600;

type Action = 'create' | 'update' | 'delete';

interface Waiting {
  readonly properties: {
    readonly wait_secs: number;
    readonly action_wait_secs?: { readonly [action in Action]?: number | undefined } | undefined;
  };
  readonly progress: unknown;
  readonly environment: { now(): number };
}

export const testResource = defineResource({
  type: 'OS::Heat::TestResource',
  description: 'Stands for any resource in tests: stores a value, waits and fails as told.',
  effects: false,
  interruptible: true,
  properties: {
    value: { type: 'string', default: 'test_string', update: 'in-place', description: 'The value to be stored.' },
    fail: { type: 'boolean', default: false, update: 'in-place', description: 'Fail create and update.' },
    update_replace: {
      type: 'boolean',
      default: false,
      update: 'in-place',
      description: 'Whether a changed value needs a replacement.',
    },
    update_replace_value: { type: 'string', description: 'Any change of it needs a replacement.' },
    wait_secs: { type: 'number', default: 0, update: 'in-place', description: 'Seconds each action takes; negative: for ever.' },
    action_wait_secs: {
      type: 'map',
      update: 'in-place',
      description: 'Seconds by action; overrides wait_secs.',
      properties: {
        create: { type: 'number', update: 'in-place' },
        update: { type: 'number', update: 'in-place' },
        delete: { type: 'number', update: 'in-place' },
      },
    },
    attr_wait_secs: { type: 'number', default: 0, update: 'in-place', description: "Accepted for Heat's sake; no effect." },
    constraint_prop_secs: { type: 'number', default: 0, update: 'in-place', description: "Accepted for Heat's sake; no effect." },
    client_name: { type: 'string', default: '', update: 'in-place', description: "Accepted for Heat's sake; no effect." },
    entity_name: { type: 'string', default: '', update: 'in-place', description: "Accepted for Heat's sake; no effect." },
  },
  attributes: { output: { type: 'string', description: 'The value that was stored.' } },

  create(call) {
    const wait = waitFor('create', call);
    if (wait) return wait;
    if (call.properties.fail) throw failed(call.resource.name);
    return { physicalId: `test-${call.token}`, attributes: { output: call.properties.value } };
  },

  update(call) {
    const wait = waitFor('update', call);
    if (wait) return wait;
    if (call.properties.fail) throw failed(call.resource.name);
    return { physicalId: call.physicalId ?? `test-${call.token}`, attributes: { output: call.properties.value } };
  },

  delete(call) {
    return waitFor('delete', call) ?? undefined;
  },

  replaceReason(previous, desired) {
    return desired.update_replace && previous.value !== desired.value ? 'value changed and update_replace is true' : null;
  },
});

/** Asks for what is left of the wait; null when it is over. The end is fixed by the first call. */
function waitFor(action: Action, call: Waiting): AskAgain | null {
  const seconds = call.properties.action_wait_secs?.[action] ?? call.properties.wait_secs;
  if (seconds < 0) return askAgain(FOR_EVER_SECONDS, { until: null });
  if (seconds === 0) return null;
  const now = call.environment.now();
  const until = (call.progress as { until?: number | null } | null)?.until ?? now + seconds * 1000;
  return now < until ? askAgain((until - now) / 1000, { until }) : null;
}

function failed(name: string): Error {
  return fail(`Test Resource failed ${name}`, { changed: false });
}
