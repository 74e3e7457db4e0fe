/**
 * What people do besides, in some walks: they take objects that exist already for resources (import), with a new goal or for the one in force, and
 * say at any moment what became of something that nobody knows. Drawn apart, so that the other walks are what they were.
 */
import { resource, type SimGoal } from './goals.ts';
import { type Import, type Plan, rateOf, type SimRequest } from './plan.ts';
import { createPrng, type Prng } from './prng.ts';

/** Types whose objects can be seen and brought into line. */
const importable = ['Sim::Full', 'Sim::NoFind', 'Sim::Slow'];

export function addPeople(plan: Plan): Plan {
  const prng = createPrng(plan.seed, 'people');
  const imports = prng.chance(rateOf(plan, 'imports', 120)) ? drawImports(prng) : [];
  const requests = imports.length === 0 ? plan.requests : withImports(prng, plan.requests, imports);
  const more = [
    ...(prng.chance(rateOf(plan, 'imports', 200)) ? between(prng, requests, 'resolve') : []),
    ...(imports.length > 0 ? between(prng, requests, 'import') : []),
  ];
  return { ...plan, imports, requests: [...requests, ...more].sort((x, y) => x.at - y.at) };
}

const drawImports = (prng: Prng): readonly Import[] => ['imp1', 'imp2'].map((id) => ({ id, type: prng.pick(importable) }));

/** From some goal on there is a resource for each of them; the first such request takes the object. */
function withImports(prng: Prng, requests: readonly SimRequest[], imports: readonly Import[]): readonly SimRequest[] {
  let taken = requests;
  for (const [i, { id, type }] of imports.entries()) {
    const submits = taken.filter((request) => request.goal !== null && request.child === null);
    const first = prng.pick(submits);
    const name = `I${i + 1}`;
    const made = resource(name, { type, a: String(prng.below(3)), own: `own-${id}` });
    const add = ({ resources, ...goal }: SimGoal): SimGoal => ({ ...goal, resources: [...resources, made] });
    taken = taken.map((request) => {
      const stays = request === first || (request.stack === first.stack && request.at > first.at && prng.chance(700));
      if (request.goal === null || request.child !== null || !stays) return request;
      const takes = request === first || prng.chance(150);
      return { ...request, goal: add(request.goal), ...(takes ? { imports: [...(request.imports ?? []), { name, id }] } : {}) };
    });
  }
  return taken;
}

/** One or two requests of the kind, at any time. */
function between(prng: Prng, requests: readonly SimRequest[], kind: 'resolve' | 'import'): SimRequest[] {
  const last = requests.at(-1)!;
  return Array.from({ length: prng.between(1, 2) }, () => ({
    ...prng.pick(requests),
    at: prng.below(last.at + 2_000),
    kind,
    goal: null,
    which: prng.below(1_000),
    rollback: null,
    timeoutMs: null,
    imports: [],
  }));
}
