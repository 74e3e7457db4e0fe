/** Stack, resource, output and goal rows as the JSON that scripts read; docs/cli.md gives the shapes. */
import type { GoalRow, ResourceRow, StackRow, TraversalRow } from '../engine/ports/store.ts';
import type { OutputValue } from '../main/setpoint.ts';
import { isoTime } from './duration.ts';

export const mask = '******';

export function toJsonStack(stack: StackRow) {
  return {
    name: stack.name,
    id: stack.uuid,
    action: stack.action,
    status: stack.status,
    reason: stack.reason,
    goal: stack.goal,
    completeGoal: stack.completeGoal,
    traversal: stack.traversal,
    rollback: stack.rollback,
    timeoutMs: stack.timeoutMs,
    suspended: stack.suspended,
    priority: stack.priority,
    change: stack.change,
    createdAt: isoTime(stack.createdAt),
    updatedAt: isoTime(stack.updatedAt),
    deletedAt: isoTime(stack.deletedAt),
  };
}

export function toJsonTraversal(traversal: TraversalRow) {
  return {
    number: traversal.number,
    goal: traversal.goal,
    action: traversal.action,
    state: traversal.state,
    rollbackOf: traversal.rollbackOf,
    left: { converge: traversal.convergeLeft, cleanup: traversal.cleanupLeft, action: traversal.actionLeft },
    failures: traversal.failures,
    startedAt: isoTime(traversal.startedAt),
    endedAt: isoTime(traversal.endedAt),
    reason: traversal.reason,
  };
}

/** Properties and attributes are left out: any of them may be a secret. */
export function toJsonResource(row: ResourceRow) {
  return {
    name: row.name,
    version: row.id,
    type: row.type,
    action: row.action,
    status: row.status,
    reason: row.reason,
    physicalId: row.physicalId,
    wanted: row.marked === null,
    inDoubt: row.doubt,
    unhealthy: row.unhealthy,
    replaces: row.replaces,
    replacedBy: row.replacedBy,
    deletionPolicy: row.deletionPolicy,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}

export function toJsonOutput(output: OutputValue, showSecrets: boolean) {
  const { name, description, secret, error } = output;
  return { name, description, value: shownValue(output, showSecrets), secret, error };
}

export function shownValue(output: OutputValue, showSecrets: boolean): OutputValue['value'] {
  return output.secret && !showSecrets && output.value !== null ? mask : output.value;
}

export function toJsonGoal(goal: GoalRow, stack: StackRow) {
  return {
    number: goal.number,
    sha: goal.sha,
    action: goal.action,
    rollbackOf: goal.rollbackOf,
    description: goal.description,
    outcome: goal.outcome,
    inForce: goal.number === stack.goal,
    rollbackPoint: goal.number === stack.completeGoal,
    requestedAt: isoTime(goal.requestedAt),
    completedAt: isoTime(goal.completedAt),
  };
}
