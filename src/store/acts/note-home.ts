/**
 * Where a database lives, as its file tells, so that a backup that was copied back is seen as what it is: rows from another time.
 *
 * Only what is surely another file is noticed. A backup written over the very same file is not; for that there is `setpoint mark-restored`.
 */
import { type Act, queryOne, run } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { readGate } from './gate.ts';
import { markRestored } from './mark-restored.ts';

export interface Home {
  readonly inode: string;
  /** When the file came to be, for inodes are used again; null where it can't be told. */
  readonly born: string | null;
}

const isSame = (a: Home, b: Home): boolean => a.inode === b.inode && (a.born === null || b.born === null || a.born === b.born);

/** How many resources are to be read because the file is another one than when it was opened last; null when it is the same. */
export function* noteHome(cx: ActContext, home: Home, incarnation: string): Act<number | null> {
  const known = yield* queryOne<{ value: string }>(`select value from meta where key = 'home'`);
  const before = known === undefined ? null : (JSON.parse(known.value) as Home);
  if (before !== null && isSame(before, home) && (before.born !== null || home.born === null)) return null;
  yield* run(
    `insert into meta (key, value) values ('home', ?) on conflict (key) do update set value = excluded.value`,
    JSON.stringify(home),
  );
  const gate = yield* readGate();
  if (before === null || isSame(before, home) || gate.state === 'moved') return null;
  return yield* markRestored(cx, incarnation);
}
