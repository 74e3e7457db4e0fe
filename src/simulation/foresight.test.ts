/** Previews held against what engines do, and whether the comparison sees a difference. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PreviewAction, PreviewEntry } from '../main/preview.ts';
import { complaints, type Foretold } from './foresight.ts';
import { resource } from './goals.ts';
import { drawPlan, type Seldom } from './plan.ts';
import { runWalk } from './walk.ts';

for (const kinds of [['previews'], ['previews', 'names'], ['previews', 'stacks'], ['previews', 'hooks', 'externals']] as const)
  test(`what a preview says is what comes: ${kinds.join(', ')}`, async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { violations, reached } = await runWalk(drawPlan(seed, { often: kinds as readonly Seldom[] }));
      assert.deepEqual(violations, [], `seed ${seed}`);
      assert.ok(seed > 1 || reached.has('foretold'));
    }
  });

const entry = (action: PreviewAction, more: Partial<PreviewEntry> = {}): PreviewEntry => ({
  name: 'A',
  type: 'Sim::Full',
  action,
  version: 1,
  reason: 'so',
  changes: [],
  perhaps: false,
  deleteFirst: false,
  renamedFrom: null,
  after: null,
  pauses: [],
  ...more,
});

const foretold = (told: PreviewEntry, more: Partial<Foretold> = {}): Foretold => ({
  stackId: 1,
  preview: { entries: [told], refusal: null, counts: {} as never },
  goal: { resources: [resource('A')] },
  disturbed: false,
  calm: true,
  traversal: 2,
  nodes: new Map([['1', 'A']]),
  seen: new Map(),
  taken: new Map(),
  paused: new Map(),
  stood: new Map(),
  skipped: new Set(),
  ...more,
});

test('what comes otherwise is complained of, unless it was said to be unsure, was never tried, or fails by its values', () => {
  const was = (...seen: ['A', 'create' | 'update' | 'fail' | 'nothing'][]) => ({ seen: new Map(seen) });
  assert.deepEqual(complaints(foretold(entry('update'), was(['A', 'update']))), []);
  assert.deepEqual(complaints(foretold(entry('none'), was(['A', 'create']))), ['A was foretold: none (so); and was: create']);
  assert.deepEqual(complaints(foretold(entry('update', { perhaps: true }), was(['A', 'nothing']))), []);
  assert.deepEqual(complaints(foretold(entry('update'), { skipped: new Set(['A']) })), []);
  assert.deepEqual(complaints(foretold(entry('create'), { nodes: new Map() })), [
    'A was foretold: create (so); and was: nothing',
  ]);
  const bad = { goal: { resources: [resource('A', { bad: true })] } };
  assert.deepEqual(complaints(foretold(entry('create'), { ...bad, ...was(['A', 'fail']) })), []);
  const taken = { ...was(['A', 'nothing']), taken: new Map([['A', 7]]) };
  assert.deepEqual(complaints(foretold(entry('create'), taken)), ['A was foretold: create (so); and took version 7 over']);
  assert.deepEqual(complaints(foretold(entry('none', { version: 7 }), taken)), []);
});
