/** What became of a request: the outcome, how much was done, everything that failed, and the outputs. */
import type { EventRow, ResourceId } from '../engine/ports/store.ts';
import type { Accepted, Ended, Outcome, OutputValue } from '../main/setpoint.ts';
import type { Diagnostic } from '../std/diagnostic.ts';
import type { Session } from './session.ts';

export interface FailedResource {
  readonly name: string;
  readonly version: ResourceId | null;
  readonly type: string;
  readonly action: string;
  readonly status: string;
  readonly reason: string;
}

export interface Summary {
  readonly stack: string;
  readonly action: string;
  readonly outcome: Outcome;
  readonly goal: number;
  readonly traversal: number;
  readonly reason: string;
  /** The rollback point; null before any goal was reached. */
  readonly completeGoal: number | null;
  readonly elapsedMs: number;
  readonly counts: { readonly created: number; readonly updated: number; readonly deleted: number };
  readonly failures: readonly FailedResource[];
  /** Names of what was not tried because something that it requires failed. */
  readonly skipped: readonly string[];
  /** The request that superseded this one. */
  readonly supersededBy: { readonly action: string; readonly goal: number; readonly traversal: number } | null;
  /** The rollback that the failure began. */
  readonly rollback: {
    readonly toGoal: number;
    readonly traversal: number;
    readonly state: string;
    readonly reason: string;
  } | null;
  readonly outputs: readonly OutputValue[];
  readonly warnings: readonly Diagnostic[];
}

export async function summarize(
  { setpoint }: Session,
  accepted: Accepted,
  ended: Ended,
  events: readonly EventRow[],
): Promise<Summary> {
  const { traversal, next, outcome } = ended;
  const own = events.filter((event) => event.traversal === traversal.number);
  const stack = await setpoint.findStack(accepted.stack.name);
  const isSuperseded = outcome === 'superseded';
  const rollback = !isSuperseded && next?.action === 'ROLLBACK' ? next : null;
  return {
    stack: accepted.stack.name,
    action: traversal.action,
    outcome,
    goal: traversal.goal,
    traversal: traversal.number,
    reason: traversal.reason,
    completeGoal: stack?.completeGoal ?? null,
    elapsedMs: (rollback?.endedAt ?? traversal.endedAt ?? traversal.startedAt) - traversal.startedAt,
    counts: { created: countOf(own, 'CREATE'), updated: countOf(own, 'UPDATE'), deleted: countOf(own, 'DELETE') },
    failures: outcome === 'failed' ? failuresOf(own) : [],
    skipped: outcome === 'failed' && rollback === null && stack !== null ? await skippedNames(setpoint, stack.id) : [],
    supersededBy: isSuperseded && next !== null ? { action: next.action, goal: next.goal, traversal: next.number } : null,
    rollback: rollback && {
      toGoal: rollback.rollbackOf ?? 0,
      traversal: rollback.number,
      state: rollback.state,
      reason: rollback.reason,
    },
    outputs: outcome === 'complete' && stack !== null ? await setpoint.outputs(stack) : [],
    warnings: accepted.warnings,
  };
}

function countOf(events: readonly EventRow[], action: string): number {
  return new Set(
    events.filter((e) => e.resourceId !== null && e.action === action && e.status === 'COMPLETE').map((e) => e.resourceId),
  ).size;
}

/** A resource whose last word in this traversal was a failure; one that was tried again or replaced with success is none. */
function failuresOf(events: readonly EventRow[]): FailedResource[] {
  const last = new Map(events.filter((event) => event.resourceId !== null).map((event) => [event.name, event]));
  return [...last.values()]
    .filter((event) => event.status === 'FAILED' || event.status === 'UNKNOWN')
    .map(({ name, resourceId, type, action, status, reason }) => ({ name, version: resourceId, type, action, status, reason }));
}

async function skippedNames(setpoint: Session['setpoint'], stackId: Accepted['stack']['id']): Promise<string[]> {
  const view = await setpoint.store.readStack(stackId);
  if (view === null) return [];
  const names = new Map(view.resources.map((row) => [row.id, row.name]));
  return view.nodes
    .filter((node) => node.state === 'skipped')
    .map((node) => names.get(node.resourceId) ?? `version ${node.resourceId}`);
}
