/** Puts together what watches the engines of one Setpoint, as its options say; with none of them, nothing is watched and nothing loaded. */

import { readFileSync } from 'node:fs';
import type { Tracer } from '@opentelemetry/api';
import { blindObserver, combineObservers, type Observer } from '../../engine/ports/observer.ts';
import type { Logger } from '../../engine/ports/provider.ts';
import type { Store } from '../../engine/ports/store.ts';
import type { Operating, Times } from '../../store/operating.ts';
import type { Reads } from '../../store/reads/reads.ts';
import type { CourierOptions } from '../sinks/courier.ts';

export interface ObservingOptions {
  readonly store: Store & Reads & Operating;
  readonly log?: Logger;
  readonly metrics?: boolean;
  readonly tracer?: Tracer;
  readonly onPulse?: () => void;
  /** Types that need no call. */
  readonly freeTypes: readonly string[];
}

export interface Observing {
  /** The store for engines. */
  readonly store: Store;
  readonly observer: Observer | null;
  readonly onSent?: CourierOptions['onSent'];
  metrics(times: Times): Promise<string>;
}

const seconds = (): number => performance.now() / 1000;

export async function startObserving(options: ObservingOptions): Promise<Observing> {
  const { store, onPulse } = options;
  const observers: Observer[] = onPulse ? [{ ...blindObserver, onPulse }] : [];
  if (options.tracer) observers.push(await startTracing(options.tracer, store));
  if (options.log) observers.push((await import('./log-observer.ts')).observeByLog(options.log, seconds));
  if (!options.metrics)
    return {
      store,
      observer: combineObservers(observers),
      metrics: () => Promise.reject(new Error('metrics were not asked for')),
    };
  const metered = await startMetering(store, options.freeTypes);
  return { ...metered, observer: combineObservers([...observers, metered.observer]) };
}

async function startTracing(tracer: Tracer, store: ObservingOptions['store']): Promise<Observer> {
  const { observeByTraces } = await import('./tracing.ts');
  return observeByTraces({
    tracer,
    incarnation: (await store.readMeta('incarnation')) ?? '',
    readTraversal: (stackId, number) => store.readTraversal(stackId, number),
  });
}

async function startMetering(
  store: ObservingOptions['store'],
  freeTypes: readonly string[],
): Promise<Observing & { readonly observer: Observer }> {
  const { createMetricRegistry } = await import('./metric-registry.ts');
  const { observeByMetrics } = await import('./engine-metrics.ts');
  const { observeStore } = await import('./observe-store.ts');
  const { createDatabaseMetrics } = await import('./database-metrics.ts');
  const { createProcessMetrics } = await import('./process-metrics.ts');
  const { countSent } = await import('./sink-metrics.ts');
  const registry = createMetricRegistry();
  const database = createDatabaseMetrics(registry);
  const process = createProcessMetrics(registry, readVersion());
  return {
    store: observeStore(store, registry, seconds),
    observer: observeByMetrics(registry, seconds),
    onSent: countSent(registry),
    async metrics(times) {
      database.set(await store.readWorkload(times), await store.countHeldBack(freeTypes));
      process.set();
      return registry.text();
    },
  };
}

function readVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
