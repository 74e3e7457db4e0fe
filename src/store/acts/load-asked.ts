/** Loads what the environment of the goal in force asks of the resources that are worked on: hooks, and what must not happen to them. */
import { deedOf } from '../../engine/hooks.ts';
import type { Asked, NodeRow, Purpose, ResourceRow, StackId } from '../../engine/ports/store.ts';
import type { StackAction } from '../../engine/states.ts';
import { hooksFor, type NameRule, restrictionsFor } from '../../template/resource-rules.ts';
import { type Act, query, queryRows } from '../sql.ts';

/** What is worked on. */
export interface Subject {
  readonly stack: { readonly id: number; readonly action: string; readonly rules: string };
  readonly node: NodeRow | null;
  readonly purpose: Purpose;
  /** The version that the node is about, whichever is dealt with first. */
  readonly about: ResourceRow;
  /** That which is dealt with: another one where that goes first, to make room. */
  readonly resource: ResourceRow;
  /** It is to be adopted by its id: nothing waits for a person, as nothing is done to an object; but what stood before may be given up for it. */
  readonly external: boolean;
}

const nothing: Omit<Asked, 'deed'> = { hooks: [], cleared: [], restrictedActions: [] };

export function* loadAsked(subjects: readonly Subject[]): Act<Asked[]> {
  const parse = parseOnce();
  const asked = subjects.map((subject) => askedOf(subject, parse(subject.stack.rules)));
  const isGoing = (i: number): boolean => asked[i]!.deed === 'delete' && asked[i]!.hooks.length > 0;
  const going = subjects.filter((_, i) => isGoing(i));
  if (going.length === 0) return asked;
  const wanted = yield* findWanted(going.map(({ stack, resource }) => [stack.id as StackId, resource.name]));
  return subjects.map((subject, i) => {
    const onlyMakesRoom = isGoing(i) && wanted.has(`${subject.stack.id}/${subject.resource.name}`);
    return onlyMakesRoom ? { ...asked[i]!, hooks: [] } : asked[i]!;
  });
}

function parseOnce(): (text: string) => readonly NameRule[] {
  const parsed = new Map<string, readonly NameRule[]>();
  return (text) => {
    if (!parsed.has(text)) parsed.set(text, JSON.parse(text) as NameRule[]);
    return parsed.get(text)!;
  };
}

function askedOf(subject: Subject, rules: readonly NameRule[]): Asked {
  const { node, purpose, about, resource, stack, external } = subject;
  // Of another name, which may be wanted no more: then it does not only make room.
  const goesFirst = purpose === 'victim' && resource.name !== about.name;
  if (purpose === 'delete' || goesFirst)
    return { ...nothing, deed: 'delete', ...hooksOfGoing(node, resource, stack.action as StackAction, rules) };
  const deed = deedOf(node ?? { deed: null }, about);
  if (purpose === 'action' || rules.length === 0) return { ...nothing, deed };
  const restrictedActions = restrictionsFor(rules, about.name);
  if (external) return { ...nothing, deed, restrictedActions };
  const hooks = node === null ? [] : hooksFor(rules, about.name);
  return { deed, hooks, cleared: node?.cleared ?? [], restrictedActions };
}

/** What is abandoned is not deleted; a nested stack that only cleans up stays. */
function hooksOfGoing(
  node: NodeRow | null,
  resource: ResourceRow,
  action: StackAction,
  rules: readonly NameRule[],
): Pick<Asked, 'hooks' | 'cleared'> {
  if (node === null || resource.marked === null || action === 'ABANDON') return nothing;
  return { hooks: hooksFor(rules, resource.name).filter((hook) => hook.endsWith('delete')), cleared: node.cleared };
}

/** Which of the names the goal in force wants: their former versions only make room. As `stack/name`. */
export function* findWanted(names: readonly (readonly [StackId, string])[]): Act<ReadonlySet<string>> {
  const rows = yield* queryRows<{ stack_id: number; name: string }>(
    `select m.stack_id, m.name from @rows(stack_id int, name text) k cross join membership m
     where m.stack_id = k.stack_id and m.name = k.name and m.until is null`,
    names,
  );
  return new Set(rows.map((row) => `${row.stack_id}/${row.name}`));
}

/** The hooks for deletions of a stack by its goal in force. */
export function* loadRules(stackId: StackId): Act<readonly NameRule[]> {
  const rows = yield* query<{ rules: string }>(
    'select g.rules from stack s join goal g on g.stack_id = s.id and g.number = s.goal where s.id = ?',
    stackId,
  );
  return rows.flatMap(({ rules }) => JSON.parse(rules) as NameRule[]);
}
