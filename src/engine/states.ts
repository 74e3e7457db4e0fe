/**
 * The states of stack, traversal, resource, node and operation, and every change of state that is allowed.
 *
 * Each table maps a state to those that may follow; what is not in it is illegal, and the last arm of every lookup says so. The diagrams in
 * docs/states.md are written from these tables, and the simulator holds every write against them (I-15).
 */
import { AssertionError } from '../std/assert.ts';

export type StackAction =
  | 'CREATE'
  | 'UPDATE'
  | 'DELETE'
  | 'ROLLBACK'
  | 'SUSPEND'
  | 'RESUME'
  | 'CHECK'
  | 'ADOPT'
  | 'ABANDON'
  | 'RESTORE'
  | 'SNAPSHOT';
export type StackStatus = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
export type ResourceAction = 'INIT' | 'CREATE' | 'UPDATE' | 'DELETE' | 'SUSPEND' | 'RESUME' | 'CHECK' | 'ADOPT';
/** UNKNOWN: an effect was begun and nobody can say whether it happened; counts as live. */
export type ResourceStatus = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED' | 'UNKNOWN';
/** `converged`: of a nested stack whose goal is reached, and that cleans up nothing before its root's barrier. */
export type TraversalState = 'converge' | 'converged' | 'cleanup' | 'action' | 'complete' | 'failed' | 'superseded';
/** `aside` is early cleanup: it does not count for the barrier. */
export type NodePhase = 'converge' | 'aside' | 'cleanup' | 'action';
/** `nested`: waits for the stack that its resource is. `hooked`: waits for a person to clear a hook. */
export type NodeState =
  | 'waiting'
  | 'ready'
  | 'claimed'
  | 'working'
  | 'nested'
  | 'hooked'
  | 'sleeping'
  | 'done'
  | 'failed'
  | 'skipped';
/** `stopped`: a person stopped the stack; it rests until the next request. */
export type OperationState = 'running' | 'sleeping' | 'stopped';
export type OperationKind = 'create' | 'update' | 'delete' | 'suspend' | 'resume' | 'check' | 'adopt';

type Table = { readonly [from: string]: readonly string[] };

/** Status only: any action may follow any other, as no request is ever refused for the stack's state. '' is before the first. */
export const stackTransitions: Table = {
  '': ['IN_PROGRESS', 'COMPLETE'],
  IN_PROGRESS: ['IN_PROGRESS', 'COMPLETE', 'FAILED'],
  COMPLETE: ['IN_PROGRESS', 'COMPLETE', 'FAILED', 'deleted'],
  FAILED: ['IN_PROGRESS', 'COMPLETE', 'FAILED'],
  deleted: [],
};

export const traversalTransitions: Table = {
  '': ['converge', 'cleanup', 'action', 'complete', 'failed'],
  converge: ['converged', 'cleanup', 'action', 'complete', 'failed', 'superseded'],
  converged: ['cleanup', 'failed', 'superseded'],
  cleanup: ['action', 'complete', 'failed', 'superseded'],
  action: ['complete', 'failed', 'superseded'],
  complete: [],
  failed: [],
  superseded: [],
};

export const nodeTransitions: Table = {
  '': ['waiting', 'ready'],
  waiting: ['ready', 'hooked', 'skipped', 'done', 'dropped'],
  ready: ['claimed', 'hooked', 'skipped', 'done', 'failed', 'dropped'],
  claimed: ['working', 'nested', 'hooked', 'waiting', 'ready', 'sleeping', 'done', 'failed', 'skipped', 'dropped'],
  working: ['hooked', 'ready', 'sleeping', 'done', 'failed', 'skipped', 'dropped'],
  nested: ['ready', 'sleeping', 'failed', 'skipped', 'dropped'],
  hooked: ['ready', 'done', 'failed', 'skipped', 'dropped'],
  sleeping: ['ready', 'hooked', 'skipped', 'failed', 'done', 'dropped'],
  done: ['dropped'],
  failed: ['dropped'],
  skipped: ['dropped'],
  dropped: [],
};

export const operationTransitions: Table = {
  '': ['running', 'sleeping'],
  running: ['running', 'sleeping', 'stopped', 'ended'],
  sleeping: ['running', 'stopped', 'ended'],
  stopped: ['running', 'sleeping', 'ended'],
  ended: [],
};

const began = [
  'CREATE_IN_PROGRESS',
  'UPDATE_IN_PROGRESS',
  'DELETE_IN_PROGRESS',
  'SUSPEND_IN_PROGRESS',
  'RESUME_IN_PROGRESS',
  'CHECK_IN_PROGRESS',
];
const ended = (action: string): string[] => ['COMPLETE', 'FAILED', 'UNKNOWN'].map((status) => `${action}_${status}`);
/** What may be done to, or found out about, an object that stands; `gone` is the row's removal. */
const fromStanding = [
  ...began,
  ...ended('CREATE'),
  ...ended('UPDATE'),
  ...ended('SUSPEND'),
  ...ended('RESUME'),
  ...ended('CHECK'),
  ...ended('ADOPT'),
  'INIT_COMPLETE',
  'DELETE_FAILED',
  'DELETE_UNKNOWN',
  'gone',
];

export const resourceTransitions: Table = {
  '': ['INIT_COMPLETE', 'ADOPT_COMPLETE'],
  INIT_COMPLETE: [
    'CREATE_IN_PROGRESS',
    ...ended('CREATE'),
    'ADOPT_COMPLETE',
    'ADOPT_FAILED',
    'CHECK_FAILED',
    'CHECK_COMPLETE',
    'DELETE_FAILED',
    'DELETE_UNKNOWN',
    'DELETE_IN_PROGRESS',
    'gone',
  ],
  // DELETE_IN_PROGRESS at once, without an end between, is for nested stacks: they are retargeted, not waited for.
  CREATE_IN_PROGRESS: [...ended('CREATE'), 'INIT_COMPLETE', 'CREATE_IN_PROGRESS', 'DELETE_IN_PROGRESS', 'gone'],
  UPDATE_IN_PROGRESS: [...ended('UPDATE'), ...ended('CREATE'), 'UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS', 'gone'],
  DELETE_IN_PROGRESS: [...ended('DELETE'), 'DELETE_IN_PROGRESS', 'gone'],
  SUSPEND_IN_PROGRESS: [...ended('SUSPEND'), 'SUSPEND_IN_PROGRESS', 'gone'],
  RESUME_IN_PROGRESS: [...ended('RESUME'), 'RESUME_IN_PROGRESS', 'gone'],
  CHECK_IN_PROGRESS: [...ended('CHECK'), 'CHECK_IN_PROGRESS', 'gone'],
  ...Object.fromEntries(
    ['CREATE', 'UPDATE', 'SUSPEND', 'RESUME', 'CHECK', 'ADOPT'].flatMap((action) =>
      ended(action).map((state) => [state, fromStanding]),
    ),
  ),
  DELETE_COMPLETE: ['gone'],
  DELETE_FAILED: ['DELETE_IN_PROGRESS', 'DELETE_FAILED', 'DELETE_UNKNOWN', 'CREATE_FAILED', 'ADOPT_COMPLETE', 'gone'],
  DELETE_UNKNOWN: ['DELETE_IN_PROGRESS', 'DELETE_FAILED', 'DELETE_UNKNOWN', 'CREATE_FAILED', 'ADOPT_COMPLETE', 'gone'],
  gone: [],
};

export const transitionTables = {
  stack: stackTransitions,
  traversal: traversalTransitions,
  resource: resourceTransitions,
  node: nodeTransitions,
  operation: operationTransitions,
} as const;

/** Whether `to` may follow `from` ('' is before the beginning). */
export function mayFollow(table: Table, from: string, to: string): boolean {
  return table[from]?.includes(to) ?? false;
}

/** Throws where `to` may not follow `from`. */
export function checkTransition(kind: keyof typeof transitionTables, from: string, to: string): void {
  if (mayFollow(transitionTables[kind], from, to)) return;
  throw new AssertionError(`${kind}: ${from || '(none)'} → ${to} is not in the transition table`);
}
