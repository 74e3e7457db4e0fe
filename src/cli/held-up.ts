/** What holds up a stack that is under way, from outside: nobody works on it, the database is closed, a person is waited for. */
import type { EngineRow, Gate, NodeRow, ResourceRow } from '../engine/ports/store.ts';
import type { StackView } from '../store/reads/reads.ts';
import { formatTime } from './duration.ts';
import { listSome } from './resource-progress.ts';
import type { Session } from './session.ts';

export interface HoldUp {
  readonly code: 'NO_ENGINE' | 'MACHINE' | 'PAUSED' | 'MOVING' | 'HOOK';
  /** What it is, and what to do about it. */
  readonly message: string;
}

type Setpoint = Session['setpoint'];

export const noEngineText = 'no engine runs: setpoint engine, or any setpoint command that waits, goes on with it';

/** Its lease runs, and its process is not known to be gone. */
export function isAlive({ host, clock }: Setpoint, engine: EngineRow): boolean {
  return !host.isGone(engine) && engine.leaseUntil > clock.now();
}

export async function isAnyEngineAlive(setpoint: Setpoint): Promise<boolean> {
  return (await setpoint.store.listEngines()).some((engine) => isAlive(setpoint, engine));
}

/** What to do where the machine that something is bound to never comes back. */
export const lostMachineText = (stack: string, resource: string): string =>
  `if that machine is gone for good: setpoint stop ${stack}, then setpoint forget ${resource}`;

/** Any engine lets it go, whatever it offers and wherever the object is. */
export function isOnlyLetGo({ phase }: NodeRow, row: ResourceRow): boolean {
  return (phase === 'aside' || phase === 'cleanup') && !row.nested && (row.deletionPolicy === 'retain' || row.external);
}

/** Bound to machines on which no engine lives, and next to be worked on. */
function findStranded({ resources, nodes, operations }: StackView, alive: readonly EngineRow[]): readonly ResourceRow[] {
  const hosts = new Set(alive.map(({ host }) => host));
  const begun = new Set(operations.map(({ resourceId }) => resourceId));
  const ready = nodes.filter(({ state }) => state === 'ready');
  const isNext = (row: ResourceRow): boolean =>
    begun.has(row.id) || ready.some((node) => (node.victim ?? node.resourceId) === row.id && !isOnlyLetGo(node, row));
  return resources.filter((row) => row.host !== null && !hosts.has(row.host) && isNext(row));
}

/** Why engines take nothing. */
export function closedText({ state, since, reason }: Exclude<Gate, { state: 'open' }>): string {
  const when = `since ${formatTime(since)}${reason === '' ? '' : ` (${reason})`}`;
  return state === 'paused'
    ? `all engines are paused ${when}: setpoint unpause`
    : `the database is ${state} ${when}: nothing is claimed in it`;
}

/** In the order in which they have to be dealt with; none of a stack at rest. */
export async function findHoldUps({ setpoint }: Session, view: StackView): Promise<readonly HoldUp[]> {
  const { stack } = view;
  if (stack.status !== 'IN_PROGRESS') return [];
  const gate = await setpoint.store.readGate();
  const found: HoldUp[] = [];
  if (gate.state !== 'open') found.push({ code: gate.state === 'paused' ? 'PAUSED' : 'MOVING', message: closedText(gate) });
  const alive = (await setpoint.store.listEngines()).filter((engine) => isAlive(setpoint, engine));
  if (alive.length === 0) found.push({ code: 'NO_ENGINE', message: noEngineText });
  for (const [host, rows] of Map.groupBy(findStranded(view, alive), (row) => row.host!)) {
    // Said already: no engine runs here either.
    if (alive.length === 0 && host === setpoint.host.name) continue;
    const names = listSome([...new Set(rows.map(({ name }) => name))], 3);
    found.push({
      code: 'MACHINE',
      message: `${names}: only an engine on the machine ${host} can go on with that; ${lostMachineText(stack.name, 'RESOURCE')}`,
    });
  }
  const resting = await setpoint.store.listHooked(stack.id);
  if (resting.length > 0) {
    const named = resting.slice(0, 3).map(({ path, hook }) => `${path} (${hook})`);
    const more = resting.length > named.length ? ` and ${resting.length - named.length} more` : '';
    found.push({ code: 'HOOK', message: `at a hook until you clear it: ${named.join(', ')}${more}; setpoint hooks lists them` });
  }
  return found;
}
