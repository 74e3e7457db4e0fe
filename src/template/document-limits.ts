/** How large and how deep a document may be; the defaults are caps for safety, not for taste. */

export interface DocumentLimits {
  /** Largest text, in UTF-16 units; no limit when left out. */
  readonly documentLength?: number;
  /** Deepest nesting; 100 when left out. */
  readonly depth?: number;
  /** How many values all aliases together may expand to; 100,000 when left out. */
  readonly aliasedValues?: number;
}

export interface CompileLimits extends DocumentLimits {
  /** Most resources in a stack with all that are nested in it, disabled ones included; no limit when left out. */
  readonly resources?: number;
  /** How deep stacks may be nested; 5 when left out. */
  readonly nestedDepth?: number;
  /** How much the functions may do, in units of work.ts; 50,000,000 when left out, some seconds and a few hundred megabytes. */
  readonly work?: number;
}

export const DEFAULT_DEPTH = 100;
export const DEFAULT_ALIASED_VALUES = 100_000;
export const DEFAULT_NESTED_DEPTH = 5;
