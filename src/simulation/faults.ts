/**
 * What may go wrong, as data: each run draws which faults it has and how often, and a systematic run names one fault at one point.
 */
import type { Prng } from './prng.ts';

/** Per mille of the points where they can happen. */
export const faultRates = {
  /** The engine's process dies at a call to the store: before it, or after its effect. */
  crashBeforeStore: 20,
  crashAfterStore: 20,
  /** The connection is lost before anything was sent, or after the commit. */
  storeLost: 12,
  answerLost: 15,
  /** The process dies before or after a provider's effect; what is on the wire may still arrive. */
  crashBeforeEffect: 120,
  crashAfterEffect: 120,
  /** The process stops for up to ten leases and then goes on as a zombie. */
  pause: 40,
  /** The provider fails before its effect, after it, or leaves half of it. */
  errorBefore: 150,
  errorAfter: 150,
  half: 150,
  /** Its failures are final, not to be retried. */
  finalError: 300,
  /** It never answers, with or without heeding an abort. */
  hang: 80,
  deaf: 500,
  /** Its answer takes very long. */
  slowAnswer: 80,
  /** What is to be changed asks to be replaced. */
  replaceMe: 600,
  /** So does what is to be made, suspended or resumed. */
  replaceMeToo: 600,
  /** What was changed has another id from then on. */
  moves: 600,
  /** A look does not see what was made just now. */
  staleLook: 300,
  /** A look fails, or never answers. */
  lookFails: 200,
  lookHangs: 100,
  lingeringDelete: 250,
  progress: 300,
  /** A hint between processes is lost. */
  hintLost: 500,
  /** A store call's answer comes apart from its effect, so that others can come between. */
  split: 400,
  /** The machine dies with the process: only the lease tells. */
  machineDies: 300,
  allCrash: 5,
  /** Other people change or delete an object, or make one with a name that a goal wants; before any step. */
  meddledChange: 15,
  meddledDelete: 15,
  meddledBreak: 12,
  nameTaken: 10,
  /** Another engine comes up with the id of one that runs. */
  twin: 300,
} as const;

export type FaultKind = keyof typeof faultRates;
export type FaultMix = { readonly [kind in FaultKind]?: number };

/** Swarm testing: most kinds are off in a run, the others have rates of their own. */
export function drawFaults(prng: Prng): FaultMix {
  const mix: { [kind in FaultKind]?: number } = {};
  const share = prng.pick([0, 200, 400, 700]);
  for (const [kind, rate] of Object.entries(faultRates) as [FaultKind, number][]) {
    const on = prng.chance(kind === 'split' ? 800 : share);
    const drawn = prng.between(1, rate);
    if (on) mix[kind] = drawn;
  }
  return mix;
}

/** One named fault at the n-th point of a kind of point; for systematic runs. */
export interface PlantedFault {
  readonly site: 'store' | 'effect';
  readonly nth: number;
  /** `all die`: every engine, right after the commit (I-27); `late`: the engine dies, and what it asked for is done after all. */
  readonly what: 'before' | 'after' | 'late' | 'answer lost' | 'zombie' | 'all die';
}

export interface FaultSource {
  happens(kind: FaultKind): boolean;
  /** Counts the point, and says what was planted there. */
  plantedAt(site: PlantedFault['site']): PlantedFault['what'] | null;
  /** At the next point of the site. */
  plantNext(site: PlantedFault['site'], what: PlantedFault['what']): void;
  /** From now on nothing goes wrong any more. */
  cease(): void;
  readonly counts: { store: number; effect: number };
  readonly reached: Map<string, number>;
}

export function createFaults(mix: FaultMix, prng: Prng, planted: PlantedFault | null): FaultSource {
  let over = false;
  const counts = { store: 0, effect: 0 };
  const nexts = new Map<PlantedFault['site'], PlantedFault['what']>();
  const reached = new Map<string, number>();
  return {
    counts,
    reached,
    happens(kind) {
      const rate = mix[kind] ?? 0;
      if (over || !prng.chance(rate)) return false;
      reached.set(kind, (reached.get(kind) ?? 0) + 1);
      return true;
    },
    plantedAt(site) {
      if (over) return null;
      const here = counts[site]++;
      const next = nexts.get(site);
      nexts.delete(site);
      if (next !== undefined) return next;
      return planted?.site === site && planted.nth === here ? planted.what : null;
    },
    plantNext: (site, what) => void nexts.set(site, what),
    cease() {
      over = true;
    },
  };
}
