/** Why a resource is as it is, in sentences, from what is stored: node, edges, operation, holder, and what its events say. Pure. */
import { boundsOn } from '../engine/limits.ts';
import type { EngineRow, EventRow, Gate, NodeRow, OperationRow, ResourceId, ResourceRow } from '../engine/ports/store.ts';
import type { LimitUse } from '../store/reads/limit-use.ts';
import type { StackView } from '../store/reads/reads.ts';
import { formatDuration } from './duration.ts';
import { closedText, isOnlyLetGo, lostMachineText } from './held-up.ts';
import { listSome, progressOf } from './resource-progress.ts';

export interface Question {
  readonly name: string;
  /** As whoever asks names it: within a nested stack, the path of names. */
  readonly path: string;
  readonly view: StackView;
  /** Of this name, oldest first. */
  readonly events: readonly EventRow[];
  readonly engines: readonly (EngineRow & { readonly alive: boolean })[];
  readonly limits: readonly LimitUse[];
  /** Whether engines may take anything. */
  readonly gate: Gate;
  /** How the stacks stand that versions of that name are. */
  readonly within: ReadonlyMap<ResourceId, StackView>;
  /** Whether limits have anything to do with the type: it needs calls. */
  readonly isLimited: (type: string) => boolean;
  /** The types that this process offers. */
  readonly offered: ReadonlySet<string>;
  readonly host: string;
  /** Of the database's clock. */
  readonly now: number;
  readonly wallTime: number;
}

export interface Explanation {
  readonly version: ResourceId;
  readonly title: string;
  readonly because: readonly string[];
}

/** One for each version of that name that there is, the wanted one first. */
export function explainResource(question: Question): Explanation[] {
  const rows = question.view.resources.filter((row) => row.name === question.name);
  return rows
    .toSorted((a, b) => Number(a.marked !== null) - Number(b.marked !== null) || b.id - a.id)
    .map((row) => explainVersion(question, row));
}

function explainVersion(question: Question, row: ResourceRow): Explanation {
  const { view } = question;
  const operation = view.operations.find((o) => o.resourceId === row.id);
  const nodes = view.nodes.filter((n) => n.resourceId === row.id);
  const node = nodes.find((n) => n.state !== 'done') ?? nodes[0];
  const because = [
    ...(row.reason === '' ? [] : [`${row.action} ${row.status}: ${row.reason}`]),
    ...(operation ? explainOperation(question, row, operation) : []),
    ...(node ? explainNode(question, row, node, operation !== undefined) : []),
    ...explainHistory(question, row),
    ...explainStanding(row),
  ];
  const rest = because.length === 0 ? [`It stands as goal ${view.stack.goal} says; nothing is to be done.`] : because;
  return { version: row.id, title: `${row.name} (version ${row.id}, ${row.type}): ${row.action} ${row.status}`, because: rest };
}

function explainOperation(question: Question, row: ResourceRow, operation: OperationRow): string[] {
  const { now, wallTime } = question;
  const since = formatDuration(wallTime - operation.startedAt);
  const head = `Its ${operation.kind} is under way for ${since} (traversal ${operation.traversal}).`;
  const cancel = operation.cancel
    ? ['A newer goal does not want this operation any more; it is given up as soon as its type allows.']
    : [];
  const deadline = operation.deadline === null ? [] : [`Its deadline is in ${formatDuration(operation.deadline - now)}.`];
  return [head, holderText(operation, row, question), ...deadline, ...cancel];
}

function holderText(operation: OperationRow, { host, name }: ResourceRow, { engines, now, view, host: here }: Question): string {
  if (operation.state === 'sleeping') {
    const about = operation.reason === '' ? '' : `: ${operation.reason}`;
    return `The provider said to ask again${operation.wakeAt === null ? '' : ` in ${formatDuration(operation.wakeAt - now)}`}${about}.`;
  }
  if (operation.state === 'stopped') return 'Its stack was stopped: it rests until the next request.';
  const engine = engines.find((candidate) => candidate.id === operation.engineId);
  if (engine?.alive) return `The engine of process ${engine.pid} on ${engine.host} holds it, and is alive.`;
  const isStranded = host !== null && host !== here && !engines.some((one) => one.alive && one.host === host);
  const last = engine === undefined ? 'Its engine' : `The engine of process ${engine.pid} on ${engine.host} held it and`;
  if (isStranded)
    return `${last} is gone. It is bound to the machine ${host}: an engine there takes it over; ${lostMachineText(view.stack.name, name)}.`;
  return engines.some(({ alive }) => alive)
    ? `${last} is gone; another engine takes it over and first looks for what was made.`
    : `${last} is gone, and no other engine runs: setpoint engine, or setpoint retry, takes it over and first looks for what was made.`;
}

function explainNode(question: Question, row: ResourceRow, node: NodeRow, underOperation: boolean): string[] {
  switch (node.state) {
    case 'waiting':
      return explainWaiting(question, node);
    case 'ready':
      return underOperation ? [] : explainReady(question, row, node);
    case 'claimed':
      return ['An engine has just taken it.'];
    case 'working':
      return node.victim === null ? [] : [`Version ${node.victim} goes first, to make room for it.`];
    case 'nested':
      return explainNested(question, row);
    case 'hooked':
      return [explainHook(question, node)];
    case 'sleeping':
      return [
        `It was tried ${node.attempts} times: ${node.reason}. It is tried again in ${formatDuration((node.wakeAt ?? question.now) - question.now)}.`,
      ];
    case 'skipped':
      return [skippedText(question, node)];
    case 'failed':
      return row.reason === node.reason ? [] : [`Traversal ${node.traversal} failed here: ${node.reason}.`];
    default:
      return [];
  }
}

/** What its own stack waits for. */
function explainNested({ path, within, now }: Question, row: ResourceRow): string[] {
  const child = within.get(row.id);
  if (child === undefined) return ['It waits for its own stack.'];
  const { name, action, status } = child.stack;
  const progress = progressOf(child, now);
  const open = child.resources.flatMap(({ id, name: own }) => {
    const { state, doing, reason } = progress.get(id)!;
    if (state === 'done' || state === 'skipped') return [];
    const what = state === 'working' ? `${doing} under way` : state;
    return [`${own} (${reason === '' ? what : `${what}: ${reason}`})`];
  });
  const head = `It waits for its own stack ${name}, which is ${action} ${status}`;
  if (open.length === 0) return [`${head}.`];
  return [`${head}. There: ${listSome(open, 10)}. See setpoint why ${path}/RESOURCE.`];
}

function explainHook({ view }: Question, { hook, subject }: NodeRow): string {
  const what = hook?.startsWith('pre-') ? 'Nothing is done to it' : 'It is done, and what waits for it goes on,';
  return `It rests at its hook ${hook}. ${what} until a person clears that: setpoint hook-clear ${view.stack.name} ${subject}.`;
}

function explainWaiting(question: Question, node: NodeRow): string[] {
  const { view } = question;
  const progress = progressOf(view, question.now);
  const open = requiredNodes(view, node).filter((n) => n.state !== 'done');
  const text = (n: NodeRow) => {
    const row = view.resources.find((r) => r.id === n.resourceId);
    const state = progress.get(n.resourceId);
    return `${row?.name ?? `version ${n.resourceId}`} (${state?.state === 'working' ? `${state.doing} under way` : (state?.state ?? n.state)})`;
  };
  const first = node.phase === 'cleanup' || node.phase === 'aside' ? 'Before it is deleted' : 'Before it is worked on';
  return [
    ...(open.length > 0 ? [`${first}, these must be done: ${listSome(open.map(text), 10)}.`] : []),
    ...(node.awaits ? ['It waits for an operation on its own object to end, which an earlier traversal began.'] : []),
  ];
}

function explainReady(question: Question, row: ResourceRow, node: NodeRow): string[] {
  const { engines, offered, host, view, gate } = question;
  if (gate.state !== 'open') return [`It is ready, but ${closedText(gate)}.`];
  const isThere = engines.some((engine) => engine.alive && engine.host === row.host);
  const letGo = isOnlyLetGo(node, row);
  if (!letGo && row.host !== null && row.host !== host && !isThere)
    return [`It is bound to the machine ${row.host}: an engine must run there; ${lostMachineText(view.stack.name, row.name)}.`];
  const missing = (row.nested ? (view.needs.get(row.name) ?? []) : [row.type]).filter((type) => !offered.has(type));
  if (!letGo && missing.length > 0) {
    const types = `the type${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`;
    return [`It is ready, but no engine here offers ${types}${row.nested ? ' in it' : ''}: give its module with --provider.`];
  }
  const full = fullLimits(question, row);
  if (full.length > 0) return full;
  return engines.some((engine) => engine.alive)
    ? ['It is ready; an engine is about to take it.']
    : ['It is ready, but no engine runs: setpoint engine, or setpoint retry.'];
}

/** Who else is in flight is told of the own tenant only. */
function fullLimits({ limits, isLimited, view }: Question, row: ResourceRow): string[] {
  if (row.nested || !isLimited(row.type)) return [];
  const { tenant } = view.stack;
  const bounds = boundsOn(limits, row.type, tenant);
  const isMeant = (use: LimitUse) => bounds.some(({ limit }) => limit.kind === use.kind && limit.pattern === use.pattern);
  const full = limits.filter((use) => isMeant(use) && (use.kind === 'type' || use.tenant === tenant || use.most === 0));
  return full
    .filter((use) => use.inFlight.length >= use.most)
    .map((use) => {
      const own = use.inFlight.filter((flight) => flight.tenant === tenant);
      const others = use.inFlight.length - own.length;
      const names = [
        ...own.map(({ stack, resource }) => `${stack} ${resource}`),
        ...(others > 0 ? [`${others} of other tenants`] : []),
      ];
      const what = use.kind === 'type' ? `types ${use.pattern}` : `tenant ${tenant}`;
      const who = names.length === 0 ? '' : `: ${listSome(names, 10)}`;
      return `It is held back by the limit on ${what}: ${use.inFlight.length} of ${use.most} operations are in flight${who}. It goes on as soon as one of them ends.`;
    });
}

/** What failed at the root of it. */
function skippedText({ view }: Question, node: NodeRow): string {
  const seen = new Set<number>([node.id]);
  const roots: NodeRow[] = [];
  for (const waiting = [node]; waiting.length > 0; ) {
    for (const required of requiredNodes(view, waiting.pop()!)) {
      if (seen.has(required.id)) continue;
      seen.add(required.id);
      if (required.state === 'failed') roots.push(required);
      else if (required.state === 'skipped') waiting.push(required);
    }
  }
  const names = new Map(view.resources.map((row) => [row.id, row.name]));
  const because = roots.map(
    (root) => `${names.get(root.resourceId) ?? `version ${root.resourceId}`}, which failed: ${root.reason}`,
  );
  return because.length === 0 ? `It was not tried: ${node.reason}.` : `It was not tried, as it requires ${because.join('; ')}.`;
}

function requiredNodes(view: StackView, node: NodeRow): NodeRow[] {
  const ids = new Set(view.edges.filter((edge) => edge.requirer === node.id).map((edge) => edge.required));
  return view.nodes.filter((candidate) => ids.has(candidate.id));
}

/** Of a version that takes another's place: the store says so in these words. */
const isBirth = ({ action, reason }: EventRow): boolean => action === 'INIT' && reason.startsWith('replaces ');

function explainHistory({ events, view }: Question, row: ResourceRow): string[] {
  const born = events.find((event) => event.resourceId === row.id && isBirth(event));
  const successor = view.resources.find((other) => other.id === row.replacedBy);
  const why = events.find((event) => event.resourceId === row.replacedBy && isBirth(event))?.reason;
  return [
    ...(born ? [`It was made because it ${born.reason}.`] : []),
    ...(row.marked === null
      ? []
      : [
          `Goal ${row.marked} does not want it any more${successor ? `; version ${successor.id} is to take its place${why ? ` (${why})` : ''}` : ''}.`,
        ]),
    ...(row.marked !== null && row.deletionPolicy === 'retain' ? ['It is retained: it will be let go, not deleted.'] : []),
  ];
}

function explainStanding(row: ResourceRow): string[] {
  return [
    ...(row.status === 'UNKNOWN'
      ? [`Nobody can tell whether it was made. Say so: setpoint resolve ${row.name} --adopt ID, or --absent.`]
      : []),
    ...(row.doubt && row.status !== 'IN_PROGRESS' && row.status !== 'UNKNOWN'
      ? ['It is in doubt: it is looked at before anything else is done about it.']
      : []),
    ...(row.unhealthy === null ? [] : [`It was marked unhealthy: ${row.unhealthy}.`]),
    ...(row.forced === null ? [] : [`Its replacement was asked for: ${row.forced}.`]),
  ];
}
