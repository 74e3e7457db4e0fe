/** What an engine does, counted: claims, settlements, provider calls by type, retries, what was taken over from the dead. */
import { blindObserver, type CallVerb, type Observer } from '../../engine/ports/observer.ts';
import type { Settlement, WorkItem } from '../../engine/ports/store.ts';
import type { MetricRegistry } from './metric-registry.ts';

/** `seconds` is a clock that never falls. */
export function observeByMetrics(registry: MetricRegistry, seconds: () => number): Observer {
  const claims = registry.counter('setpoint_claims_total', 'Work this engine claimed, by purpose.');
  const takeovers = registry.counter('setpoint_takeovers_total', 'Operations taken over from engines that were lost.');
  const freed = registry.counter('setpoint_freed_total', 'Dead engines, and strays in their name, whose work this engine freed.');
  const settlements = registry.counter('setpoint_settlements_total', 'How work on claims ended.');
  const intents = registry.counter('setpoint_intents_total', 'Operations recorded before their calls, by kind.');
  const retries = registry.counter('setpoint_retries_total', 'Work to be tried again later, by resource type.');
  const calls = registry.counter('setpoint_provider_calls_total', 'Calls of providers, by type, verb and result.');
  const latency = registry.histogram('setpoint_provider_call_seconds', 'How long calls of providers took.');
  const working = registry.gauge('setpoint_work_in_flight', 'Claims this engine works on now.');
  let inFlight = 0;
  working.set(0);
  return {
    ...blindObserver,
    onTurn(turn) {
      for (const item of turn.claimed) countClaim(item);
      for (const intent of turn.intents) intents.add({ kind: intent.kind });
    },
    onFreed: (count) => freed.add({}, count),
    async aroundWork(item, work) {
      working.set(++inFlight);
      try {
        const settlement = await work();
        countSettlement(item, settlement);
        return settlement;
      } finally {
        working.set(--inFlight);
      }
    },
    async aroundCall(item, verb, call) {
      const began = seconds();
      const result = await call();
      count(item, verb, resultOf(result), seconds() - began);
      return result;
    },
  };

  function countClaim(item: WorkItem): void {
    claims.add({ purpose: item.purpose });
    if (item.recover) takeovers.add();
  }

  function countSettlement(item: WorkItem, settlement: Settlement | null): void {
    settlements.add({ kind: settlement?.kind ?? 'given-up' });
    if (settlement?.kind === 'retry') retries.add({ type: item.resource.type });
  }

  function count(item: WorkItem, verb: CallVerb, result: string, took: number): void {
    const { type } = item.resource;
    calls.add({ type, verb, result });
    latency.observe(took, { type, verb });
  }
}

function resultOf(result: {
  readonly kind: 'answer' | 'failure' | 'aborted';
  readonly retry?: string;
  readonly why?: string;
}): string {
  if (result.kind === 'failure') return result.retry === 'later' ? 'retry' : 'failed';
  return result.kind === 'aborted' ? (result.why ?? 'aborted') : 'ok';
}
