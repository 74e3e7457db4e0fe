/** What was accepted, in commit order, as the users know it: kept from the requests, not from the engine. */
import type { StartAnswer, StartRequest } from '../engine/ports/store.ts';
import type { StackAction } from '../engine/states.ts';
import { emptyGoal, type SimGoal } from './goals.ts';

export interface Accepted {
  readonly stackId: number;
  readonly action: StackAction;
  readonly traversal: number;
  readonly goalNumber: number;
  readonly goal: SimGoal;
  /** Given up, not deleted. */
  readonly abandoned: boolean;
}

export class History {
  /** By the digest of the goal; what is not in it is the empty goal. */
  private readonly goals = new Map<string, SimGoal>();
  private readonly accepted = new Map<number, Accepted[]>();

  submitting(sha: string, goal: SimGoal): void {
    this.goals.set(sha, goal);
  }

  goalOf(sha: string | null | undefined): SimGoal {
    return this.goals.get(sha ?? '') ?? emptyGoal;
  }

  /** `expected` is the digest of the goal that the request asks for, as the rows stood before it. */
  record(request: StartRequest, answer: StartAnswer & { kind: 'started' }, expected: string | null): void {
    const stackId = answer.stack.id as number;
    const list = this.accepted.get(stackId) ?? [];
    this.accepted.set(stackId, list);
    list.push({
      stackId,
      action: answer.stack.action,
      traversal: answer.traversal,
      goalNumber: answer.goal,
      goal: this.goalOf(expected),
      abandoned: request.retainAll ?? false,
    });
  }

  last(stackId: number): Accepted | undefined {
    return this.accepted.get(stackId)?.at(-1);
  }

  count(): number {
    return [...this.accepted.values()].reduce((sum, list) => sum + list.length, 0);
  }
}
