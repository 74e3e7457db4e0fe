/** The real world: clock, timers, chance, and this machine. The only place, with the providers, where the process meets them. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { setImmediate, setTimeout } from 'node:timers';
import type { Host } from '../engine/engine.ts';
import type { Clock, Random, Timers } from '../engine/ports/environment.ts';
import type { CallEnvironment } from '../engine/ports/provider.ts';
import type { EngineRegistration } from '../engine/ports/store.ts';
import { sha256 } from '../std/digest.ts';

/** Milliseconds of the machine's boot clock: the same for all processes, never falling, blind to changes of the wall clock. */
export function bootMilliseconds(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

export function systemClock(base: number): Clock {
  return { now: () => base + bootMilliseconds(), wallTime: () => Date.now() };
}

export const systemTimers: Timers = {
  wait(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      if (ms <= 0) return void setImmediate(resolve);
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
      signal?.addEventListener('abort', done, { once: true });
    });
  },
};

export const systemRandom: Random = {
  token: () => `sp${randomBytes(16).toString('hex')}`,
  uuid: () => randomUUID(),
  int: (limit) => (limit <= 1 ? 0 : randomInt(limit)),
};

export const systemCallEnvironment: CallEnvironment = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await systemTimers.wait(ms, signal);
    if (signal.aborted) throw signal.reason;
  },
  randomInt: (limit) => systemRandom.int(limit),
};

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
};

/** This boot of this machine, and the process namespace in which pids mean something. */
export function currentBootId(): string {
  const boot = read('/proc/sys/kernel/random/boot_id') ?? `up-${Math.round((Date.now() - uptime() * 1000) / 60_000)}`;
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Only Linux has them.
  }
  return `${boot}/${namespace}`;
}

export function currentHost(): Host {
  const bootId = currentBootId();
  const name = process.env['SETPOINT_HOST'] ?? sha256(read('/etc/machine-id') ?? hostname()).slice(3, 15);
  return {
    name,
    bootId,
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    isGone: (engine) => isGone(engine, name, bootId),
  };
}

/** Start time and state as the kernel tells them; null when there is no such process, or it is only waiting to be reaped. */
function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function isGone(engine: EngineRegistration, host: string, bootId: string): boolean {
  if (engine.host !== host) return false;
  if (engine.bootId !== bootId) return engine.bootId.split('/')[0] !== bootId.split('/')[0];
  try {
    process.kill(engine.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
  }
  return read('/proc/self/stat') !== null && startOf(engine.pid) !== engine.started;
}
