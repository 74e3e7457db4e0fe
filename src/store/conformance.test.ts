/** What every store must do, whoever calls it at the same time: the same on either database. */
import assert from 'node:assert/strict';
import type { Intent, IntentAnswer, ResourcePatch, Served, Settlement, StackId, WorkItem } from '../engine/ports/store.ts';
import { begin, create, done, enlist, gone, intentOf, makeGoal, manyAlone, nestedGoal, takeTurn } from './fixtures/made-goal.ts';
import { onEachOf } from './fixtures/on-each.ts';
import { testDatabases } from './fixtures/test-databases.ts';

const databases = await testDatabases();

const onEach = onEachOf(databases);

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

onEach('of many that create a stack of one name at once, one does', async (store) => {
  const answers = await Promise.all(range(12).map((i) => store.startTraversal(create('s', makeGoal(manyAlone(3)), `uuid-${i}`))));
  assert.equal(answers.filter((answer) => answer.kind === 'started').length, 1);
  for (const answer of answers) if (answer.kind === 'refused') assert.equal(answer.code, 'EXISTS');
  assert.equal((await store.listStacks('t')).length, 1);
});

onEach('requests for one stack at once get traversals one after another, and events without a gap', async (store) => {
  await store.startTraversal(create('s', makeGoal(manyAlone(5))));
  const answers = await Promise.all(
    range(15).map((i) => store.startTraversal({ ...create('s', makeGoal(manyAlone(5), `v${i}`)), action: 'UPDATE' })),
  );
  const numbers = answers.map((answer) => (answer.kind === 'started' ? answer.traversal : 0)).sort((a, b) => a - b);
  assert.deepEqual(
    numbers,
    range(15).map((i) => i + 2),
  );
  const stack = (await store.listStacks('t'))[0]!;
  const events = await store.listEvents(stack.id, 0);
  assert.deepEqual(
    events.map((event) => event.seq),
    range(events.length).map((i) => i + 1),
  );
  assert.equal((await store.listTraversals(stack.id)).filter((t) => t.state !== 'superseded').length, 1);
});

onEach('a refused request leaves nothing behind', async (store) => {
  await store.startTraversal(create('s', makeGoal(manyAlone(2))));
  const before = (await store.listStacks('t'))[0]!;
  const answer = await store.startTraversal({
    ...create('s', makeGoal(manyAlone(9))),
    action: 'UPDATE',
    edits: [{ kind: 'import', name: 'nowhere', physicalId: 'x' }],
  });
  assert.equal(answer.kind, 'refused');
  assert.deepEqual((await store.listStacks('t'))[0], before);
});

onEach('many engines at once make every resource once', async (store) => {
  for (const i of range(6)) {
    const shape = { ...manyAlone(20), last: range(20).map((n) => `r${n}`) };
    await store.startTraversal(create(`s${i}`, makeGoal(shape)));
  }
  const claims: string[] = [];
  const work = async (name: string): Promise<void> => {
    const engineId = await enlist(store, name);
    let items: readonly WorkItem[] = [];
    let settlements: Parameters<typeof takeTurn>[2] = [];
    for (let idle = 0; idle < 8; ) {
      const answer = await takeTurn(store, engineId, settlements, 7);
      items = answer.claimed;
      claims.push(...items.map((item) => `${item.stack.id}/${item.node!.id}`));
      settlements = [...answer.postponed.settlements, ...items.map(done)];
      idle = settlements.length > 0 ? 0 : idle + 1;
    }
  };
  await Promise.all(range(5).map((i) => work(`e${i}`)));
  // Whoever found its trees locked to the end leaves the rest to the last one.
  await work('late');
  assert.equal(claims.length, 6 * 21);
  assert.equal(new Set(claims).size, claims.length, 'nothing is claimed twice');
  for (const stack of await store.listStacks('t')) assert.equal(stack.status, 'COMPLETE', stack.reason);
});

onEach('a turn that is repeated changes nothing', async (store) => {
  const answer = await store.startTraversal(create('s', makeGoal(manyAlone(3))));
  const engineId = await enlist(store, 'e');
  const { claimed } = await takeTurn(store, engineId, [], 10);
  const settlements = claimed.map(done);
  await takeTurn(store, engineId, settlements, 0);
  const stackId = (answer as { stack: { id: StackId } }).stack.id;
  const before = (await store.readStack(stackId))!;
  await takeTurn(store, engineId, settlements, 0);
  const again = (await store.readStack(stackId))!;
  assert.deepEqual({ ...again, stack: null }, { ...before, stack: null });
  assert.equal(again.stack.eventSeq, before.stack.eventSeq);
});

onEach('what a dead engine held is taken over, and what it brings afterwards counts for nothing', async (store) => {
  await store.startTraversal(create('s', makeGoal(manyAlone(1))));
  const zombie = await enlist(store, 'zombie', 5_000);
  const [lost] = (await takeTurn(store, zombie, [], 1)).claimed;
  const other = await enlist(store, 'other');
  assert.equal((await takeTurn(store, other, [], 1)).claimed.length, 0);
  assert.equal(await store.freeDead([], 4_999), 0, 'not before its lease lapsed');
  await store.freeDead([zombie], 4_999);
  const [taken] = (await takeTurn(store, other, [], 1)).claimed;
  assert.equal(taken!.node!.epoch, lost!.node!.epoch + 1);
  await takeTurn(store, zombie, [done(lost!)], 1);
  assert.equal((await store.listStacks('t'))[0]!.status, 'IN_PROGRESS');
  assert.equal((await store.renewLease(zombie, 9_000, 4_000)).alive, false);
  await takeTurn(store, other, [done(taken!)], 1);
  assert.equal((await store.listStacks('t'))[0]!.status, 'COMPLETE');
});

onEach('what an engine was given without hearing of it, it gives back', async (store) => {
  await store.startTraversal(create('s', makeGoal(manyAlone(2))));
  const engineId = await enlist(store, 'e');
  const { claimed } = await takeTurn(store, engineId, [], 2);
  const { held } = await store.renewLease(engineId, 1e15, 4_000);
  assert.deepEqual([...held].sort(), claimed.map((item) => item.resource.id).sort());
  await store.disown(engineId, [claimed[1]!.resource.id]);
  assert.deepEqual((await store.renewLease(engineId, 1e15, 4_000)).held, [claimed[0]!.resource.id]);
  const again = await takeTurn(store, engineId, [], 2);
  assert.deepEqual(
    again.claimed.map((item) => item.resource.id),
    [claimed[1]!.resource.id],
  );
});

onEach('an object has one owner, whoever asks for it at once', async (store) => {
  const items: WorkItem[] = [];
  const engineId = await enlist(store, 'e');
  for (const i of range(6)) await store.startTraversal(create(`s${i}`, makeGoal(manyAlone(1))));
  items.push(...(await takeTurn(store, engineId, [], 6)).claimed);
  assert.equal(items.length, 6);
  const turns = items.map((item) =>
    store.turn({
      engineId,
      settlements: [],
      intents: [intentOf(item, 'the one path')],
      claim: { free: 0, calls: 0 },
      offer: { effectTypes: ['Test::Thing'], freeTypes: [], host: 'h', maxAttempts: 5, maxReplacements: 3 },
      now: 3_000,
      wallTime: 3_000,
    }),
  );
  const kinds = (await Promise.all(turns)).map((answer) => answer.intents[0]?.kind);
  assert.deepEqual(kinds.toSorted(), ['go', ...range(5).map(() => 'identity-taken')]);
});

onEach('an identity is let go when its object is called something else', async (store) => {
  const engineId = await enlist(store, 'e');
  await store.startTraversal(create('one', makeGoal(manyAlone(1))));
  await store.startTraversal(create('two', makeGoal(manyAlone(1))));
  const [first, second] = (await takeTurn(store, engineId, [], 2)).claimed;
  const asks = async (item: WorkItem, identity: string, settlements: Settlement[] = []): Promise<IntentAnswer> =>
    (await takeTurn(store, engineId, settlements, 0, { intents: [intentOf(item, identity)] })).intents[0]!;
  const begun = await asks(first!, 'old');
  assert.ok(begun.kind === 'go');
  assert.equal((await asks(second!, 'old')).kind, 'identity-taken');
  const made = done(first!) as Extract<Settlement, { kind: 'done' }>;
  const claim = { ...made.claim, operation: true, epoch: begun.epoch };
  const answer = await asks(second!, 'old', [{ ...made, claim, patch: { ...made.patch!, identity: 'new' } }]);
  assert.equal(answer.kind, 'go');
});

onEach('what is made with another token is called nothing of before', async (store) => {
  const engineId = await enlist(store, 'e');
  await store.startTraversal(create('one', makeGoal(manyAlone(1))));
  await store.startTraversal(create('two', makeGoal(manyAlone(1))));
  const [first, second] = (await takeTurn(store, engineId, [], 2)).claimed;
  const asks = async (intent: Intent): Promise<IntentAnswer> =>
    (await takeTurn(store, engineId, [], 0, { intents: [intent] })).intents[0]!;
  const begun = await asks(intentOf(first!, 'old'));
  assert.ok(begun.kind === 'go');
  const claim = { ...done(first!).claim, operation: true, epoch: begun.epoch };
  const patch: ResourcePatch = { action: 'CREATE', status: 'FAILED', reason: 'no' };
  const [again] = (await takeTurn(store, engineId, [{ kind: 'again', claim, patch }], 1)).claimed;
  assert.equal((await asks(intentOf(second!, 'old'))).kind, 'identity-taken');
  assert.equal(
    (await asks({ ...intentOf(again!, 'new'), token: 'another', buryToken: `token-${first!.resource.id}` })).kind,
    'go',
  );
  assert.equal((await asks(intentOf(second!, 'new'))).kind, 'identity-taken');
  assert.equal((await asks(intentOf(second!, 'old'))).kind, 'go');
});

onEach('what is called so and is wanted no more makes way', async (store) => {
  const engineId = await enlist(store, 'e');
  await store.startTraversal(create('one', makeGoal({ former: [] })));
  const [former] = (await takeTurn(store, engineId, [], 1)).claimed;
  const asks = async (item: WorkItem, settlements: Settlement[] = []): Promise<IntentAnswer> =>
    (await takeTurn(store, engineId, settlements, 0, { intents: [intentOf(item, 'x')] })).intents[0]!;
  const begun = await asks(former!);
  assert.ok(begun.kind === 'go');
  const made = done(former!) as Extract<Settlement, { kind: 'done' }>;
  await takeTurn(store, engineId, [{ ...made, claim: { ...made.claim, operation: true, epoch: begun.epoch } }], 0);
  await store.startTraversal({ ...create('one', makeGoal({ wanted: [] })), action: 'UPDATE' });
  const [item] = (await takeTurn(store, engineId, [], 1)).claimed;
  const taken = await asks(item!);
  assert.ok(taken.kind === 'identity-taken');
  assert.deepEqual([taken.holder.name, taken.holder.wanted, taken.holder.kept], ['former', false, false]);
  const makeWay = { kind: 'make-way', claim: done(item!).claim, holder: taken.holder.resourceId, reason: 'first' } as const;
  const [victim] = (await takeTurn(store, engineId, [makeWay], 1)).claimed;
  assert.deepEqual([victim!.purpose, victim!.resource.id, victim!.node!.id], ['victim', former!.resource.id, item!.node!.id]);
  const [again] = (await takeTurn(store, engineId, [gone(victim!)], 1)).claimed;
  assert.deepEqual([again!.purpose, again!.resource.name], ['converge', 'wanted']);
  assert.equal((await asks(again!)).kind, 'go');
  assert.deepEqual(await store.checkRows(), []);
});

onEach('whoever wants the name of what is still to be worked on waits for it, unless that waits for them', async (store) => {
  const engineId = await enlist(store, 'e');
  const nodeOf = async (settlements: Settlement[], count = 2) => {
    const { claimed } = await takeTurn(store, engineId, settlements, count);
    return Object.fromEntries(claimed.map((item) => [item.resource.name, item]));
  };
  const asks = async (item: WorkItem, identity: string, settlements: Settlement[] = []): Promise<IntentAnswer> =>
    (await takeTurn(store, engineId, settlements, 0, { intents: [intentOf(item, identity)] })).intents[0]!;
  const ended = (item: WorkItem, begun: IntentAnswer, identity: string): Settlement => {
    assert.ok(begun.kind === 'go');
    const made = done(item) as Extract<Settlement, { kind: 'done' }>;
    return { ...made, claim: { ...made.claim, operation: true, epoch: begun.epoch }, patch: { ...made.patch!, identity } };
  };
  await store.startTraversal(create('one', makeGoal({ a: [], b: [] })));
  const first = await nodeOf([]);
  const made = [ended(first['a']!, await asks(first['a']!, 'x'), 'x'), ended(first['b']!, await asks(first['b']!, 'y'), 'y')];
  await takeTurn(store, engineId, made, 0);
  await store.startTraversal({ ...create('one', makeGoal({ a: [], b: [] }, 'v2')), action: 'UPDATE' });
  const second = await nodeOf([]);
  const [a, b] = [second['a']!, second['b']!];
  const taken = await asks(b, 'x');
  assert.ok(taken.kind === 'identity-taken' && taken.holder.leaving);
  const waits = { kind: 'wait', claim: done(b).claim, holder: taken.holder.resourceId, reason: 'waits' } as const;
  assert.deepEqual(await nodeOf([waits]), {});
  const swap = await asks(a, 'y');
  assert.ok(swap.kind === 'identity-taken' && !swap.holder.leaving);
  const again = await nodeOf([ended(a, await asks(a, 'z'), 'z')]);
  assert.deepEqual(Object.keys(again), ['b']);
  assert.equal((await asks(again['b']!, 'x')).kind, 'go');
  assert.deepEqual(await store.checkRows(), []);
});

onEach('fsck finds a complete version that is called two things', async (store) => {
  const engineId = await enlist(store, 'e');
  await store.startTraversal(create('one', makeGoal(manyAlone(1))));
  const begin = async (item: WorkItem, identity: string) => {
    const [answer] = (await takeTurn(store, engineId, [], 0, { intents: [intentOf(item, identity)] })).intents;
    assert.ok(answer?.kind === 'go');
    return { ...done(item).claim, operation: true, epoch: answer.epoch };
  };
  const [first] = (await takeTurn(store, engineId, [], 1)).claimed;
  const patch: ResourcePatch = { action: 'CREATE', status: 'FAILED', reason: 'no' };
  const again = { kind: 'again', claim: await begin(first!, 'old'), patch } as const;
  const [second] = (await takeTurn(store, engineId, [again], 1)).claimed;
  const made = { ...done(second!), claim: await begin(second!, 'new') } as Settlement;
  await takeTurn(store, engineId, [made], 0);
  const findings = await store.checkRows();
  assert.deepEqual(
    findings.map(({ invariant, stack }) => [invariant, stack]),
    [['I-26', 'one']],
  );
  assert.match(findings[0]!.what, /is complete and holds 2 identities/);
  await store.startTraversal({ ...create('one', makeGoal(manyAlone(1), 'w')), action: 'UPDATE' });
  const [third] = (await takeTurn(store, engineId, [], 1)).claimed;
  const kept = done(third!) as Extract<Settlement, { kind: 'done' }>;
  await takeTurn(store, engineId, [{ ...kept, patch: { ...kept.patch!, identity: 'new' } }], 0);
  assert.deepEqual(await store.checkRows(), []);
});

onEach('one large stack does not keep small ones waiting', async (store) => {
  await store.startTraversal(create('large', makeGoal(manyAlone(3_000))));
  for (const i of range(50)) await store.startTraversal(create(`small${i}`, makeGoal(manyAlone(2))));
  const engineId = await enlist(store, 'e');
  const served = new Set<string>();
  let after: Served = {};
  let large = 0;
  for (let turn = 0; turn < 4; turn++) {
    const answer = await takeTurn(store, engineId, [], 20, { after });
    after = answer.served;
    for (const { stack } of answer.claimed) served.add(stack.name);
    large += answer.claimed.filter(({ stack }) => stack.name === 'large').length;
  }
  assert.equal(served.size, 51, 'within four turns of twenty claims each of 51 stacks was served');
  assert.ok(large >= 1 && large < 40, `the large one got ${large} of 80`);
});

onEach('settings of the same content are one row, whoever keeps them at once', async (store) => {
  const ids = await Promise.all(range(8).map(() => store.putSettings('p', 'n', { key: 'k' })));
  assert.equal(new Set(ids).size, 1);
});

onEach('texts that a database can not hold are held as near as can be', async (store) => {
  await store.startTraversal(create('s', makeGoal(manyAlone(1))));
  const engineId = await enlist(store, 'e');
  const [item] = (await takeTurn(store, engineId, [], 1)).claimed;
  const settlement = done(item!);
  if (settlement.kind !== 'done') throw new Error();
  const patch = { ...settlement.patch!, reason: 'a\0b\ud800c', attributes: { text: 'x\0y\ud800z' } };
  await takeTurn(store, engineId, [{ ...settlement, patch }], 0);
  const row = (await store.readStack(item!.stack.id))!.resources[0]!;
  assert.match(row.reason, /^a.b.+c$/su);
  assert.equal(row.attributes['text'], 'x\0y\ud800z');
});

onEach('a nested stack is begun after all else that a turn settles', async (store) => {
  const engineId = await enlist(store, 'e');
  const turn = async (settlements: readonly Settlement[]) =>
    (await takeTurn(store, engineId, settlements, 10, { free: 10 })).claimed;
  const goal = { kind: 'new', goal: makeGoal({ leaf: [] }) } as const;
  await store.startTraversal(create('s', nestedGoal()));
  const [nest] = await turn([]);
  const [leaf] = await turn([begin(nest!, { kind: 'create', uuid: 'child', name: 's-nest', goal: goal.goal })]);
  const [made] = await turn([done(leaf!)]);
  await turn([done(made!)]);
  await store.startTraversal({ ...create('s', nestedGoal()), action: 'DELETE', goal: { kind: 'empty' } });
  const [remove] = await turn([]);
  const [unwanted] = await turn([begin(remove!, { kind: 'start', action: 'DELETE', goal: { kind: 'empty' } })]);
  await store.startTraversal({ ...create('s', nestedGoal()), action: 'UPDATE' });
  const [again] = await turn([]);
  const [anew] = await turn([begin(again!, { kind: 'start', action: 'UPDATE', goal }), gone(unwanted!)]);
  // The leaf went in the traversal that gave way in this very turn: another one is wanted.
  assert.deepEqual([unwanted?.resource.name, anew?.resource.name], ['leaf', 'leaf']);
  assert.notEqual(anew?.resource.id, unwanted?.resource.id);
});
