/** What the database holds, read when it is asked for: the queue with its age, operations, stacks, engines, the gate. */
import type { Workload } from '../../store/reads/workload.ts';
import type { MetricRegistry } from './metric-registry.ts';

export interface DatabaseMetrics {
  set(workload: Workload, heldBack: number): void;
}

export function createDatabaseMetrics(registry: MetricRegistry): DatabaseMetrics {
  const nodes = registry.gauge('setpoint_queue_nodes', 'Unfinished nodes of traversals in the whole database, by state.');
  const held = registry.gauge('setpoint_queue_held_back', 'Ready nodes that wait because a limit is full.');
  const operations = registry.gauge('setpoint_queue_operations', 'Operations under way in the whole database, by state.');
  const age = registry.gauge(
    'setpoint_queue_age_seconds',
    'Since when the oldest traversal that has ready nodes runs; 0 when nothing is ready.',
  );
  const overdue = registry.gauge(
    'setpoint_queue_overdue_seconds',
    'How long what sleeps should have been woken already; 0 for not at all.',
  );
  const stacks = registry.gauge('setpoint_stacks', 'Stacks, by status.');
  const engines = registry.gauge('setpoint_engines', 'Registered engines, by whether their lease stands.');
  const gate = registry.gauge('setpoint_paused', '1 while no engine may claim.');
  const tombstones = registry.gauge('setpoint_tombstones', 'Tokens of lost calls that are still looked for.');
  return {
    set(workload, heldBack) {
      held.set(heldBack);
      for (const [state, count] of Object.entries(workload.nodes)) nodes.set(count, { state });
      for (const [state, count] of Object.entries(workload.operations)) operations.set(count, { state });
      for (const [status, count] of Object.entries(workload.stacks)) stacks.set(count, { status });
      age.set(workload.oldestReadyMs / 1000);
      overdue.set(workload.overdueMs / 1000);
      engines.set(workload.engines.alive, { state: 'alive' });
      engines.set(workload.engines.lapsed, { state: 'lapsed' });
      gate.set(workload.closed ? 1 : 0);
      tombstones.set(workload.tombstones);
    },
  };
}
