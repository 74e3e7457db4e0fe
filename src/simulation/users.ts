/** Users: each request of the plan becomes a point, and is made through a store that may lose it or its answer. */
import type { Edit, NewGoal, ResourceId, StackId, StartRequest } from '../engine/ports/store.ts';
import { hasNested, toNewGoal } from './goals.ts';
import type { Point } from './kernel.ts';
import type { Row } from './mirror.ts';
import { truthAbout, unknownOf } from './people.ts';
import type { SimRequest } from './plan.ts';
import { type Caller, createSimTypes } from './sim-types.ts';
import { compileSimGoal, toDocuments } from './templates.ts';
import type { World } from './world.ts';
import { isLost, wrapStore } from './wrapped-store.ts';

export interface Users {
  /** Requests that were not answered yet. */
  readonly waiting: number;
  /** Makes the next request due now; false when none is left to come. */
  hasten(): boolean;
  /** Makes a request now; resolves with what came of it. */
  ask(request: SimRequest): Promise<string>;
}

export interface StackNames {
  readonly uuid: string;
  readonly name: string;
  readonly tenant: string;
}

/** What a request to submit submits; a goal of the simulator's own when left out. */
export type GoalSource = (request: SimRequest, stack: StackNames) => NewGoal;

export function createUsers(world: World, goalOf: GoalSource = (request, stack) => simulatedGoal(world, request, stack)): Users {
  const caller: Caller = { name: 'user', alive: true, pausedUntil: 0, die: () => {} };
  const store = () => wrapStore(world, caller, world.versions.ofUser().store, false);
  let waiting = world.plan.requests.length;
  let serial = 0;
  const ask = async (request: SimRequest): Promise<string> => {
    const start = toStart(world, request, goalOf, () => `u${++serial}`);
    if (start === null) return 'nothing to ask for';
    try {
      const answer = await store().startTraversal({ ...start, now: world.clock.now(), wallTime: world.clock.wallTime() });
      world.trace?.line(
        `  user: ${request.kind} ${request.stack}: ${answer.kind === 'refused' ? `refused ${answer.code}` : `traversal ${answer.traversal} goal ${answer.goal}`}`,
      );
      world.reach(answer.kind === 'refused' ? `refused ${answer.code}` : `accepted ${request.kind}`);
      if (request.child !== null && answer.kind === 'started' && answer.stack.parentId !== null)
        world.reach(`accepted ${request.kind} of a nested stack`);
      world.hint();
      return answer.kind;
    } catch (error) {
      if (!isLost(error)) world.reach('request failed');
      return 'lost';
    }
  };
  const coming: Point[] = [];
  for (const request of world.plan.requests) {
    const point = world.kernel.open(caller, `${request.kind} ${request.stack}`, request.at, () => {
      coming.splice(coming.indexOf(point), 1);
      void ask(request).finally(() => waiting--);
    });
    coming.push(point);
  }
  return {
    get waiting() {
      return waiting;
    },
    hasten() {
      if (coming[0] !== undefined) world.kernel.hasten(coming[0]);
      return waiting > 0;
    },
    ask,
  };
}

/** Every stack has a tenant of its own. */
export const tenantOf = (stack: string): string => `tenant of ${stack}`;

type Start = Omit<StartRequest, 'now' | 'wallTime'>;

/** Goals with stacks in them are compiled from templates, as people's own are. */
export function simulatedGoal(world: World, request: SimRequest, stack: StackNames): NewGoal {
  const { digestKey } = world.store.vault;
  const goal = hasNested(request.goal!)
    ? nestedGoal(world, request, stack)
    : toNewGoal(request.goal!, digestKey, request.from ?? world.anyHost());
  world.history.submitting(goal.sha, request.goal!);
  return goal;
}

function nestedGoal(world: World, { goal, from }: SimRequest, stack: StackNames): NewGoal {
  const written = toDocuments(goal!);
  world.history.writing(written.templates);
  const { digestKey } = world.store.vault;
  return compileSimGoal(written, { types: createSimTypes(world, nobodyCalls), digestKey, stack, host: from ?? world.anyHost() });
}

const nobodyCalls: Caller = { name: 'compiler', alive: true, pausedUntil: 0, die: () => {} };

/** The stack that is meant: of those nested in it, where the request says so and there are any. */
function findMeant(world: World, request: SimRequest): Row | undefined {
  const stack = world.findStack(request.stack);
  if (stack === undefined || request.child === null) return stack;
  const within = [...world.mirror.rows.stack.values()].filter(
    (row) => row['root_id'] === stack['id'] && row['id'] !== stack['id'] && row['deleted_at'] === null,
  );
  return within.length === 0 ? stack : within[request.child % within.length];
}

function toStart(world: World, request: SimRequest, goalOf: GoalSource, uuid: () => string): Start | null {
  const stack = findMeant(world, request);
  const extras = {
    ...(request.rollback === null ? {} : { rollback: request.rollback }),
    ...(request.timeoutMs === null
      ? {}
      : { timeoutMs: request.timeoutMs === Number.POSITIVE_INFINITY ? null : request.timeoutMs }),
  };
  if (request.kind === 'submit') {
    const names: StackNames = {
      uuid: stack === undefined ? uuid() : String(stack['uuid']),
      tenant: tenantOf(request.stack),
      name: request.stack,
    };
    const goal = { kind: 'new', goal: goalOf(request, names) } as const;
    const edits = (request.imports ?? []).map(({ name, id }): Edit => ({ kind: 'import', name, physicalId: id }));
    if (stack === undefined) return { stack: names, action: 'CREATE', goal, edits, ...extras };
    return { stack: { uuid: names.uuid }, action: 'UPDATE', goal, edits, ...extras };
  }
  if (stack === undefined) return null;
  const of = { stack: { uuid: String(stack['uuid']) } };
  const carry = { kind: 'carry' } as const;
  switch (request.kind) {
    case 'delete':
      return { ...of, action: 'DELETE', goal: { kind: 'empty' }, retainAll: false };
    case 'abandon':
      return { ...of, action: 'ABANDON', goal: { kind: 'empty' }, retainAll: true };
    case 'rollback':
      return { ...of, action: 'ROLLBACK', goal: { kind: 'rollback', to: null } };
    case 'rollback-to':
      return {
        ...of,
        action: 'ROLLBACK',
        goal: { kind: 'rollback', to: 1 + (request.which % Math.max(1, Number(stack['goal']))) },
      };
    case 'cancel':
      return { ...of, action: 'ROLLBACK', goal: { kind: 'rollback', to: null }, onlyWhileConverging: true };
    case 'suspend':
      return { ...of, action: 'SUSPEND', goal: carry };
    case 'resume':
      return { ...of, action: 'RESUME', goal: carry };
    case 'check':
      return { ...of, action: 'CHECK', goal: carry };
    default:
      return { ...of, action: carryAction(stack), goal: carry, edits: editsOf(world, request, stack), ...extras };
  }
}

const carryAction = (stack: Row): 'DELETE' | 'ABANDON' | 'UPDATE' =>
  stack['action'] === 'DELETE' || stack['action'] === 'ABANDON' ? stack['action'] : 'UPDATE';

function editsOf(world: World, request: SimRequest, stack: Row): Edit[] {
  if (request.kind === 'carry') return [];
  if (request.kind === 'import') return importFor(world, request, stack);
  if (request.kind === 'resolve') return resolving(world, request, stack);
  const rows = world.resourcesOf(Number(stack['id']) as StackId);
  if (rows.length === 0) return [];
  const row = rows[request.which % rows.length]!;
  const resourceId = Number(row['id']) as ResourceId;
  if (request.kind === 'unhealthy') return [{ kind: 'unhealthy', resourceId, reason: 'a person says so' }];
  if (request.kind === 'replace') return [{ kind: 'replace', resourceId, reason: 'a person asks for it' }];
  if (request.kind === 'healthy') return [{ kind: 'healthy', resourceId }];
  return [{ kind: 'forget', resourceId }];
}

/** Something that nobody knows, or else something that is known, or a stack: then there is nothing to say. */
function resolving(world: World, { which }: SimRequest, stack: Row): Edit[] {
  const known = world.resourcesOf(Number(stack['id']) as StackId).filter((row) => row['doubt'] === 0 || row['nested'] === 1);
  const unknown = unknownOf(world, stack);
  const rows = unknown.length > 0 ? unknown : known;
  return rows.length === 0 ? [] : [truthAbout(world, rows[which % rows.length]!)];
}

/** Of an object that nobody has taken, for a name of its type: for one that is not made yet, where there is one. */
function importFor(world: World, { which }: SimRequest, stack: Row): Edit[] {
  const objects = world.plan.imports.filter(({ id }) => world.reality.live.get(id)?.foreign);
  const made = new Set(
    world
      .resourcesOf(Number(stack['id']) as StackId)
      .filter((row) => row['marked'] === null && row['action'] !== 'INIT')
      .map((row) => row['name']),
  );
  const choices = world
    .goalNumbered(Number(stack['id']), Number(stack['goal']))
    .resources.filter(({ b, uses }) => b === '1' && uses.length === 0)
    .flatMap(({ name, type }) => objects.filter((o) => o.type === type).map(({ id }) => ({ name, id, type })));
  const free = choices.filter(({ name }) => !made.has(name));
  const list = free.length > 0 ? free : choices;
  const chosen = list[which % Math.max(1, list.length)];
  return chosen === undefined ? [] : [{ kind: 'import', name: chosen.name, physicalId: chosen.id, type: chosen.type }];
}
