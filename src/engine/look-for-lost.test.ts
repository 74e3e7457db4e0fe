import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk } from './desk.ts';
import { lookForLost } from './look-for-lost.ts';
import type { ProviderCall, ResourceType } from './ports/provider.ts';
import type { Store, Tombstone } from './ports/store.ts';

const tombstone: Tombstone = {
  token: 't1',
  type: 'Shop::Thing',
  host: null,
  settings: { id: 1, name: 'other', values: { key: 'old' } },
  properties: {},
  stackUuid: 'u',
  stackName: 's',
  name: 'it',
  until: 5_000,
};

/** What `find` and `delete` are given as settings, of a type that makes a client of them. */
async function settingsGiven(configured: { readonly [name: string]: { readonly id: number; readonly key: string } }) {
  const given: unknown[] = [];
  const settled: (number | null)[] = [];
  const note = (call: ProviderCall): void => void given.push(call.settings);
  const type = {
    name: 'Shop::Thing',
    facts: { provider: 'shop' },
    configure: ({ key }: { key?: string }) => ({ client: key ?? 'none' }),
    async find(call: ProviderCall) {
      note(call);
      return { presence: 'present', physicalId: 'x' };
    },
    async delete(call: ProviderCall) {
      note(call);
    },
  } as unknown as ResourceType;
  const desk = {
    types: { findType: () => type },
    clock: { now: () => 1_000 },
    log: { warn: () => {} },
    settings: {
      findSettings: (family: string, name: string) =>
        family === 'shop' && configured[name] ? { ...configured[name], name, values: { key: configured[name].key } } : undefined,
    },
  } as unknown as Desk;
  const store = {
    listTombstones: async () => [tombstone],
    settleTombstone: async (_token: string, at: number | null) => void settled.push(at),
  } as unknown as Store;
  await lookForLost(desk, store, { host: 'h', effectTypes: [], freeTypes: [] } as never, new AbortController().signal);
  assert.deepEqual(settled, [121_000], 'it is looked for again');
  return given;
}

test('what a lost call made is looked for with the settings that it belongs to, configured, and as the operator has them now', async () => {
  const renewed = { default: { id: 2, key: 'not mine' }, other: { id: 3, key: 'new' } };
  assert.deepEqual(await settingsGiven(renewed), [{ client: 'new' }, { client: 'new' }]);
  assert.deepEqual(await settingsGiven({}), [{ client: 'old' }, { client: 'old' }], 'the operator has them no more');
});
