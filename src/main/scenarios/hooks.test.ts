/** Hooks: where work rests until a person clears them, whatever dies or is asked for meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../../store/fixtures/test-databases.ts';
import { openScenario, type Resources, type Scenario } from './harness.ts';

const databases = (await testDatabases()).filter((database) => database.skip === false);

/** On each database that there is. */
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

/** One after the other: a requires nothing, b requires a, c requires b. */
const chain = (value = 'one'): Resources => ({
  a: {},
  b: { properties: { value }, depends_on: 'a' },
  c: { depends_on: 'b' },
});

async function reasons(s: Scenario, name: string): Promise<string[]> {
  const { stack } = await s.view();
  return (await s.store.listEvents(stack.id, 0)).filter((e) => e.name === name).map((e) => `${e.action}_${e.status} ${e.reason}`);
}

test('pre-create: what is hooked rests, what it does not concern goes on, and a clear makes it ready', () =>
  scenario(async (s) => {
    await s.up({ ...chain(), alone: {} }, { about: { b: { hooks: 'pre-create' } } });
    const node = await s.hooked('b');
    assert.deepEqual([node.engineId, node.wakeAt, node.hook], [null, null, 'pre-create']);
    assert.deepEqual(s.world.names(), ['a', 'alone'], 'siblings are made, b and what requires it are not');
    assert.equal((await s.current('b')).action, 'INIT');
    assert.equal((await s.view()).stack.status, 'IN_PROGRESS');
    assert.deepEqual(await reasons(s, 'b'), ['INIT_COMPLETE CREATE paused until Hook pre-create is cleared']);
    assert.deepEqual((await s.store.readOutlook({ effectTypes: ['World::Thing'], freeTypes: [], host: 'h' })).possible, 0);
    assert.equal((await s.clear('b', 'pre-create')).kind, 'cleared');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.calls, ['create a', 'create alone', 'create b', 'create c']);
    assert.deepEqual((await reasons(s, 'b')).slice(1, 2), ['INIT_COMPLETE Hook pre-create is cleared']);
  }));

test('a hook that nothing rests at is not cleared, and says so as Heat does', () =>
  scenario(async (s) => {
    await s.up(chain(), { about: { b: { hooks: ['pre-create', 'post-create'] } } });
    await s.hooked('b');
    const wrong = await s.clear('b', 'pre-update');
    assert.deepEqual(wrong.kind === 'refused' && [wrong.code, wrong.message], [
      'NO_SUCH_HOOK',
      'The "pre-update" hook is not defined on World::Thing "b"',
    ]);
    const nobody = await s.clear('x', null);
    assert.equal(nobody.kind === 'refused' && nobody.code, 'NO_SUCH_HOOK');
    assert.equal((await s.clear('b', null)).kind, 'cleared');
    assert.equal((await s.hooked('b')).hook, 'post-create');
    assert.equal((await s.clear('b', null)).kind, 'cleared');
    await s.rest();
    assert.equal((await s.clear('b', null)).kind, 'refused');
  }));

test('post-create: it stands, and what requires it waits', () =>
  scenario(async (s) => {
    await s.up(chain(), { about: { '*': { hooks: 'post-create' }, b: { hooks: [] } } });
    for (const name of ['a', 'b', 'c']) {
      assert.equal((await s.hooked(name)).hook, 'post-create');
      const row = await s.current(name);
      assert.deepEqual([row.action, row.status], ['CREATE', 'COMPLETE']);
      assert.equal(s.world.calls.at(-1), `create ${name}`);
      await s.clear(name, 'post-create');
    }
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual((await reasons(s, 'b')).slice(-2), [
      'CREATE_COMPLETE CREATE paused until Hook post-create is cleared',
      'CREATE_COMPLETE Hook post-create is cleared',
    ]);
  }));

test('pre-update stops an update also where nothing changes, and calls nobody', () =>
  scenario(async (s) => {
    await s.up(chain());
    await s.rest();
    const before = s.world.one('b').id;
    const calls = s.world.calls.length;
    await s.up(chain(), { about: { b: { hooks: ['pre-update', 'post-update'] } } });
    await s.hooked('b');
    const row = await s.current('b');
    assert.deepEqual([row.action, row.status], ['CREATE', 'COMPLETE']);
    await s.clear('b', 'pre-update');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.calls.length, calls);
    assert.equal(s.world.one('b').id, before);
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'COMPLETE', 'who only carries on is not stopped where nothing changes');
  }));

test('update hooks stand for a replacement, too; create hooks do not', () =>
  scenario(async (s) => {
    const about = { b: { hooks: ['pre-create', 'post-create', 'pre-update', 'post-update'] } };
    await s.up(chain());
    await s.rest();
    await s.up({ ...chain(), b: { properties: { value: 'one', key: 'other' }, depends_on: 'a' } }, { about });
    assert.equal((await s.hooked('b')).hook, 'pre-update');
    assert.equal(s.world.names().length, 3);
    await s.clear('b', null);
    assert.equal((await s.hooked('b')).hook, 'post-update');
    assert.deepEqual(s.world.names(), ['a', 'b', 'b', 'c'], 'the old one stands while the new one is looked at');
    await s.clear('b', null);
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['a', 'b', 'c']);
  }));

test('pre-delete and post-delete of a stack that is deleted', () =>
  scenario(async (s) => {
    await s.up(chain(), { about: { b: { hooks: ['pre-delete', 'post-delete'] } } });
    await s.rest();
    await s.start('DELETE', { kind: 'empty' });
    assert.equal((await s.hooked('b')).hook, 'pre-delete');
    assert.deepEqual(s.world.names(), ['a', 'b'], 'what requires it is gone');
    await s.clear('b', 'pre-delete');
    assert.equal((await s.hooked('b')).hook, 'post-delete');
    assert.deepEqual(s.world.names(), ['a'], 'what it required waits');
    assert.equal((await s.view()).resources.length, 1);
    assert.deepEqual(await s.store.checkRows(), []);
    await s.clear('b', 'post-delete');
    await s.rest();
    assert.deepEqual(s.world.names(), []);
    assert.deepEqual((await reasons(s, 'b')).slice(-3), [
      'DELETE_COMPLETE not part of the goal any more',
      'DELETE_COMPLETE DELETE paused until Hook post-delete is cleared',
      'DELETE_COMPLETE Hook post-delete is cleared',
    ]);
  }));

test('delete hooks of what an update leaves out, by the new environment; not of a former version', () =>
  scenario(async (s) => {
    const about = { '*': { hooks: 'pre-delete' } };
    await s.up({ ...chain(), extra: {} }, { about });
    await s.rest();
    await s.up({ ...chain(), a: { properties: { key: 'other' } } }, { about });
    assert.equal((await s.hooked('extra')).hook, 'pre-delete');
    assert.deepEqual(s.world.names(), ['a', 'b', 'c', 'extra'], 'the former version of a is gone without a stop');
    await s.clear('extra', null);
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.start('ABANDON', { kind: 'empty' });
    await s.rest();
    assert.equal(s.world.names().length, 3, 'what is abandoned stops nowhere');
  }));

test('a newer goal, a rollback, a deletion and a cancel never wait behind an older hook', () =>
  scenario(async (s) => {
    const about = { b: { hooks: ['pre-create', 'pre-update'] } };
    await s.up(chain(), { about });
    await s.hooked('b');
    await s.up(chain('two'));
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('b').properties['value'], 'two');
    await s.up(chain('three'), { about });
    await s.hooked('b');
    await s.start('ROLLBACK', { kind: 'rollback', to: null });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('b').properties['value'], 'two');
    await s.up(chain('four'), { about });
    await s.hooked('b');
    await s.start('SUSPEND', { kind: 'carry' });
    assert.equal((await s.hooked('b')).hook, 'pre-update', 'an action that carries on the goal meets its hooks anew');
    await s.start('DELETE', { kind: 'empty' });
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('a deadline passes also while a person is waited for', () =>
  scenario(async (s) => {
    await s.up(chain(), { about: { b: { hooks: 'pre-create' } }, timeoutMs: 60_000 });
    await s.hooked('b');
    const stack = await s.rest();
    assert.equal(stack.status, 'FAILED');
    assert.match(stack.reason, /resources\.b: Timed out/);
    assert.equal((await s.clear('b', null)).kind, 'refused');
  }));

test('a failure beside a hook rolls back at once', () =>
  scenario(async (s) => {
    await s.up(chain());
    await s.rest();
    s.world.fail('create', 'bad');
    s.world.hold('create', 'bad');
    await s.up({ ...chain('two'), bad: {} }, { about: { b: { hooks: 'pre-update' } }, rollback: true });
    await s.hooked('b');
    s.world.release('create', 'bad');
    const stack = await s.rest();
    assert.deepEqual([stack.action, stack.status], ['ROLLBACK', 'COMPLETE']);
    assert.equal(s.world.one('b').properties['value'], 'one');
  }));

test('an engine that dies in the middle passes over no hook and meets none twice', () =>
  scenario(async (s) => {
    const about = { b: { hooks: ['pre-create', 'post-create', 'pre-update', 'post-update'] } };
    await s.up(chain(), { about });
    await s.hooked('b');
    s.world.hold('create', 'b');
    await s.clear('b', 'pre-create');
    await s.until('b is being made', () => s.world.isHeld('create', 'b'));
    await s.crash();
    s.world.release('create', 'b');
    assert.equal((await s.hooked('b')).hook, 'post-create');
    await s.crash();
    await s.clear('b', 'post-create');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual((await reasons(s, 'b')).filter((r) => r.includes('paused')).length, 2);
  }));

test('what an earlier traversal was making when it was superseded is stopped at once it stands', () =>
  scenario(async (s) => {
    const about = { b: { hooks: 'post-create' } };
    s.world.hold('create', 'b');
    await s.up(chain(), { about });
    await s.until('b is being made', () => s.world.isHeld('create', 'b'));
    await s.up({ ...chain(), more: {} }, { about });
    s.world.release('create', 'b');
    assert.equal((await s.hooked('b')).hook, 'post-create');
    assert.ok(!s.world.names().includes('c'));
    await s.clear('b', null);
    assert.equal((await s.rest()).status, 'COMPLETE');
  }));

test('what rests after its deed is met again by a newer goal that has the hook, and is let go by one that has not', () =>
  scenario(async (s) => {
    const about = { b: { hooks: 'post-create' } };
    await s.up(chain(), { about });
    await s.hooked('b');
    await s.up(chain(), { about });
    assert.equal((await s.hooked('b')).hook, 'post-create');
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.hooked('b')).hook, 'post-create');
    assert.ok(!s.world.names().includes('c'));
    await s.up(chain());
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.up(chain(), { about });
    assert.equal((await s.rest()).status, 'COMPLETE', 'that is long past');
    assert.deepEqual(s.world.calls, ['create a', 'create b', 'create c']);
  }));

test('hooks of a name hold for its new version while a former one goes', () =>
  scenario(async (s) => {
    const about = { b: { hooks: ['post-create', 'pre-delete'] } };
    await s.up({ a: {}, b: {} });
    await s.rest();
    s.world.hold('delete', 'b');
    await s.start('DELETE', { kind: 'empty' });
    await s.until('b is being deleted', () => s.world.isHeld('delete', 'b'));
    await s.up({ a: {}, b: {} }, { about });
    assert.equal((await s.hooked('b')).hook, 'post-create');
    s.world.release('delete', 'b');
    await s.clear('b', null);
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['a', 'b']);
  }));

test('a deletion asked for again meets the hook of what was under way', () =>
  scenario(async (s) => {
    await s.up(chain(), { about: { b: { hooks: 'post-delete' } } });
    await s.rest();
    s.world.hold('delete', 'b');
    await s.start('DELETE', { kind: 'empty' });
    await s.until('b is being deleted', () => s.world.isHeld('delete', 'b'));
    await s.start('DELETE', { kind: 'empty' });
    s.world.release('delete', 'b');
    assert.equal((await s.hooked('b')).hook, 'post-delete');
    assert.deepEqual(s.world.names(), ['a']);
    await s.clear('b', null);
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('a creation that failed is still a creation when it is tried again', () =>
  scenario(async (s) => {
    const about = { b: { hooks: ['pre-create', 'pre-update'] } };
    s.world.fail('create', 'b');
    await s.up(chain(), { about });
    await s.hooked('b');
    await s.clear('b', null);
    assert.equal((await s.rest()).status, 'FAILED');
    s.world.plan('create', 'b', null);
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.hooked('b')).hook, 'pre-create', 'another traversal meets it anew');
    await s.clear('b', null);
    assert.equal((await s.rest()).status, 'COMPLETE');
  }));

test('types without effects stop, too', () =>
  scenario(async (s) => {
    const value = (text: string): Resources => ({ v: { type: 'OS::Heat::Value', properties: { value: text } } });
    const about = { v: { hooks: ['pre-create', 'post-create', 'pre-update', 'post-update', 'pre-delete', 'post-delete'] } };
    const met: (string | null)[] = [];
    const pass = async () => {
      met.push((await s.hooked('v')).hook);
      await s.clear('v', null);
    };
    await s.up(value('a'), { about });
    await pass();
    await pass();
    await s.rest();
    await s.up(value('b'), { about });
    await pass();
    await pass();
    await s.rest();
    await s.start('DELETE', { kind: 'empty' });
    await pass();
    await pass();
    await s.rest();
    assert.deepEqual(met, ['pre-create', 'post-create', 'pre-update', 'post-update', 'pre-delete', 'post-delete']);
  }));
