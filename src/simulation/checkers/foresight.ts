/** What a preview foretold, held against what engines do (foresight.ts); only where somebody asked for one. */
import { noteDecisions } from '../foresight.ts';
import type { Checker } from './checker.ts';

export function checkForesight(): Checker {
  return {
    invariants: ['PREVIEW'],
    commit(world, { changes }) {
      if (world.foretold !== null) noteDecisions(world, world.foretold, changes);
    },
  };
}
