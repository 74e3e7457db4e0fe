/**
 * Calls a provider and says what came of it as a value: nothing a type throws leaves this module as an exception.
 */
import { messageOf } from '../std/failure.ts';
import type { Json, JsonMap } from '../std/json.ts';
import type { AbortReason, Desk, ProviderSettings } from './desk.ts';
import type { CallVerb } from './ports/observer.ts';
import { type Observation, type ProviderCall, ProviderFailure, type ResourceType } from './ports/provider.ts';
import type { Claim, WorkItem } from './ports/store.ts';
import { redact, redactLog } from './redact.ts';
import { stateFor, tooNew } from './type-state.ts';

export interface CallSubject {
  readonly item: WorkItem;
  readonly type: ResourceType;
  readonly claim: Claim;
  readonly token: string;
  readonly operation: number;
  readonly properties: JsonMap;
  readonly progress: Json;
  readonly deadline: number | null;
  readonly settings: ProviderSettings | null;
  readonly secrets: ReadonlySet<string>;
  /** Where it differs from the row: just found. */
  readonly physicalId?: string | null;
  /** Another object is to be made: what the type kept about a former one is not of it. */
  readonly fresh?: boolean;
}

export type CallResult<T> =
  | { readonly kind: 'answer'; readonly answer: T }
  | {
      readonly kind: 'failure';
      readonly message: string;
      readonly retry: 'later' | 'never';
      readonly afterMs: number | null;
      readonly changed: boolean | null;
    }
  | { readonly kind: 'aborted'; readonly why: AbortReason; readonly message: string };

/** Waiting for a place is not part of the call, for whoever watches. */
export async function callProvider<T>(
  desk: Desk,
  subject: CallSubject,
  verb: CallVerb,
  method: (call: ProviderCall) => Promise<T>,
): Promise<CallResult<T>> {
  const { item, type, deadline } = subject;
  const newer = subject.fresh === true ? null : tooNew(item.resource, type);
  if (newer !== null) return { kind: 'failure', message: newer, retry: 'later', afterMs: null, changed: false };
  const open = desk.openCall(item.resource.id, deadline, type.facts.interruptible);
  try {
    if (type.facts.effects && !(await open.begin())) return abortedBy(open.signal, 'the call had not begun');
    if (looks.has(verb)) open.limit(longestLook(type));
    const mayLeave = looks.has(verb) || !type.facts.effects;
    const call = () => callDirectly(desk, subject, mayLeave ? leavable(method) : method, open.signal);
    return await (desk.observer === null ? call() : desk.observer.aroundCall(item, verb, call));
  } finally {
    open.close();
  }
}

const looks: ReadonlySet<CallVerb> = new Set(['find', 'read', 'check']);

/** A look may take as long as anything that the type does: milliseconds. */
export const longestLook = ({ facts }: ResourceType): number => facts.timeoutMs ?? 300_000;

/** What changes nothing need not be waited for once it is aborted: a type that takes no notice would hold up its resource for ever. */
function leavable<T>(method: (call: ProviderCall) => Promise<T>): (call: ProviderCall) => Promise<T> {
  return (call) =>
    new Promise((resolve, reject) => {
      const leave = (): void => reject(call.signal.reason);
      if (call.signal.aborted) return leave();
      call.signal.addEventListener('abort', leave, { once: true });
      method(call)
        .then(resolve, reject)
        .finally(() => call.signal.removeEventListener('abort', leave));
    });
}

async function callDirectly<T>(
  desk: Desk,
  subject: CallSubject,
  method: (call: ProviderCall) => Promise<T>,
  signal: AbortSignal,
): Promise<CallResult<T>> {
  try {
    return { kind: 'answer', answer: await method(makeCall(desk, subject, signal)) };
  } catch (thrown) {
    const message = redact(messageOf(thrown), subject.secrets);
    if (signal.aborted) return abortedBy(signal, message);
    if (thrown instanceof ProviderFailure || isProviderFailure(thrown)) {
      return { kind: 'failure', message, retry: thrown.retry, afterMs: thrown.afterMs, changed: thrown.changed };
    }
    return { kind: 'failure', message, retry: 'never', afterMs: null, changed: null };
  }
}

const abortedBy = (signal: AbortSignal, message: string): CallResult<never> => ({
  kind: 'aborted',
  why: signal.reason as AbortReason,
  message,
});

/** A module may bring its own copy of the class. */
function isProviderFailure(thrown: unknown): thrown is ProviderFailure {
  return thrown instanceof Error && thrown.name === 'ProviderFailure' && 'retry' in thrown;
}

function makeCall(desk: Desk, subject: CallSubject, signal: AbortSignal): ProviderCall {
  const { item, type, claim } = subject;
  const { resource } = item;
  return {
    stack: { id: item.stack.uuid, name: item.stack.name },
    resource: { name: resource.name, version: resource.id },
    token: subject.token,
    operation: subject.operation,
    physicalId: subject.physicalId === undefined ? resource.physicalId : subject.physicalId,
    properties: subject.properties,
    previous: resource.properties,
    state: subject.fresh === true ? null : stateFor(resource, type),
    progress: subject.progress,
    settings: configured(type, subject.settings),
    signal,
    remainingMs: subject.deadline === null ? null : Math.max(0, subject.deadline - desk.clock.now()),
    log: redactLog(desk.log, subject.secrets),
    environment: desk.callEnvironment,
    async saveProgress(known) {
      if (!type.facts.effects) return;
      if (!(await desk.saveProgress(claim, known))) throw new Error('the operation was lost to another engine');
    },
  };
}

const configuredBySettings = new WeakMap<ResourceType, Map<number, unknown>>();

/** Configured once per type and settings row. */
export function configured(type: ResourceType, settings: CallSubject['settings']): unknown {
  if (!type.configure) return settings?.values ?? null;
  let known = configuredBySettings.get(type);
  if (!known) {
    known = new Map();
    configuredBySettings.set(type, known);
  }
  const id = settings?.id ?? 0;
  if (!known.has(id)) known.set(id, type.configure(settings?.values ?? {}));
  return known.get(id);
}

/** A look never fails: what can't be seen now is `unknown`. */
export async function look(
  desk: Desk,
  subject: CallSubject,
  verb: 'find' | 'read' | 'check',
  method = subject.type[verb]!,
): Promise<Observation> {
  const result = await callProvider(desk, subject, verb, (call) => method(call));
  if (result.kind === 'answer') return result.answer;
  const late = result.kind === 'aborted' && result.why === 'deadline';
  return { presence: 'unknown', reason: late ? 'the provider does not answer' : result.message };
}
