/**
 * Rotates the key that secrets are sealed with, while engines work: the key file turns to a new key, every process seals with it within two
 * seconds, and what was sealed before is sealed anew. The old key stays in the file, for backups and for whoever was asleep meanwhile, until a
 * person has it forgotten; then nothing may be left that it sealed.
 */
import { sealedTables } from '../store/acts/reseal.ts';
import { forgetOldKeys, keysSettleMs, turnKey } from './keys.ts';
import type { Setpoint } from './setpoint.ts';

/** Values that are written while they are sealed anew may want another round. */
const mostRounds = 10;

export async function rotateKey(setpoint: Setpoint, wait: (ms: number) => Promise<void>): Promise<number> {
  turnKey(setpoint.keyFile);
  await wait(keysSettleMs);
  return resealAll(setpoint);
}

/** Gives how many keys were forgotten. */
export async function forgetKeys(setpoint: Setpoint): Promise<number> {
  await resealAll(setpoint);
  return forgetOldKeys(setpoint.keyFile);
}

/** Until a whole round finds nothing; how many values were sealed anew. */
async function resealAll(setpoint: Setpoint): Promise<number> {
  let total = 0;
  for (let round = 0; round < mostRounds; round++) {
    const found = await resealRound(setpoint);
    if (found === 0) return total;
    total += found;
  }
  throw new Error('values are still being sealed with an older key: some process does not see the key file');
}

async function resealRound({ store }: Setpoint): Promise<number> {
  let found = 0;
  for (const [place] of sealedTables.entries()) {
    for (let next: Parameters<typeof store.resealPage>[1] = null, more = true; more; ) {
      const page = await store.resealPage(place, next);
      found += page.values;
      next = page.next;
      more = next !== null;
    }
  }
  return found;
}
