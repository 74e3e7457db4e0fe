/**
 * The clock of a database server, as an engine reads it: the machine's boot clock and an offset, measured when the database is opened and
 * again with each heartbeat. So the machines' own clocks decide nothing; what is left is half a round trip's doubt, where leases are seconds.
 * It falls only when the server's clock was set back.
 */
import type { Clock } from '../engine/ports/environment.ts';
import type { PostgresDriver } from '../store/postgres-driver.ts';
import { bootMilliseconds } from './system-environment.ts';

export interface ServerClock extends Clock {
  /** Measures again; gives by how much the clock was wrong. */
  measure(): Promise<number>;
}

interface Sample {
  readonly base: number;
  readonly roundTrip: number;
}

export async function openServerClock(driver: PostgresDriver): Promise<ServerClock> {
  const samples = [await sample(driver), await sample(driver), await sample(driver)];
  let { base } = samples.reduce((best, other) => (other.roundTrip < best.roundTrip ? other : best));
  const now = (): number => base + bootMilliseconds();
  return {
    now,
    wallTime: now,
    async measure() {
      const next = await sample(driver);
      const wrong = next.base - base;
      if (Math.abs(wrong) <= next.roundTrip + 1) return 0;
      base = next.base;
      return wrong;
    },
  };
}

async function sample(driver: PostgresDriver): Promise<Sample> {
  const sent = bootMilliseconds();
  const time = await driver.readTime();
  const roundTrip = bootMilliseconds() - sent;
  return { base: time - sent - Math.floor(roundTrip / 2), roundTrip };
}
