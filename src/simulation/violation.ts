/** A promise that was broken: which, and how. Collected, never thrown through the engine, which would catch it. */
export interface Violation {
  /** `I-08`, or `ASSERT` for an assertion of the engine's own. */
  readonly invariant: string;
  readonly message: string;
  readonly step: number;
}
