import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetricRegistry } from './metric-registry.ts';

test('counters, gauges and histograms in the exposition format', () => {
  const registry = createMetricRegistry();
  const calls = registry.counter('calls_total', 'Calls.\nAll of them.');
  calls.add({ type: 'A "quoted" \\ one' });
  calls.add({ type: 'A "quoted" \\ one' }, 2);
  registry.gauge('held', 'Held.').set(0.5);
  const took = registry.histogram('took_seconds', 'Time.', [0.1, 1]);
  for (const seconds of [0.1, 0.2, 5]) took.observe(seconds, { act: 'turn' });
  assert.equal(
    registry.text(),
    `# HELP calls_total Calls.\\nAll of them.
# TYPE calls_total counter
calls_total{type="A \\"quoted\\" \\\\ one"} 3
# HELP held Held.
# TYPE held gauge
held 0.5
# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{act="turn",le="0.1"} 1
took_seconds_bucket{act="turn",le="1"} 2
took_seconds_bucket{act="turn",le="+Inf"} 3
took_seconds_sum{act="turn"} 5.3
took_seconds_count{act="turn"} 3
`,
  );
});

test('a name is given once', () => {
  const registry = createMetricRegistry();
  registry.counter('a', '');
  assert.throws(() => registry.gauge('a', ''), /exists already/);
});
