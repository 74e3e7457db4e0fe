/**
 * Heat's 21 convergence scenarios, by name and as data, and the holes of Heat's convergence that a test can show.
 *
 * A scenario is a list of acts: a request, a wait for something in reality, a look at what must be true there.
 */

import type { Hook } from '../template/resource-rules.ts';
import type { PlantedFault } from './faults.ts';
import { removeResource, resource, type SimGoal, type SimResource, type Use } from './goals.ts';
import { nestedScenarios } from './nested-scenarios.ts';
import type { RequestKind } from './plan.ts';

export type ScenarioAct =
  | { readonly do: 'submit'; readonly goal: SimGoal; readonly rollback?: boolean; readonly timeoutMs?: number }
  /** `child`: of a stack that is nested, by its place among them. */
  | { readonly do: Exclude<RequestKind, 'submit'>; readonly name?: string; readonly which?: number; readonly child?: number }
  /** Until so many nested stacks wait for the barrier of their root. */
  | { readonly do: 'until-converged'; readonly count: number }
  /** Until so many objects live. */
  | { readonly do: 'until'; readonly made: number }
  /** Until an object of the name lives (besides those remembered). */
  | { readonly do: 'until-named'; readonly name: string; readonly count: number }
  | { readonly do: 'until-died' }
  | { readonly do: 'rest' }
  /** Until the name rests at that hook; and a person clears what it rests at. */
  | { readonly do: 'until-hooked'; readonly name: string; readonly hook: Hook }
  | { readonly do: 'clear'; readonly name: string }
  /** No object of the name lives now. */
  | { readonly do: 'none'; readonly name: string }
  /** A fault at the next call with an effect, or at the next transaction. */
  | { readonly do: 'plant'; readonly site: PlantedFault['site']; readonly what: PlantedFault['what'] }
  /** Keeps the object of a name, to be compared later. */
  | { readonly do: 'remember'; readonly name: string }
  | { readonly do: 'same'; readonly name: string }
  | { readonly do: 'different'; readonly name: string }
  /** At least so many objects of the name live now. */
  | { readonly do: 'at-least'; readonly name: string; readonly count: number }
  | { readonly do: 'expect-status'; readonly status: 'COMPLETE' | 'FAILED' }
  /** Reality is the goal, and nothing else; faults that failed the stack excepted. */
  | { readonly do: 'expect'; readonly goal: SimGoal };

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly acts: readonly ScenarioAct[];
}

const use = (name: string, way: Use = 'after') => ({ name, use: way });
const goal = (...resources: SimResource[]): SimGoal => ({ resources });
const nothing = goal();

/** A, B → C(depends A, B) → D(get_resource C), E(get_attr C.a). */
const five = (c: Partial<SimResource> = {}): SimGoal =>
  goal(
    resource('A'),
    resource('B'),
    resource('C', { uses: [use('A'), use('B')], ...c }),
    resource('D', { uses: [use('C', 'ref')] }),
    resource('E', { uses: [use('C', 'attr')] }),
  );
/** C has a property that replaces it, fed by A. */
const fed = (a: string): SimGoal =>
  goal(
    resource('A', { a }),
    resource('B'),
    resource('C', { uses: [use('A', 'need'), use('B')] }),
    resource('D', { uses: [use('C', 'ref')] }),
    resource('E', { uses: [use('C', 'attr')] }),
  );
/** Whose last two take their time: when four or five are made, the stack is not complete yet, whoever goes on first. */
const unhurried = (): SimGoal => ({
  resources: five().resources.map((r) => ('DE'.includes(r.name) ? { ...r, type: 'Sim::Slow' } : r)),
});
const add = (to: SimGoal, ...more: SimResource[]): SimGoal => ({ resources: [...to.resources, ...more] });
/** C under another name, D and E moved. */
const renamed = (): SimGoal =>
  goal(
    resource('A'),
    resource('B'),
    resource('newC', { uses: [use('A'), use('B')] }),
    resource('D', { uses: [use('newC', 'ref')] }),
    resource('E', { uses: [use('newC', 'attr')] }),
  );
const disjoint = goal(
  resource('A'),
  resource('B'),
  resource('C', { uses: [use('A')] }),
  resource('D', { uses: [use('C', 'ref')] }),
  resource('E'),
);
const chain = (a: string): SimGoal =>
  goal(
    resource('A'),
    resource('B', { uses: [use('A')] }),
    resource('C', { a, b: a, uses: [use('B')] }),
    resource('D', { a, b: a, uses: [use('C')] }),
  );

const submit = (to: SimGoal, more: { rollback?: boolean; timeoutMs?: number } = {}): ScenarioAct => ({
  do: 'submit',
  goal: to,
  ...more,
});
const made = (count: number): ScenarioAct => ({ do: 'until', made: count });
const rest: ScenarioAct = { do: 'rest' };
const expect = (what: SimGoal): ScenarioAct => ({ do: 'expect', goal: what });
const remove: ScenarioAct = { do: 'delete' };
const rollback: ScenarioAct = { do: 'rollback' };
const settled = (what: SimGoal): ScenarioAct[] => [rest, expect(what)];
const gone: ScenarioAct[] = [remove, ...settled(nothing)];
/** C is updated, and this befalls the call. */
const updatedWith = (what: PlantedFault['what']): ScenarioAct[] => [
  submit(five()),
  ...settled(five()),
  { do: 'remember', name: 'C' },
  { do: 'plant', site: 'effect', what },
  submit(five({ a: '2' })),
];

const withF = add(five(), resource('F', { uses: [use('D'), use('E')] }));
const withoutE = removeResource(five(), 'E');
const single = goal(resource('A', { type: 'Sim::First' }), resource('B', { uses: [use('A', 'attr')] }));
const inverted = goal(resource('A', { b: '2', uses: [use('B')] }), resource('B', { b: '2' }));

export const heatScenarios: readonly Scenario[] = [
  {
    name: 'basic_create',
    about: 'all created once, references and attributes resolved',
    acts: [submit(five()), ...settled(five())],
  },
  {
    name: 'disjoint_create',
    about: 'two unconnected components: completion waits for all roots',
    acts: [submit(disjoint), ...settled(disjoint)],
  },
  {
    name: 'basic_create_rollback',
    about: 'rollback after 4 of 5 creates: everything goes away',
    acts: [submit(unhurried()), made(4), rollback, ...settled(nothing)],
  },
  { name: 'create_early_delete', about: 'delete while creating: nothing is left', acts: [submit(five()), made(3), ...gone] },
  {
    name: 'basic_update_delete',
    about: 'update adding F while the create is in progress, converge, then delete all',
    acts: [submit(five()), made(3), submit(withF), ...settled(withF), ...gone],
  },
  {
    name: 'multiple_update',
    about: 'create, remove E, add E and F, delete',
    acts: [submit(five()), ...settled(five()), submit(withoutE), ...settled(withoutE), submit(withF), ...settled(withF), ...gone],
  },
  {
    name: 'update_add',
    about: 'add F to a complete stack',
    acts: [submit(five()), ...settled(five()), submit(withF), ...settled(withF)],
  },
  {
    name: 'update_add_concurrent',
    about: 'the same, in the middle of the create',
    acts: [submit(five()), made(3), submit(withF), ...settled(withF)],
  },
  {
    name: 'update_add_rollback',
    about: 'add F, roll back in the middle: F disappears, the rest is untouched',
    acts: [
      submit(five()),
      ...settled(five()),
      { do: 'remember', name: 'A' },
      submit(add(five(), resource('F', { type: 'Sim::Slow', uses: [use('A')] }))),
      made(6),
      rollback,
      ...settled(five()),
      { do: 'same', name: 'A' },
    ],
  },
  {
    name: 'update_add_rollback_early',
    about: 'rollback before F is created',
    acts: [
      submit(five()),
      ...settled(five()),
      submit(add(five(), resource('F', { uses: [use('D')] }))),
      rollback,
      ...settled(five()),
    ],
  },
  {
    name: 'update_interrupt_create',
    about: 'a new template before C is created: C and D get the new properties',
    acts: [submit(chain('1')), made(2), submit(chain('2')), ...settled(chain('2'))],
  },
  {
    name: 'update_remove',
    about: 'E removed: cleaned after the update',
    acts: [submit(five()), ...settled(five()), submit(withoutE), ...settled(withoutE)],
  },
  {
    name: 'update_remove_rollback',
    about: 'B removed, rollback before its cleanup: B is the same object',
    acts: [
      submit(five()),
      ...settled(five()),
      { do: 'remember', name: 'B' },
      submit(removeResource(five({ a: '2' }), 'B')),
      rollback,
      ...settled(five()),
      { do: 'same', name: 'B' },
    ],
  },
  {
    name: 'update_replace',
    about: 'A changes in place, C is replaced, D and E point to the new C, the old one goes',
    acts: [
      submit(fed('1')),
      ...settled(fed('1')),
      { do: 'remember', name: 'C' },
      submit(fed('2')),
      ...settled(fed('2')),
      { do: 'different', name: 'C' },
      submit(fed('3')),
      ...settled(fed('3')),
      ...gone,
    ],
  },
  {
    name: 'update_replace_invert_deps',
    about: 'both replaced while the dependency is turned round',
    acts: [
      submit(goal(resource('A'), resource('B', { uses: [use('A')] }))),
      rest,
      submit(inverted),
      made(3),
      ...settled(inverted),
    ],
  },
  {
    name: 'update_replace_missed_cleanup',
    about: 'a new update before the old C was cleaned: the next traversal cleans it',
    acts: [
      submit(fed('1')),
      ...settled(fed('1')),
      submit(fed('2')),
      { do: 'until-named', name: 'C', count: 2 },
      { do: 'at-least', name: 'C', count: 2 },
      submit(add(fed('2'), resource('F'))),
      ...settled(add(fed('2'), resource('F'))),
      ...gone,
    ],
  },
  {
    name: 'update_replace_missed_cleanup_delete',
    about: 'delete arrives then: both versions of C go',
    acts: [submit(fed('1')), ...settled(fed('1')), submit(fed('2')), { do: 'until-named', name: 'C', count: 2 }, ...gone],
  },
  {
    name: 'update_replace_rollback',
    about: 'rollback after the replacement was made: the old C is used again',
    acts: [
      submit(fed('1')),
      ...settled(fed('1')),
      { do: 'remember', name: 'C' },
      submit(fed('2')),
      { do: 'until-named', name: 'C', count: 2 },
      rollback,
      ...settled(fed('1')),
      { do: 'same', name: 'C' },
    ],
  },
  {
    name: 'update_user_replace',
    about: 'C renamed to newC: D and E moved, C deleted after them',
    acts: [submit(five()), ...settled(five()), submit(renamed()), ...settled(renamed()), ...gone],
  },
  {
    name: 'update_user_replace_rollback',
    about: 'the same rolled back midway: newC deleted, C kept',
    acts: [
      submit(five()),
      ...settled(five()),
      { do: 'remember', name: 'C' },
      submit(renamed()),
      made(6),
      rollback,
      ...settled(five()),
      { do: 'same', name: 'C' },
    ],
  },
  {
    name: 'update_user_replace_rollback_update',
    about: 'rolled back while the replacement was not made yet; a later update of C in place works',
    acts: [
      submit(five()),
      ...settled(five()),
      { do: 'remember', name: 'C' },
      submit(renamed()),
      rollback,
      ...settled(five()),
      submit(five({ a: '2' })),
      ...settled(five({ a: '2' })),
      { do: 'same', name: 'C' },
    ],
  },
];

const bad = (name: string): SimGoal => add(five(), resource(name, { bad: true }));

/** The holes of Heat's convergence (heat.md, section 4), by number. */
export const holes: readonly Scenario[] = [
  {
    name: 'hole_R3_timeout',
    about: 'a stack times out by itself, though nothing happens',
    acts: [
      submit(goal(resource('A', { type: 'Sim::Slow' })), { timeoutMs: 50 }),
      rest,
      { do: 'expect-status', status: 'FAILED' },
      submit(five()),
      ...settled(five()),
    ],
  },
  {
    name: 'hole_R4_crash_is_no_failure',
    about: 'an engine that dies while it updates an object has not made it fail: it is the same object, updated',
    acts: [...updatedWith('after'), ...settled(five({ a: '2' })), { do: 'same', name: 'C' }],
  },
  {
    name: 'lost_update_of_a_former_goal',
    about:
      'an update is lost with its engine, the goal is as before, and so the object is: the lost one may still arrive, and is fenced',
    acts: [...updatedWith('late'), { do: 'until-died' }, submit(five()), ...settled(five()), { do: 'same', name: 'C' }],
  },
  {
    name: 'hole_S3_transient_error',
    about: 'an update that fails once is tried again; nothing is replaced',
    acts: [...updatedWith('answer lost'), ...settled(five({ a: '2' })), { do: 'same', name: 'C' }],
  },
  {
    name: 'hole_R11_superseded_goal',
    about: 'an operation that nobody wants any more does not hold up the new goal for ever',
    acts: [
      submit(goal(resource('A', { type: 'Sim::Slow' }), resource('B'))),
      made(1),
      submit(goal(resource('B'))),
      ...settled(goal(resource('B'))),
    ],
  },
  {
    name: 'hole_S1_last_good_goal',
    about: 'rollback goes to the last goal that completed, not to the one before',
    acts: [submit(five()), ...settled(five()), submit(five({ a: '2' })), submit(five({ a: '3' })), rollback, ...settled(five())],
  },
  {
    name: 'hole_S1_after_failure',
    about: 'the same after a failed update',
    acts: [submit(five()), ...settled(five()), submit(bad('F')), rest, submit(five({ a: '3' })), rollback, ...settled(five())],
  },
  {
    name: 'hole_S4_siblings_go_on',
    about: 'a failure stops only what requires it',
    acts: [submit(bad('F'), { rollback: false }), rest, { do: 'at-least', name: 'E', count: 1 }],
  },
  {
    name: 'hole_S10_undelete',
    about: 'an update is accepted while the stack is being deleted',
    acts: [submit(five()), ...settled(five()), remove, submit(five()), ...settled(five())],
  },
  {
    name: 'hole_S10_suspended',
    about: 'an update of a suspended stack leaves it suspended',
    acts: [submit(five()), ...settled(five()), { do: 'suspend' }, rest, submit(withF), rest, { do: 'resume' }, ...settled(withF)],
  },
  {
    name: 'automatic_rollback',
    about: 'the first failure rolls back by itself',
    acts: [
      submit(five()),
      ...settled(five()),
      { do: 'remember', name: 'C' },
      submit(bad('F'), { rollback: true }),
      ...settled(five()),
      { do: 'same', name: 'C' },
    ],
  },
];

const restingC = (d: string): SimGoal => ({
  resources: five({ hooks: ['post-create'] }).resources.map((r) => (r.name === 'D' ? { ...r, a: d } : r)),
});
const atHook = (name: string, hook: Hook): ScenarioAct => ({ do: 'until-hooked', name, hook });
const cleared = (name: string): ScenarioAct => ({ do: 'clear', name });
const none = (name: string): ScenarioAct => ({ do: 'none', name });
const same: ScenarioAct = { do: 'same', name: 'C' };
const rememberC: ScenarioAct = { do: 'remember', name: 'C' };

/** Work that waits for a person. */
export const hooked: readonly Scenario[] = [
  {
    name: 'hook_around_a_making',
    about: 'C waits before it is made and after it stands, and D and E with it; A and B do not',
    acts: [
      submit(five({ hooks: ['pre-create', 'post-create'] })),
      atHook('C', 'pre-create'),
      none('C'),
      made(2),
      cleared('C'),
      atHook('C', 'post-create'),
      none('D'),
      none('E'),
      cleared('C'),
      ...settled(five({ hooks: ['pre-create', 'post-create'] })),
    ],
  },
  {
    name: 'hook_rests_anew',
    about: 'a newer goal that finds C as it wants it does not pass by what nobody has let go',
    acts: [
      submit(restingC('1')),
      atHook('C', 'post-create'),
      rememberC,
      submit(restingC('2')),
      atHook('C', 'post-create'),
      none('D'),
      none('E'),
      cleared('C'),
      ...settled(restingC('2')),
      same,
    ],
  },
  {
    name: 'hook_around_a_replacement',
    about: 'the hooks of an update stand for another version, too, and the old one stands until the new one is let go',
    acts: [
      submit(five()),
      ...settled(five()),
      submit(five({ b: '2', hooks: ['pre-update', 'post-update', 'pre-create', 'pre-delete'] })),
      atHook('C', 'pre-update'),
      cleared('C'),
      atHook('C', 'post-update'),
      { do: 'at-least', name: 'C', count: 2 },
      cleared('C'),
      ...settled(five({ b: '2' })),
    ],
  },
  {
    name: 'hook_around_a_deletion',
    about: 'what C required waits with it',
    acts: [
      submit(five({ hooks: ['pre-delete', 'post-delete'] })),
      ...settled(five()),
      remove,
      atHook('C', 'pre-delete'),
      { do: 'at-least', name: 'C', count: 1 },
      none('D'),
      cleared('C'),
      atHook('C', 'post-delete'),
      none('C'),
      { do: 'at-least', name: 'A', count: 1 },
      cleared('C'),
      ...settled(nothing),
    ],
  },
  {
    name: 'hook_superseded',
    about: 'neither a newer goal nor a rollback waits behind an older hook',
    acts: [
      submit(five()),
      ...settled(five()),
      rememberC,
      submit(five({ a: '2', hooks: ['pre-update'] })),
      atHook('C', 'pre-update'),
      submit(five({ a: '3' })),
      ...settled(five({ a: '3' })),
      submit(five({ a: '4', hooks: ['pre-update'] })),
      atHook('C', 'pre-update'),
      rollback,
      ...settled(five({ a: '3' })),
      same,
    ],
  },
];

/** What walks and requests at every step have found in the engine. */
export const found: readonly Scenario[] = [
  {
    name: 'suspended_and_emptied',
    about: 'a goal of nothing is reached by its cleanup, also when the stack is to be suspended then',
    acts: [submit(unhurried()), made(4), { do: 'suspend' }, rollback, ...settled(nothing)],
  },
  {
    name: 'single_in_its_own_way',
    about: 'what can not exist twice is made again only when its namesake, whose deletion has begun, is gone',
    acts: [submit(single), ...settled(single), remove, submit(single), ...settled(single), ...gone],
  },
  {
    name: 'single_beside_another_type',
    about: 'what can not exist twice is wanted again after another type was tried in its place and never made',
    acts: [
      submit(goal(resource('A', { type: 'Sim::First' }))),
      ...settled(goal(resource('A', { type: 'Sim::First' }))),
      submit(goal(resource('A', { bad: true }))),
      rest,
      { do: 'expect-status', status: 'FAILED' },
      submit(goal(resource('A', { type: 'Sim::First', b: '2' }))),
      ...settled(goal(resource('A', { type: 'Sim::First', b: '2' }))),
      ...gone,
    ],
  },
  {
    name: 'unhealthy_in_doubt',
    about: 'what is marked unhealthy while nobody knows whether it was made is looked for before it is deleted',
    acts: [
      submit(goal(resource('A', { type: 'Sim::Slow' })), { timeoutMs: 50 }),
      made(1),
      { do: 'unhealthy' },
      rest,
      submit(five()),
      ...settled(five()),
    ],
  },
];

const called = (name: string, own: string, more: Partial<SimResource> = {}): SimResource =>
  resource(name, { type: 'Sim::Named', own, ...more });
const placed = (name: string, own: string, more: Partial<SimResource> = {}): SimResource =>
  called(name, own, { type: 'Sim::Path', ...more });
const pair = (a: string, b: string): SimGoal => goal(called('A', a), called('B', b, { uses: [use('A')] }));
const mixed = (a: string, c: string): SimGoal => goal(called('A', a), placed('C', c, { uses: [use('A', 'ref')] }));
/** Objects keep the names that they were made for. */
const reached: ScenarioAct[] = [rest, { do: 'expect-status', status: 'COMPLETE' }];
const rememberA: ScenarioAct = { do: 'remember', name: 'A' };

/** Its object has to be replaced, which is to be retained until this goal is accepted once more. */
const restingB = goal(placed('B', 'x', { late: true, b: '2', hooks: ['post-create'] }));

/** What objects are called in the world. */
const names: readonly Scenario[] = [
  {
    name: 'called_otherwise',
    about: 'what is called otherwise in place is the same object; what it was called is free for others, of whatever type',
    acts: [
      submit(goal(called('A', 'x'))),
      ...settled(goal(called('A', 'x'))),
      rememberA,
      submit(goal(called('A', 'y'))),
      ...settled(goal(called('A', 'y'))),
      { do: 'same', name: 'A' },
      submit(mixed('y', 'x')),
      ...settled(mixed('y', 'x')),
      { do: 'same', name: 'A' },
      ...gone,
    ],
  },
  {
    name: 'names_swapped',
    about: 'two names swap their objects, and then, of two types, what they are called',
    acts: [
      submit(pair('x', 'y')),
      ...settled(pair('x', 'y')),
      rememberA,
      submit(pair('y', 'x')),
      ...reached,
      { do: 'same', name: 'A' },
      submit(mixed('y', 'x')),
      ...reached,
      submit(mixed('x', 'y')),
      ...reached,
      rollback,
      rest,
      ...gone,
    ],
  },
  {
    name: 'names_known_late',
    about:
      'what objects are called is known only when they are made: who wants a name waits for who leaves it, or takes its object over',
    acts: [
      submit(goal(called('A', 'x', { late: true }))),
      ...settled(goal(called('A', 'x', { late: true }))),
      rememberA,
      submit(goal(called('A', 'y', { late: true }), placed('C', 'x', { late: true }))),
      ...settled(goal(called('A', 'y', { late: true }), placed('C', 'x', { late: true }))),
      { do: 'same', name: 'A' },
      submit(goal(called('B', 'y', { late: true }), placed('C', 'x', { late: true }))),
      ...reached,
      { do: 'same', name: 'A' },
      ...gone,
    ],
  },
  {
    name: 'hook_of_a_name_that_took_over',
    about:
      'a name takes an object over, and fails before it is as it wants it: what is made in its place is still its making, and rests after that',
    acts: [
      submit(goal(placed('A', 'x', { late: true, retain: true }))),
      ...settled(goal(placed('A', 'x', { late: true, retain: true }))),
      submit(restingB, { rollback: false }),
      rest,
      { do: 'expect-status', status: 'FAILED' },
      submit(restingB),
      atHook('B', 'post-create'),
      cleared('B'),
      ...settled(restingB),
      ...gone,
    ],
  },
  {
    name: 'names_on_the_way',
    about: 'of two names that an object may have by now, one is wanted for another resource',
    acts: [
      submit(goal(called('A', 'x'))),
      ...settled(goal(called('A', 'x'))),
      submit(goal(called('A', 'y'), resource('B'))),
      { do: 'until-named', name: 'B', count: 1 },
      submit(pair('x', 'y')),
      submit(pair('y', 'x')),
      ...settled(pair('y', 'x')),
      submit(goal(called('A', 'z'), placed('B', 'y'))),
      rollback,
      ...settled(pair('y', 'x')),
      ...gone,
    ],
  },
];

export const scenarios: readonly Scenario[] = [...heatScenarios, ...holes, ...hooked, ...found, ...names, ...nestedScenarios];

export function findScenario(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}; known: ${scenarios.map((s) => s.name).join(', ')}`);
  return found;
}
