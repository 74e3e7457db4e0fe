/** What a checker is: it sees the committed rows, the provider's inventory and every call, never the engine's variables. */
import type { ProviderCall } from '../../engine/ports/provider.ts';
import type { SentEvent } from '../../main/sinks/event-sink.ts';
import type { SimKind } from '../kinds.ts';
import type { Change } from '../mirror.ts';
import type { Caller, CallKind } from '../sim-types.ts';
import type { World } from '../world.ts';
import type { StoreMethod } from '../wrapped-store.ts';

/** One committed transaction. */
export interface Commit {
  readonly caller: Caller;
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
  /** Undefined when it threw. */
  readonly answer: unknown;
  readonly changes: readonly Change[];
}

export interface Checker {
  readonly invariants: readonly string[];
  /** Before a transaction, with the rows as they were. */
  before?(world: World, method: StoreMethod, args: readonly unknown[]): void;
  /** After a transaction that changed something. */
  commit?(world: World, commit: Commit): void;
  /** A provider call begins. */
  call?(world: World, caller: Caller, call: ProviderCall, way: CallKind, kind: SimKind): void;
  /** A provider is about to delete an object. */
  deletes?(world: World, call: ProviderCall): void;
  /** A receiver has an event. */
  sent?(world: World, target: string, event: SentEvent): void;
  /** After any commit or effect. */
  always?(world: World): void;
  /** Everything is at rest. */
  quiet?(world: World): void;
}
