/** Stacks within stacks: a scenario for each trap that the design names, and for what walks have found there. */
import { resource, type SimGoal, type SimResource, type Use } from './goals.ts';
import type { Scenario, ScenarioAct } from './scenarios.ts';

const use = (name: string, way: Use = 'attr') => ({ name, use: way });
const goal = (...resources: SimResource[]): SimGoal => ({ resources });
const stack = (name: string, template: SimGoal, more: Partial<SimResource> = {}): SimResource =>
  resource(name, { type: `${name}.yaml`, nested: template, ...more });

/** A leaf made of what is passed down: `a` changes it in place, `b` replaces it. */
const leaf = (more: Partial<SimResource> = {}): SimResource => resource('leaf', { given: ['a', 'b', 'attrs', 'needs'], ...more });
const extra = resource('extra');
const slow = resource('slow', { type: 'Sim::Slow' });
const reader = resource('reader', { uses: [use('nest'), use('nest', 'ref')] });
/** Made of what the stack does not tell. */
const lookerAt = (inner: string): SimResource => resource('looker', { uses: [{ name: 'nest', use: 'inner', inner }] });
const looker = lookerAt('extra');
const nest = (more: Partial<SimResource> = {}, ...others: SimResource[]): SimResource =>
  stack('nest', goal(...others, leaf()), more);
const other = (more: Partial<SimResource> = {}): SimResource => stack('other', goal(leaf()), more);
const holder = (more: Partial<SimResource> = {}): SimResource =>
  stack('holder', goal(stack('inner', goal(leaf()), { given: ['a', 'b', 'attrs', 'needs'] })), more);
const nothing = goal();

const submit = (to: SimGoal, more: { rollback?: boolean } = {}): ScenarioAct => ({ do: 'submit', goal: to, ...more });
const rest: ScenarioAct = { do: 'rest' };
const expect = (what: SimGoal): ScenarioAct => ({ do: 'expect', goal: what });
const settled = (what: SimGoal): ScenarioAct[] => [rest, expect(what)];
const up = (what: SimGoal): ScenarioAct[] => [submit(what), ...settled(what)];
const gone: ScenarioAct[] = [{ do: 'delete' }, ...settled(nothing)];
const converged = (count = 1): ScenarioAct => ({ do: 'until-converged', count });
const made = (name: string, count = 1): ScenarioAct => ({ do: 'until-named', name, count });
const lives = (name: string, count: number): ScenarioAct => ({ do: 'at-least', name, count });
const remember = (name: string): ScenarioAct => ({ do: 'remember', name });
const same = (name: string): ScenarioAct => ({ do: 'same', name });
const different = (name: string): ScenarioAct => ({ do: 'different', name });

const first = goal(nest({}, extra), reader);
/** The leaf is replaced, the extra one goes, and something beside it takes its time. */
const second = goal(nest({ b: '2' }), reader, slow);
const third = goal(nest({ b: '3' }), reader, slow);
const bad = resource('bad', { bad: true, uses: [use('nest', 'after')] });

/** Who was used by the stack uses it now, and something after that takes its time. */
const turnedRound = goal(
  resource('user', { uses: [use('nest')] }),
  nest({ b: '2' }),
  resource('slow', { type: 'Sim::Slow', uses: [use('user', 'after')] }),
);

/** Two stacks: one uses the other, is used by it, and uses it again; no goal is reached. */
const turnedBack: ScenarioAct[] = [
  submit(goal(nest(), other({ uses: [use('nest')] }), bad), { rollback: false }),
  rest,
  submit(goal(nest({ b: '2', uses: [use('other')] }), other({ b: '2' }), bad), { rollback: false }),
  rest,
  submit(goal(nest(), other({ b: '2', uses: [use('nest')] }), bad), { rollback: false }),
  rest,
  lives('leaf', 4),
];

const failing = resource('bad', { bad: true, uses: [use('holder', 'after')] });

const deep = (b: string, ...others: SimResource[]): SimGoal =>
  goal(
    stack(
      'nest',
      goal(
        stack('inner', goal(...others, leaf()), { given: ['a', 'b'] }),
        resource('plain', { given: ['b'] }),
        resource('teller', { uses: [use('inner')] }),
      ),
      { b },
    ),
    reader,
  );

export const nestedScenarios: readonly Scenario[] = [
  {
    name: 'nested_create',
    about: 'what is passed down reaches the leaf, and what it tells reaches the reader',
    acts: [...up(goal(resource('user'), nest({ uses: [use('user')] }), reader)), ...gone],
  },
  {
    name: 'nested_parameters_only',
    about: 'a parameter changes the leaf in place, and nothing else',
    acts: [
      ...up(goal(nest({}, extra), reader)),
      remember('leaf'),
      remember('extra'),
      ...up(goal(nest({ a: '2' }, extra), reader)),
      same('leaf'),
      same('extra'),
    ],
  },
  {
    name: 'nested_looked_into',
    about: 'who refers to a resource within a stack follows it, though what the stack tells is the same',
    acts: [
      ...up(goal(nest({}, extra), looker)),
      remember('looker'),
      remember('leaf'),
      ...up(goal(nest({}, resource('extra', { a: '2' })), looker)),
      ...up(goal(nest({}, resource('extra', { a: '2', b: '2' })), looker)),
      same('leaf'),
      same('looker'),
      submit(goal(nest({}, resource('extra', { b: '3' })), looker, bad), { rollback: true }),
      ...settled(goal(nest({}, resource('extra', { a: '2', b: '2' })), looker)),
      ...gone,
    ],
  },
  {
    name: 'nested_barrier',
    about: 'what has converged within cleans up nothing before the barrier of its root',
    acts: [...up(first), submit(second), converged(), lives('leaf', 2), lives('extra', 1), ...settled(second), ...gone],
  },
  {
    name: 'nested_never_complete',
    about: 'nor what was never complete: versions of a goal that was superseded stand until the barrier, too',
    acts: [
      ...up(first),
      submit(second),
      converged(),
      submit(third),
      made('leaf', 3),
      lives('leaf', 3),
      ...settled(third),
      ...gone,
    ],
  },
  {
    name: 'nested_superseded_root',
    about: 'superseding the root does not supersede what has converged within, and the next barrier completes it',
    acts: [
      ...up(first),
      submit(second),
      converged(),
      remember('reader'),
      submit(goal(nest({ b: '2' }), reader)),
      ...settled(goal(nest({ b: '2' }), reader)),
      same('reader'),
    ],
  },
  {
    name: 'nested_rollback',
    about: 'a rollback of the root finds the objects within standing',
    acts: [
      ...up(first),
      remember('leaf'),
      remember('extra'),
      submit(second),
      converged(),
      { do: 'rollback' },
      ...settled(first),
      same('leaf'),
      same('extra'),
    ],
  },
  {
    name: 'nested_automatic_rollback',
    about: 'so does one that begins by itself',
    acts: [
      ...up(first),
      remember('leaf'),
      submit(goal(nest({ b: '2' }), reader, bad), { rollback: true }),
      ...settled(first),
      same('leaf'),
    ],
  },
  {
    name: 'nested_former_requirement',
    about: 'what the former leaf required goes after it',
    acts: [...up(goal(resource('user'), nest({ uses: [use('user', 'need'), use('user')] }))), ...up(goal(nest())), ...gone],
  },
  {
    name: 'nested_two_levels',
    about: 'one barrier for the whole tree',
    acts: [
      ...up(deep('1', extra)),
      remember('teller'),
      submit(goal(...deep('2').resources, slow)),
      converged(2),
      lives('leaf', 2),
      lives('extra', 1),
      lives('plain', 2),
      ...settled(goal(...deep('2').resources, slow)),
      same('teller'),
      ...gone,
    ],
  },
  {
    name: 'nested_two_levels_rollback',
    about: 'and one rollback',
    acts: [
      ...up(deep('1', extra)),
      remember('leaf'),
      remember('plain'),
      submit(goal(...deep('2').resources, slow)),
      converged(2),
      { do: 'rollback' },
      ...settled(deep('1', extra)),
      same('leaf'),
      same('plain'),
    ],
  },
  {
    name: 'nested_group_of_none',
    about: 'nothing within, some, nothing again',
    acts: [...up(goal(stack('nest', nothing), reader)), ...up(first), ...up(goal(stack('nest', nothing), reader)), ...gone],
  },
  {
    name: 'nested_there_and_back',
    about: 'another template, and the first again while that is under way',
    acts: [
      ...up(first),
      remember('leaf'),
      submit(goal(stack('nest', goal(slow)), reader)),
      made('slow'),
      submit(first),
      ...settled(first),
      same('leaf'),
      ...gone,
    ],
  },
  {
    name: 'nested_other_file',
    about: 'under another name a template is another type: another stack takes the place of the first',
    acts: [...up(first), remember('leaf'), ...up(goal(nest({ type: 'other.yaml' }, extra), reader)), different('leaf'), ...gone],
  },
  {
    name: 'nested_plain_and_back',
    about: 'a plain resource becomes a stack, and plain again',
    acts: [...up(goal(resource('nest'), reader)), ...up(first), ...up(goal(resource('nest'), reader)), ...gone],
  },
  {
    name: 'nested_deleted_while_made',
    about: 'deleted in the middle, all of it goes',
    acts: [submit(goal(stack('nest', goal(slow, leaf())), reader)), made('slow'), ...gone],
  },
  {
    name: 'nested_retargeted',
    about: 'a newer goal does not wait for what is under way within',
    acts: [
      submit(
        goal(stack('nest', goal(resource('slow', { type: 'Sim::Slow', given: ['a'] }), leaf({ uses: [use('slow')] }))), reader),
      ),
      made('slow'),
      ...up(goal(nest({ a: '2' }), reader)),
    ],
  },
  {
    name: 'nested_alone',
    about: 'changed on its own it passes the barrier alone, and its parent reads what it tells now',
    acts: [
      ...up(goal(nest(), reader)),
      remember('leaf'),
      { do: 'replace', child: 0 },
      ...settled(goal(nest(), reader)),
      different('leaf'),
    ],
  },
  {
    name: 'nested_alone_looked_into',
    about: 'changed on its own, where it tells the same as before, it is read by who refers to a resource within it',
    acts: [
      ...up(goal(stack('nest', goal(leaf(), extra)), lookerAt('leaf'))),
      remember('leaf'),
      remember('extra'),
      { do: 'replace', child: 0 },
      ...settled(goal(stack('nest', goal(leaf(), extra)), lookerAt('leaf'))),
      different('leaf'),
      same('extra'),
      ...gone,
    ],
  },
  {
    name: 'nested_looked_into_at_last',
    about: 'a goal that finds the stack as it is to be still owes its change to who refers into it and has not followed yet',
    acts: [
      ...up(goal(stack('nest', goal(leaf(), extra)), { ...lookerAt('leaf'), hooks: ['pre-update'] })),
      { do: 'replace', child: 0 },
      { do: 'until-hooked', name: 'looker', hook: 'pre-update' },
      ...up(goal(stack('nest', goal(leaf(), extra)), lookerAt('leaf'))),
      ...gone,
    ],
  },
  {
    name: 'nested_alone_while_not_wanted',
    about: 'changed on its own while its parent did not want it, it is read when it is wanted again',
    acts: [
      ...up(goal(nest())),
      submit(goal(slow)),
      made('slow'),
      { do: 'replace', child: 0 },
      { do: 'until-converged', count: 1 },
      submit(goal(nest())),
      ...settled(goal(nest())),
      ...gone,
    ],
  },
  {
    name: 'nested_alone_joins',
    about: 'while a goal above is not complete it joins the barrier',
    acts: [
      ...up(goal(nest(), reader)),
      submit(goal(nest(), reader, slow)),
      made('slow'),
      { do: 'replace', child: 0 },
      made('leaf', 2),
      lives('leaf', 2),
      ...settled(goal(nest(), reader, slow)),
      ...gone,
    ],
  },
  {
    name: 'nested_asked_for_what_is_its_parents',
    about: 'a goal of its own, or none, is refused',
    acts: [
      ...up(first),
      remember('leaf'),
      { do: 'delete', child: 0 },
      { do: 'rollback', child: 0 },
      { do: 'abandon', child: 0 },
      ...settled(first),
      same('leaf'),
    ],
  },
  {
    name: 'nested_unhealthy',
    about: 'marked unhealthy a stack is updated, not replaced; marked while it is under way it stays under way',
    acts: [
      submit(goal(stack('nest', goal(slow, leaf())))),
      made('slow'),
      { do: 'unhealthy' },
      ...settled(goal(stack('nest', goal(slow, leaf())))),
      remember('leaf'),
      { do: 'unhealthy' },
      ...settled(goal(stack('nest', goal(slow, leaf())))),
      same('leaf'),
    ],
  },
  {
    name: 'nested_suspended',
    about: 'suspended with its root it is updated and stays suspended; by itself, it wakes by itself',
    acts: [
      ...up(first),
      { do: 'suspend' },
      rest,
      submit(second),
      rest,
      { do: 'resume' },
      ...settled(second),
      { do: 'suspend', child: 0 },
      ...up(first),
      { do: 'resume', child: 0 },
      ...settled(first),
      ...gone,
    ],
  },
  {
    name: 'nested_failure_within',
    about: 'the first failure within undoes all of it',
    acts: [
      ...up(first),
      remember('leaf'),
      submit(goal(nest({ b: '2' }, slow, resource('broken', { bad: true })), reader), { rollback: true }),
      ...settled(first),
      same('leaf'),
    ],
  },
  {
    name: 'nested_retained',
    about: 'what is to be retained goes on as a stack of its own',
    acts: [
      ...up(goal(nest({ retain: true }, extra), resource('other'))),
      submit(goal(resource('other'))),
      rest,
      { do: 'expect-status', status: 'COMPLETE' },
      lives('leaf', 1),
      lives('extra', 1),
    ],
  },
  {
    name: 'nested_action_without_barrier',
    about: 'an action takes what waits for a barrier that is not coming as it stands',
    acts: [
      submit(goal(nest(), reader, bad), { rollback: false }),
      rest,
      { do: 'check' },
      rest,
      { do: 'suspend' },
      rest,
      { do: 'resume' },
      rest,
      ...up(goal(nest(), reader)),
      ...gone,
    ],
  },
  {
    name: 'nested_turned_round',
    about: 'who used the stack and was used by it before goes after what it was made of then',
    acts: [
      ...up(goal(resource('user'), nest({ uses: [use('user', 'need')] }))),
      submit(turnedRound),
      made('slow'),
      ...up(goal(nest({ b: '2' }))),
      ...gone,
    ],
  },
  {
    name: 'nested_tidied_in_parts',
    about:
      'of what a stack that stays was made of before, what is still referred to waits for what refers to it, and that for what it used itself',
    acts: [
      ...up(goal(resource('user'), nest({ uses: [use('user', 'need')] }))),
      submit(turnedRound),
      made('slow'),
      { do: 'unhealthy', child: 0, which: 1 },
      made('leaf', 3),
      ...up(goal(nest({ b: '2' }))),
      ...gone,
    ],
  },
  {
    name: 'nested_turned_round_in_place',
    about:
      'a stack that keeps nothing of what it was made of before does not hold on to what it required then, though no goal was reached',
    acts: [
      submit(goal(resource('user'), nest({ uses: [use('user', 'after')] }), bad), { rollback: false }),
      rest,
      submit(goal(resource('user', { uses: [use('nest')] }), nest({ a: '2' }), bad), { rollback: false }),
      rest,
      ...gone,
    ],
  },
  {
    name: 'nested_given_way',
    about: 'what a stack was made of before goes first, then what that required and what requires the stack now, then the stack',
    acts: [
      submit(goal(resource('user'), nest({ uses: [use('user', 'ref')] }), bad), { rollback: false }),
      rest,
      submit(goal(resource('user', { uses: [use('nest')] }), nest({ b: '2' }), bad), { rollback: false }),
      rest,
      lives('leaf', 2),
      ...gone,
    ],
  },
  {
    name: 'nested_given_way_complete',
    about: 'the same where the goal before was complete',
    acts: [
      ...up(goal(resource('user'), nest({ uses: [use('user', 'ref')] }))),
      submit(goal(resource('user', { uses: [use('nest')] }), nest({ b: '2' }), bad), { rollback: false }),
      rest,
      lives('leaf', 2),
      ...gone,
    ],
  },
  {
    name: 'nested_given_way_twice',
    about: 'of two stacks that were turned round both keep what they were made of before',
    acts: [
      submit(goal(resource('user'), nest({ uses: [use('user', 'ref')] }), other({ uses: [use('nest', 'ref')] }), bad), {
        rollback: false,
      }),
      rest,
      submit(goal(resource('user', { uses: [use('nest')] }), nest({ b: '2', uses: [use('other')] }), other({ b: '2' }), bad), {
        rollback: false,
      }),
      rest,
      lives('leaf', 4),
      ...gone,
    ],
  },
  {
    name: 'nested_turned_back',
    about: 'what a stack was made of while it was turned round does not wait for what did not use it then',
    acts: [...turnedBack, ...up(goal(nest(), other({ b: '2', uses: [use('nest')] }))), ...gone],
  },
  {
    name: 'nested_turned_back_and_deleted',
    about: 'nor where all of it is to go',
    acts: [...turnedBack, ...gone],
  },
  {
    name: 'nested_given_way_within',
    about: 'the same of what a stack within the stack was made of before',
    acts: [
      submit(goal(resource('user'), holder({ uses: [use('user', 'ref')] }), failing), { rollback: false }),
      rest,
      submit(goal(resource('user', { uses: [use('holder')] }), holder({ b: '2' }), failing), { rollback: false }),
      rest,
      lives('leaf', 2),
      ...gone,
    ],
  },
];
