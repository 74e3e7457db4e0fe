/** What compiling needs besides the documents. */
import type { CompileLimits } from './document-limits.ts';
import type { SinkCatalog } from './event-sinks.ts';
import type { PreviousParameters } from './parameter-values.ts';
import type { TypeCatalog } from './property-schema.ts';

/** What get_param knows besides the template's parameters. */
export interface PseudoParameters {
  readonly stackId: string;
  readonly stackName: string;
  readonly projectId: string;
  readonly region?: string;
}

export interface CompileOptions {
  readonly catalog: TypeCatalog;
  readonly pseudo: PseudoParameters;
  /** The stack's parameters until now: those that are immutable must stay. */
  readonly previous?: PreviousParameters;
  readonly limits?: CompileLimits;
  /** Where the operator sends events; nowhere when left out. */
  readonly sinks?: SinkCatalog;
}
