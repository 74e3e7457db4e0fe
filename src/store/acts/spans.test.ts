import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinct, meet, type Recorded, spansOf, UNKNOWN } from './spans.ts';

const recorded: Recorded = { since: 2, until: null, again: null, last: 9, breaks: null };

test('what holds without a break is one stretch, and nobody knows where an older engine wrote nothing', () => {
  assert.deepEqual(spansOf(recorded), [{ first: 2, last: 9 }]);
  assert.deepEqual(spansOf({ ...recorded, since: null, last: null }), [{ first: 0, last: UNKNOWN }]);
});

test('each break ends a stretch, also one that an older engine noted alone', () => {
  const spans = [
    { first: 2, last: 3 },
    { first: 5, last: 6 },
    { first: 8, last: 9 },
  ];
  assert.deepEqual(spansOf({ ...recorded, until: 6, again: 8, breaks: ' 3-5 6-8' }), spans);
  assert.deepEqual(spansOf({ ...recorded, until: 6, again: 8, breaks: ' 3-5' }), spans);
  assert.deepEqual(spansOf({ ...recorded, until: 6, again: 8 }), [
    { first: 2, last: 6 },
    { first: 8, last: 9 },
  ]);
});

test('a break before it held is over', () => {
  assert.deepEqual(spansOf({ ...recorded, since: 5, until: 6, again: 8, breaks: ' 3-5 6-8' }), [
    { first: 5, last: 6 },
    { first: 8, last: 9 },
  ]);
});

test('stretches meet where they share a goal', () => {
  assert.ok(meet({ first: 1, last: 3 }, { first: 3, last: 4 }) && meet({ first: 2, last: 2 }, { first: 1, last: UNKNOWN }));
  assert.ok(!meet({ first: 1, last: 2 }, { first: 3, last: 4 }));
  assert.deepEqual(distinct([recordedSpan, { first: 1, last: 1 }, recordedSpan]), [recordedSpan, { first: 1, last: 1 }]);
});

const recordedSpan = { first: 2, last: 9 };
