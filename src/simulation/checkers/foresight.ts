/** What a preview foretold, held against what engines do (foresight.ts); only where somebody asked for one. */
import { noteDecisions } from '../foresight.ts';
import type { Checker } from './checker.ts';

export function checkForesight(): Checker {
  return {
    invariants: ['PREVIEW'],
    commit(world, { changes }) {
      for (const foretold of world.foretold) noteDecisions(world, foretold, changes);
    },
  };
}
