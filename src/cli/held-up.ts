/** What holds up a stack that is under way, from outside: nobody works on it, the database is closed, a person is waited for. */
import type { EngineRow, StackRow } from '../engine/ports/store.ts';
import { formatTime } from './duration.ts';
import type { Session } from './session.ts';

export interface HoldUp {
  readonly code: 'NO_ENGINE' | 'PAUSED' | 'MOVING' | 'HOOK';
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

/** In the order in which they have to be dealt with; none of a stack at rest. */
export async function findHoldUps({ setpoint }: Session, stack: StackRow): Promise<readonly HoldUp[]> {
  if (stack.status !== 'IN_PROGRESS') return [];
  const gate = await setpoint.store.readGate();
  const found: HoldUp[] = [];
  if (gate.state !== 'open') {
    const since = `since ${formatTime(gate.since)}${gate.reason === '' ? '' : ` (${gate.reason})`}`;
    found.push(
      gate.state === 'paused'
        ? { code: 'PAUSED', message: `all engines are paused ${since}: setpoint unpause` }
        : { code: 'MOVING', message: `the database is ${gate.state} ${since}: nothing is claimed in it` },
    );
  }
  if (!(await isAnyEngineAlive(setpoint))) found.push({ code: 'NO_ENGINE', message: noEngineText });
  const resting = await setpoint.store.listHooked(stack.id);
  if (resting.length > 0) {
    const named = resting.slice(0, 3).map(({ path, hook }) => `${path} (${hook})`);
    const more = resting.length > named.length ? ` and ${resting.length - named.length} more` : '';
    found.push({ code: 'HOOK', message: `at a hook until you clear it: ${named.join(', ')}${more}; setpoint hooks lists them` });
  }
  return found;
}
