/** The simulator on itself and on the engine: a short campaign, every scenario, the same trace twice, and a few broken engines. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Store } from '../engine/ports/store.ts';
import { forgetDatabase } from './database.ts';
import { searchAll, smallCases } from './exhaustive.ts';
import { catchMutations } from './mutation-table.ts';
import { findMutation, mutations } from './mutations.ts';
import { loadOlderVersion, takeOutVersion } from './older-version.ts';
import { calmPlan, drawPlan } from './plan.ts';
import { createPrng } from './prng.ts';
import { listRegressions, schedulesOf } from './regression.ts';
import { runScenario } from './scenario-runner.ts';
import { heatScenarios, scenarios } from './scenarios.ts';
import { collectTrace, type Trace } from './trace.ts';
import { runWalk } from './walk.ts';

test("Heat's 21 scenarios are all here", () => assert.equal(heatScenarios.length, 21));

for (const scenario of scenarios) {
  test(`scenario ${scenario.name}: ${scenario.about}`, async () => {
    for (const seed of [calmPlan.seed, 2, 3, 4])
      assert.deepEqual((await runScenario(scenario, { plan: { seed } })).violations, []);
  });
}

for (const { name, about, plan } of listRegressions()) {
  test(`regression ${name}: ${about}`, async () => {
    for (const schedule of schedulesOf(plan)) assert.deepEqual((await runWalk(schedule)).violations, []);
  });
}

/** Requests in the middle of a scenario that broke a promise once (`--every-step`): the step, what is asked, and of which nested stack. */
const injections = [
  // What is nested in a stack that was not at its goal was complete with the root's (I-09).
  ['nested_two_levels', { step: 66, kind: 'unhealthy', child: 0 }],
  ['nested_two_levels_rollback', { step: 184, kind: 'unhealthy', child: 0 }],
  // What a nested stack that stays was made of before went at once, though what was to go referred to some of it (I-08).
  ['nested_turned_round', { step: 81, kind: 'unhealthy', child: 0 }],
  ['nested_turned_round', { step: 87, kind: 'replace', child: 0 }],
  // What a nested stack required, did not, and requires again held everything that it was made of meanwhile (I-17).
  ['nested_given_way_twice', { step: 104, kind: 'rollback-to', child: null }],
  ['nested_given_way_twice', { step: 126, kind: 'rollback-to', child: null }],
  // A nested stack was asked by a person to replace something: that counted as made for a goal above that had not come to it yet; and of several breaks only the last was known.
  ['nested_turned_back', { step: 73, kind: 'replace', child: 0 }],
  ['nested_turned_back', { step: 133, kind: 'rollback-to', child: null }],
  // What was there, but as an earlier goal had it, passed for made for the next, which had not come to it.
  ['nested_turned_back', { step: 82, kind: 'unhealthy', child: 0 }],
  ['nested_turned_back', { step: 113, kind: 'forget', child: 0 }],
] as const;

for (const [name, injected] of injections)
  test(`${name}, with ${injected.kind} asked at step ${injected.step}`, async () => {
    assert.deepEqual((await runScenario(scenarios.find((one) => one.name === name)!, { injected })).violations, []);
  });

test('the same seed gives the same trace in another process', async () => {
  const seed = 4711;
  const trace = collectTrace();
  await runWalk(drawPlan(seed), { trace });
  const other = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('./run.ts', import.meta.url)), '--seed', String(seed), '--trace'],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  assert.ok(trace.lines.length > 100);
  assert.equal(
    other.stdout.slice(0, other.stdout.lastIndexOf('\n', other.stdout.indexOf(' steps, ')) + 1),
    `${trace.lines.join('\n')}\n`,
  );
});

test('a run that is begun by an event gives the same trace as any other', async () => {
  const [one, other] = [collectTrace(), collectTrace()];
  const run = (trace: Trace) => runScenario(scenarios[0]!, { trace });
  await run(one);
  await new Promise<void>((done) => setImmediate(() => void run(other).finally(done)));
  assert.ok(one.lines.length > 50);
  assert.deepEqual(other.lines, one.lines);
});

test('a database that was used before gives the same trace as a fresh one', async () => {
  for (const seed of [8, 9]) {
    forgetDatabase();
    const [fresh, used] = [collectTrace(), collectTrace()];
    await runWalk(drawPlan(seed), { trace: fresh });
    for (let other = 100; other < 105; other++) await runWalk(drawPlan(other));
    await runWalk(drawPlan(seed), { trace: used });
    assert.ok(fresh.lines.length > 100);
    assert.deepEqual(used.lines, fresh.lines);
  }
});

test('engines of two versions work side by side, and the same seed gives the same trace', async () => {
  const older = await loadOlderVersion(takeOutVersion(fileURLToPath(new URL('../..', import.meta.url))));
  const reached = new Map<string, number>();
  for (let seed = 1; seed <= 15; seed++) {
    const [one, other] = [collectTrace(), collectTrace()];
    const result = await runWalk(drawPlan(seed, { twoVersions: true }), { older, trace: one });
    assert.deepEqual(result.violations, [], `seed ${seed}`);
    await runWalk(drawPlan(seed, { twoVersions: true }), { older, trace: other });
    assert.deepEqual(other.lines, one.lines);
    for (const [what, count] of result.reached) reached.set(what, count);
  }
  assert.ok(reached.has('engine of the older version') && reached.has('database migrated'));
});

test('a walk of fifty seeds breaks no promise', async () => {
  for (let seed = 1; seed <= 50; seed++) assert.deepEqual((await runWalk(drawPlan(seed))).violations, [], `seed ${seed}`);
});

for (const name of [
  'the call begins before its intent is committed',
  'a superseded traversal keeps its nodes',
  'what must be kept is deleted',
  'a lost operation is not looked for',
  'doubt is forgotten on the way',
]) {
  test(`a broken engine is caught: ${name}`, async () => {
    const [caught] = await catchMutations(200, name);
    assert.notEqual(caught!.seeds, null);
  });
}

test('every broken engine that is made by rewriting a statement finds its statement', async () => {
  const texts = new Set<string>();
  const sql = (text: string): string => {
    texts.add(text);
    return text;
  };
  const breakage = { name: '', store: (store: Store) => store, sql };
  for (const scenario of scenarios) await runScenario(scenario, { breakage });
  for (let seed = 1; seed <= 16; seed++) await runWalk(drawPlan(seed), { breakage });
  const idle = mutations.filter((mutation) => mutation.sql !== null && ![...texts].some((text) => mutation.sql!(text) !== text));
  assert.deepEqual(
    idle.map(({ name }) => name),
    [],
  );
});

test('integers only, the same for the same seed, other ones for another stream', () => {
  const draw = (seed: number, stream: string) => Array.from({ length: 20 }, createPrngDraw(seed, stream));
  assert.deepEqual(draw(1, 'a'), draw(1, 'a'));
  assert.notDeepEqual(draw(1, 'a'), draw(1, 'b'));
  assert.ok(draw(1, 'a').every((n) => Number.isInteger(n) && n >= 0 && n < 1_000));
});

function createPrngDraw(seed: number, stream: string): () => number {
  const prng = createPrng(seed, stream);
  return () => prng.below(1_000);
}

test('every schedule with one preemption keeps every promise in the small cases', async () => {
  for (const one of smallCases.slice(0, 3)) {
    const found = await searchAll(one, 1, 10_000);
    assert.equal(found.violation, null);
    assert.ok(found.complete);
    assert.ok(found.states > 100, `${found.states} states`);
  }
});

test('a search finds what is broken, and says after which preemptions', async () => {
  const found = await searchAll(smallCases[0]!, 2, 10_000, undefined, findMutation('a superseded traversal keeps its nodes'));
  assert.ok(found.violation !== null);
});
