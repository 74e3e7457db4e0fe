/**
 * The observer port: what an engine tells of its work to whoever measures, traces or logs it.
 *
 * A plain object passed in; without one nothing is paid. It sees and changes nothing: what it throws would be our own mistake. Work and calls
 * are given to it as functions to run, so that it can set a context around them.
 */
import type { CallResult } from '../call-provider.ts';
import type { EngineId, Intent, Settlement, StackId, WorkItem } from './store.ts';

export type CallVerb = 'create' | 'update' | 'delete' | 'suspend' | 'resume' | 'check' | 'find' | 'read';

/** What one committed turn held. */
export interface TurnSeen {
  readonly settlements: readonly Settlement[];
  readonly intents: readonly Intent[];
  readonly claimed: readonly WorkItem[];
}

export interface Observer {
  onTurn(turn: TurnSeen): void;
  /** The lease was renewed, or the engine registered anew. */
  onPulse(engineId: EngineId): void;
  /** What dead engines held was freed: so many engines and strays. */
  onFreed(count: number): void;
  /** Something was settled in these stacks. */
  onSettled(stacks: readonly StackId[]): void;
  /** Must run `work` once and give its answer. */
  aroundWork(item: WorkItem, work: () => Promise<Settlement | null>): Promise<Settlement | null>;
  /** Must run `call` once and give its answer. */
  aroundCall<T>(item: WorkItem, verb: CallVerb, call: () => Promise<CallResult<T>>): Promise<CallResult<T>>;
}

/** Sees nothing: what an observer leaves out. */
export const blindObserver: Observer = {
  onTurn: () => {},
  onPulse: () => {},
  onFreed: () => {},
  onSettled: () => {},
  aroundWork: (_item, work) => work(),
  aroundCall: (_item, _verb, call) => call(),
};

/** Several as one, the first outermost; null for none. */
export function combineObservers(observers: readonly Observer[]): Observer | null {
  const [first, ...others] = observers;
  if (first === undefined) return null;
  return others.reduce(pairOf, first);
}

function pairOf(outer: Observer, inner: Observer): Observer {
  return {
    onTurn: (turn) => {
      outer.onTurn(turn);
      inner.onTurn(turn);
    },
    onPulse: (engineId) => {
      outer.onPulse(engineId);
      inner.onPulse(engineId);
    },
    onFreed: (count) => {
      outer.onFreed(count);
      inner.onFreed(count);
    },
    onSettled: (stacks) => {
      outer.onSettled(stacks);
      inner.onSettled(stacks);
    },
    aroundWork: (item, work) => outer.aroundWork(item, () => inner.aroundWork(item, work)),
    aroundCall: (item, verb, call) => outer.aroundCall(item, verb, () => inner.aroundCall(item, verb, call)),
  };
}
