/** Accounts of one provider: each object is made, looked at, changed and deleted with the settings that it belongs to, as the operator has them now. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Edit } from '../engine/ports/store.ts';
import { defineProvider, defineResource } from '../providers/sdk.ts';
import { openSetpoint, type Setpoint } from './setpoint.ts';

type Account = { readonly account: string; readonly key: string };

/** A service with accounts: objects by account and id, and the keys that it accepts. */
function createService() {
  const objects = new Map<string, string>();
  const calls: string[] = [];
  const keys: { [account: string]: string } = { default: 'k1', other: 'k1' };
  const broken = { is: false };
  const at = ({ account, key }: Account, verb: string, id: string): string => {
    if (key !== '' && keys[account] !== key) throw new Error(`the key ${key} of ${account} is not good`);
    calls.push(`${verb} ${account}/${id}`);
    return `${account}/${id}`;
  };
  const shop = defineProvider({
    name: 'shop',
    settings: { account: { type: 'string', default: 'default' }, key: { type: 'string', default: '', sensitive: true } },
    configure: ({ account, key }: Account) => ({ account: account ?? 'default', key: key ?? '' }),
  });
  const thing = defineResource({
    type: 'Shop::Thing',
    description: 'In one account.',
    provider: shop,
    properties: { text: { type: 'string', update: 'in-place' } },
    create(call) {
      objects.set(at(call.settings, 'create', call.token), call.properties.text ?? '');
      return { physicalId: call.token };
    },
    update(call) {
      objects.set(at(call.settings, 'update', call.physicalId!), broken.is ? 'half' : (call.properties.text ?? ''));
      if (broken.is) throw new Error('the service broke');
      return { physicalId: call.physicalId! };
    },
    read(call) {
      const text = objects.get(at(call.settings, 'read', call.physicalId!));
      if (text === undefined) return { presence: 'absent' };
      return { presence: 'present', physicalId: call.physicalId!, properties: { text } };
    },
    delete(call) {
      objects.delete(at(call.settings, 'delete', call.physicalId!));
    },
  });
  return { objects, calls, keys, broken, types: [thing] };
}

const template = (text: string, account: string | null) => ({
  template: {
    name: 't.yaml',
    text: `
heat_template_version: 2021-04-16
resources:
  it:
    type: Shop::Thing
    ${account === null ? '' : `metadata: { setpoint:provider: ${account} }`}
    properties: { text: ${text} }
`,
  },
  files: {},
  environments: [],
  parameters: {},
});

interface Bench {
  readonly service: ReturnType<typeof createService>;
  /** With one engine, that has these settings; null for none. */
  using<T>(accounts: { [name: string]: Account }, work: (setpoint: Setpoint) => Promise<T>): Promise<T>;
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'setpoint-settings-'));
  const service = createService();
  try {
    await work({
      service,
      async using(shop, use) {
        const database = `sqlite:${join(folder, 'state.db')}`;
        const setpoint = await openSetpoint({ database, allowLocal: false, types: service.types, settings: { shop } });
        setpoint.startEngine();
        try {
          return await use(setpoint);
        } finally {
          await setpoint.close();
        }
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const other = { account: 'other', key: 'k1' };

async function submit(setpoint: Setpoint, text: string, account: string | null, edits: readonly Edit[] = []) {
  const { stack, traversal } = await setpoint.submit('demo', template(text, account), { edits });
  return (await setpoint.watch(stack, traversal))!;
}

async function remove(setpoint: Setpoint) {
  const { stack, traversal } = await setpoint.remove('demo');
  return (await setpoint.watch(stack, traversal))!;
}

const previewed = async (setpoint: Setpoint, text: string, account: string | null) => {
  const [entry] = (await setpoint.preview('demo', template(text, account))).entries;
  return `${entry!.action}: ${entry!.reason}`;
};

test('what was made without settings is replaced where its template names some, and goes without any', () =>
  withBench(async ({ service, using }) => {
    await using({}, async (setpoint) => {
      assert.equal((await submit(setpoint, 'a', null)).outcome, 'complete');
      assert.equal(await previewed(setpoint, 'a', 'other'), 'fail: there are no provider settings named other for shop');
    });
    const [first] = service.objects.keys();
    await using({ other }, async (setpoint) => {
      assert.equal(await previewed(setpoint, 'a', 'other'), 'replace: it belongs to other provider settings');
      assert.equal((await submit(setpoint, 'a', 'other')).outcome, 'complete');
    });
    assert.deepEqual(
      [...service.objects.keys()].map((key) => key.split('/')[0]),
      ['other'],
    );
    assert.ok(service.calls.includes(`delete ${first}`));
    // The operator has these settings no more; they were kept.
    await using({}, async (setpoint) => assert.equal((await remove(setpoint)).outcome, 'complete'));
    assert.equal(service.objects.size, 0);
  }));

test('what was made without settings is changed with those that are the default by now, in place', () =>
  withBench(async ({ service, using }) => {
    await using({}, async (setpoint) => void (await submit(setpoint, 'a', null)));
    const [first] = service.objects.keys();
    await using({ default: { account: 'default', key: 'k1' } }, async (setpoint) => {
      assert.equal((await submit(setpoint, 'b', null)).outcome, 'complete');
      service.keys['default'] = 'k2';
    });
    await using({ default: { account: 'default', key: 'k2' } }, async (setpoint) => {
      assert.equal((await submit(setpoint, 'c', null)).outcome, 'complete');
      assert.deepEqual([...service.objects], [[first, 'c']]);
      assert.equal((await remove(setpoint)).outcome, 'complete');
    });
    assert.equal(service.objects.size, 0);
  }));

test('what failed half-way in one account is looked for there, and not brought into line in another', () =>
  withBench(({ service, using }) =>
    using({ other }, async (setpoint) => {
      await submit(setpoint, 'a', null);
      service.broken.is = true;
      assert.equal((await submit(setpoint, 'b', null)).outcome, 'failed');
      service.broken.is = false;
      const { outcome, traversal } = await submit(setpoint, 'b', 'other');
      assert.equal(outcome, 'complete', traversal.reason);
      assert.deepEqual(
        [...service.objects].map(([key, text]) => [key.split('/')[0], text]),
        [['other', 'b']],
      );
      assert.deepEqual(
        service.calls.map((call) => call.split('-')[0]!.split('/')[0]),
        ['create default', 'update default', 'read default', 'create other', 'delete default'],
      );
    }),
  ));

test('what is imported is in the account that its template names, and goes from there', () =>
  withBench(({ service, using }) =>
    using({ other }, async (setpoint) => {
      service.objects.set('other/theirs', 'a');
      const edits: Edit[] = [{ kind: 'import', name: 'it', physicalId: 'theirs' }];
      const { outcome, traversal } = await submit(setpoint, 'a', 'other', edits);
      assert.equal(outcome, 'complete', traversal.reason);
      assert.deepEqual([...service.objects], [['other/theirs', 'a']]);
      assert.equal((await remove(setpoint)).outcome, 'complete');
      assert.equal(service.objects.size, 0);
    }),
  ));
