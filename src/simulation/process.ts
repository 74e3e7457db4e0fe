/** A simulated process with one engine in it: it can die, with its machine or alone, pause, and come back as another process. */
import type { SettingsSource } from '../engine/desk.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineRegistration } from '../engine/ports/store.ts';
import type { Actor, Kernel, Point } from './kernel.ts';
import { withNestedTimeouts } from './nested-timeouts.ts';
import type { Caller } from './sim-types.ts';
import { drawTypeVersion } from './type-versions.ts';
import type { World } from './world.ts';
import { ConnectionLost, wrapStore } from './wrapped-store.ts';

export interface SimProcess extends Caller {
  readonly pid: number;
  readonly host: string;
  readonly engine: Engine;
  readonly settings: SettingsSource;
  machineDead: boolean;
}

export interface ProcessSettings {
  readonly leaseMs: number;
  readonly pollMs: number;
}

export function startProcess(world: World, pid: number, host: string, { leaseMs, pollMs }: ProcessSettings): SimProcess {
  const prng = world.stream(`process ${pid}`);
  const settings = world.accounts.read();
  const typeVersion = drawTypeVersion(world, prng);
  const process: { -readonly [key in keyof SimProcess]: SimProcess[key] } = {
    name: `engine${pid}`,
    pid,
    host,
    alive: true,
    pausedUntil: 0,
    machineDead: false,
    settings,
    typeVersion,
    engine: null as never,
    die: (machine) => world.crash(process, machine),
  };
  const hex = (): string => `${prng.below(0x10000).toString(16)}${prng.below(0x10000).toString(16)}`;
  let serial = 0;
  let uuids = 0;
  const release = world.versions.ofProcess();
  if (release.name === 'older') world.reach('engine of the older version');
  process.engine = release.createEngine({
    store: withNestedTimeouts(world, world.breakage.store(wrapStore(world, process, release.store, true), world)),
    types: world.createTypes(world, process),
    settings,
    clock: world.clock,
    timers: { wait: (ms, signal) => sleep(world.kernel, process, ms, signal) },
    random: {
      token: () => `t${pid}-${++serial}-${hex()}`,
      // The first is its own.
      uuid: () => (uuids++ === 0 ? twinId(world) : null) ?? `e${pid}-${++serial}-${hex()}`,
      int: (limit) => prng.below(limit),
    },
    callEnvironment: {
      now: () => world.clock.wallTime(),
      sleep: (ms, signal) => sleep(world.kernel, process, ms, signal),
      randomInt: (limit) => prng.below(limit),
    },
    log: world.log,
    host: { name: host, bootId: 'b1', pid, started: String(pid), isGone: (row) => row.host === host && isGone(world, row) },
    digestKey: world.store.vault.digestKey,
    leaseMs,
    pollMs,
    maxAttempts: world.plan.maxAttempts,
    ...(world.plan.calls === undefined ? {} : { concurrency: world.plan.calls }),
    ...(world.plan.retention === undefined ? {} : { retention: world.plan.retention }),
  });
  void process.engine.run().then(
    () => world.kernel.kill(process),
    (error) => endByError(world, process, error),
  );
  return process;
}

/** Two engines with one id: a copied machine, say. */
function twinId(world: World): string | null {
  if (!world.faults.happens('twin')) return null;
  const others = world.running;
  if (others.length === 0) return null;
  world.reach('two engines with one id');
  return world.chance.pick(others).engine.id;
}

/** Also where an older version says so, which has a class of its own for it. */
export const isMoved = (error: unknown): boolean => error instanceof Error && error.name === 'DatabaseMoved';

/** A lost database ends a process, at once or after a while in which its calls go on; anything else is our own mistake. */
function endByError(world: World, process: SimProcess, error: unknown): void {
  if (isMoved(error)) {
    world.reach('engine of a moved database');
    // Whatever supervises it does not start it again at once.
    world.kernel.open(process, 'exits', 5_000, () => process.die(false));
    return;
  }
  if (!(error instanceof ConnectionLost)) {
    world.report(
      'ASSERT',
      error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ') : String(error),
    );
    return;
  }
  world.reach('engine lost its database');
  if (!process.alive) return;
  world.kernel.open(process, 'exits', world.chance.pick([0, 0, 500, 20_000]), () => process.die(false));
}

function isGone(world: World, row: EngineRegistration): boolean {
  const other = world.processes.find((p) => p.pid === row.pid);
  return other !== undefined && !other.alive && !other.machineDead;
}

export function sleep(kernel: Kernel, actor: Actor, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const point: Point = kernel.open(actor, ms > 0 ? 'sleeps' : 'turns', signal?.aborted ? 0 : ms, resolve);
    signal?.addEventListener('abort', () => kernel.hasten(point), { once: true });
  });
}
