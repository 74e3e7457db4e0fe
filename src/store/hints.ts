/** Hints that something changed in the database. Nothing is lost when one is: whoever waits looks again by itself, only later. */
import type { EngineId } from '../engine/ports/store.ts';

export interface Hints {
  /** Another number whenever something may have changed. */
  version(): number;
  /** Whether the database tells by itself of every commit, those of this very process included. */
  readonly comeByThemselves: boolean;
  /** Called at once where it does. `by` is the engine of this process that committed, if one did. Gives the way to stop listening. */
  onChange(listener: (by?: EngineId) => void): () => void;
}
