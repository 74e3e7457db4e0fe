/** What this process uses, under the names that Prometheus' client libraries agree on. */
import type { MetricRegistry } from './metric-registry.ts';

export function createProcessMetrics(registry: MetricRegistry, version: string): { set(): void } {
  const memory = registry.gauge('process_resident_memory_bytes', 'Resident memory size in bytes.');
  const cpu = registry.gauge('process_cpu_seconds_total', 'User and system CPU time spent in seconds.');
  const started = registry.gauge('process_start_time_seconds', 'Start time of the process since the Unix epoch in seconds.');
  registry.gauge('setpoint_build_info', 'The version that runs; always 1.').set(1, { version, node: process.versions.node });
  started.set(Math.round(Date.now() / 1000 - process.uptime()));
  return {
    set() {
      const { user, system } = process.cpuUsage();
      memory.set(process.memoryUsage.rss());
      cpu.set((user + system) / 1e6);
    },
  };
}
