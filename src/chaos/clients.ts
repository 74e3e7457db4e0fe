/**
 * Clients of a chaos run: each has stacks of its own and asks for random goals without waiting for the one before. Of every stack the last
 * request that was surely accepted is remembered; one whose answer was lost is asked again until it is sure.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseLost } from '../engine/ports/store.ts';
import { type Accepted, Refused, type Setpoint } from '../main/setpoint.ts';
import type { GoalDocuments } from '../template/definition.ts';

export type Wish = 'stand' | 'roll back' | 'go';

export interface LastRequest {
  readonly wish: Wish;
  readonly traversal: number;
  /** It can't be reached: it rolls back by itself. */
  readonly poisoned: boolean;
}

export interface Clients {
  readonly last: ReadonlyMap<string, LastRequest>;
  readonly counts: { accepted: number; refused: number; lost: number };
  readonly delays: number[];
  /** Resolves when all have stopped asking. */
  stop(): Promise<void>;
}

interface Request {
  readonly wish: Wish;
  readonly poisoned: boolean;
  send(): Promise<Accepted>;
}

export interface ClientOptions {
  readonly clients: number;
  readonly stacksEach: number;
  /** Between two requests of one client, on average. */
  readonly restMs: number;
  readonly random: () => number;
}

export function startClients(setpoint: Setpoint, { clients, stacksEach, restMs, random }: ClientOptions): Clients {
  const last = new Map<string, LastRequest>();
  const counts = { accepted: 0, refused: 0, lost: 0 };
  const delays: number[] = [];
  let stopping = false;
  const act = async (name: string): Promise<void> => {
    const request = choose(setpoint, name, last.get(name), random);
    for (;;) {
      const began = performance.now();
      try {
        const { traversal } = await request.send();
        counts.accepted++;
        delays.push(performance.now() - began);
        last.set(name, { wish: request.wish, poisoned: request.poisoned, traversal });
        return;
      } catch (error) {
        if (error instanceof DatabaseLost) {
          counts.lost++;
          await pause(200);
          continue;
        }
        if (!(error instanceof Refused)) throw error;
        counts.refused++;
        // Asked again after a lost answer: the first one has ended already.
        if (error.code === 'NOT_FOUND' && request.wish === 'go') last.set(name, { wish: 'go', poisoned: false, traversal: 0 });
        return;
      }
    }
  };
  const loop = async (client: number): Promise<void> => {
    while (!stopping) {
      await act(`c${client}s${Math.floor(random() * stacksEach)}`);
      await pause(2 * random() * restMs);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, (_, client) => loop(client)));
  return {
    last,
    counts,
    delays,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

function choose(setpoint: Setpoint, name: string, last: LastRequest | undefined, random: () => number): Request {
  const at = random();
  if (last !== undefined && last.wish !== 'go') {
    if (at < 0.12) return { wish: 'go', poisoned: false, send: () => setpoint.remove(name) };
    if (at < 0.22) return { wish: 'roll back', poisoned: false, send: () => setpoint.rollback(name) };
    if (at < 0.3) {
      const documents = template(random, true);
      return { wish: 'stand', poisoned: true, send: () => setpoint.submit(name, documents, { rollback: true }) };
    }
  }
  const documents = template(random, false);
  return { wish: 'stand', poisoned: false, send: () => setpoint.submit(name, documents, { rollback: random() < 0.5 }) };
}

/** Two to seven things, some of which take an earlier one's value; a poisoned one can't be made. */
function template(random: () => number, poisoned: boolean): GoalDocuments {
  const count = 2 + Math.floor(random() * 6);
  const resources: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const own = `v${Math.floor(random() * 1_000)}`;
    const value = i > 0 && random() < 0.4 ? { get_attr: [`r${Math.floor(random() * i)}`, 'value'] } : own;
    resources[`r${i}`] = { type: 'Chaos::Thing', properties: { value, key: random() < 0.2 ? own : 'same' } };
  }
  if (poisoned) resources['bad'] = { type: 'Chaos::Thing', properties: { value: 'poison' } };
  const text = JSON.stringify({ heat_template_version: '2021-04-16', resources });
  return { template: { name: 'chaos.json', text }, files: {}, environments: [], parameters: {} };
}
