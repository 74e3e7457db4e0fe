/** Documents that are written by programs are what the programs would write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statesAreCurrent } from '../scripts/write-diagrams.ts';

test('docs/states.md is what the transition tables say', () => {
  assert.ok(statesAreCurrent(), 'run: npm run diagrams');
});
