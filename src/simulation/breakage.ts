/** How a mutation breaks production: by wrapping the store that an engine gets, or by rewriting SQL before it is run. */
import type { Store } from '../engine/ports/store.ts';
import type { World } from './world.ts';

export interface Breakage {
  readonly name: string;
  store(store: Store, world: World): Store;
  /** Null where the statement stays as it is; broken worlds get a database of their own. */
  readonly sql: ((text: string) => string) | null;
}

export const noBreakage: Breakage = { name: '', store: (store) => store, sql: null };
