/**
 * A database whose rows come from another time: imported, or restored from a backup. Everything in it is to be read before anything is decided
 * by it, nothing that was given out under its former life counts any more, and its numbers go on where no former life can have been.
 */
import { type Act, queryOne, run } from '../sql.ts';
import type { ActContext } from './act-context.ts';
import { lockEvery } from './lock.ts';
import { tombstoneMs } from './tombstones.ts';

/** More operations than any resource can have seen between a backup and its restoring. */
const numbersSkipped = 65_536;

/** Gives what there is to read. Live again, if it was marked moved. */
export function* markRestored(cx: ActContext, incarnation: string): Act<number> {
  yield* lockEvery(cx);
  yield* run(`delete from meta where key in ('moved', 'moving')`);
  yield* run(`update meta set value = ? where key = 'incarnation'`, incarnation);
  yield* voidClaims(cx);
  yield* run('update resource set operation_number = operation_number + ?', numbersSkipped);
  yield* run('update resource set unread = 1 where physical_id is not null or token is not null');
  yield* run('update stack set change = change + 1');
  yield* run(
    'update tombstone set until = case when until < ? then ? else until end',
    cx.now + tombstoneMs,
    cx.now + tombstoneMs,
  );
  const row = yield* queryOne<{ n: number }>('select count(*) as n from resource where unread = 1');
  return row?.n ?? 0;
}

/** No engine of a former life may settle anything: what it holds is another epoch's. */
export function* voidClaims(cx: ActContext): Act<void> {
  yield* lockEvery(cx);
  yield* run('delete from engine');
  yield* run(`update node set state = 'ready', engine_id = null, epoch = epoch + 1 where state = 'claimed'`);
  yield* run('update operation set engine_id = null, epoch = epoch + 1');
  yield* run('update event_sink set holder = null, held_until = null, next_at = 0');
}
