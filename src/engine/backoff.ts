/** When to try again: exponential with jitter, bounded; never before the provider's own wish. */
import type { Random } from './ports/environment.ts';

export const firstRetryMs = 1_000;
export const longestRetryMs = 60_000;

/** Milliseconds to wait before attempt `attempts + 1`. */
export function backoffMs(attempts: number, afterMs: number | null, random: Random): number {
  const base = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempts, 20));
  const jittered = base / 2 + random.int(Math.max(1, Math.floor(base / 2)));
  return Math.max(Math.floor(jittered), afterMs ?? 0);
}
