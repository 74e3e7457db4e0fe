/** The cases that are easy to get wrong, each by name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProviderFailure } from '../../engine/ports/provider.ts';
import { testDatabases } from '../../store/fixtures/test-databases.ts';
import { openScenario, type Resources, replaceMe, type Scenario } from './harness.ts';

const databases = await testDatabases();

const scenario = (name: string, body: (s: Scenario) => Promise<void>): void => {
  for (const database of databases)
    test(`${name} (${database.name})`, { skip: database.skip }, async () => {
      const s = await openScenario(database);
      try {
        await body(s);
      } finally {
        await s.close();
      }
    });
};

const value = (text: string) => ({ properties: { value: text } });
const from = (name: string) => ({ properties: { value: { get_attr: [name, 'value'] } } });

scenario('create, no-op, update, delete leave exactly what was asked for', async (s) => {
  await s.up({ a: value('1'), b: from('a') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b']);
  const calls = s.world.calls.length;
  await s.up({ a: value('1'), b: from('a') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.calls.length, calls, 'a no-op calls nobody');
  await s.up({ a: value('2'), b: from('a') });
  await s.rest();
  assert.equal(s.world.one('b').properties['value'], '2');
  await s.start('DELETE', { kind: 'empty' });
  await s.rest();
  assert.deepEqual(s.world.names(), []);
  assert.deepEqual(s.world.calls.slice(-2), ['delete b', 'delete a'], 'what requires goes first');
});

scenario('a dependant never reached by a superseded update still gets the new value with an unrelated update', async (s) => {
  await s.up({ a: value('1'), b: from('a'), c: value('x') });
  await s.rest();
  s.world.hold('update', 'b');
  await s.up({ a: value('2'), b: from('a'), c: value('x') });
  await s.until('b is being updated', () => s.world.isHeld('update', 'b'));
  s.world.plan('update', 'b', null);
  await s.up({ a: value('2'), b: from('a'), c: value('y') });
  s.world.release('update', 'b');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('b').properties['value'], '2');
  assert.equal(s.world.one('c').properties['value'], 'y');
});

scenario('the same when the superseded update had not even begun with the dependant', async (s) => {
  const chain = (a: string, d: string): Resources => ({ a: value(a), b: from('a'), c: from('b'), d: value(d) });
  await s.up(chain('1', 'x'));
  await s.rest();
  s.world.hold('update', 'b');
  await s.up(chain('2', 'x'));
  await s.until('b is being updated', () => s.world.isHeld('update', 'b'));
  await s.up(chain('2', 'y'));
  s.world.release('update', 'b');
  await s.rest();
  assert.equal(s.world.one('c').properties['value'], '2');
});

scenario('a replacement decided while a newer goal is accepted inserts nothing', async (s) => {
  await s.up({ a: { properties: { value: '1' } } });
  await s.rest();
  const first = s.world.one('a').id;
  s.world.hold('update', 'a');
  s.world.plan('update', 'a', () => ({ kind: 'replace-me', reason: 'half-way' }));
  await s.up({ a: value('2') });
  await s.until('a is being updated', () => s.world.isHeld('update', 'a'));
  await s.up({ a: value('1') });
  s.world.plan('update', 'a', () => ({ kind: 'replace-me', reason: 'half-way' }));
  s.world.release('update', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('a').id, first, 'the old object was read and is as wanted: kept');
  assert.equal((await s.view()).resources.length, 1);
});

scenario('an update that says replace-me half-way gets a replacement; a rollback would find the old one', async (s) => {
  await s.up({ a: value('1'), b: { properties: { value: { get_attr: ['a', 'id'] } } } });
  await s.rest();
  const old = s.world.one('a').id;
  s.world.plan('update', 'a', (call) => {
    s.world.objects.get(call.physicalId!)!.properties = { ...call.properties, value: 'half' };
    return { kind: 'replace-me', reason: 'too different' };
  });
  await s.up({ a: value('2'), b: { properties: { value: { get_attr: ['a', 'id'] } } } });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.notEqual(s.world.one('a').id, old);
  assert.equal(s.world.one('b').properties['value'], s.world.one('a').id);
});

scenario('a delete claimed while a newer goal wants the resource back', async (s) => {
  await s.up({ a: value('1'), b: value('2') });
  await s.rest();
  const b = s.world.one('b').id;
  s.world.hold('delete', 'b');
  await s.up({ a: value('1') });
  await s.until('b is being deleted', () => s.world.isHeld('delete', 'b'));
  await s.up({ a: value('1'), b: value('2') });
  await s.until('the new b stands', () => s.world.names().filter((n) => n === 'b').length === 2);
  s.world.release('delete', 'b');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.notEqual(s.world.one('b').id, b, 'what was being deleted is never taken back');
});

scenario('a removal rolled back before cleanup keeps the same physical object', async (s) => {
  await s.up({ a: value('1'), b: value('2') });
  await s.rest();
  const b = s.world.one('b').id;
  s.world.hold('update', 'a');
  await s.up({ a: value('9') });
  await s.until('a is being updated', () => s.world.isHeld('update', 'a'));
  await s.start('ROLLBACK', { kind: 'rollback', to: null });
  s.world.release('update', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('b').id, b);
  assert.equal(s.world.one('a').properties['value'], '1');
});

scenario('a create in flight whose requirement is being deleted', async (s) => {
  await s.up({ keep: value('k') });
  await s.rest();
  s.world.hold('create', 'b');
  await s.up({ keep: value('k'), a: value('1'), b: from('a') });
  await s.until('b is being made', () => s.world.isHeld('create', 'b'));
  await s.up({ keep: value('k') });
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(s.world.names().includes('a'), 'a stands while b, which requires it, is being made');
  s.world.release('create', 'b');
  await s.rest();
  assert.deepEqual(s.world.names(), ['keep']);
  assert.ok(s.world.calls.indexOf('delete b') < s.world.calls.indexOf('delete a'));
});

scenario('a rename of a resource with the same path keeps the object', async (s) => {
  const file = (path: string, text: string) => ({ type: 'World::Path', properties: { path, value: text } });
  await s.up({ a: file('/x', '1') });
  await s.rest();
  const id = s.world.one('a').id;
  await s.up({ b: file('/x', '1') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual([...s.world.objects.keys()], [id]);
  assert.deepEqual(s.world.calls, ['create a']);
  await s.start('ROLLBACK', { kind: 'rollback', to: 1 });
  await s.rest();
  assert.deepEqual(
    (await s.view()).resources.map((r) => r.name),
    ['a'],
    'a rollback renames back',
  );
});

scenario('two names swap their objects', async (s) => {
  const file = (path: string) => ({ type: 'World::Path', properties: { path } });
  await s.up({ a: file('/x'), b: file('/y') });
  await s.rest();
  await s.up({ a: file('/y'), b: file('/x') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.calls, ['create a', 'create b']);
});

scenario('an inverted dependency', async (s) => {
  await s.up({ a: { properties: { key: '1' } }, b: { properties: { key: '1', value: { get_attr: ['a', 'id'] } } } });
  await s.rest();
  await s.up({ a: { properties: { key: '2', value: { get_attr: ['b', 'id'] } } }, b: { properties: { key: '2' } } });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('a').properties['value'], s.world.one('b').id);
});

scenario('A → B → A in flight reuses the objects of A', async (s) => {
  const a = { x: { properties: { key: '1' } }, y: { properties: { value: { get_attr: ['x', 'id'] } } } };
  await s.up(a);
  await s.rest();
  const before = s.world.one('x').id;
  s.world.hold('create', 'x');
  await s.up({ x: { properties: { key: '2' } }, y: a.y });
  await s.until('the replacement is being made', () => s.world.isHeld('create', 'x'));
  await s.up(a);
  s.world.release('create', 'x');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('x').id, before);
  assert.equal(s.world.one('y').properties['value'], before);
});

scenario('a failed update rolls back to the last goal that completed, not to the last one asked for', async (s) => {
  await s.up({ a: value('1') });
  await s.rest();
  s.world.fail('create', 'bad');
  await s.up({ a: value('2'), bad: { depends_on: 'a' } });
  assert.equal((await s.rest()).status, 'FAILED');
  s.world.fail('create', 'worse');
  await s.up({ a: value('3'), worse: { depends_on: 'a' } }, { rollback: true });
  const stack = await s.rest();
  assert.equal(`${stack.action}_${stack.status}`, 'ROLLBACK_COMPLETE');
  assert.equal(s.world.one('a').properties['value'], '1');
  assert.deepEqual(s.world.names(), ['a']);
});

scenario('a create that fails with rollback leaves an empty stack', async (s) => {
  s.world.fail('create', 'b');
  await s.up({ a: value('1'), b: from('a') }, { rollback: true });
  const stack = await s.rest();
  assert.equal(`${stack.action}_${stack.status}`, 'ROLLBACK_COMPLETE');
  assert.deepEqual(s.world.names(), []);
  assert.deepEqual((await s.view()).resources, []);
});

scenario('a failure blocks only what requires it, and every failure is listed', async (s) => {
  s.world.fail('create', 'a', 'broken a');
  s.world.fail('create', 'd', 'broken d');
  await s.up({ a: value('1'), b: from('a'), c: value('2'), d: value('3') });
  const stack = await s.rest();
  assert.equal(stack.status, 'FAILED');
  assert.match(stack.reason, /resources\.a: broken a/);
  assert.match(stack.reason, /resources\.d: broken d/);
  assert.deepEqual(s.world.names(), ['c']);
  s.world.plan('create', 'a', null);
  s.world.plan('create', 'd', null);
  await s.start('UPDATE', { kind: 'carry' });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b', 'c', 'd']);
});

scenario('after a half-done rollback the recorded requirements still say what requires what', async (s) => {
  await s.up({ a: { properties: { key: '1' } }, b: { properties: { value: { get_attr: ['a', 'id'] } } } });
  await s.rest();
  s.world.fail('update', 'b');
  await s.up({ a: { properties: { key: '2' } }, b: { properties: { value: { get_attr: ['a', 'id'] } } } });
  await s.rest();
  s.world.plan('update', 'b', null);
  s.world.hold('update', 'b');
  await s.up({ a: { properties: { key: '2' } }, b: { properties: { value: { get_attr: ['a', 'id'] } } } });
  await s.until('b is being updated', () => s.world.isHeld('update', 'b'));
  await s.start('ROLLBACK', { kind: 'rollback', to: null });
  const during = await s.view();
  const b = during.resources.find((r) => r.name === 'b')!;
  assert.equal(during.recorded.filter((r) => r.resourceId === b.id).length, 2, 'old and new while it is being changed');
  s.world.release('update', 'b');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('b').properties['value'], s.world.one('a').id);
});

scenario('retain set by one update and the resource removed by the next', async (s) => {
  await s.up({ a: value('1'), b: value('2') });
  await s.rest();
  s.world.hold('update', 'a');
  await s.up({ a: value('9'), b: { ...value('2'), deletion_policy: 'retain' } });
  await s.until('a is being updated', () => s.world.isHeld('update', 'a'));
  await s.up({ a: value('9') });
  s.world.release('update', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b']);
  assert.ok(!s.world.calls.includes('delete b'));
});

scenario('ten failing replacements in a row leave no ten half-made objects', async (s) => {
  await s.up({ a: { properties: { key: '0' } } });
  await s.rest();
  s.world.plan('create', 'a', (call) => {
    s.world.make(call);
    throw new Error('made, then broke');
  });
  let most = 0;
  for (let i = 1; i <= 10; i++) {
    await s.up({ a: { properties: { key: String(i) } } });
    assert.equal((await s.rest()).status, 'FAILED');
    most = Math.max(most, s.world.objects.size);
  }
  assert.ok(most <= 4, `at most a handful at once, not ${most}`);
  s.world.plan('create', 'a', null);
  await s.up({ a: { properties: { key: 'good' } } });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('a').properties['key'], 'good');
});

scenario('down, then rollback before it ends', async (s) => {
  await s.up({ a: value('1'), b: from('a'), c: from('b') });
  await s.rest();
  const a = s.world.one('a').id;
  s.world.hold('delete', 'b');
  await s.start('DELETE', { kind: 'empty' });
  await s.until('b is being deleted', () => s.world.isHeld('delete', 'b'));
  await s.start('ROLLBACK', { kind: 'rollback', to: null });
  s.world.release('delete', 'b');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b', 'c']);
  assert.equal(s.world.one('a').id, a, 'what was not deleted yet is kept');
});

scenario('delete-first: the old one goes before the new one is made', async (s) => {
  const single = (key: string) => ({ type: 'World::Single', properties: { key } });
  await s.up({ a: single('1'), b: from('a') });
  await s.rest();
  await s.up({ a: single('2'), b: from('a') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.one('a').properties['key'], '2');
  const calls = s.world.calls.join();
  assert.match(calls, /delete a,create a/);
});

scenario('rollback to any kept goal by number', async (s) => {
  for (const text of ['1', '2', '3']) {
    await s.up({ a: value(text), [`only${text}`]: value('x') });
    await s.rest();
  }
  await s.start('ROLLBACK', { kind: 'rollback', to: 2 });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'only2']);
  assert.equal(s.world.one('a').properties['value'], '2');
});

scenario('an engine that dies in mid-create: its object is found, not made again', async (s) => {
  s.world.hold('create', 'a');
  s.world.plan('create', 'a', (call) => {
    s.world.make(call);
    return undefined;
  });
  await s.up({ a: value('1'), b: from('a') });
  await s.until('a is being made', () => s.world.isHeld('create', 'a'));
  await s.crash();
  s.world.release('create', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'b']);
  assert.equal(s.world.calls.filter((c) => c === 'create a').length, 1);
});

scenario('an engine that dies in mid-create of something that cannot be found: UNKNOWN, then resolved', async (s) => {
  s.world.hold('create', 'a');
  await s.up({ a: { type: 'World::Blind', properties: { value: '1' } }, c: value('2') });
  await s.until('a is being made', () => s.world.isHeld('create', 'a'));
  await s.crash();
  const stack = await s.rest();
  assert.equal(stack.status, 'FAILED');
  assert.match(stack.reason, /not known/);
  const a = await s.current('a');
  assert.equal(a.status, 'UNKNOWN');
  s.world.release('create', 'a');
  await s.until('the lost call ends', () => s.world.names().includes('a'));
  await s.start('UPDATE', { kind: 'carry' }, [{ kind: 'adopt', resourceId: a.id, physicalId: s.world.one('a').id }]);
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a', 'c']);
});

scenario('a retry-later failure is tried again, with backoff, and then succeeds', async (s) => {
  let left = 3;
  s.world.plan('create', 'a', () => {
    if (left-- > 0)
      throw Object.assign(new Error('busy'), { name: 'ProviderFailure', retry: 'later', afterMs: null, changed: false });
    return undefined;
  });
  await s.up({ a: value('1') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.calls.length, 4);
});

scenario('replace asked for by a person happens on the next traversal, once', async (s) => {
  await s.up({ a: value('1'), b: { properties: { value: { get_attr: ['a', 'id'] } } } });
  await s.rest();
  const a = await s.current('a');
  await s.start('UPDATE', { kind: 'carry' }, [{ kind: 'replace', resourceId: a.id, reason: 'asked for' }]);
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.notEqual((await s.current('a')).id, a.id);
  assert.equal(s.world.one('b').properties['value'], s.world.one('a').id);
  const calls = s.world.calls.length;
  await s.start('UPDATE', { kind: 'carry' });
  await s.rest();
  assert.equal(s.world.calls.length, calls);
});

async function acted(s: Scenario, action: 'SUSPEND' | 'RESUME' | 'CHECK') {
  await s.start(action, { kind: 'carry' });
  return s.rest();
}

scenario('suspend walks from the outside in, resume from the inside out', async (s) => {
  await s.up({ a: value('1'), b: from('a') });
  await s.rest();
  assert.equal((await acted(s, 'SUSPEND')).status, 'COMPLETE');
  assert.equal((await acted(s, 'RESUME')).status, 'COMPLETE');
  assert.deepEqual(s.world.calls.slice(2), ['suspend b', 'suspend a', 'resume a', 'resume b']);
});

scenario('an update of a suspended stack resumes what it must and leaves it suspended', async (s) => {
  await s.up({ a: value('1'), b: { properties: { value: '1' }, depends_on: 'a' }, c: value('3') });
  await s.rest();
  await acted(s, 'SUSPEND');
  const before = s.world.calls.length;
  await s.up({ a: value('1'), b: { properties: { value: '2' }, depends_on: 'a' }, c: value('3') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.calls.slice(before), ['resume a', 'resume b', 'update b', 'suspend b', 'suspend a']);
  assert.deepEqual(
    (await s.view()).resources.map((r) => `${r.action}_${r.status}`),
    ['SUSPEND_COMPLETE', 'SUSPEND_COMPLETE', 'SUSPEND_COMPLETE'],
  );
});

scenario('a suspend asked for while an update runs does not drop the update', async (s) => {
  await s.up({ a: value('1') });
  await s.rest();
  s.world.hold('update', 'a');
  await s.up({ a: value('2') });
  await s.until('a is being updated', () => s.world.isHeld('update', 'a'));
  await s.start('SUSPEND', { kind: 'carry' });
  s.world.release('update', 'a');
  const stack = await s.rest();
  assert.equal(`${stack.action}_${stack.status}`, 'SUSPEND_COMPLETE');
  assert.equal(s.world.one('a').properties['value'], '2');
  assert.equal(s.world.calls.at(-1), 'suspend a');
});

scenario('an engine that dies while it suspends something fails nothing', async (s) => {
  await s.up({ a: value('1'), b: from('a') });
  await s.rest();
  s.world.hold('suspend', 'b');
  await s.start('SUSPEND', { kind: 'carry' });
  await s.until('b is being suspended', () => s.world.isHeld('suspend', 'b'));
  await s.crash();
  s.world.release('suspend', 'b');
  const stack = await s.rest();
  assert.equal(`${stack.action}_${stack.status}`, 'SUSPEND_COMPLETE');
  assert.deepEqual(s.world.calls.slice(2), ['suspend b', 'suspend b', 'suspend a']);
});

scenario('a suspension that failed for one is undone for all by resuming', async (s) => {
  await s.up({ a: value('1'), b: from('a') });
  await s.rest();
  s.world.fail('suspend', 'a');
  assert.equal((await acted(s, 'SUSPEND')).status, 'FAILED');
  assert.equal((await acted(s, 'RESUME')).status, 'COMPLETE');
  assert.deepEqual(s.world.calls.slice(2), ['suspend b', 'suspend a', 'resume a', 'resume b']);
});

scenario('what was not resumed when its stack was, the next goal wakes', async (s) => {
  await s.up({ a: value('1'), b: from('a'), c: value('3') });
  await s.rest();
  await acted(s, 'SUSPEND');
  s.world.fail('resume', 'a');
  assert.equal((await acted(s, 'RESUME')).status, 'FAILED');
  s.world.plan('resume', 'a', null);
  const before = s.world.calls.length;
  await s.up({ a: value('1'), b: from('a'), c: value('3') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.calls.slice(before), ['resume a', 'resume b']);
});

/** Can be updated while it is suspended, and finished where it is half made. */
const finished = (text: string) => ({ type: 'World::Finished', ...value(text) });

scenario('what a look has shown of a sleeper is not forgotten when it is woken', async (s) => {
  await s.up({ a: finished('1') });
  await s.rest();
  s.world.hold('suspend', 'a');
  await s.start('SUSPEND', { kind: 'carry' });
  await s.until('a is being suspended', () => s.world.isHeld('suspend', 'a'));
  await s.start('RESUME', { kind: 'carry' });
  const { properties } = s.world.one('a');
  s.world.one('a').properties = { ...properties, value: 'of others' };
  await s.crash();
  s.world.release('suspend', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.calls, ['create a', 'suspend a', 'resume a', 'update a']);
  assert.equal(s.world.one('a').properties['value'], '1');
});

/** Suspended, and half made by an update: making it again with its token finishes it as it is. */
async function halfMadeInItsSleep(s: Scenario): Promise<void> {
  await s.up({ a: finished('1') });
  await s.rest();
  await acted(s, 'SUSPEND');
  s.world.plan('update', 'a', (call) => {
    s.world.objects.get(call.physicalId!)!.whole = false;
    throw new ProviderFailure('no', { retry: 'never', changed: true });
  });
  await s.up({ a: finished('2') });
  assert.equal((await s.rest()).status, 'FAILED');
}

scenario('what is finished in its sleep sleeps on, and is resumed with its stack', async (s) => {
  await halfMadeInItsSleep(s);
  await s.up({ a: finished('1') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal((await s.current('a')).suspended, true);
  assert.equal((await acted(s, 'RESUME')).status, 'COMPLETE');
  assert.deepEqual(s.world.calls, ['create a', 'suspend a', 'update a', 'create a', 'resume a']);
});

scenario('what is to be finished in a stack that is awake is woken first', async (s) => {
  await halfMadeInItsSleep(s);
  s.world.fail('resume', 'a');
  assert.equal((await acted(s, 'RESUME')).status, 'FAILED');
  s.world.plan('resume', 'a', null);
  const before = s.world.calls.length;
  await s.up({ a: finished('1') });
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.calls.slice(before), ['resume a', 'create a']);
  assert.equal((await s.current('a')).suspended, false);
});

scenario('a sleeper that others deleted is made anew, though it would have to be woken to be updated', async (s) => {
  await s.up({ a: value('1') });
  await s.rest();
  await acted(s, 'SUSPEND');
  s.world.objects.clear();
  s.world.fail('resume', 'a');
  await s.up({ a: value('2') });
  assert.equal((await s.rest()).status, 'FAILED');
  const before = s.world.calls.length;
  await s.up({ a: value('2') });
  const { status, suspended } = await s.rest();
  assert.deepEqual([status, suspended], ['COMPLETE', true]);
  assert.deepEqual(s.world.calls.slice(before), ['create a', 'suspend a']);
});

scenario('a stack that was checked in its sleep wakes up when it is resumed', async (s) => {
  await s.up({ a: value('1') });
  await s.rest();
  await acted(s, 'SUSPEND');
  assert.equal((await acted(s, 'CHECK')).status, 'COMPLETE');
  assert.equal((await acted(s, 'RESUME')).status, 'COMPLETE');
  assert.deepEqual(s.world.calls.slice(1), ['suspend a', 'resume a']);
});

scenario('what is suspended or awake as its stack is not does not pass a check', async (s) => {
  await s.up({ a: value('1') });
  await s.rest();
  s.world.fail('suspend', 'a');
  await acted(s, 'SUSPEND');
  const { status, reason } = await acted(s, 'CHECK');
  assert.deepEqual([status, reason], ['FAILED', 'Resource CHECK failed: World::Thing: resources.a: it is SUSPEND FAILED']);
});

scenario('a check asked for while a suspended stack is updated looks at what sleeps again', async (s) => {
  await s.up({ a: value('1') });
  await s.rest();
  await acted(s, 'SUSPEND');
  s.world.hold('update', 'a');
  await s.up({ a: value('2') });
  await s.until('a is being updated', () => s.world.isHeld('update', 'a'));
  await s.start('CHECK', { kind: 'carry' });
  s.world.release('update', 'a');
  const stack = await s.rest();
  assert.deepEqual([stack.action, stack.status, stack.suspended], ['CHECK', 'COMPLETE', true]);
  assert.deepEqual(s.world.calls.slice(1), ['suspend a', 'resume a', 'update a', 'suspend a']);
  assert.equal((await s.current('a')).suspended, true);
});

scenario('an engine stops although a call is under way, and the next one goes on', async (s) => {
  s.world.hold('create', 'a');
  await s.up({ a: value('1') });
  await s.until('a is being made', () => s.world.isHeld('create', 'a'));
  await s.restart();
  s.world.release('create', 'a');
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.deepEqual(s.world.names(), ['a']);
});

scenario('an object that is managed already is not imported', async (s) => {
  s.world.fail('create', 'broken');
  await s.up({ mine: {}, broken: {}, more: { depends_on: 'broken' } });
  assert.equal((await s.rest()).status, 'FAILED');
  const importing = (physicalId: string) => s.start('UPDATE', { kind: 'carry' }, [{ kind: 'import', name: 'more', physicalId }]);
  const taken = await s.start('UPDATE', { kind: 'carry' }, [
    { kind: 'import', name: 'more', physicalId: 'x-1', type: 'Other::Type' },
  ]);
  assert.ok(
    taken.kind === 'refused' && /is to be imported as Other::Type, but more of the goal is /.test(taken.message),
    JSON.stringify(taken),
  );
  const answer = await importing(s.world.one('mine').id);
  assert.ok(answer.kind === 'refused' && answer.code === 'ALREADY_MANAGED', JSON.stringify(answer));
  assert.match(answer.message, /is mine of stack s already/);
  assert.equal((await importing('somebody else’s')).kind, 'started');
  await s.rest();
});

scenario('an imported object that differs in what can’t change in place is refused, not changed and not replaced', async (s) => {
  s.world.objects.set('theirs', {
    id: 'theirs',
    token: '',
    name: 'theirs',
    properties: { value: 'a', key: 'k1', path: '' },
    address: '',
    whole: true,
  });
  s.world.fail('create', 'broken');
  const goal = (key: string) => ({ broken: {}, more: { depends_on: 'broken', properties: { value: 'b', key } } });
  await s.up(goal('k2'));
  await s.rest();
  s.world.plan('create', 'broken', null);
  await s.start('UPDATE', { kind: 'carry' }, [{ kind: 'import', name: 'more', physicalId: 'theirs' }]);
  const rest = await s.rest();
  assert.equal(rest.status, 'FAILED');
  assert.match(rest.reason, /the imported object differs in key, which can't change in place: describe it as it is/);
  assert.equal(s.world.objects.get('theirs')?.properties['value'], 'a');
  s.world.plan('update', 'more', () => replaceMe('it is of the wrong make'));
  await s.up(goal('k1'));
  assert.match(
    (await s.rest()).reason,
    /the imported object would be given up for another one: describe it as it is, let it go with/,
  );
  assert.deepEqual(s.world.names(), ['broken', 'theirs'], 'nor where its type asks for that');
  s.world.plan('update', 'more', null);
  await s.up(goal('k1'));
  assert.equal((await s.rest()).status, 'COMPLETE');
  assert.equal(s.world.objects.get('theirs')?.properties['value'], 'b');
});
