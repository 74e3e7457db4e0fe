/** What was accepted, in commit order, as the users know it: kept from the requests, not from the engine. */
import type { NewGoal, StartAnswer, StartRequest } from '../engine/ports/store.ts';
import type { StackAction } from '../engine/states.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { emptyGoal, type SimGoal } from './goals.ts';
import { isMadeAlike, withParameters } from './templates.ts';

export interface Accepted {
  readonly stackId: number;
  readonly action: StackAction;
  readonly traversal: number;
  readonly goalNumber: number;
  readonly goal: SimGoal;
  readonly rollbackOn: boolean;
  /** Given up, not deleted. */
  readonly abandoned: boolean;
}

export class History {
  /** By the digest of the goal; what is not in it is the empty goal. */
  private readonly goals = new Map<string, SimGoal>();
  private readonly accepted = new Map<number, Accepted[]>();
  /** What users wrote for nested stacks, by the text. */
  private readonly templates = new Map<string, SimGoal>();

  /** Values that parameters give anyway differ without a trace in what is submitted: what a digest was first is what it stays. */
  submitting(sha: string, goal: SimGoal): void {
    if (!this.goals.has(sha)) this.goals.set(sha, goal);
  }

  writing(templates: ReadonlyMap<string, SimGoal>): void {
    for (const [text, template] of templates) this.templates.set(text, template);
  }

  /** A goal that an engine made for a nested stack, known by what it is made of; false when its digest is another one's already. */
  nesting({ sha, documents }: NewGoal): boolean {
    const template = this.templates.get(documents.template.text);
    if (template === undefined) return false;
    const goal = withParameters(this.withFiles(template, documents.files), documents.parameters);
    const known = this.goals.get(sha);
    if (known === undefined) this.goals.set(sha, goal);
    return known === undefined || isMadeAlike(known, goal);
  }

  goalOf(sha: string | null | undefined): SimGoal {
    return this.goals.get(sha ?? '') ?? emptyGoal;
  }

  /** The same text may name other files of the same names. */
  private withFiles(goal: SimGoal, files: GoalDocuments['files']): SimGoal {
    return {
      ...goal,
      resources: goal.resources.map((r) => {
        const nested = r.nested === null ? null : (this.templates.get(files[r.type] ?? '') ?? r.nested);
        return nested === null ? r : { ...r, nested: this.withFiles(nested, files) };
      }),
    };
  }

  /** `sha` is the digest of the goal that the request asks for, as the rows stood before it. */
  record(
    request: StartRequest,
    answer: StartAnswer & { kind: 'started' },
    { sha, rollbackOn }: { readonly sha: string | null; readonly rollbackOn: boolean },
  ): void {
    const stackId = answer.stack.id as number;
    const list = this.accepted.get(stackId) ?? [];
    this.accepted.set(stackId, list);
    list.push({
      stackId,
      action: answer.stack.action,
      traversal: answer.traversal,
      goalNumber: answer.goal,
      goal: this.goalOf(sha),
      rollbackOn,
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
