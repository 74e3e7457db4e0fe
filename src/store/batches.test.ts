/** A batch is one set of statements; what it answers and leaves behind is what its parts would, one after the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineId, Intent, IntentAnswer, Settlement, StackId, WorkItem } from '../engine/ports/store.ts';
import { failure } from '../std/failure.ts';
import type { DatabaseStore } from './create-store.ts';
import { create, done, enlist, makeGoal, manyAlone, offer, takeTurn, testVault } from './fixtures/made-goal.ts';
import { testDatabases } from './fixtures/test-databases.ts';

const databases = await testDatabases();

interface Part {
  readonly intents: readonly Intent[];
  readonly settlements: readonly Settlement[];
}

/** The answers, and all that stands in the stacks' rows. */
async function runParts(store: DatabaseStore, engineId: EngineId, parts: readonly Part[]): Promise<unknown> {
  const answers: (IntentAnswer | null)[] = [];
  for (const part of parts) {
    const answer = await store.turn({ ...part, engineId, claim: { free: 0, calls: 0 }, offer, now: 3_000, wallTime: 3_000 });
    answers.push(...answer.intents);
  }
  const views = [];
  for (const { id } of await store.listStacks('t')) {
    const view = (await store.readStack(id))!;
    const events = (await store.listEvents(id, 0)).toSorted((x, y) => (x.resourceId ?? 0) - (y.resourceId ?? 0));
    // How often anything was written differs, and in which order different resources were.
    views.push({ ...view, stack: { ...view.stack, change: 0 }, events: events.map((event) => ({ ...event, seq: 0 })) });
  }
  return { answers, views };
}

const alone = <T>(list: readonly T[]): T[][] => list.map((one) => [one]);

/** `make` brings every store to the same rows and says what is to be done. */
function asOneAfterAnother(
  name: string,
  make: (store: DatabaseStore, engineId: EngineId) => Promise<{ intents?: Intent[]; settlements?: Settlement[] }>,
  look?: (found: { answers: (IntentAnswer | null)[] }) => void,
): void {
  for (const database of databases)
    test(`${name} (${database.name})`, { skip: database.skip }, async () => {
      const found: unknown[] = [];
      for (const split of [(list: readonly never[]) => [list], alone]) {
        const { store, close } = await database.open(testVault());
        const engineId = await enlist(store, 'e');
        const { intents = [], settlements = [] } = await make(store, engineId);
        const parts = [
          ...split(settlements as never[]).map((some) => ({ intents: [], settlements: some })),
          ...split(intents as never[]).map((some) => ({ intents: some, settlements: [] })),
        ];
        found.push(await runParts(store, engineId, parts));
        assert.deepEqual(await store.checkRows(), []);
        await close();
      }
      assert.deepEqual(found[0], found[1]);
      look?.(found[0] as { answers: (IntentAnswer | null)[] });
    });
}

const intentOf = (item: WorkItem, more: Partial<Intent> = {}): Intent => ({
  claim: done(item).claim,
  kind: 'create',
  token: `token-${item.resource.id}`,
  properties: { value: `of ${item.resource.name}` },
  inputsSha: null,
  definition: item.definitionSha,
  secret: false,
  requirements: [],
  identity: null,
  host: null,
  settingId: null,
  deadline: null,
  reason: `intent for ${item.resource.name}`,
  buryToken: null,
  deed: 'create',
  ...more,
});

async function claimAll(store: DatabaseStore, engineId: EngineId, calls = 100): Promise<Map<string, WorkItem>> {
  const { claimed } = await takeTurn(store, engineId, [], calls);
  return new Map(claimed.map((item) => [`${item.stack.name}/${item.resource.name}`, item]));
}

asOneAfterAnother(
  'intents: each has the answer that it would have had alone',
  async (store, engineId) => {
    await store.startTraversal(create('a', makeGoal(manyAlone(6))));
    await store.startTraversal(create('b', makeGoal(manyAlone(3))));
    const items = await claimAll(store, engineId);
    const of = (name: string, more: Partial<Intent> = {}) => intentOf(items.get(name)!, more);
    const stale = { ...done(items.get('a/r2')!).claim, epoch: 99 };
    return {
      intents: [
        of('a/r0', { identity: 'p|one', deadline: 5_000, host: 'h', settingId: 3, secret: true }),
        of('b/r0', { identity: 'p|one' }),
        of('a/r1', { identity: 'p|two', requirements: [{ resourceId: items.get('a/r5')!.resource.id, revision: 4 }] }),
        of('a/r2', { claim: stale }),
        of('a/r2', { found: { physicalId: 'seen' }, identity: 'p|three' }),
        // Not twice: by now it is under an operation, and its claim is spent.
        of('a/r2'),
        of('a/r3', { identity: 'p|two' }),
        // An earlier one of the batch is to require it.
        of('a/r5', { kind: 'delete', properties: null }),
        of('a/r4', { kind: 'delete', properties: null, reason: 'not wanted' }),
        of('b/r1', { requirements: [{ resourceId: 999_999 as never, revision: 1 }] }),
        of('b/r2', { identity: 'p|three' }),
      ],
    };
  },
  ({ answers }) => {
    const kinds = answers.map((answer) => answer?.kind);
    const [go, taken, superseded] = ['go', 'identity-taken', 'superseded'];
    assert.deepEqual(kinds, [go, taken, go, superseded, go, superseded, taken, 'required', go, go, taken]);
    const [, first, , , , , second] = answers;
    assert.deepEqual(
      [first, second].map((a) => a?.kind === 'identity-taken' && [a.holder.stackName, a.holder.name, a.holder.sameStack]),
      [
        ['a', 'r0', false],
        ['a', 'r1', true],
      ],
    );
  },
);

asOneAfterAnother(
  'intents on operations that are held already renew them, and never under another epoch',
  async (store, engineId) => {
    await store.startTraversal(create('a', makeGoal(manyAlone(3))));
    const items = [...(await claimAll(store, engineId)).values()];
    const { intents } = await store.turn({
      engineId,
      settlements: [],
      intents: items.map((item) => intentOf(item)),
      claim: { free: 0, calls: 0 },
      offer,
      now: 2_500,
      wallTime: 2_500,
    });
    const epochs = intents.map((answer) => (answer?.kind === 'go' ? answer.epoch : 0));
    const held = (i: number, epoch = epochs[i]!) => ({ ...done(items[i]!).claim, epoch, operation: true });
    return {
      intents: [
        intentOf(items[0]!, { claim: held(0), kind: 'delete', token: 'other', properties: null, buryToken: 'token-1' }),
        intentOf(items[1]!, { claim: held(1, 7), kind: 'delete' }),
        intentOf(items[2]!),
      ],
    };
  },
  ({ answers }) =>
    assert.deepEqual(
      answers.map((answer) => answer?.kind),
      ['go', 'superseded', 'superseded'],
    ),
);

asOneAfterAnother('settlements: nodes go on as each result says', async (store, engineId) => {
  const shape = { ...manyAlone(9), last: ['r0', 'r1'], other: ['r7'] };
  await store.startTraversal(create('a', makeGoal(shape)));
  await store.startTraversal(create('b', makeGoal(manyAlone(2))));
  const items = await claimAll(store, engineId);
  const claim = (name: string) => done(items.get(name)!).claim;
  const failed = { action: 'CREATE', status: 'FAILED', reason: 'no' } as const;
  const replace = { kind: 'replace', patch: null, type: 'Test::Thing', deletionPolicy: 'retain' } as const;
  const asleep = { kind: 'sleep', progress: { at: 3 }, physicalId: 'early', reason: 'not yet' } as const;
  return {
    settlements: [
      { ...replace, claim: claim('a/r0'), reason: 'other size', deleteFirst: false },
      { ...replace, claim: claim('a/r1'), reason: 'other place', deleteFirst: true },
      { kind: 'release', claim: claim('a/r2') },
      { kind: 'again', claim: claim('a/r3'), patch: failed },
      { kind: 'retry', claim: claim('a/r4'), patch: failed, wakeAt: 9_000, failure: failure('PROVIDER', 'busy', 'later') },
      { ...asleep, claim: claim('a/r5'), wakeAt: 7_000, intent: intentOf(items.get('a/r5')!, { secret: true }) },
      {
        ...asleep,
        claim: claim('a/r6'),
        wakeAt: 8_000,
        intent: intentOf(items.get('a/r6')!, { claim: { ...claim('a/r6'), epoch: 5 } }),
      },
      { kind: 'failed', claim: claim('a/r7'), patch: failed, failure: failure('PROVIDER', 'broken') },
      done(items.get('a/r8')!),
      done(items.get('a/r8')!),
      done(items.get('b/r0')!),
      { ...replace, claim: claim('b/r1'), reason: 'other size', deleteFirst: false },
    ],
  };
});

asOneAfterAnother('settlements of many stacks end each of them', async (store, engineId) => {
  const ids: StackId[] = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    const answer = await store.startTraversal(create(name, makeGoal(manyAlone(2))));
    if (answer.kind === 'started') ids.push(answer.stack.id);
  }
  const items = await claimAll(store, engineId);
  return { settlements: [...items.values()].filter((item) => item.stack.id !== ids[1] || item.resource.name === 'r0').map(done) };
});
