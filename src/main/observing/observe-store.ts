/** The store an engine works with, each act timed. What it answers is untouched. */
import type { Store } from '../../engine/ports/store.ts';
import type { MetricRegistry } from './metric-registry.ts';

const acts = [
  'registerEngine',
  'renewLease',
  'freeDead',
  'listEngines',
  'retireEngine',
  'turn',
  'saveProgress',
  'sweep',
  'purge',
  'takeTombstones',
  'holderOf',
  'endTombstone',
] as const satisfies readonly (keyof Store)[];

const databaseBuckets = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] as const;

export function observeStore(store: Store, registry: MetricRegistry, seconds: () => number): Store {
  const took = registry.histogram('setpoint_database_seconds', 'How long acts of the store took, by act.', databaseBuckets);
  const failures = registry.counter('setpoint_database_errors_total', 'Acts of the store that failed, by act.');
  const timed = acts.map((act) => [
    act,
    async (...args: unknown[]): Promise<unknown> => {
      const began = seconds();
      try {
        return await (store[act] as (...args: unknown[]) => Promise<unknown>)(...args);
      } catch (error) {
        failures.add({ act });
        throw error;
      } finally {
        took.observe(seconds() - began, { act });
      }
    },
  ]);
  return { ...store, ...Object.fromEntries(timed) } as Store;
}
