/** At which hooks work on a resource would pause, by what a preview says of it. Pure. */
import { deedOf } from '../engine/hooks.ts';
import type { ResourceRow } from '../engine/ports/store.ts';
import { type Hook, hooksFor, type NameRule } from '../template/resource-rules.ts';
import type { PreviewAction } from './preview.ts';

const doing: ReadonlySet<PreviewAction> = new Set(['create', 'update', 'replace', 'reuse']);

/** Of a resource that the goal wants and that is walked. */
export function pausesAt(name: string, action: PreviewAction, row: ResourceRow | null, rules: readonly NameRule[]): Hook[] {
  const deed = row === null ? 'create' : deedOf({ deed: null }, row);
  const after = doing.has(action) ? deed : (row?.acted ?? null);
  return meetOf(name, rules, after === null ? [`pre-${deed}`] : [`pre-${deed}`, `post-${after}`]);
}

/** Of one whose name the goal does not want any more. */
export function pausesGoing(name: string, rules: readonly NameRule[]): Hook[] {
  return meetOf(name, rules, ['pre-delete', 'post-delete']);
}

function meetOf(name: string, rules: readonly NameRule[], may: readonly Hook[]): Hook[] {
  const hooks = hooksFor(rules, name);
  return may.filter((hook) => hooks.includes(hook));
}
