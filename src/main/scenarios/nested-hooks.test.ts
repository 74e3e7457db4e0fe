/** Hooks within nested stacks, and on them: one tree, cleared where the resource stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackRow } from '../../engine/ports/store.ts';
import { testDatabases } from '../../store/fixtures/test-databases.ts';
import { type NestedTemplate, openScenario, type Resources, type Scenario } from './harness.ts';

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

const files: { readonly [name: string]: NestedTemplate } = {
  'child.yaml': {
    parameters: { value: { type: 'string', default: '' } },
    resources: { leaf: { properties: { value: { get_param: 'value' } } } },
  },
};
const tree = (value = 'one'): Resources => ({
  nest: { type: 'child.yaml', properties: { value } },
  after: { depends_on: 'nest' },
});

async function childOf(s: Scenario): Promise<StackRow> {
  const { stack } = await s.view();
  await s.until('the nested stack is there', async () => (await s.store.listNested(stack)).length > 0);
  return (await s.store.listNested(stack))[0]!;
}

test('a hook within a nested stack holds up the whole tree, and is cleared in the nested stack', () =>
  scenario(async (s) => {
    await s.up(tree(), { files, about: { nest: { leaf: { hooks: ['pre-create', 'pre-delete'] } } } });
    const child = await childOf(s);
    await s.hooked('leaf', child);
    assert.deepEqual(await s.store.checkRows(), [], 'a tree that waits for a person is in order');
    assert.equal((await s.view()).nodes.find((n) => n.state === 'nested')?.hook, null);
    assert.equal((await s.clear('leaf', null)).kind, 'refused');
    assert.equal((await s.clear('leaf', null, child)).kind, 'cleared');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.calls, ['create leaf', 'create after']);
    await s.start('DELETE', { kind: 'empty' });
    assert.equal((await s.hooked('leaf', child)).hook, 'pre-delete');
    await s.clear('leaf', null, child);
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('hooks on the nested stack itself', () =>
  scenario(async (s) => {
    const about = { nest: { hooks: ['pre-create', 'post-create', 'pre-update', 'post-update', 'pre-delete', 'post-delete'] } };
    const met: string[] = [];
    const pass = async () => {
      const { hook } = await s.hooked('nest');
      met.push(`${hook}: ${s.world.names()}`);
      await s.clear('nest', null);
    };
    await s.up(tree(), { files, about });
    await pass();
    await pass();
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.up(tree('two'), { files, about });
    await pass();
    await pass();
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.start('DELETE', { kind: 'empty' });
    await pass();
    await pass();
    await s.rest();
    assert.deepEqual(met, [
      'pre-create: ',
      'post-create: leaf',
      'pre-update: after,leaf',
      'post-update: after,leaf',
      'pre-delete: leaf',
      'post-delete: ',
    ]);
  }));

test('a newer goal without the hook goes past it, and what is given up is not held up', () =>
  scenario(async (s) => {
    const about = { nest: { '*': { hooks: ['pre-create', 'pre-delete'] } } };
    await s.up(tree(), { files, about });
    const child = await childOf(s);
    await s.hooked('leaf', child);
    await s.up(tree(), { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.up(tree(), { files, about });
    assert.equal((await s.rest()).status, 'COMPLETE', 'only the hooks changed: nothing is to be done');
    assert.deepEqual(s.world.calls, ['create leaf', 'create after']);
    await s.start('DELETE', { kind: 'empty' });
    await s.hooked('leaf', child);
    await s.start('ABANDON', { kind: 'empty' });
    await s.until('the stacks are gone', async () => (await s.store.listStacks('t', { nested: true })).length === 0);
    assert.deepEqual(s.world.names(), ['leaf']);
  }));

test('a failure beside a nested hook rolls back the tree', () =>
  scenario(async (s) => {
    s.world.hold('create', 'bad');
    s.world.fail('create', 'bad');
    await s.up({ ...tree(), bad: {} }, { files, about: { nest: { leaf: { hooks: 'pre-create' } } }, rollback: true });
    await s.hooked('leaf', await childOf(s));
    s.world.release('create', 'bad');
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('a deadline of the root passes while a nested hook is waited for', () =>
  scenario(async (s) => {
    await s.up(tree(), { files, about: { nest: { leaf: { hooks: 'pre-create' } } }, timeoutMs: 60_000 });
    await s.hooked('leaf', await childOf(s));
    assert.equal((await s.rest()).status, 'FAILED');
    await s.up(tree(), { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
  }));
