/**
 * Everything that is not deterministic, injected: time, chance and the way to wait. The engine knows no other; inside the simulator this is
 * the scheduler.
 */

export interface Clock {
  /**
   * The database's clock in milliseconds, about Unix time, never falling, the same for all engines of a database. Leases, deadlines and
   * wake times are in it.
   */
  now(): number;
  /** Wall-clock milliseconds since 1970; for people only, nothing is decided by it. */
  wallTime(): number;
}

export interface Timers {
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** A new unguessable token, safe in file names and environment variables. */
  token(): string;
  /** A new UUID. */
  uuid(): string;
  /** An integer, 0 ≤ n < limit. */
  int(limit: number): number;
}
