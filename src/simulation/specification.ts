/**
 * The specification as code: from accepted requests and the provider's facts to the end states that are allowed. Pure.
 *
 * It knows nothing of traversals, nodes, engines or faults: only what was asked for last, what completed before, and what can't be made. What
 * a run ends with is held against it, and so is every object's content.
 */

import type { StackAction, StackStatus } from '../engine/states.ts';
import type { Json, JsonMap } from '../std/json.ts';
import type { Definition } from '../template/definition.ts';
import { emptyGoal, type SimGoal, type SimResource, toDefinition, usedNames } from './goals.ts';
import { canBeBad, kindOf } from './kinds.ts';
import { placeIn, withParameters } from './templates.ts';

/** What others see of a resource. */
export interface Offered {
  readonly reference: string | null;
  readonly attributes: JsonMap;
  /** What a resource within it offers, if it is a stack. */
  within(name: string): Offered | undefined;
}

/** The properties an object must have, given what the resources it uses offer now. */
export function expectedProperties(definition: Definition, find: (name: string) => Offered | undefined): JsonMap {
  return Object.fromEntries(
    Object.entries(definition.properties).map(([name, expression]) => [name, resolved(expression, find)]),
  );
}

function resolved(expression: Json, find: (name: string) => Offered | undefined): Json {
  if (Array.isArray(expression)) return expression.map((item) => resolved(item as Json, find));
  if (typeof expression !== 'object' || expression === null) return expression;
  const [operator, name = '', attribute = '', inner = ''] = (expression as { $: string[] }).$;
  const offered = find(name);
  if (operator === 'get_resource') return offered?.reference ?? null;
  if (!attribute.startsWith(within)) return offered?.attributes[attribute] ?? null;
  return offered?.within(attribute.slice(within.length))?.attributes[inner] ?? null;
}

const within = 'resource.';

export interface Facts {
  /** Paths and slots that are held by what is not the stack's: somebody else's, retained, forgotten, abandoned. */
  readonly taken: ReadonlySet<string>;
  /** Other people did what nobody has seen: what can't be made any more may seem to stand. */
  readonly perhaps: boolean;
  /** The id of the stack that stands for a resource, and the facts about it; null where there is none. */
  within(name: string): { readonly uuid: string; readonly facts: Facts } | null;
}

/** What can't be made, whoever tries; what uses it is not made either. */
export function impossible(goal: SimGoal, facts: Facts): ReadonlySet<string> {
  const names = new Set(goal.resources.filter((r) => isImpossible(r, facts)).map((r) => r.name));
  for (let grown = true; grown; ) {
    grown = false;
    for (const r of goal.resources) {
      if (names.has(r.name) || !usedNames(r).some((name) => names.has(name))) continue;
      names.add(r.name);
      grown = true;
    }
  }
  return names;
}

function isStackImpossible({ name, nested }: SimResource, facts: Facts): boolean {
  const inner = facts.within(name);
  const goal = inner === null ? nested! : placeIn(withParameters(nested!, {}), inner.uuid);
  return impossible(goal, inner?.facts ?? { ...facts, within: () => null }).size > 0;
}

function isImpossible(r: SimResource, facts: Facts): boolean {
  if (r.nested !== null) return isStackImpossible(r, facts);
  return (
    (r.bad && r.external === null && canBeBad(kindOf(r.type))) ||
    (r.external === null && kindOf(r.type).unique !== null && facts.taken.has(`${kindOf(r.type).unique} ${r.own}`))
  );
}

/** The last request that a user made and that was accepted. */
export interface LastRequest {
  readonly action: StackAction;
  readonly goal: SimGoal;
  /** The action it carried, where it was asked for while another was under way. */
  readonly rollbackOn: boolean;
}

export interface EndState {
  readonly deleted: boolean;
  readonly status: StackStatus;
  readonly goal: SimGoal;
}

export interface Allowed {
  /** Null: the end is as it must be; otherwise what is wrong with it. */
  complaint(end: EndState): string | null;
}

/** `complete` are goals that ever completed; `trouble` says whether anything but the goal itself could make it fail. */
export function allowedEnds(last: LastRequest, complete: readonly SimGoal[], facts: Facts, trouble: boolean): Allowed {
  const can = impossible(last.goal, facts).size === 0;
  const leaves = last.action === 'DELETE' || last.action === 'ABANDON';
  const rollsBack = last.rollbackOn && !leaves && last.action !== 'ROLLBACK';
  return {
    complaint(end) {
      if (end.deleted) return leaves ? null : `it is deleted, though the last request was ${last.action}`;
      if (end.status === 'IN_PROGRESS') return 'it is still in progress';
      if (leaves && end.status === 'COMPLETE') return 'it was to be deleted and is complete';
      const wanted = sameGoal(end.goal, last.goal);
      if (wanted && end.status === 'COMPLETE')
        return can || facts.perhaps ? null : 'it is complete, though its goal can not be reached';
      if (wanted) return can && !trouble ? 'it failed without a reason' : null;
      if (!rollsBack) return 'another goal than the last one asked for is in force';
      if (can && !trouble) return 'it was rolled back without a reason';
      return [...complete, emptyGoal].some((goal) => sameGoal(goal, end.goal))
        ? null
        : 'it was rolled back to a goal that never completed';
    },
  };
}

export function sameGoal(x: SimGoal, y: SimGoal): boolean {
  return JSON.stringify(sorted(x)) === JSON.stringify(sorted(y));
}

const sorted = (goal: SimGoal): SimResource[] => [...goal.resources].sort((x, y) => (x.name < y.name ? -1 : 1));

/** The objects a complete goal consists of: a name for each that lives in the provider. */
export function objectsOf(
  goal: SimGoal,
): readonly { readonly name: string; readonly type: string; readonly definition: Definition; readonly effects: boolean }[] {
  return goal.resources.map((r) => ({
    name: r.name,
    type: r.type,
    definition: toDefinition(r),
    effects: kindOf(r.type).effects,
  }));
}
