/**
 * A saved preview: the documents as they were, and the state of the stack that the preview was made for. `up --plan` submits exactly these
 * documents, and only if the stack still stands as it did.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { PreviewResult } from '../main/setpoint.ts';
import { messageOf } from '../std/failure.ts';
import { parseJson } from '../std/parse-json.ts';
import type { GoalDocuments } from '../template/definition.ts';
import { UsageError } from './usage-error.ts';

export interface Plan {
  readonly format: 'setpoint plan 1';
  readonly stack: string;
  /** null: the stack did not exist. */
  readonly change: number | null;
  /** The stack's own id: one that was deleted and made again is another one. */
  readonly stackId: string | null;
  readonly goalSha: string;
  readonly documents: GoalDocuments;
}

export function planOf(stack: string, documents: GoalDocuments, preview: PreviewResult): Plan {
  return {
    format: 'setpoint plan 1',
    stack,
    change: preview.stack?.change ?? null,
    stackId: preview.stack?.uuid ?? null,
    goalSha: preview.goalSha,
    documents,
  };
}

/** It may hold the values of hidden parameters: only its owner can read it. */
export function savePlan(path: string, plan: Plan): void {
  try {
    writeFileSync(path, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new UsageError('PLAN', `the plan can't be written: ${messageOf(error)}`);
  }
}

export function loadPlan(path: string): Plan {
  let plan: Plan;
  try {
    plan = parseJson(readFileSync(path, 'utf8')) as unknown as Plan;
  } catch (error) {
    throw new UsageError('PLAN', `the plan ${path} can't be read: ${messageOf(error)}`);
  }
  if (plan?.format !== 'setpoint plan 1')
    throw new UsageError('PLAN', `${path} is no plan of this version`, 'setpoint preview --save makes one');
  return plan;
}
