/** Processes of a chaos run: engines that are killed, stopped and started again, and the inventory. Each is ended by its pid. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const here = import.meta.dirname;
const cli = join(here, '../cli/main.ts');

export interface Fleet {
  /** kill -9, and another one in its place. */
  kill(): void;
  /** SIGSTOP, and SIGCONT after so long. */
  stall(ms: number): void;
  /** Engines that ended by themselves, which none should: what they last said. */
  readonly deaths: readonly string[];
  close(): Promise<void>;
}

export async function startInventory(): Promise<{ readonly url: string; close(): void }> {
  const child = fork(join(here, 'inventory.ts'), { stdio: 'inherit' });
  const [port] = (await once(child, 'message')) as [number];
  return { url: `http://127.0.0.1:${port}`, close: () => void child.kill('SIGKILL') };
}

export function startFleet(count: number, database: string, inventory: string, random: () => number): Fleet {
  const deaths: string[] = [];
  const engines: ChildProcess[] = [];
  const stalled = new Map<ChildProcess, NodeJS.Timeout>();
  let closing = false;
  let born = 0;
  const start = (slot: number): void => {
    // Often on another machine, as far as anybody can tell: then its leases must lapse before others take over.
    const host = `host${random() < 0.5 ? slot : `${slot}-${born++}`}`;
    const child = spawn(process.execPath, [cli, 'engine', '--database', database, '--provider', join(here, 'thing.ts')], {
      env: { ...process.env, CHAOS_INVENTORY: inventory, SETPOINT_HOST: host },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    child.once('exit', (code, signal) => {
      if (closing || engines[slot] !== child) return;
      // Without a database an engine can't begin: whoever supervises it starts it again.
      if (!(code === 2 && said.includes("can't be reached"))) deaths.push(`${code ?? signal}: ${said}`);
      setTimeout(() => !closing && engines[slot] === child && start(slot), 500);
    });
    engines[slot] = child;
  };
  for (let slot = 0; slot < count; slot++) start(slot);
  const pick = (): [number, ChildProcess] => {
    const slot = Math.floor(random() * count);
    return [slot, engines[slot]!];
  };
  return {
    deaths,
    kill() {
      const [slot, child] = pick();
      clearTimeout(stalled.get(child));
      stalled.delete(child);
      start(slot);
      child.kill('SIGKILL');
    },
    stall(ms) {
      const [, child] = pick();
      if (stalled.has(child)) return;
      child.kill('SIGSTOP');
      stalled.set(
        child,
        setTimeout(() => {
          stalled.delete(child);
          child.kill('SIGCONT');
        }, ms),
      );
    },
    async close() {
      closing = true;
      for (const [child, timer] of stalled) {
        clearTimeout(timer);
        child.kill('SIGCONT');
      }
      await Promise.all(
        engines.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, 'exit');
          child.kill('SIGKILL');
          await gone;
        }),
      );
    },
  };
}
