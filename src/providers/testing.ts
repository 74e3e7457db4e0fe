/**
 * The conformance kit: `import { assertConforms } from 'setpoint/provider/testing'`.
 *
 * It does to a resource type what an engine will do on a bad day: loses the answer of a create, cuts one short, repeats calls, looks for
 * tokens nobody used, deletes twice. It needs no test runner and no particular one. What it finds is a list of rules, each kept or
 * broken, so that an author sees all of it at once. It makes real objects with the properties it is given, and deletes them again.
 */
import type { Observation, ResourceType } from '../engine/ports/provider.ts';
import { messageOf } from '../std/failure.ts';
import { type JsonMap, sameJson } from '../std/json.ts';
import { parseJson } from '../std/parse-json.ts';
import { type Bench, type BenchOptions, type Ended, type Kept, openBench, settle, withDefaults } from './testing-bench.ts';

export {
  type Bench,
  type BenchOptions,
  type CallOptions,
  type Kept,
  openBench,
  settle,
  type VirtualEnvironment,
  virtualEnvironment,
  withDefaults,
} from './testing-bench.ts';

export interface RuleResult {
  readonly rule: string;
  readonly ok: boolean;
  /** Why it is broken, or why it did not apply. */
  readonly detail: string;
}

export interface Specimen extends BenchOptions {
  /** Properties of a good object; defaults are filled in. */
  readonly properties: JsonMap;
  /** Properties that the same object can be updated to in place. */
  readonly changed?: JsonMap;
  /** What exists outside, listed independently of the type: each object one entry. */
  readonly inventory?: () => Promise<readonly string[]> | readonly string[];
}

/** Breaks a create in the middle: the engine died after it had stored progress. */
class Cut extends Error {
  override readonly name = 'Cut';
}

/** Puts the type through every rule. The result lists them in order; a rule that could not be tried says why. */
export async function checkResource(type: ResourceType, specimen: Specimen): Promise<readonly RuleResult[]> {
  const results: RuleResult[] = [];
  const bench = openBench(type, specimen);
  const trial: Trial = {
    type,
    bench,
    properties: withDefaults(type.properties, specimen.properties),
    changed: specimen.changed && withDefaults(type.properties, specimen.changed),
    inventory: async () => [...((await specimen.inventory?.()) ?? [])].sort(),
    async rule(name, check) {
      try {
        results.push({ rule: name, ok: true, detail: (await check()) ?? '' });
      } catch (error) {
        results.push({ rule: name, ok: false, detail: messageOf(error) });
      }
    },
  };
  await checkFacts(trial);
  await checkCuts(trial);
  await checkLife(trial);
  await checkAbort(trial);
  return results;
}

/** Throws an error that lists every broken rule. */
export async function assertConforms(type: ResourceType, specimen: Specimen): Promise<void> {
  const broken = (await checkResource(type, specimen)).filter((result) => !result.ok);
  if (broken.length === 0) return;
  const list = broken.map(({ rule, detail }) => `  - ${rule}: ${detail}`).join('\n');
  throw new Error(`${type.name} breaks ${broken.length} rule${broken.length === 1 ? '' : 's'}:\n${list}`);
}

interface Trial {
  readonly type: ResourceType;
  readonly bench: Bench;
  readonly properties: JsonMap;
  readonly changed: JsonMap | undefined;
  readonly inventory: () => Promise<string[]>;
  /** Runs a check: what it throws breaks the rule, what it returns is a remark. */
  rule(name: string, check: () => Promise<string | void> | string | void): Promise<void>;
}

async function checkFacts({ type, properties, changed, rule }: Trial): Promise<void> {
  await rule('facts agree with functions', () => {
    const { facts } = type;
    expect(facts.replace !== 'delete-first' || type.delete, "replace is 'delete-first' without delete");
    expect(facts.halfMade !== 'resume' || type.find || facts.idempotent, "halfMade is 'resume' without find");
    expect(facts.effects || !facts.hostBound, 'no effects, and bound to a host');
    expect(!facts.effects || type.delete, 'has effects that nothing can delete');
    if (facts.effects && !type.find && !facts.idempotent) return 'can not be found: a crash in create ends in UNKNOWN';
  });
  await rule('validate accepts good properties', () => {
    for (const good of changed ? [properties, changed] : [properties]) {
      const problems = type.validate?.(good) ?? [];
      expect(problems.length === 0, problems.join('; '));
    }
  });
  await rule('identity is stable', () => {
    if (!type.identity) return 'none declared';
    const identity = type.identity(properties);
    expect(
      type.identity(parseJson(JSON.stringify(properties)) as JsonMap) === identity,
      'equal properties gave another identity',
    );
    expect(identity === null || identity !== '', 'it is empty');
    if (changed) expect(type.identity(changed) === identity, 'an in-place change gave another identity');
  });
}

/** Cuts create short after each progress it stores, and asks find what was left behind. */
async function checkCuts(trial: Trial): Promise<void> {
  const { type, bench, properties, rule } = trial;
  if (!type.facts.effects || !type.find) return;
  await rule('what a cut create left is found', async () => {
    const before = await trial.inventory();
    for (let cut = 1; cut <= 20; cut++) {
      const kept = bench.newObject();
      if (await createUntil(bench, kept, properties, cut)) {
        await removeAll(trial, kept);
        return `cut at ${cut - 1} places`;
      }
      await expectFound(trial, kept, before, `after a cut at saved progress ${cut}`);
    }
  });
}

/** True when the create came to its end before the cut. */
async function createUntil(bench: Bench, kept: Kept, properties: JsonMap, cut: number): Promise<boolean> {
  let saves = 0;
  try {
    const onSave = () => {
      saves += 1;
      if (saves === cut) throw new Cut('cut');
    };
    settle(kept, properties, await bench.create(kept, properties, { onSave }));
    return true;
  } catch (error) {
    if (saves < cut) throw error;
    return false;
  }
}

/** Whatever find says must be true: absent leaves nothing, present can be finished or deleted. */
async function expectFound(trial: Trial, kept: Kept, before: readonly string[], when: string): Promise<void> {
  const { type, bench, properties } = trial;
  const seen = await bench.find(kept, properties);
  if (seen.presence === 'unknown') return;
  if (seen.presence === 'present') {
    adopt(kept, seen);
    if (seen.complete === false && type.facts.halfMade === 'resume')
      settle(kept, properties, await bench.create(kept, properties));
    await removeAll(trial, kept);
  }
  const left = await trial.inventory();
  expect(sameJson(left, before), `${when} find said ${seen.presence}, and these were left: ${difference(left, before)}`);
}

/** The life of one object, from a create whose answer is lost to its second delete. */
async function checkLife(trial: Trial): Promise<void> {
  const { type, bench, properties, rule } = trial;
  const before = await trial.inventory();
  const kept = bench.newObject();
  let savedId: string | null = null;
  let made: Made | null = null;

  await rule('create makes it', async () => {
    const onSave = (saved: { physicalId?: string }) => {
      savedId = saved.physicalId ?? savedId;
    };
    made = expectDone(await bench.create(kept, properties, { onSave }));
    expect(made.physicalId !== '', 'the physical id is empty');
    expectDeclared(type, made);
  });
  if (!made) return;
  const answer: Made = made;
  const one = await trial.inventory();

  await rule('an id stored early is the final one', () => {
    if (savedId !== null) expect(savedId === answer.physicalId, `stored ${savedId}, ended as ${answer.physicalId}`);
    else if (type.facts.effects && !type.find && !type.facts.idempotent)
      throw new Error('neither find, nor idempotent, nor an id stored');
    else return 'none stored';
  });
  if (type.find) {
    await rule('find sees it after a lost answer', async () => {
      const seen = await bench.find({ ...kept, physicalId: savedId }, properties);
      if (seen.presence === 'unknown') return `can not tell: ${seen.reason}`;
      expect(seen.presence === 'present', 'it said absent');
      if (seen.complete !== false) {
        expect(seen.physicalId === answer.physicalId, `it gave the id ${seen.physicalId}, not ${answer.physicalId}`);
        return;
      }
      expect(type.facts.halfMade === 'resume', 'it said half made, though create had come to its end');
      const resumed = expectDone(await bench.create({ ...kept, physicalId: seen.physicalId }, properties));
      expect(resumed.physicalId === answer.physicalId, `resuming it gave ${resumed.physicalId}, not ${answer.physicalId}`);
      return 'it said half made, and create with the same token went on with it';
    });
    await rule('find says absent for a token nobody used', async () => {
      const seen = await bench.find(bench.newObject(), properties);
      if (seen.presence === 'unknown') return `can not tell: ${seen.reason}`;
      if (seen.presence === 'present' && seen.complete === false && type.facts.halfMade === 'resume') return 'would be resumed';
      expect(seen.presence === 'absent', 'it said present');
    });
  }
  if (type.facts.idempotent) {
    await rule('the same token makes one object', async () => {
      const again = expectDone(await bench.create({ ...kept, physicalId: savedId }, properties));
      expect(again.physicalId === answer.physicalId, `the second create gave ${again.physicalId}`);
      const now = await trial.inventory();
      expect(sameJson(now, one), `besides the first there are now: ${difference(now, one)}`);
    });
  }
  settle(kept, properties, answer);
  await checkRead(trial, kept, properties, 'create');
  if (trial.changed) await checkUpdate(trial, kept, trial.changed);
  await checkDelete(trial, kept, before);
}

async function checkRead(trial: Trial, kept: Kept, desired: JsonMap, after: string): Promise<void> {
  const { type, bench, rule } = trial;
  if (!type.read) return;
  await rule(`read after ${after} sees what is wanted`, async () => {
    const seen = await bench.read(kept, desired);
    expect(seen.presence === 'present', `it said ${seen.presence}${seen.presence === 'unknown' ? `: ${seen.reason}` : ''}`);
    expect(seen.physicalId === kept.physicalId, `it gave the id ${seen.physicalId}, not ${kept.physicalId}`);
    expect(seen.complete !== false, 'it said half made');
    expect(seen.healthy !== false, `it said unhealthy: ${seen.reason}`);
    expectDeclared(type, seen);
    if (!type.matches) return 'matches is not declared';
    expect(seen.properties, 'matches is declared, but read gives no properties');
    expect(type.matches(seen.properties ?? {}, desired) === true, 'matches did not say true');
  });
}

async function checkUpdate(trial: Trial, kept: Kept, changed: JsonMap): Promise<void> {
  const { type, bench, properties, rule } = trial;
  if (!type.update) return;
  await rule('update changes it in place', async () => {
    const reason = type.replaceReason?.(properties, changed);
    expect(!reason, `the changed properties need a replacement: ${reason}`);
    const outcome = expectDone(await bench.update(kept, changed));
    expectDeclared(type, outcome);
    settle(kept, changed, outcome);
  });
  await rule('update can be repeated', async () => {
    settle(kept, changed, expectDone(await bench.update({ ...kept, previous: properties }, changed)));
  });
  await checkRead(trial, kept, changed, 'update');
}

async function checkDelete(trial: Trial, kept: Kept, before: readonly string[]): Promise<void> {
  const { type, bench, rule } = trial;
  const properties = kept.previous ?? trial.properties;
  if (!type.delete) return;
  await rule('delete removes it', async () => {
    await bench.delete(kept, properties);
    const left = await trial.inventory();
    expect(sameJson(left, before), `these were left: ${difference(left, before)}`);
  });
  await rule('deleting what is gone is a success', async () => {
    await bench.delete(kept, properties);
  });
  for (const name of ['read', 'find'] as const) {
    if (!type[name] || !type.facts.effects) continue;
    await rule(`${name} after delete says absent`, async () => {
      const seen = await bench[name](kept, properties);
      if (seen.presence === 'unknown') return `can not tell: ${seen.reason}`;
      if (seen.presence === 'present' && seen.complete === false && type.facts.halfMade === 'resume') return 'would be resumed';
      expect(seen.presence === 'absent', 'it said present');
    });
  }
}

async function checkAbort(trial: Trial): Promise<void> {
  const { type, bench, properties, rule } = trial;
  if (!type.facts.interruptible) return;
  await rule('an aborted create ends', async () => {
    const before = await trial.inventory();
    const kept = bench.newObject();
    const controller = new AbortController();
    const call = type.create(bench.call(kept, properties, { signal: controller.signal }));
    controller.abort(new Error('not wanted any more'));
    const ended = await endsSoon(call);
    expect(ended, 'it did not end within five seconds');
    if (ended.outcome?.kind === 'done') settle(kept, properties, ended.outcome);
    if (ended.outcome?.kind === 'ask-again') kept.physicalId = ended.outcome.physicalId ?? kept.physicalId;
    if (type.find && kept.physicalId === null) await expectFound(trial, kept, before, 'after an abort');
    else await removeAll(trial, kept);
  });
}

/** What a call came to, or null when it did not end in time. Real time: the promise is the type's own. */
async function endsSoon<T>(call: Promise<T>): Promise<{ readonly outcome: T | null } | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, 5000, null);
  });
  const settled = call.then(
    (outcome) => ({ outcome }),
    () => ({ outcome: null }),
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function removeAll({ type, bench, properties }: Trial, kept: Kept): Promise<void> {
  if (type.delete && kept.physicalId !== null) await bench.delete(kept, properties);
}

type Made = Extract<Ended, { kind: 'done' }>;

function expectDone(outcome: Ended): Made {
  if (outcome.kind === 'done') return outcome;
  throw new Error(`it said ${outcome.kind}: ${outcome.reason}`);
}

function expectDeclared(type: ResourceType, made: { readonly attributes?: JsonMap }): void {
  const unknown = Object.keys(made.attributes ?? {}).filter((name) => !(name in type.attributes));
  expect(unknown.length === 0, `these attributes are not declared: ${unknown.join(', ')}`);
}

function adopt(kept: Kept, seen: Extract<Observation, { presence: 'present' }>): void {
  kept.physicalId = seen.physicalId;
  if (seen.state !== undefined) kept.state = seen.state;
}

function difference(now: readonly string[], before: readonly string[]): string {
  return (
    now.filter((entry) => !before.includes(entry)).join(', ') || `missing ${before.filter((e) => !now.includes(e)).join(', ')}`
  );
}

function expect(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
