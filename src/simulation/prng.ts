/**
 * Chance that can be repeated: a seeded xoshiro128** over 32-bit integers, no floats, the same in every process and on every machine.
 *
 * A run has several named streams, so that what one part draws does not move what another part gets.
 */

export interface Prng {
  /** An integer, 0 ≤ n < limit. */
  below(limit: number): number;
  /** True in `perMille` of a thousand draws; draws nothing when that is 0. */
  chance(perMille: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Between the two, both included. */
  between(low: number, high: number): number;
}

export function createPrng(seed: number, stream: string): Prng {
  let state = hashText(`${seed}/${stream}`);
  const mix = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b) >>> 0;
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35) >>> 0;
    return (z ^ (z >>> 16)) >>> 0;
  };
  let [a, b, c, d] = [mix(), mix(), mix(), mix() | 1];
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = (b << 9) >>> 0;
    c = (c ^ a) >>> 0;
    d = (d ^ b) >>> 0;
    b = (b ^ c) >>> 0;
    a = (a ^ d) >>> 0;
    c = (c ^ t) >>> 0;
    d = rotate(d, 11);
    return result;
  };
  const below = (limit: number): number => (limit <= 1 ? 0 : next() % limit);
  return {
    below,
    chance: (perMille) => perMille > 0 && below(1000) < perMille,
    pick: (list) => list[below(list.length)]!,
    between: (low, high) => low + below(high - low + 1),
  };
}

const rotate = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
