/** Stacks within stacks: one tree, one barrier, and a rollback that finds the nested objects standing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Edit, StackRow, StartAnswer } from '../../engine/ports/store.ts';
import type { StackAction } from '../../engine/states.ts';
import { testDatabases } from '../../store/fixtures/test-databases.ts';
import { type NestedTemplate, openScenario, type Resources, type Scenario } from './harness.ts';

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

/** A leaf with the given value, what else is asked for, and the leaf's value as output. */
function child(more: Resources = {}, key = ''): NestedTemplate {
  return {
    parameters: { value: { type: 'string', default: 'none' } },
    resources: { leaf: { properties: { value: { get_param: 'value' }, key } }, ...more },
    outputs: { told: { value: { get_attr: ['leaf', 'value'] } }, id: { value: { get_resource: 'leaf' } } },
  };
}

const nested = (value: string | { get_attr: string[] } = 'one', type = 'child.yaml') => ({ type, properties: { value } });
const reader = { properties: { value: { get_attr: ['nest', 'told'] } } };

async function childOf(s: Scenario, name = 'nest'): Promise<StackRow | null> {
  const row = await s.current(name);
  const stack = await s.store.findStackByUuid(row.physicalId ?? '');
  return stack?.deletedAt == null ? stack : null;
}

test('a template as a type: made, read, updated in place, taken down', () =>
  scenario(async (s) => {
    const files = { 'child.yaml': child() };
    await s.up({ first: { properties: { value: 'a' } }, nest: nested({ get_attr: ['first', 'value'] }), reader }, { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['first', 'leaf', 'reader']);
    assert.equal(s.world.one('reader').properties['value'], 'a');
    assert.deepEqual(s.world.calls, ['create first', 'create leaf', 'create reader']);
    assert.equal((await childOf(s))!.status, 'COMPLETE');
    await s.up({ first: { properties: { value: 'b' } }, nest: nested({ get_attr: ['first', 'value'] }), reader }, { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('reader').properties['value'], 'b');
    assert.deepEqual(s.world.calls.slice(3), ['update first', 'update leaf', 'update reader']);
    await s.up({ first: { properties: { value: 'b' } } }, { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['first']);
    assert.deepEqual(s.world.calls.slice(6), ['delete reader', 'delete leaf']);
    await s.start('DELETE', { kind: 'empty' });
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('the same goal again calls nobody', () =>
  scenario(async (s) => {
    const files = { 'child.yaml': child() };
    await s.up({ nest: nested(), reader }, { files });
    await s.rest();
    const calls = s.world.calls.length;
    await s.up({ nest: nested(), reader }, { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.calls.length, calls);
  }));

test('a changed file changes the nested stack, and nothing of it is deleted before the barrier of the root', () =>
  scenario(async (s) => {
    await s.up({ nest: nested() }, { files: { 'child.yaml': child({ extra: {} }) } });
    await s.rest();
    s.world.hold('create', 'slow');
    await s.up({ nest: nested(), slow: {} }, { files: { 'child.yaml': child({}, 'other') } });
    await s.until('the child has converged', async () => {
      const stack = await childOf(s);
      return (await s.store.readTraversal(stack!.id, stack!.traversal))!.state === 'converged';
    });
    assert.deepEqual(s.world.names(), ['extra', 'leaf', 'leaf'], 'the former leaf and extra stand until the root is complete');
    assert.equal((await childOf(s))!.status, 'IN_PROGRESS');
    s.world.release('create', 'slow');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['leaf', 'slow']);
    assert.equal((await childOf(s))!.status, 'COMPLETE');
  }));

test('a rollback of the root finds the nested objects standing', () =>
  scenario(async (s) => {
    await s.up({ nest: nested() }, { files: { 'child.yaml': child({ extra: {} }) } });
    await s.rest();
    const before = [s.world.one('leaf').id, s.world.one('extra').id];
    s.world.fail('create', 'broken');
    await s.up(
      { nest: nested(), broken: { depends_on: 'nest' } },
      { files: { 'child.yaml': child({}, 'other') }, rollback: true },
    );
    const stack = await s.rest();
    assert.deepEqual([stack.action, stack.status], ['ROLLBACK', 'COMPLETE']);
    assert.deepEqual([s.world.one('leaf').id, s.world.one('extra').id], before);
    assert.equal((await childOf(s))!.status, 'COMPLETE');
  }));

/** Two levels deep, so that what is left of before is in the stack within. */
function turnedRound(key: string): { readonly [file: string]: NestedTemplate } {
  const inner = { properties: { value: { get_param: 'value' } }, type: 'inner.yaml' };
  const outputs = { told: { value: { get_attr: ['inner', 'told'] } } };
  const parameters = { value: { type: 'string', default: 'none' } };
  return { 'child.yaml': { parameters, resources: { inner }, outputs }, 'inner.yaml': child({}, key) };
}

test('a stack and what it required are turned round, and all is deleted: what it was made of before, what that required, the stack', () =>
  scenario(async (s) => {
    const first = (value: string | { get_attr: string[] }) => ({ first: { properties: { value } } });
    await s.up({ ...first('a'), nest: nested({ get_attr: ['first', 'value'] }) }, { files: turnedRound('') });
    assert.equal((await s.rest()).status, 'COMPLETE');
    s.world.fail('create', 'broken');
    await s.up(
      { ...first({ get_attr: ['nest', 'told'] }), nest: nested('b'), broken: { depends_on: 'first' } },
      { files: turnedRound('other'), rollback: false },
    );
    assert.equal((await s.rest()).status, 'FAILED');
    assert.deepEqual(s.world.names(), ['first', 'leaf', 'leaf']);
    const calls = s.world.calls.length;
    await s.start('DELETE', { kind: 'empty' });
    await s.rest();
    assert.deepEqual(s.world.names(), []);
    assert.deepEqual(
      s.world.calls.slice(calls).filter((call) => call.startsWith('delete')),
      ['delete leaf', 'delete first', 'delete leaf'],
    );
  }));

test('what a stack that stays was made of before goes in parts, where what is to go refers to some of it and was required by the rest', () =>
  scenario(async (s) => {
    const first = (value: string | { get_attr: string[] }) => ({ first: { properties: { value } } });
    const files = { 'child.yaml': child({}, 'other') };
    await s.up({ ...first('a'), nest: nested({ get_attr: ['first', 'value'] }) }, { files: { 'child.yaml': child() } });
    assert.equal((await s.rest()).status, 'COMPLETE');
    s.world.hold('create', 'slow');
    const slow = { depends_on: 'first' };
    await s.up({ ...first({ get_attr: ['nest', 'told'] }), nest: nested('b'), slow }, { files });
    await s.until('slow is being made', async () => s.world.calls.includes('create slow'));
    // What `first` is made of is a former version from here on.
    const stack = (await childOf(s))!;
    const leaf = (await s.store.readStack(stack.id))!.resources.find((r) => r.marked === null)!;
    await askWithin(s, stack, 'UPDATE', [{ kind: 'replace', resourceId: leaf.id, reason: 'asked for' }]);
    await s.until('a third leaf is made', async () => s.world.names().filter((name) => name === 'leaf').length === 3);
    const calls = s.world.calls.length;
    await s.up({ nest: nested('b') }, { files });
    s.world.release('create', 'slow');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['leaf']);
    const deleted = s.world.calls.slice(calls).filter((call) => call.startsWith('delete') && call !== 'delete slow');
    assert.deepEqual(deleted, ['delete leaf', 'delete first', 'delete leaf']);
  }));

test('the failure of a nested resource fails the root, and names it', () =>
  scenario(async (s) => {
    s.world.fail('create', 'leaf', 'no room');
    await s.up({ nest: nested(), reader, beside: {} }, { files: { 'child.yaml': child() } });
    const stack = await s.rest();
    assert.equal(stack.status, 'FAILED');
    assert.match(stack.reason, /resources\.nest: .*resources\.leaf: no room/);
    assert.deepEqual(s.world.names(), ['beside']);
    s.world.plan('create', 'leaf', null);
    await s.up({ nest: nested(), reader, beside: {} }, { files: { 'child.yaml': child() } });
    assert.equal((await s.rest()).status, 'COMPLETE');
  }));

test('with rollback the first failure within ends all of it, while what stands beside is still being made', () =>
  scenario(async (s) => {
    s.world.fail('create', 'leaf');
    s.world.hold('create', 'extra');
    await s.up({ nest: nested() }, { files: { 'child.yaml': child({ extra: {} }) }, rollback: true });
    await s.until('the rollback began', async () => (await s.view()).stack.action === 'ROLLBACK');
    s.world.release('create', 'extra');
    const stack = await s.rest();
    assert.deepEqual([stack.action, stack.status], ['ROLLBACK', 'COMPLETE']);
    assert.deepEqual(s.world.names(), []);
  }));

test('a newer goal retargets a nested stack that is still converging', () =>
  scenario(async (s) => {
    const files = { 'child.yaml': child({ extra: { depends_on: 'leaf' } }) };
    s.world.hold('create', 'leaf');
    await s.up({ nest: nested('one'), reader }, { files });
    await s.until('the leaf is being made', () => s.world.isHeld('create', 'leaf'));
    await s.up({ nest: nested('two'), reader }, { files });
    await s.until('the child has the newer goal', async () => (await childOf(s))!.goal === 2);
    s.world.release('create', 'leaf');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('leaf').properties['value'], 'two');
    assert.equal(s.world.one('reader').properties['value'], 'two');
  }));

test('a child that has converged is completed by whichever barrier comes next', () =>
  scenario(async (s) => {
    await s.up({ nest: nested() }, { files: { 'child.yaml': child({ extra: {} }) } });
    await s.rest();
    s.world.hold('create', 'slow');
    const files = { 'child.yaml': child() };
    await s.up({ nest: nested(), slow: {} }, { files });
    await s.until(
      'the resource is settled',
      async () => (await s.current('nest')).status === 'COMPLETE' && !(await s.current('nest')).doubt,
    );
    assert.deepEqual(s.world.names(), ['extra', 'leaf']);
    await s.up({ nest: nested() }, { files });
    s.world.release('create', 'slow');
    assert.equal((await s.rest()).status, 'COMPLETE');
    await s.until('all is quiet', async () => (await s.view()).operations.length === 0);
    assert.deepEqual(s.world.names(), ['leaf']);
    assert.equal((await childOf(s))!.status, 'COMPLETE');
  }));

test('what the former nested objects required is deleted after them', () =>
  scenario(async (s) => {
    const old = { old: { properties: { value: 'x' } }, nest: nested({ get_attr: ['old', 'value'] }) };
    await s.up(old, { files: { 'child.yaml': child({ extra: {} }) } });
    await s.rest();
    s.world.calls.length = 0;
    await s.up({ nest: nested('y') }, { files: { 'child.yaml': child() } });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.calls, ['update leaf', 'delete extra', 'delete old']);
    assert.deepEqual((await s.view()).recorded, []);
  }));

test('two levels: the barrier of the root completes and cleans up both', () =>
  scenario(async (s) => {
    const middle = (key: string): NestedTemplate => ({
      parameters: { value: { type: 'string' } },
      resources: { inner: nested({ get_param: 'value' } as never), plain: { properties: { key } } },
      outputs: { told: { value: { get_attr: ['inner', 'told'] } } },
    });
    await s.up(
      { nest: nested('one', 'middle.yaml'), reader },
      { files: { 'middle.yaml': middle('a'), 'child.yaml': child({ extra: {} }) } },
    );
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('reader').properties['value'], 'one');
    s.world.hold('create', 'slow');
    const files = { 'middle.yaml': middle('b'), 'child.yaml': child() };
    await s.up({ nest: nested('two', 'middle.yaml'), reader, slow: {} }, { files });
    await s.until(
      'all but the slow one is there',
      async () => s.world.isHeld('create', 'slow') && (await s.current('reader')).properties?.['value'] === 'two',
    );
    assert.deepEqual(s.world.names(), ['extra', 'leaf', 'plain', 'plain', 'reader']);
    s.world.release('create', 'slow');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['leaf', 'plain', 'reader', 'slow']);
    await s.start('DELETE', { kind: 'empty' });
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('deleted while it is being made', () =>
  scenario(async (s) => {
    s.world.hold('create', 'leaf');
    await s.up({ nest: nested(), reader }, { files: { 'child.yaml': child() } });
    await s.until('the leaf is being made', () => s.world.isHeld('create', 'leaf'));
    await s.start('DELETE', { kind: 'empty' });
    await s.until('the deletion reached the child', async () => (await childOfAny(s)).action === 'DELETE');
    s.world.release('create', 'leaf');
    const stack = await s.rest();
    assert.deepEqual([stack.action, stack.status], ['DELETE', 'COMPLETE']);
    assert.deepEqual(s.world.names(), []);
  }));

async function childOfAny(s: Scenario): Promise<StackRow> {
  const stacks = await s.store.listStacks('t', { deleted: true, nested: true });
  return stacks.find((stack) => stack.name !== 's')!;
}

test('killed at every call, the tree goes on where it was', () =>
  scenario(async (s) => {
    const files = { 'child.yaml': child({ extra: { depends_on: 'leaf' } }) };
    for (const [verb, name] of [
      ['create', 'leaf'],
      ['create', 'extra'],
      ['create', 'reader'],
    ] as const)
      s.world.hold(verb, name);
    await s.up({ nest: nested(), reader }, { files });
    for (const name of ['leaf', 'extra', 'reader']) {
      await s.until(`${name} is being made`, () => s.world.isHeld('create', name));
      await s.crash();
      s.world.release('create', name);
    }
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['extra', 'leaf', 'reader']);
  }));

test('a nested stack that is to be retained goes on as a stack of its own', () =>
  scenario(async (s) => {
    await s.up({ nest: { ...nested(), deletion_policy: 'retain' } }, { files: { 'child.yaml': child() } });
    await s.rest();
    const stack = (await childOf(s))!;
    await s.up({ other: {} });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['leaf', 'other']);
    const free = (await s.store.findStackByUuid(stack.uuid))!;
    assert.deepEqual([free.parentId, free.rootId, free.status], [null, free.id, 'COMPLETE']);
    assert.ok(await s.store.readDocuments(free.id, free.goal));
  }));

test('suspend and resume reach into it', () =>
  scenario(async (s) => {
    await s.up({ nest: nested(), reader }, { files: { 'child.yaml': child() } });
    await s.rest();
    s.world.calls.length = 0;
    await s.start('SUSPEND', { kind: 'carry' });
    assert.deepEqual([(await s.rest()).status, s.world.calls], ['COMPLETE', ['suspend reader', 'suspend leaf']]);
    await s.start('RESUME', { kind: 'carry' });
    assert.deepEqual([(await s.rest()).status, s.world.calls.slice(2)], ['COMPLETE', ['resume leaf', 'resume reader']]);
  }));

test('a nested stack that is changed on its own: its parent reads the outputs anew', () =>
  scenario(async (s) => {
    await s.up(
      { nest: nested(), reader: { properties: { value: { get_attr: ['nest', 'id'] } } } },
      { files: { 'child.yaml': child() } },
    );
    await s.rest();
    const first = s.world.one('leaf').id;
    const stack = (await childOf(s))!;
    const leaf = (await s.store.readStack(stack.id))!.resources[0]!;
    const now = { now: s.time.now(), wallTime: s.time.wallTime() };
    const edits = [{ kind: 'replace', resourceId: leaf.id, reason: 'asked for' }] as const;
    const answer = await s.store.startTraversal({
      stack: { uuid: stack.uuid },
      action: 'UPDATE',
      goal: { kind: 'carry' },
      edits,
      ...now,
    });
    assert.equal(answer.kind, 'started');
    s.hint();
    await s.until('the parent has read it', async () => s.world.one('reader').properties['value'] !== first);
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('reader').properties['value'], s.world.one('leaf').id);
  }));

test('its goal is for its parent to say', () =>
  scenario(async (s) => {
    await s.up({ nest: nested() }, { files: { 'child.yaml': child() } });
    await s.rest();
    const stack = (await childOf(s))!;
    const now = { now: s.time.now(), wallTime: s.time.wallTime() };
    const answer = await s.store.startTraversal({
      stack: { uuid: stack.uuid },
      action: 'DELETE',
      goal: { kind: 'empty' },
      ...now,
    });
    assert.ok(answer.kind === 'refused' && answer.code === 'NESTED', JSON.stringify(answer));
  }));

test('a resource that becomes a stack, and one again', () =>
  scenario(async (s) => {
    await s.up({ nest: { properties: { value: 'one' } } });
    await s.rest();
    await s.up({ nest: nested() }, { files: { 'child.yaml': child() } });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['leaf']);
    await s.up({ nest: { properties: { value: 'one' } } });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['nest']);
  }));

test('out of time: the nested stack ends with its root', () =>
  scenario(async (s) => {
    s.world.hold('create', 'leaf');
    await s.up({ nest: nested() }, { files: { 'child.yaml': child() }, timeoutMs: 60_000 });
    await s.until('the leaf is being made', () => s.world.isHeld('create', 'leaf'));
    await s.until('the time is over', async () => (await s.view()).stack.status === 'FAILED');
    assert.equal((await childOf(s))!.status, 'FAILED');
    s.world.release('create', 'leaf');
    await s.rest();
    await s.start('DELETE', { kind: 'empty' });
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('abandoned with its parent, its objects stay', () =>
  scenario(async (s) => {
    await s.up({ nest: nested() }, { files: { 'child.yaml': child() } });
    await s.rest();
    const answer = await s.store.startTraversal({
      stack: { uuid: (await s.view()).stack.uuid },
      action: 'ABANDON',
      goal: { kind: 'empty' },
      retainAll: true,
      now: s.time.now(),
      wallTime: s.time.wallTime(),
    });
    assert.equal(answer.kind, 'started');
    s.hint();
    await s.rest();
    assert.deepEqual(s.world.names(), ['leaf']);
    assert.deepEqual(await s.store.listStacks('t', { nested: true }), []);
  }));

/** What is asked of the nested stack by itself. */
async function askWithin(s: Scenario, stack: StackRow, action: StackAction, edits: readonly Edit[] = []): Promise<StartAnswer> {
  const answer = await s.store.startTraversal({
    stack: { uuid: stack.uuid },
    action,
    goal: { kind: 'carry' },
    edits,
    now: s.time.now(),
    wallTime: s.time.wallTime(),
  });
  s.hint();
  return answer;
}

async function leafOf(s: Scenario, stack: StackRow) {
  return (await s.store.readStack(stack.id))!.resources.findLast((r) => r.name === 'leaf')!;
}

test('fsck finds nothing wrong while a node waits for its nested stack, nor while that waits for the barrier', () =>
  scenario(async (s) => {
    for (const name of ['leaf', 'slow']) s.world.hold('create', name);
    await s.up({ nest: nested(), slow: {} }, { files: { 'child.yaml': child() } });
    await s.until('both are being made', () => s.world.isHeld('create', 'leaf') && s.world.isHeld('create', 'slow'));
    assert.deepEqual(await s.store.checkRows(), []);
    s.world.release('create', 'leaf');
    await s.until('it is read', async () => (await s.current('nest')).status === 'COMPLETE');
    assert.deepEqual(await s.store.checkRows(), []);
    s.world.release('create', 'slow');
    await s.rest();
  }));

test('an action finds a nested stack that still waits for a barrier, and takes it as it stands', () =>
  scenario(async (s) => {
    s.world.fail('create', 'broken');
    await s.up({ nest: nested(), broken: { depends_on: 'nest' } }, { files: { 'child.yaml': child() } });
    assert.equal((await s.rest()).status, 'FAILED');
    await s.start('CHECK', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'FAILED');
    s.world.plan('create', 'broken', null);
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal((await childOf(s))!.status, 'COMPLETE');
    assert.deepEqual(s.world.calls.filter((call) => call === 'create leaf').length, 1);
  }));

test('an action waits for what is under way in a nested stack by itself', () =>
  scenario(async (s) => {
    await s.up({ nest: nested(), reader }, { files: { 'child.yaml': child() } });
    await s.rest();
    const stack = (await childOf(s))!;
    s.world.hold('create', 'leaf');
    await askWithin(s, stack, 'UPDATE', [{ kind: 'replace', resourceId: (await leafOf(s, stack)).id, reason: 'asked for' }]);
    await s.until('another leaf is being made', () => s.world.isHeld('create', 'leaf'));
    await s.start('SUSPEND', { kind: 'carry' });
    s.world.release('create', 'leaf');
    const ended = await s.rest();
    assert.deepEqual([ended.action, ended.status, ended.suspended], ['SUSPEND', 'COMPLETE', true]);
    assert.deepEqual([(await childOf(s))!.action, (await childOf(s))!.status], ['SUSPEND', 'COMPLETE']);
    assert.deepEqual(s.world.names(), ['leaf', 'reader']);
  }));

test('a nested stack whose check failed is mended by the next goal', () =>
  scenario(async (s) => {
    await s.up({ nest: nested() }, { files: { 'child.yaml': child() } });
    await s.rest();
    Object.assign(s.world.one('leaf').properties, { value: 'changed by others' });
    await s.start('CHECK', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'FAILED');
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal((await childOf(s))!.status, 'COMPLETE');
    assert.equal(s.world.one('leaf').properties['value'], 'one');
  }));

test('what a check of a nested stack alone brings to light reaches those who use it above', () =>
  scenario(async (s) => {
    const template = child();
    const files = { 'child.yaml': { ...template, outputs: { told: { value: { get_attr: ['leaf', 'address'] } } } } };
    await s.up({ nest: nested(), reader }, { files });
    await s.rest();
    Object.assign(s.world.one('leaf'), { address: 'moved' });
    await askWithin(s, (await childOf(s))!, 'CHECK');
    await s.until('it is read', () => s.world.one('reader').properties['value'] === 'moved');
    assert.deepEqual([(await s.rest()).status, (await childOf(s))!.status], ['COMPLETE', 'COMPLETE']);
    const { traversal } = (await s.view()).stack;
    await askWithin(s, (await childOf(s))!, 'CHECK');
    await s.until('it is checked', async () => (await childOf(s))!.status === 'COMPLETE');
    assert.equal((await s.view()).stack.traversal, traversal, 'where nothing has changed, nothing is carried on');
  }));

test('a nested stack that was found broken when it was checked alone is mended by the next goal of its parent', () =>
  scenario(async (s) => {
    await s.up({ nest: nested() }, { files: { 'child.yaml': child() } });
    await s.rest();
    Object.assign(s.world.one('leaf').properties, { value: 'changed by others' });
    await askWithin(s, (await childOf(s))!, 'CHECK');
    await s.until('it failed', async () => (await childOf(s))!.status === 'FAILED');
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal((await childOf(s))!.status, 'COMPLETE');
    assert.equal(s.world.one('leaf').properties['value'], 'one');
  }));

test('what is unknown in a nested stack that is being deleted can be settled there', () =>
  scenario(async (s) => {
    const blind = { leaf: { type: 'World::Blind' } };
    s.world.hold('create', 'leaf');
    await s.up({ nest: nested() }, { files: { 'child.yaml': { ...child(), resources: blind, outputs: {} } } });
    await s.until('the leaf is being made', () => s.world.isHeld('create', 'leaf'));
    await s.crash();
    await s.rest();
    await s.start('DELETE', { kind: 'empty' });
    assert.equal((await s.rest()).status, 'FAILED');
    const stack = await childOfAny(s);
    assert.equal(
      (await askWithin(s, stack, 'DELETE', [{ kind: 'absent', resourceId: (await leafOf(s, stack)).id }])).kind,
      'started',
    );
    await s.until('the nested stack is gone', async () => (await childOfAny(s)).deletedAt !== null);
    await s.start('DELETE', { kind: 'carry' });
    assert.equal((await s.rest()).deletedAt === null, false);
  }));

test('stopped, what has converged goes on waiting for its barrier', () =>
  scenario(async (s) => {
    s.world.hold('create', 'slow');
    await s.up({ nest: nested(), slow: {} }, { files: { 'child.yaml': child() } });
    await s.until('it is read', async () => s.world.isHeld('create', 'slow') && (await s.current('nest')).status === 'COMPLETE');
    const { uuid } = (await s.view()).stack;
    await s.store.stopStack(uuid, { now: s.time.now(), wallTime: s.time.wallTime() }, 'by hand');
    s.world.release('create', 'slow');
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'COMPLETE');
    const stack = (await childOf(s))!;
    assert.deepEqual([stack.status, stack.completeGoal], ['COMPLETE', stack.goal]);
  }));

/** What the rows say, of names to stands. */
const saysOf = async (s: Scenario, name: string) => {
  const { action, status, reason } = await s.current(name);
  return `${action} ${status}: ${reason}`;
};

test('stopped or out of time, no row says that a nested stack is under way which is not', () =>
  scenario(async (s) => {
    const files = { 'child.yaml': child() };
    s.world.hold('create', 'leaf');
    await s.up({ nest: nested() }, { files });
    await s.until('the leaf is being made', () => s.world.isHeld('create', 'leaf'));
    const { uuid } = (await s.view()).stack;
    await s.store.stopStack(uuid, { now: s.time.now(), wallTime: s.time.wallTime() }, 'by hand');
    assert.equal(await saysOf(s, 'nest'), 'CREATE FAILED: Stopped: by hand; nothing goes on until the next request');
    s.world.release('create', 'leaf');
    await s.start('CREATE', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'COMPLETE');
    s.world.hold('update', 'leaf');
    await s.up({ nest: nested('two') }, { files, timeoutMs: 2_000 });
    await s.until('the leaf is being changed', () => s.world.isHeld('update', 'leaf'));
    await s.until('the time is over', async () => (await s.view()).stack.status === 'FAILED');
    assert.equal(await saysOf(s, 'nest'), 'UPDATE FAILED: Timed out');
    s.world.release('update', 'leaf');
    await s.start('UPDATE', { kind: 'carry' });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('leaf').properties['value'], 'two');
  }));

test('what a stack was made of before and what it is made of now may require each other’s user', () =>
  scenario(async (s) => {
    const files = (key: string) => ({
      'child.yaml': {
        parameters: { value: { type: 'string', default: 'none' } },
        resources: { leaf: { properties: { value: { get_param: 'value' }, key } } },
        outputs: { told: { value: { get_attr: ['leaf', 'value'] } } },
      },
    });
    await s.up({ user: { properties: { value: 'x' } }, nest: nested({ get_attr: ['user', 'value'] }) }, { files: files('a') });
    await s.rest();
    s.world.hold('create', 'slow');
    const turned = {
      user: { properties: { value: { get_attr: ['nest', 'told'] } } },
      nest: nested('y'),
      slow: { depends_on: 'user' },
    };
    await s.up(turned, { files: files('b') });
    await s.until('the user was changed', () => s.world.isHeld('create', 'slow'));
    await s.up({ nest: nested('y') }, { files: files('b') });
    s.world.release('create', 'slow');
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.names(), ['leaf']);
  }));

const within = (...path: string[]) => ({ properties: { value: { get_attr: ['nest', ...path] } } });

test('references to resources within: their ids and attributes, at any depth', () =>
  scenario(async (s) => {
    const files = { 'child.yaml': child({ mid: { type: 'mid.yaml' } }), 'mid.yaml': child() };
    const readers = {
      id: within('resource.leaf'),
      value: within('resource.leaf', 'value'),
      dotted: within('resource.leaf.value'),
      deep: within('resource.mid', 'resource.leaf'),
      output: within('resource.mid.told'),
    };
    await s.up({ nest: nested('x'), ...readers }, { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    const inner = (await childOf(s))!;
    const leaf = (await s.store.readStack(inner.id))!.resources.find(({ name }) => name === 'leaf')!;
    const mid = (await s.store.findStackByUuid(
      (await s.store.readStack(inner.id))!.resources.find(({ name }) => name === 'mid')!.physicalId!,
    ))!;
    const deep = (await s.store.readStack(mid.id))!.resources.find(({ name }) => name === 'leaf')!;
    const seenBy = (name: string) => s.world.one(name).properties['value'];
    assert.deepEqual(
      [seenBy('id'), seenBy('value'), seenBy('dotted'), seenBy('deep'), seenBy('output')],
      [leaf.physicalId, 'x', 'x', deep.physicalId, 'none'],
    );
  }));

test('a resource within that is replaced reaches what refers to it, though no output changed', () =>
  scenario(async (s) => {
    const silent = (key: string): NestedTemplate => ({ resources: { leaf: { properties: { value: 'same', key } } } });
    await s.up({ nest: { type: 'child.yaml' }, reader: within('resource.leaf') }, { files: { 'child.yaml': silent('a') } });
    await s.rest();
    const before = await s.current('nest');
    await s.up({ nest: { type: 'child.yaml' }, reader: within('resource.leaf') }, { files: { 'child.yaml': silent('b') } });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('reader').properties['value'], s.world.one('leaf').id);
    assert.ok((await s.current('nest')).revision > before.revision);
    const calls = s.world.calls.length;
    await s.up({ nest: { type: 'child.yaml' }, reader: within('resource.leaf') }, { files: { 'child.yaml': silent('b') } });
    await s.rest();
    assert.equal(s.world.calls.length, calls, 'and the same goal again calls nobody');
  }));

test('a nested stack changed on its own: what refers to a resource within follows', () =>
  scenario(async (s) => {
    const silent = { resources: { leaf: { properties: { value: 'same' } } } };
    await s.up({ nest: { type: 'child.yaml' }, reader: within('resource.leaf') }, { files: { 'child.yaml': silent } });
    await s.rest();
    const first = s.world.one('leaf').id;
    const stack = (await childOf(s))!;
    const leaf = (await s.store.readStack(stack.id))!.resources[0]!;
    const edits = [{ kind: 'replace', resourceId: leaf.id, reason: 'asked for' }] as const;
    const times = { now: s.time.now(), wallTime: s.time.wallTime() };
    await s.store.startTraversal({ stack: { uuid: stack.uuid }, action: 'UPDATE', goal: { kind: 'carry' }, edits, ...times });
    s.hint();
    await s.until('the parent has read it', async () => s.world.one('reader').properties['value'] !== first);
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.equal(s.world.one('reader').properties['value'], s.world.one('leaf').id);
  }));

const HEAT_STACK = 'OS::Heat::Stack';

test('OS::Heat::Stack: made from a text, read, changed in place, taken down', () =>
  scenario(async (s) => {
    const goal = (value: string) => ({
      first: { properties: { value } },
      nest: {
        type: HEAT_STACK,
        properties: { template: { get_file: 'child.yaml' }, parameters: { value: { get_attr: ['first', 'value'] } } },
      },
      reader: { properties: { value: { get_attr: ['nest', 'outputs', 'told'] } } },
    });
    const files = { 'child.yaml': child() };
    await s.up(goal('a'), { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.calls, ['create first', 'create leaf', 'create reader']);
    assert.equal(s.world.one('reader').properties['value'], 'a');
    const row = await s.current('nest');
    const stack = (await childOf(s))!;
    const outputs = { told: 'a', id: s.world.one('leaf').id };
    const list = Object.entries(outputs).map(([output_key, output_value]) => ({ output_key, output_value }));
    assert.deepEqual(row.attributes, {
      stack_name: stack.name,
      outputs,
      show: { id: stack.uuid, stack_name: stack.name, description: '', outputs: list },
    });
    assert.equal(row.reference, stack.uuid);
    await s.up(goal('b'), { files });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.deepEqual(s.world.calls.slice(3), ['update first', 'update leaf', 'update reader']);
    assert.equal((await childOf(s))!.uuid, stack.uuid);
    await s.start('DELETE', { kind: 'empty' });
    await s.rest();
    assert.deepEqual(s.world.names(), []);
  }));

test('OS::Heat::Stack within one, its template in line; a changed text changes it', () =>
  scenario(async (s) => {
    const inner = (key: string) =>
      JSON.stringify({ heat_template_version: '2021-04-16', resources: { leaf: { type: 'World::Thing', properties: { key } } } });
    const outer = (key: string): NestedTemplate => ({
      resources: { mid: { type: HEAT_STACK, properties: { template: inner(key) } } },
    });
    const root = { nest: { type: HEAT_STACK, properties: { template: { get_file: 'child.yaml' } } } };
    await s.up(root, { files: { 'child.yaml': outer('a') } });
    assert.equal((await s.rest()).status, 'COMPLETE');
    const first = s.world.one('leaf').id;
    await s.up(root, { files: { 'child.yaml': outer('b') } });
    assert.equal((await s.rest()).status, 'COMPLETE');
    assert.notEqual(s.world.one('leaf').id, first);
    const calls = s.world.calls.length;
    await s.up(root, { files: { 'child.yaml': outer('b') } });
    await s.rest();
    assert.equal(s.world.calls.length, calls);
  }));

test('OS::Heat::Stack has a timeout of its own', () =>
  scenario(async (s) => {
    s.world.hold('create', 'leaf');
    const properties = { template: { get_file: 'child.yaml' }, timeout: 2 };
    await s.up({ nest: { type: HEAT_STACK, properties }, beside: {} }, { files: { 'child.yaml': child() } });
    await s.until('the leaf is being made', () => s.world.isHeld('create', 'leaf'));
    await s.until('the time is over', async () => (await childOf(s))!.status === 'FAILED');
    s.world.release('create', 'leaf');
    const stack = await s.rest();
    assert.equal(stack.status, 'FAILED');
    assert.match(stack.reason, /nest: .*Timed out/);
  }));

test('the timeout of a nested stack is for reaching its goal, not for what the stack above it takes after that', () =>
  scenario(async (s) => {
    s.world.hold('create', 'slow');
    const properties = { template: { get_file: 'child.yaml' }, timeout: 2 };
    await s.up({ nest: { type: HEAT_STACK, properties }, slow: {} }, { files: { 'child.yaml': child() } });
    await s.until('the child has converged', async () => (await s.current('nest')).status === 'COMPLETE');
    const since = s.time.now();
    await s.until('its time is long over', () => s.time.now() > since + 600_000);
    s.world.release('create', 'slow');
    const stack = await s.rest();
    assert.equal(stack.status, 'COMPLETE', stack.reason);
    assert.equal((await childOf(s))!.status, 'COMPLETE');
  }));
