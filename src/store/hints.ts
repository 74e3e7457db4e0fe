/** Hints that something changed in the database. Nothing is lost when one is: whoever waits looks again by itself, only later. */
export interface Hints {
  /** Another number whenever something may have changed. */
  version(): number;
  /** Whether what this very process commits changes the number, too. */
  readonly seesOwn: boolean;
  /** Called at once where the database tells by itself. Gives the way to stop listening. */
  onChange(listener: () => void): () => void;
}
