/** What a courier sends, counted. Types are the operator's: few. */
import type { CourierOptions } from '../sinks/courier.ts';
import type { MetricRegistry } from './metric-registry.ts';

export function countSent(registry: MetricRegistry): NonNullable<CourierOptions['onSent']> {
  const events = registry.counter(
    'setpoint_sink_events_total',
    'Events for sinks, by the type of the sink and what became of them.',
  );
  return (type, result, count) => events.add({ type, result }, count);
}
