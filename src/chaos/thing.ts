/** The resource type of a chaos run: an object of the inventory, as a provider module that engine processes load. */
import { defineResource, type Observation, type ProviderCall, ProviderFailure } from '../providers/sdk.ts';

type Call = Omit<ProviderCall, 'properties' | 'previous'> & { readonly properties: { readonly value: string } };

interface Seen {
  readonly id: string;
  readonly value: string;
}

const base = (): string => process.env['CHAOS_INVENTORY'] ?? 'http://127.0.0.1:1';

async function ask(method: string, path: string, call: Call, body?: object): Promise<Seen | null> {
  const response = await fetch(`${base()}/${path}`, {
    method,
    signal: call.signal,
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch((error: unknown) => {
    if (call.signal.aborted) throw error;
    throw new ProviderFailure(String(error), { retry: 'later' });
  });
  const answer = (await response.json()) as unknown;
  if (response.status === 404) return null;
  if (!response.ok)
    throw new ProviderFailure(`the inventory says ${response.status}: ${answer}`, { retry: 'never', changed: false });
  return answer as Seen;
}

const wanted = (call: Call) => ({
  token: call.token,
  stack: call.stack.id,
  name: call.resource.name,
  value: call.properties['value'],
  operation: call.operation,
});
const done = ({ id, value }: Seen) => ({ kind: 'done' as const, physicalId: id, attributes: { value } });

async function look(path: string, call: Call): Promise<Observation> {
  const seen = await ask('GET', path, call);
  if (seen === null) return { presence: 'absent' };
  return { presence: 'present', physicalId: seen.id, attributes: { value: seen.value }, properties: { value: seen.value } };
}

export const chaosThing = defineResource({
  type: 'Chaos::Thing',
  description: 'an object of the inventory',
  properties: {
    value: { type: 'string', required: true, update: 'in-place' },
    key: { type: 'string', default: '', update: 'replace' },
  },
  attributes: { value: { type: 'string' } },
  idempotent: true,
  create: async (call) => done((await ask('POST', 'things', call, wanted(call)))!),
  find: (call) => look(`token/${call.token}`, call),
  read: (call) => look(`id/${call.physicalId}`, call),
  update: async (call) => {
    const seen = await ask('PUT', `things/${call.physicalId}`, call, wanted(call));
    if (seen === null) return { kind: 'replace-me' as const, reason: 'it is gone' };
    return done(seen);
  },
  delete: async (call) => {
    await ask('DELETE', `things/${call.physicalId}`, call);
    return { kind: 'deleted' as const };
  },
  matches: (observed, desired) => observed['value'] === desired['value'],
});

export default [chaosThing];
