/** restricted_actions: what an environment forbids is refused before any call, whoever asks for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../../store/fixtures/test-databases.ts';
import { openScenario, type Resources, replaceMe, type Scenario } from './harness.ts';

const databases = (await testDatabases()).filter((database) => database.skip === false);

async function scenario(tell: (s: Scenario) => Promise<void>): Promise<void> {
  for (const database of databases) {
    const s = await openScenario(database);
    try {
      await tell(s);
      assert.deepEqual(await s.store.checkRows(), []);
    } finally {
      await s.close();
    }
  }
}

const one = (properties: { readonly value?: string; readonly key?: string }): Resources => ({
  a: { properties: { value: '', key: '', ...properties } },
  b: { depends_on: 'a' },
});
const forbid = (...restricted_actions: string[]) => ({ about: { a: { restricted_actions } } });

test('update is restricted: nothing is called, what requires it is skipped, another way is open', () =>
  scenario(async (s) => {
    await s.up(one({ value: 'x' }), forbid('update'));
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.up(one({ value: 'x' }), forbid('update', 'replace'));
    assert.equal((await s.rest()).status, 'COMPLETE', 'an update that leaves it alone is fine');
    const calls = s.world.calls.length;
    await s.up(one({ value: 'y' }), forbid('update'));
    const stack = await s.rest();
    assert.equal(stack.status, 'FAILED');
    assert.match(stack.reason, /resources\.a: update is restricted for resource\.$/);
    assert.equal(s.world.calls.length, calls);
    const { doubt, action, status } = await s.current('a');
    assert.deepEqual([doubt, action, status], [false, 'UPDATE', 'FAILED']);
    await s.up(one({ value: 'x', key: 'k' }), forbid('update'));
    assert.equal((await s.rest()).status, 'COMPLETE', 'a replacement is not restricted');
    await s.up(one({ value: 'y', key: 'k' }));
    assert.equal((await s.rest()).status, 'COMPLETE', 'without the restriction it is done');
    await s.up(one({ value: 'y', key: 'k' }), forbid('update', 'replace'));
    await s.start('DELETE', { kind: 'empty' });
    await s.rest();
    assert.deepEqual(s.world.names(), [], 'it goes with its stack');
  }));

test('replace is restricted: for a property, a person who asks for it, and a provider that asks half-way', () =>
  scenario(async (s) => {
    await s.up(one({}), forbid('replace'));
    await s.rest();
    const { id } = s.world.one('a');
    await s.up(one({ key: 'other' }), forbid('replace'));
    assert.match((await s.rest()).reason, /resources\.a: replace is restricted for resource\.$/);
    await s.up(one({}), forbid('replace'));
    assert.equal((await s.rest()).status, 'COMPLETE', 'back to what stands');
    const row = await s.current('a');
    const asked = await s.start('UPDATE', { kind: 'carry' }, [{ kind: 'replace', resourceId: row.id, reason: 'asked for' }]);
    assert.deepEqual(asked.kind === 'refused' && [asked.code, asked.message], [
      'RESTRICTED',
      'a: replace is restricted for resource.',
    ]);
    s.world.plan('update', 'a', () => replaceMe('it must be another one'));
    await s.up(one({ value: 'y' }), forbid('replace'));
    assert.match((await s.rest()).reason, /replace is restricted for resource\. It asks for it: /);
    assert.equal(s.world.one('a').id, id);
  }));

test('replace is restricted: what is ours is not given up for an object of others, nor the other way round', () =>
  scenario(async (s) => {
    await s.up(one({}), forbid('replace'));
    await s.rest();
    const { id } = s.world.one('a');
    await s.up({ ...one({}), a: { external_id: 'theirs' } }, forbid('replace'));
    assert.match((await s.rest()).reason, /resources\.a: replace is restricted for resource\.$/);
    assert.equal(s.world.one('a').id, id, 'it stands');
    await s.up(one({}), forbid('replace'));
    assert.equal((await s.rest()).status, 'COMPLETE');
  }));

test('a making that is only being finished is not restricted', () =>
  scenario(async (s) => {
    let tries = 0;
    s.world.plan('create', 'a', (call) => {
      if (tries++ > 0) return undefined;
      s.world.make(call);
      return replaceMe('it came out wrong');
    });
    await s.up(one({}), forbid('update', 'replace'));
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.objects.size, 2);
  }));

test('a rollback is held to what its own goal restricts', () =>
  scenario(async (s) => {
    await s.up(one({ value: 'x' }), forbid('update'));
    await s.rest();
    s.world.fail('create', 'bad');
    await s.up({ ...one({ value: 'y' }), bad: { depends_on: 'a' } }, { rollback: true });
    const stack = await s.rest();
    assert.deepEqual([stack.action, stack.status], ['ROLLBACK', 'FAILED']);
    assert.match(stack.reason, /update is restricted/);
    assert.equal(s.world.one('a').properties['value'], 'y');
    await s.up(one({ value: 'x' }));
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('a').properties['value'], 'x');
  }));

test('a nested stack as a whole', () =>
  scenario(async (s) => {
    const files = {
      'child.yaml': {
        parameters: { value: { type: 'string' } },
        resources: { leaf: { properties: { value: { get_param: 'value' } } } },
      },
    };
    const nest = (value: string): Resources => ({ a: { type: 'child.yaml', properties: { value } } });
    await s.up(nest('x'), { files, ...forbid('update') });
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.up(nest('y'), { files, ...forbid('update') });
    assert.match((await s.rest()).reason, /resources\.a: update is restricted/);
    await s.up({ a: {} }, forbid('replace'));
    assert.match((await s.rest()).reason, /resources\.a: replace is restricted/);
    assert.equal(s.world.one('leaf').properties['value'], 'x');
  }));
