/** Users: each request of the plan becomes a point, and is made through a store that may lose it or its answer. */
import type { Edit, NewGoal, ResourceId, StackId, StartRequest } from '../engine/ports/store.ts';
import { toNewGoal } from './goals.ts';
import type { Point } from './kernel.ts';
import type { Row } from './mirror.ts';
import type { SimRequest } from './plan.ts';
import type { Caller } from './sim-types.ts';
import type { World } from './world.ts';
import { ConnectionLost, wrapStore } from './wrapped-store.ts';

export interface Users {
  /** Requests that were not answered yet. */
  readonly waiting: number;
  /** Makes the next request due now; false when none is left to come. */
  hasten(): boolean;
  /** Makes a request now; resolves with what came of it. */
  ask(request: SimRequest): Promise<string>;
}

/** What a request to submit submits; a goal of the simulator's own when left out. */
export type GoalSource = (request: SimRequest) => NewGoal;

export function createUsers(world: World, goalOf: GoalSource = (request) => simulatedGoal(world, request)): Users {
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
      world.hint();
      return answer.kind;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) world.reach('request failed');
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

function simulatedGoal(world: World, request: SimRequest): NewGoal {
  const goal = toNewGoal(request.goal!, world.store.vault.digestKey);
  world.history.submitting(goal.sha, request.goal!);
  return goal;
}

function toStart(world: World, request: SimRequest, goalOf: GoalSource, uuid: () => string): Start | null {
  const stack = world.findStack(request.stack);
  const extras = {
    ...(request.rollback === null ? {} : { rollback: request.rollback }),
    ...(request.timeoutMs === null
      ? {}
      : { timeoutMs: request.timeoutMs === Number.POSITIVE_INFINITY ? null : request.timeoutMs }),
  };
  if (request.kind === 'submit') {
    const goal = goalOf(request);
    const source = { kind: 'new', goal } as const;
    if (stack === undefined)
      return {
        stack: { uuid: uuid(), tenant: tenantOf(request.stack), name: request.stack },
        action: 'CREATE',
        goal: source,
        ...extras,
      };
    return { stack: { uuid: String(stack['uuid']) }, action: 'UPDATE', goal: source, ...extras };
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
  const rows = world.resourcesOf(Number(stack['id']) as StackId);
  if (rows.length === 0) return [];
  const row = rows[request.which % rows.length]!;
  const resourceId = Number(row['id']) as ResourceId;
  if (request.kind === 'unhealthy') return [{ kind: 'unhealthy', resourceId, reason: 'a person says so' }];
  if (request.kind === 'replace') return [{ kind: 'replace', resourceId, reason: 'a person asks for it' }];
  if (request.kind === 'healthy') return [{ kind: 'healthy', resourceId }];
  return [{ kind: 'forget', resourceId }];
}
