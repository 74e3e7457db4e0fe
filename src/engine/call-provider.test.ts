import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallSubject, callProvider, look } from './call-provider.ts';
import type { Desk } from './desk.ts';
import { Flights } from './flights.ts';
import type { ResourceType } from './ports/provider.ts';
import { deadlineGraceMs } from './ports/store.ts';
import { Slots } from './slots.ts';

const never = (): Promise<never> => new Promise(() => {});

/** A type that never answers and takes no notice of its signal, an engine's one place for calls, and a clock. */
function createBench(facts: { readonly effects: boolean; readonly timeoutMs: number | null }) {
  const clock = { at: 1_000, now: () => clock.at, wallTime: () => clock.at };
  const slots = new Slots(1, clock);
  const warnings: string[] = [];
  const log = { debug: () => {}, info: () => {}, warn: (what: string) => void warnings.push(what) };
  const flights = new Flights(slots, clock, log);
  const desk = { clock, log, observer: null, openCall: flights.openCall.bind(flights) } as unknown as Desk;
  const type = {
    name: 'T',
    facts: { ...facts, interruptible: true, schemaVersion: 1, provider: 'p' },
    find: never,
    delete: never,
  };
  const subject = {
    item: { stack: {}, resource: { id: 1, state: null, schemaVersion: 1 } },
    type: type as unknown as ResourceType,
    claim: {},
    deadline: facts.timeoutMs === null ? null : clock.at + facts.timeoutMs,
    secrets: new Set<string>(),
  } as unknown as CallSubject;
  const pass = (ms: number): void => {
    clock.at += ms;
    flights.abortLate();
  };
  return { desk, subject, pass, flights, warnings };
}

/** What is due now has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a look that never answers is left when it has taken as long as anything that its type does', async () => {
  for (const [timeoutMs, longest] of [
    [60_000, 60_000],
    [null, 300_000],
  ] as const) {
    const { desk, subject, pass, flights } = createBench({ effects: true, timeoutMs });
    const looking = look(desk, { ...subject, deadline: null }, 'find');
    await settled();
    pass(longest - 1);
    await settled();
    assert.equal(flights.size, 1);
    pass(1);
    assert.deepEqual(await looking, { presence: 'unknown', reason: 'the provider does not answer' });
    assert.equal(flights.size, 0);
  }
});

test('a call without effects is left at its deadline; one with effects is not', async () => {
  const free = createBench({ effects: false, timeoutMs: 5_000 });
  const ended = callProvider(free.desk, free.subject, 'delete', never);
  await settled();
  free.pass(5_000);
  assert.deepEqual(await ended, { kind: 'aborted', why: 'deadline', message: 'deadline' });
  const real = createBench({ effects: true, timeoutMs: 5_000 });
  void callProvider(real.desk, real.subject, 'delete', never);
  await settled();
  real.pass(5_000);
  real.pass(deadlineGraceMs);
  await settled();
  assert.deepEqual([real.flights.size, real.warnings.length], [1, 1]);
});
