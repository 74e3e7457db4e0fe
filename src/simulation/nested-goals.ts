/**
 * Stacks in goals: how people write them, and the ways in which they change them: another template, other parameters, nothing in it any more,
 * a plain resource instead.
 */
import { drawGoal, type Given, type GoalTaste, mutateOnce, resource, type SimGoal, type SimResource } from './goals.ts';
import type { Prng } from './prng.ts';

const given: readonly Given[] = ['a', 'b', 'attrs', 'needs', 'refs'];

/** Within a stack: smaller, and one level less. */
function tasteWithin(taste: GoalTaste): GoalTaste {
  return {
    ...taste,
    mostResources: 3,
    levels: taste.levels - 1,
    stackRate: taste.levels > 1 ? taste.stackRate : 0,
    externals: [],
    within: true,
  };
}

export function drawStack(prng: Prng, taste: GoalTaste, name: string, uses: SimResource['uses']): SimResource {
  const own = { a: String(prng.below(3)), b: String(prng.below(2)) };
  return resource(name, {
    ...own,
    type: drawFile(prng),
    nested: drawTemplate(prng, taste),
    uses,
    retain: prng.chance(taste.retainRate),
  });
}

const drawFile = (prng: Prng): string => `n${prng.below(1_000_000)}.yaml`;

function drawTemplate(prng: Prng, taste: GoalTaste): SimGoal {
  return prng.chance(80) ? { resources: [] } : drawGoal(prng, tasteWithin(taste));
}

/** Which of the parameters a resource within a template is made of. */
export function drawGiven(prng: Prng): readonly Given[] {
  return given.filter(() => prng.chance(350));
}

/** One change of one stack of the goal; null where there is none. */
export function mutateStack(prng: Prng, taste: GoalTaste, goal: SimGoal): SimGoal | null {
  const stacks = goal.resources.filter((r) => r.nested !== null);
  if (stacks.length === 0) return null;
  const victim = prng.pick(stacks);
  const changed = changeStack(prng, taste, victim, victim.nested!);
  return { resources: goal.resources.map((r) => (r === victim ? changed : r)) };
}

function changeStack(prng: Prng, taste: GoalTaste, stack: SimResource, template: SimGoal): SimResource {
  switch (prng.below(10)) {
    case 0:
      return { ...stack, a: String(prng.below(4)) };
    case 1:
      return { ...stack, b: String(prng.below(3)) };
    case 2:
      return { ...stack, type: drawFile(prng) };
    case 3:
      return { ...stack, nested: template.resources.length > 0 ? { resources: [] } : drawTemplate(prng, taste) };
    case 4:
      return { ...stack, type: prng.pick(taste.types), own: `own${prng.below(1_000_000)}`, nested: null };
    case 5:
      return { ...stack, nested: changeGiven(prng, template) };
    default:
      return { ...stack, nested: mutateOnce(prng, tasteWithin(taste), template) };
  }
}

function changeGiven(prng: Prng, { resources }: SimGoal): SimGoal {
  if (resources.length === 0) return { resources };
  const victim = prng.pick(resources);
  return { resources: resources.map((r) => (r === victim ? { ...r, given: drawGiven(prng) } : r)) };
}
