import { type Act, queryOne, run } from '../sql.ts';

/**
 * The database's clock is the machine's boot clock plus a base that the first opener after a boot fixes: about the wall's time, but never
 * before any lease that was ever given.
 */
export function* tieClock(bootId: string, bootMs: number, wallTime: number): Act<number> {
  const boot = bootId.split('/')[0]!;
  const row = yield* queryOne<{ value: string }>(`select value from meta where key = 'clock'`);
  const known = row ? (JSON.parse(row.value) as { boot: string; base: number }) : null;
  if (known?.boot === boot) return known.base;
  const last = yield* queryOne<{ at: number | null }>('select max(lease_until) as at from engine');
  const base = Math.max(wallTime, last?.at ?? 0) - bootMs;
  yield* run(
    `insert into meta (key, value) values ('clock', ?) on conflict (key) do update set value = excluded.value`,
    JSON.stringify({ boot, base }),
  );
  return base;
}
