/** How a mutation breaks production: by wrapping the store that an engine gets, or by rewriting SQL before it is run. */
import type { Store } from '../engine/ports/store.ts';
import type { Seldom } from './plan.ts';
import type { World } from './world.ts';
import type { Sending } from './wrapped-store.ts';

export interface Breakage {
  readonly name: string;
  /** What the walks that catch it have more often than others. */
  readonly often?: readonly Seldom[];
  store(store: Store, world: World): Store;
  /** The same of a sender of events; it is sound where left out. */
  readonly sending?: (store: Sending) => Sending;
  /** Null where the statement stays as it is; broken worlds get a database of their own. */
  readonly sql: ((text: string) => string) | null;
  /** The same for a PostgreSQL that processes share, where it is broken there only. */
  readonly postgres?: (text: string) => string;
}

export const noBreakage: Breakage = { name: '', store: (store) => store, sql: null };

/** Rewrites the statements that contain `where`. */
export const rewriting = (name: string, where: string, from: string | RegExp, to: string): Breakage => ({
  name,
  store: (store) => store,
  sql: (text) => (text.includes(where) ? text.replace(from, to) : text),
});

/** Never matches: the statement has no effect any more. */
export const without = (name: string, where: string): Breakage => ({
  name,
  store: (store) => store,
  sql: (text) => (text.includes(where) ? `${text} and 1 = 0` : text),
});
