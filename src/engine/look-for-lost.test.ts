import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk } from './desk.ts';
import { lookForLost } from './look-for-lost.ts';
import type { ProviderCall, ResourceType } from './ports/provider.ts';
import type { Holder, Offer, Tombstone } from './ports/store.ts';

const tombstone: Tombstone = {
  token: 't1',
  resourceId: 7 as Tombstone['resourceId'],
  type: 'Shop::Thing',
  host: null,
  settings: { id: 1, name: 'other', values: { key: 'old' } },
  properties: {},
  stackUuid: 'u',
  stackName: 's',
  name: 'it',
  until: 5_000,
};

interface Shop {
  /** What there is, by token: an id, or a look that never ends. */
  readonly objects: { readonly [token: string]: string | 'never' };
  readonly configured?: { readonly [name: string]: { readonly id: number; readonly key: string } };
  /** Objects that resources have, or may have. */
  readonly holders?: { readonly [id: string]: Holder };
  readonly now?: number;
  /** That the type allows one operation. */
  readonly timeoutMs?: number;
}

/** Looks for what is due; gives the calls that were made, and the tokens that are looked for no more. */
async function seek(
  due: readonly Tombstone[],
  { objects, configured = {}, holders = {}, now = 1_000, timeoutMs = 60_000 }: Shop,
) {
  const calls: { readonly way: string; readonly call: ProviderCall }[] = [];
  const ended: string[] = [];
  const type = {
    name: 'Shop::Thing',
    facts: { provider: 'shop', timeoutMs },
    configure: ({ key }: { key?: string }) => ({ client: key ?? 'none' }),
    async find(call: ProviderCall) {
      calls.push({ way: 'find', call });
      const id = objects[call.token];
      if (id === 'never') return new Promise(() => {});
      return id === undefined ? { presence: 'absent' } : { presence: 'present', physicalId: id };
    },
    async delete(call: ProviderCall) {
      calls.push({ way: 'delete', call });
      return { kind: 'deleted' };
    },
  } as unknown as ResourceType;
  const desk = {
    types: { findType: () => type },
    clock: { now: () => now },
    log: { warn: () => {} },
    settings: {
      findSettings: (family: string, name: string) =>
        family === 'shop' && configured[name] ? { ...configured[name], name, values: { key: configured[name].key } } : undefined,
    },
  } as unknown as Desk;
  const waited: number[] = [];
  await lookForLost(
    desk,
    {
      store: {
        async takeTombstones({ next }) {
          assert.equal(next, now + 120_000, 'they are due again, whatever becomes of it');
          return due;
        },
        holderOf: async (_, id) => holders[id] ?? 'nobody',
        endTombstone: async (token) => void ended.push(token),
      },
      // Only what waits for nothing else comes to an end.
      timers: {
        wait: (ms, signal) =>
          new Promise((resolve) =>
            whenIdle(() => {
              if (!signal?.aborted) waited.push(ms);
              resolve();
            }),
          ),
      },
      offer: {} as Offer,
    },
    new AbortController().signal,
  );
  return { calls, ended, waited };
}

/** After everything that is not waited for. */
const whenIdle = (then: () => void): void => void setImmediate(() => setImmediate(then));

test('what a lost call made is looked for with the settings that it belongs to, configured, and as the operator has them now', async () => {
  const renewed = { default: { id: 2, key: 'not mine' }, other: { id: 3, key: 'new' } };
  for (const [configured, key] of [
    [renewed, 'new'],
    [{}, 'old'],
  ] as const) {
    const { calls, ended } = await seek([tombstone], { objects: { t1: 'x' }, configured });
    assert.deepEqual(
      calls.map(({ way, call }) => [way, call.settings]),
      [
        ['find', { client: key }],
        ['delete', { client: key }],
      ],
    );
    assert.deepEqual(ended, [], 'it is looked for again');
  }
});

test('its deletion is the last operation on the version whose token it has', async () => {
  const { calls } = await seek([tombstone], { objects: { t1: 'x' } });
  assert.deepEqual(
    calls.map(({ call }) => [call.resource.version, call.operation, call.physicalId]),
    [
      [7, 2_147_483_647, null],
      [7, 2_147_483_647, 'x'],
    ],
  );
});

test('a look that never ends keeps none of the others waiting, and is given up', async () => {
  const others = ['t2', 't3'].map((token) => ({ ...tombstone, token }));
  const { calls, ended, waited } = await seek([tombstone, ...others], { objects: { t1: 'never', t2: 'y' }, now: 9_000 });
  assert.deepEqual(
    calls.map(({ way, call }) => `${way} ${call.token}`),
    ['find t1', 'find t2', 'find t3', 'delete t2'],
  );
  assert.deepEqual(ended, ['t3'], 'only of what is surely absent, and late enough, nothing can come any more');
  assert.deepEqual(waited, [60_000], 'the time that the type gives itself');
  const slow = await seek([tombstone], { objects: { t1: 'never' }, timeoutMs: 3_600_000 });
  assert.deepEqual(slow.waited, [300_000], 'but not for longer than the next ones can wait');
});

test('what somebody has imported or adopted meanwhile is left to him; what its own version may have is looked for again', async () => {
  for (const [holder, gone] of [
    ['somebody', ['t1']],
    ['perhaps', []],
  ] as const) {
    const { calls, ended } = await seek([tombstone], { objects: { t1: 'x' }, holders: { x: holder }, now: 9_000 });
    assert.deepEqual(
      calls.map(({ way }) => way),
      ['find'],
    );
    assert.deepEqual(ended, gone);
  }
});
