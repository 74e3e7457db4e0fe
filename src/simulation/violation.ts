/** A promise that was broken: which, and how. Collected, never thrown through the engine, which would catch it. */
export interface Violation {
  /** `I-08`, or `ASSERT` for an assertion of the engine's own. */
  readonly invariant: string;
  readonly message: string;
  readonly step: number;
}

/** Its message without the stack of an error, which names the paths of a machine. */
export const headOf = (message: string): string => message.split(' |     at ')[0]!;
